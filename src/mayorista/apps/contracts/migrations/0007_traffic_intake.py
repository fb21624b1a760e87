import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0006_clock_from_the_case"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TrafficSource",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=120)),
                ("token_hash", models.CharField(max_length=64)),
                ("token_rotated_at", models.DateTimeField()),
                ("zone", models.CharField(default="America/La_Paz", max_length=40)),
                ("counter_bits", models.PositiveSmallIntegerField(default=64)),
                ("active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("code",), name="traffic_source_code_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("counter_bits__in", [32, 64])), name="traffic_source_bits_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TrafficCounter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("port", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                ("inward", models.DecimalField(decimal_places=0, max_digits=20)),
                ("outward", models.DecimalField(decimal_places=0, max_digits=20)),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="contracts.service"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("service", "port"), name="traffic_counter_once_per_port")
                ],
            },
        ),
        migrations.CreateModel(
            name="TrafficUpload",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("name", models.CharField(blank=True, max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("rows", models.PositiveIntegerField()),
                ("new", models.PositiveIntegerField()),
                ("same", models.PositiveIntegerField()),
                ("replaced", models.PositiveIntegerField()),
                ("findings", models.JSONField(default=list)),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contracts.trafficsource",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["-at"], name="traffic_upload_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("source__isnull", False), ("author__isnull", False), _connector="OR"
                        ),
                        name="traffic_upload_is_somebodys",
                    )
                ],
            },
        ),
    ]
