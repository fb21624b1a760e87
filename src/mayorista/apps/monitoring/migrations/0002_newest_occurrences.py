"""The list of all alarms reads its page from an index instead of sorting every occurrence of the year."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="occurrence",
            index=models.Index(
                fields=["-starts_at", "-id"], condition=models.Q(fired=True), name="occurrence_newest"
            ),
        ),
    ]
