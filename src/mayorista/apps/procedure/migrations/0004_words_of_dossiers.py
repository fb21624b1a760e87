import django.contrib.postgres.indexes
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    """Part of a word finds a dossier by an index. The extension is a trusted one: who owns the database may add it."""

    dependencies = [("procedure", "0003_journal_by_time")]

    operations = [
        TrigramExtension(),
        migrations.AddIndex(
            model_name="dossier",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["search_text"], name="dossier_words", opclasses=["gin_trgm_ops"]
            ),
        ),
    ]
