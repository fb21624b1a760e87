"""The records of customers whose debt lies in Asesoría Legal are held from now on by a legal hold of their own."""

from typing import Any

from django.db import migrations


def hold(apps: Any, _schema: Any) -> None:
    """Give each customer with an open debt at Asesoría Legal the hold that handing it over now sets."""
    holds = apps.get_model("procedure", "LegalHold").objects
    open_ = apps.get_model("receivables", "Handover").objects.filter(to="LEGAL", closed_at=None)
    for row in open_.select_related("customer").order_by("at", "id"):
        holds.get_or_create(
            dossier_id=row.customer.dossier_id,
            origin="DEBT",
            lifted_at=None,
            defaults={"reason": "deuda en Asesoría Legal", "set_by_id": row.by_id, "set_at": row.at},
        )


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0001_initial"),
        ("procedure", "0012_legal_hold_and_disposal"),
        ("receivables", "0007_newest_first"),
    ]

    operations = [migrations.RunPython(hold, migrations.RunPython.noop)]
