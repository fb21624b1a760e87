"""Texts of the agreements: a contract observed, a change of speed executed, confirmed."""

import datetime as dt

from django.db import migrations

WRITTEN_AT = dt.datetime(2022, 11, 1, 4, 0, tzinfo=dt.UTC)
# code, step, name, variables, subject, body
TEXTS = (
    (
        "contrato_observado",
        "B.1",
        "Contrato observado, a Ventas",
        ("contrato", "cliente", "faltantes", "observacion"),
        "Contrato {{contrato}} observado – {{cliente}}",
        "Señores Ventas:\n\n"
        "El contrato {{contrato}} del cliente {{cliente}} se devuelve observado. Falta:\n\n"
        "{{faltantes}}\n\n"
        "Observaciones: {{observacion}}.\n\n"
        "Agradeceremos completarlo y entregarlo de nuevo.\n\n"
        "Depto. Interconexión y Servicios de Apoyo.",
    ),
    (
        "cambio_velocidad_ejecutado",
        "B.2",
        "Cambio de velocidad ejecutado, pide conformidad",
        ("cliente", "servicio", "numero", "v_anterior", "v_nueva", "fecha", "limite"),
        "Cambio de velocidad {{numero}} ejecutado – {{servicio}}",
        "Señores {{cliente}}:\n\n"
        "En atención a su solicitud, el {{fecha}} se ejecutó el cambio de velocidad de su servicio {{servicio}}, de "
        "{{v_anterior}} a {{v_nueva}} (número {{numero}}).\n\n"
        "Agradeceremos su conformidad. De no recibir observaciones hasta el {{limite}}, el cambio se tendrá por aceptado "
        "desde la fecha de su ejecución.\n\n"
        "Depto. Interconexión y Servicios de Apoyo.",
    ),
    (
        "cambio_velocidad_confirmado",
        "B.2",
        "Confirmación de cambio de velocidad",
        (
            "cliente",
            "fecha_solicitud",
            "sentido",
            "servicio",
            "v_anterior",
            "v_nueva",
            "fecha_vigencia",
            "moneda",
            "importe",
            "periodo",
            "prorrateo",
            "detalle",
        ),
        "Confirmación de {{sentido}} de velocidad – {{servicio}}",
        "Señores {{cliente}}:\n\n"
        "En atención a su solicitud de {{fecha_solicitud}}, confirmamos el {{sentido}} de velocidad de su servicio "
        "{{servicio}}, de {{v_anterior}} a {{v_nueva}}, vigente desde el {{fecha_vigencia}}. El nuevo importe mensual es de "
        "{{moneda}} {{importe}}; para {{periodo}} se facturará {{moneda}} {{prorrateo}} según el siguiente detalle:\n\n"
        "{{detalle}}\n\n"
        "Agradecemos devolver firmada el acta de conformidad.\n\n"
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
    dependencies = [("messaging", "0003_unsettled")]

    operations = [migrations.RunPython(write_texts, migrations.RunPython.noop)]
