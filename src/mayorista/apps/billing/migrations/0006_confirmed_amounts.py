"""What each side confirmed at gate 2.1 is kept with its amount: a month of before is confirmed again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_newest_first")]

    operations = [
        migrations.AddField(
            model_name="month",
            name="confirmed_total",
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="month",
            name="manager_confirmed_total",
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="month",
            name="seen_digest",
            field=models.CharField(blank=True, max_length=64, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="month",
            name="seen_one_offs",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="month",
            name="returned",
            field=models.CharField(blank=True, max_length=300, default=""),
            preserve_default=False,
        ),
    ]
