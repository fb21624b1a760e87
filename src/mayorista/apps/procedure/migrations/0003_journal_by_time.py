import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("procedure", "0002_seed"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="journalentry",
            index=django.contrib.postgres.indexes.BrinIndex(fields=["at"], name="journal_at"),
        ),
    ]
