"""Texts of collection: the reminders of each step, the statement of account, a suspension and its end."""

import datetime as dt

from django.db import migrations

WRITTEN_AT = dt.datetime(2022, 11, 1, 4, 0, tzinfo=dt.UTC)
COMMON = ("cliente", "corto", "asunto", "detalle", "total", "cuentas", "correo_cobranza", "firma", "operador")
GREETING = "Señores {{cliente}}\nPresente.-\n\nDe nuestra consideración:\n\n"
PAY = (
    "\n\nCuentas para depósito o transferencia: {{cuentas}}. Agradeceremos remitir el comprobante a "
    "{{correo_cobranza}}, indicando el número de factura.\n\nAtentamente,\n\n{{firma}}\n{{operador}}"
)
SUBJECT = "[{{corto}}] {{asunto}}"
# code, step, name, variables, subject, body
TEXTS = (
    (
        "recordatorio_preventivo",
        "B.6",
        "Recordatorio antes del vencimiento",
        COMMON,
        SUBJECT,
        GREETING + "Cordialmente les recordamos lo siguiente:\n\n{{detalle}}\n\nTotal: {{total}}. "
        "Si ya efectuaron el pago, les agradecemos enviarnos el comprobante y dejar sin efecto este mensaje."
        + PAY,
    ),
    (
        "recordatorio_vencimiento",
        "B.6",
        "Recordatorio del día del vencimiento",
        COMMON,
        SUBJECT,
        GREETING + "Les recordamos que hoy vence su obligación:\n\n{{detalle}}\n\nTotal: {{total}}. "
        "Agradecemos su pago oportuno y el envío del comprobante." + PAY,
    ),
    (
        "recordatorio_mora",
        "B.6",
        "Recordatorio de factura vencida",
        COMMON,
        SUBJECT,
        GREETING + "A la fecha no registramos el pago de:\n\n{{detalle}}\n\nSaldo: {{total}}. "
        "Solicitamos regularizarlo a la brevedad posible o informarnos la fecha de pago comprometida." + PAY,
    ),
    (
        "recordatorio_reiterado",
        "B.6",
        "Recordatorio reiterado",
        (*COMMON, "dias", "fecha_limite", "contratos"),
        SUBJECT,
        GREETING
        + "Reiteramos nuestra solicitud de pago de la(s) factura(s) detallada(s), con hasta {{dias}} días de mora:"
        "\n\n{{detalle}}\n\nSaldo total: {{total}}. De no recibir respuesta hasta el {{fecha_limite}}, el caso se derivará a "
        "U.T. Cartera conforme a {{contratos}}." + PAY,
    ),
    (
        "recordatorio_prelegal",
        "B.6",
        "Recordatorio prelegal (lo libera Asesoría Legal)",
        (*COMMON, "fechas", "plazo", "contratos"),
        SUBJECT,
        GREETING
        + "Pese a los recordatorios enviados en fechas {{fechas}}, la siguiente obligación permanece impaga:"
        "\n\n{{detalle}}\n\nSaldo total: {{total}}. Otorgamos un último plazo de {{plazo}} días hábiles; vencido éste, los "
        "antecedentes serán remitidos a Asesoría Legal para las acciones que correspondan, incluida la suspensión del servicio "
        "prevista en {{contratos}}, sin perjuicio de los intereses aplicables." + PAY,
    ),
    (
        "estado_de_cuenta",
        "B.6",
        "Estado de cuenta",
        ("cliente", "corto", "desde", "hasta", "saldo", "correo_cobranza", "firma", "operador"),
        "[{{corto}}] Estado de cuenta al {{hasta}}",
        GREETING
        + "Adjuntamos su estado de cuenta del {{desde}} al {{hasta}}. Saldo a la fecha: {{saldo}}.\n\n"
        "Agradeceremos comunicarnos cualquier diferencia a {{correo_cobranza}}.\n\nAtentamente,\n\n{{firma}}\n{{operador}}",
    ),
    (
        "aviso_suspension",
        "B.6",
        "Aviso de suspensión por falta de pago",
        ("cliente", "corto", "servicios", "total", "cuentas", "correo_cobranza", "firma", "operador"),
        "[{{corto}}] Suspensión del servicio por falta de pago",
        GREETING
        + "Comunicamos a ustedes que se dispuso la suspensión por falta de pago de:\n\n{{servicios}}\n\n"
        "Saldo vencido: {{total}}. El pago y el envío del comprobante antes del corte lo dejan sin efecto."
        + PAY,
    ),
    (
        "aviso_suspension_ejecutada",
        "B.6",
        "Aviso de suspensión ejecutada",
        (
            "cliente",
            "corto",
            "servicios",
            "cuando",
            "total",
            "cuentas",
            "correo_cobranza",
            "firma",
            "operador",
        ),
        "[{{corto}}] Servicio suspendido por falta de pago",
        GREETING
        + "Comunicamos a ustedes que el {{cuando}} se suspendieron por falta de pago:\n\n{{servicios}}\n\n"
        "Saldo vencido: {{total}}. Recibido el comprobante se dispondrá la rehabilitación." + PAY,
    ),
    (
        "aviso_rehabilitacion",
        "B.6",
        "Aviso de rehabilitación",
        ("cliente", "corto", "servicios", "cuando", "correo_cobranza", "firma", "operador"),
        "[{{corto}}] Servicio rehabilitado",
        GREETING + "Comunicamos a ustedes que el {{cuando}} se rehabilitaron:\n\n{{servicios}}\n\n"
        "Agradecemos su pago. Consultas: {{correo_cobranza}}.\n\nAtentamente,\n\n{{firma}}\n{{operador}}",
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
    dependencies = [("messaging", "0006_receipt_texts")]

    operations = [migrations.RunPython(write_texts, migrations.RunPython.noop)]
