"""Who prepared and who approved revision 0, as its first page says (the page is a bad copy: no more can be read)."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def sign(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Fill what is empty; what a person wrote stays."""
    rows = apps.get_model("procedure", "ProcedureRevision").objects.filter(
        code="GC-PRC-OPE-CUM-02", revision=0
    )
    rows.filter(prepared_by="").update(prepared_by="I. Gonzalez (Responsable)")
    rows.filter(approved_by="").update(approved_by="Gerente de Planificación")


class Migration(migrations.Migration):
    """Names in the revision register."""

    dependencies = [("procedure", "0005_work_item_done")]

    operations = [migrations.RunPython(sign, migrations.RunPython.noop)]
