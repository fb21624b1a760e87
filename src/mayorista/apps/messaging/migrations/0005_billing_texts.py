"""Texts of billing: an invoice dispatched, amounts handed to the Encargada."""

import datetime as dt

from django.db import migrations

WRITTEN_AT = dt.datetime(2022, 11, 1, 4, 0, tzinfo=dt.UTC)
# code, step, name, variables, subject, body
TEXTS = (
    (
        "despacho_factura",
        "B.5",
        "Despacho de factura",
        (
            "numero",
            "periodo",
            "cliente",
            "fecha_emision",
            "moneda",
            "importe",
            "literal",
            "vencimiento",
            "detalle_lineas",
            "cuentas",
            "correo_cobranza",
            "firma",
            "operador",
        ),
        "Factura N.º {{numero}} – Servicio de Internet Mayorista – {{periodo}}",
        "Señores {{cliente}}\nPresente.-\n\nDe nuestra consideración:\n\n"
        "Adjuntamos la factura N.º {{numero}}, emitida el {{fecha_emision}}, por el servicio de Internet correspondiente a "
        "{{periodo}}, por un importe de {{moneda}} {{importe}} ({{literal}}), con vencimiento el {{vencimiento}}.\n\n"
        "Detalle:\n{{detalle_lineas}}\n\n"
        "Cuentas para depósito o transferencia: {{cuentas}}. Agradeceremos remitir el comprobante de pago a "
        "{{correo_cobranza}}, indicando el número de factura.\n\n"
        "Atentamente,\n\n{{firma}} – Facturación, {{operador}}",
    ),
    (
        "montos_remitidos",
        "B.4",
        "Montos remitidos a Facturación",
        ("periodo", "cantidad", "detalle"),
        "Montos a facturar de {{periodo}}: {{cantidad}} paquete(s)",
        "Señora Encargada de Facturación:\n\n"
        "Remitimos los montos definidos de {{periodo}} ({{cantidad}} paquete(s)), con su detalle en los archivos adjuntos "
        "(CSV y XLSX):\n\n{{detalle}}\n\n"
        "Agradeceremos su acuse en el sistema.\n\n"
        "Depto. Interconexión y Servicios de Apoyo.",
    ),
)


def write_texts(apps, schema_editor):
    template = apps.get_model("messaging", "MessageTemplate")
    for code, step, name, variables, subject, body in TEXTS:
        template.objects.get_or_create(
            code=code,
            version=1,
            defaults={
                "kind": "TEXT",
                "channel": "EMAIL",
                "name": name,
                "subject": subject,
                "body": body,
                "variables": list(variables),
                "step": step,
                "approval": "APPROVED",
                "created_at": WRITTEN_AT,
                "category": "",
                "buttons": [],
            },
        )


class Migration(migrations.Migration):
    dependencies = [("messaging", "0004_contract_texts")]

    operations = [migrations.RunPython(write_texts, migrations.RunPython.noop)]
