"""Texts of receipts: acknowledged to the customer, told to accounting, rejected, allocated otherwise."""

import datetime as dt

from django.db import migrations

WRITTEN_AT = dt.datetime(2022, 11, 1, 4, 0, tzinfo=dt.UTC)
# code, step, name, variables, subject, body
TEXTS = (
    (
        "acuse_comprobante",
        "B.7",
        "Acuse de comprobante",
        ("cliente", "referencia", "fecha", "moneda", "monto", "aplicado", "numero"),
        "Acuse de comprobante {{referencia}} – {{cliente}}",
        "Estimados señores {{cliente}}:\n\n"
        "Acusamos recibo de su comprobante {{referencia}} de {{fecha}}, por {{moneda}} {{monto}}, {{aplicado}}. "
        "El abono queda sujeto a verificación por Contabilidad. Agradecemos su pago.\n\n"
        "Registro {{numero}}.\n\nDepto. Interconexión y Servicios de Apoyo.",
    ),
    (
        "aviso_contabilidad",
        "B.8",
        "Aviso a Contabilidad con comprobante",
        (
            "cliente",
            "nit",
            "facturas",
            "referencia",
            "fecha",
            "banco",
            "moneda",
            "monto",
            "correspondiente",
            "saldo",
            "numero",
        ),
        "Pago cliente Internet Mayorista – {{cliente}} – {{facturas}}",
        "Señores Depto. Contabilidad:\n\n"
        "Para su registro, remitimos adjunto el comprobante de pago N.º {{referencia}} del {{fecha}}, {{banco}}, por "
        "{{moneda}} {{monto}}, {{correspondiente}} del cliente {{cliente}} (NIT {{nit}}). "
        "Saldo pendiente del cliente: {{saldo}}.\n\n"
        "Agradecemos confirmar la conciliación (registro {{numero}}).\n\n"
        "Depto. Interconexión y Servicios de Apoyo.",
    ),
    (
        "aviso_contabilidad_diario",
        "B.8",
        "Aviso diario a Contabilidad con comprobantes",
        ("fecha", "cantidad", "detalle", "totales"),
        "Pagos clientes Internet Mayorista – {{fecha}} – {{cantidad}} comprobante(s)",
        "Señores Depto. Contabilidad:\n\n"
        "Para su registro, remitimos adjuntos {{cantidad}} comprobante(s) de pago de clientes de Internet Mayorista:\n\n"
        "{{detalle}}\n\n{{totales}}\n\n"
        "Agradecemos confirmar la conciliación de cada uno.\n\n"
        "Depto. Interconexión y Servicios de Apoyo.",
    ),
    (
        "cambio_imputacion",
        "B.8",
        "Cambio en la imputación de un comprobante informado",
        ("numero", "cliente", "referencia", "cambio", "detalle"),
        "Cambio de imputación – {{numero}} – {{cliente}}",
        "Señores Depto. Contabilidad:\n\n"
        "El comprobante {{numero}} (referencia {{referencia}}) del cliente {{cliente}}, ya informado, cambió: {{cambio}}\n\n"
        "Queda aplicado así:\n{{detalle}}\n\n"
        "Depto. Interconexión y Servicios de Apoyo.",
    ),
    (
        "comprobante_rechazado",
        "B.8",
        "Comprobante rechazado por Contabilidad",
        ("numero", "cliente", "referencia", "banco", "moneda", "monto", "motivo", "facturas"),
        "Comprobante rechazado – {{numero}} – {{cliente}}",
        "Señora Encargada de Facturación:\n\n"
        "Contabilidad rechazó el comprobante {{numero}} del cliente {{cliente}} (referencia {{referencia}}, {{banco}}, "
        "{{moneda}} {{monto}}).\n\nMotivo: {{motivo}}\n\n"
        "Vuelven a quedar impagas: {{facturas}}.",
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
    dependencies = [("messaging", "0005_billing_texts")]

    operations = [migrations.RunPython(write_texts, migrations.RunPython.noop)]
