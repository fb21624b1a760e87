"""The text of a credit or debit note's mail."""

import datetime as dt

from django.db import migrations

WRITTEN_AT = dt.datetime(2022, 11, 1, 4, 0, tzinfo=dt.UTC)
VARIABLES = (
    "clase",
    "numero",
    "factura",
    "periodo",
    "cliente",
    "fecha_emision",
    "moneda",
    "importe",
    "literal",
    "motivo",
    "efecto",
    "correo_cobranza",
    "firma",
    "operador",
)
BODY = (
    "Señores {{cliente}}\nPresente.-\n\nDe nuestra consideración:\n\n"
    "Adjuntamos la {{clase}} N.º {{numero}}, emitida el {{fecha_emision}} sobre la factura N.º {{factura}} de {{periodo}}, por "
    "{{moneda}} {{importe}} ({{literal}}). Motivo: {{motivo}}.\n\n"
    "Esta nota {{efecto}} lo adeudado por esa factura. Consultas a {{correo_cobranza}}, indicando el número de la nota.\n\n"
    "Atentamente,\n\n{{firma}} – Facturación, {{operador}}"
)


def write_text(apps, schema_editor):
    apps.get_model("messaging", "MessageTemplate").objects.get_or_create(
        code="despacho_nota",
        version=1,
        defaults={
            "kind": "TEXT",
            "channel": "EMAIL",
            "name": "Despacho de nota de crédito o débito",
            "subject": "{{clase}} N.º {{numero}} – Factura N.º {{factura}} – {{periodo}}",
            "body": BODY,
            "variables": list(VARIABLES),
            "step": "B.5",
            "approval": "APPROVED",
            "created_at": WRITTEN_AT,
            "category": "",
            "buttons": [],
        },
    )


class Migration(migrations.Migration):
    dependencies = [("messaging", "0009_report_texts")]

    operations = [migrations.RunPython(write_text, migrations.RunPython.noop)]
