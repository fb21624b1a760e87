"""The criteria of revision 0 rule from the month of its approval; what was reported stays as it is."""

import datetime as dt

from django.db import migrations

from mayorista.apps.procedure.migration_tools import append_only
from mayorista.rules.indicators import criteria

APPROVED = dt.datetime(2022, 11, 1, 4, 0, tzinfo=dt.UTC)


def first_set(apps, _schema):
    """Write G-01 as set 1, approved with the procedure in November 2022."""
    apps.get_model("indicators", "CriteriaVersion").objects.create(
        number=1,
        title="Revisión 0",
        content=criteria.written(criteria.FIRST_SET),
        reason="Criterios de la revisión 0 del procedimiento",
        state="APPROVED",
        valid_from=dt.date(2022, 11, 1),
        drafted_at=APPROVED,
        approved_at=APPROVED,
    )


class Migration(migrations.Migration):
    dependencies = [("indicators", "0001_measure")]

    operations = [
        migrations.RunPython(first_set, migrations.RunPython.noop),
        append_only("indicators_snapshot"),
    ]
