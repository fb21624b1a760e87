"""What the regulator asks is no step of the procedure: its tasks, open and done, stood under A.6."""

from typing import Any

from django.db import migrations


def without_step(apps: Any, _schema: Any) -> None:
    """Take the step away; the tasks stay the same ones, so that none is asked for a second time."""
    items = apps.get_model("procedure", "WorkItem").objects
    items.filter(step="A.6", key__startswith="att-").update(step="")


class Migration(migrations.Migration):
    dependencies = [("faults", "0007_attribution_correction"), ("procedure", "0010_holidays_by_decree")]

    operations = [migrations.RunPython(without_step, migrations.RunPython.noop)]
