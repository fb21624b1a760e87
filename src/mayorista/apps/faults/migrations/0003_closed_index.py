"""The board of closed faults reads its page from an index instead of sorting all that ever closed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("faults", "0002_append_only")]

    operations = [
        migrations.AddIndex(
            model_name="fault",
            index=models.Index(fields=["-closed_at", "-id"], name="fault_closed"),
        ),
    ]
