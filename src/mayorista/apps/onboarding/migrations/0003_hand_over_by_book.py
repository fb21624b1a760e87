from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0002_scans"),
    ]

    operations = [
        migrations.AddField(
            model_name="importrun",
            name="with_sales",
            field=models.BooleanField(default=False, db_default=False),
        ),
    ]
