"""Texts of the papers about the service given: the SLA report, the RFO, the claim to a provider."""

import datetime as dt

from django.db import migrations

WRITTEN_AT = dt.datetime(2022, 11, 1, 4, 0, tzinfo=dt.UTC)
GREETING = "Señores {{cliente}}\nPresente.-\n\nDe nuestra consideración:\n\n"
SIGNED = "\n\nAtentamente,\n\nGerencia de Planificación\n{{operador}}"
# code, name, variables, subject, body
TEXTS = (
    (
        "informe_sla",
        "Informe de SLA del mes",
        ("cliente", "corto", "operador", "mes", "numero", "version", "resumen"),
        "[{{corto}}] Informe de SLA de {{mes}} – {{numero}} v{{version}}",
        GREETING
        + "Adjuntamos el informe de disponibilidad de sus servicios de {{mes}}, {{numero}} versión {{version}}:"
        "\n\n{{resumen}}\n\nAgradeceremos comunicarnos cualquier observación respondiendo a este correo."
        + SIGNED,
    ),
    (
        "rfo_cliente",
        "Informe de causa (RFO) al cliente",
        ("cliente", "corto", "operador", "caso", "numero", "version", "servicios"),
        "[{{corto}}] Informe de causa del caso {{caso}} – {{numero}} v{{version}}",
        GREETING
        + "Adjuntamos el informe de causa (RFO) {{numero}} versión {{version}} del daño atendido en el caso "
        "{{caso}}, que afectó a: {{servicios}}.\n\nQuedamos a su disposición para cualquier aclaración."
        + SIGNED,
    ),
    (
        "reclamo_proveedor",
        "Reclamo al proveedor de red contratada",
        ("cliente", "corto", "operador", "mes", "numero", "contrato", "resumen"),
        "[{{corto}}] Reclamo por interrupciones de {{mes}} – {{numero}}",
        GREETING
        + "Adjuntamos la carta {{numero}} por las interrupciones de {{mes}} del contrato {{contrato}}:"
        "\n\n{{resumen}}\n\nAgradeceremos su respuesta y la nota de crédito que corresponda." + SIGNED,
    ),
)


def write_texts(apps, schema_editor):
    template = apps.get_model("messaging", "MessageTemplate")
    for code, name, variables, subject, body in TEXTS:
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
                "step": "",
                "approval": "APPROVED",
                "created_at": WRITTEN_AT,
                "category": "",
                "buttons": [],
            },
        )


class Migration(migrations.Migration):
    dependencies = [("messaging", "0008_mailbox")]

    operations = [migrations.RunPython(write_texts, migrations.RunPython.noop)]
