from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0005_bandwidth_null_is_no_beginning"),
    ]

    operations = [
        migrations.AlterField(
            model_name="slaprofile",
            name="clock_start",
            field=models.CharField(
                choices=[
                    ("FIRST", "Alarma o reclamo, lo primero"),
                    ("ALARM", "Desde la alarma"),
                    ("CLAIM", "Desde el reclamo"),
                    ("CASE", "Desde la apertura del caso"),
                ],
                db_default="FIRST",
                default="FIRST",
                max_length=5,
            ),
        ),
    ]
