"""A suspension that collection ordered says so: its reconnection is charged once, by collection."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contracts", "0007_traffic_intake")]

    operations = [
        migrations.AddField(
            model_name="suspension", name="fee_apart", field=models.BooleanField(default=False)
        ),
    ]
