from django.db import migrations, models


class Migration(migrations.Migration):
    """The audit reads the newest page of a million rows without sorting them; what is new is found by it as well."""

    dependencies = [("procedure", "0010_holidays_by_decree")]

    operations = [
        migrations.AddIndex(
            model_name="journalentry", index=models.Index(fields=["-at", "-id"], name="journal_newest")
        ),
        migrations.RemoveIndex(model_name="journalentry", name="journal_at"),
    ]
