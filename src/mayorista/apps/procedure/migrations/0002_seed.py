"""Revision 0 of the procedure: its register, units and the two protocols of step A.2."""

import datetime as dt

from django.db import migrations

from mayorista.apps.procedure.migration_tools import append_only

VALID_FROM = dt.datetime(2022, 11, 1, 4, 0, tzinfo=dt.UTC)

UNITS = [
    ("GER-PLAN", "Gerencia de Planificación", None, ["MANAGER"]),
    ("DIV-GS", "Div. Gestión del Servicio", None, ["SUPPORT"]),
    ("DIV-ASR", "Div. Aseguramiento de Servicios y Recursos", None, []),
    ("NOC", "Equipo Monitoreo Servicios y Recursos (NOC)", "DIV-ASR", ["NOC"]),
    ("GSOP", "Grupo de Soporte", "DIV-GS", ["SUPPORT"]),
    ("DINT", "Depto. Interconexión y Servicios de Apoyo", None, ["INTERCONNECTION"]),
    ("FACT", "Facturación", None, ["BILLING"]),
    ("CONT", "Depto. Contabilidad", None, ["ACCOUNTING"]),
    ("CART", "U.T. Cartera", None, ["PORTFOLIO"]),
    ("LEGAL", "Asesoría Legal", None, ["LEGAL"]),
    ("VENTAS", "Ventas", None, ["SALES"]),
]

PROTOCOLS = [
    (
        "GESTORES",
        "Uso de Gestores del NOC",
        "Antes de diagnosticar, el operador del NOC consulta los gestores de red, confirma la "
        "caída en al menos dos de ellos y anota el resultado. El texto oficial del protocolo se "
        "adjunta en esta página y cada versión queda registrada.",
        [
            {"code": "NMS", "kind": "text", "question": "Gestores consultados"},
            {"code": "ALARM", "kind": "check", "question": "La caída se confirma en el gestor"},
            {"code": "PORT", "kind": "check", "question": "Se revisó el estado del puerto y la sesión BGP"},
            {
                "code": "NEIGHBOURS",
                "kind": "check",
                "question": "Se buscaron otros servicios con el mismo corte",
            },
            {"code": "RESULT", "kind": "text", "question": "Resultado"},
        ],
    ),
    (
        "REMOTO",
        "Trabajo Virtual Monitoreo Remoto",
        "Cuando el operador trabaja a distancia, registra la sesión remota, el equipo al que entró "
        "y su resultado. El texto oficial del protocolo se adjunta en esta página y cada versión "
        "queda registrada.",
        [
            {"code": "REMOTE", "kind": "check", "question": "Se usó sesión remota"},
            {"code": "DEVICE", "kind": "text", "question": "Equipo y usuario de la sesión"},
            {"code": "CLEAN", "kind": "check", "question": "La sesión se cerró sin cambios pendientes"},
        ],
    ),
]


def seed(apps, schema_editor):
    """Write the rows; a second run finds them and changes nothing."""
    revision = apps.get_model("procedure", "ProcedureRevision")
    revision.objects.get_or_create(
        code="GC-PRC-OPE-CUM-02",
        revision=0,
        defaults={
            "title": "POST VENTA CLIENTE INTERNET MAYORISTA",
            "status": "Aprobado",
            "date_text": "Noviembre 2022",
            "valid_from": dt.date(2022, 11, 1),
        },
    )
    unit = apps.get_model("procedure", "Unit")
    made = {}
    for code, name, parent, roles in UNITS:
        made[code], _new = unit.objects.get_or_create(
            code=code, defaults={"name": name, "parent": made.get(parent), "roles": roles}
        )
    protocol = apps.get_model("procedure", "Protocol")
    for code, title, body, checklist in PROTOCOLS:
        protocol.objects.get_or_create(
            code=code,
            version=1,
            defaults={"title": title, "body": body, "checklist": checklist, "valid_from": VALID_FROM},
        )


class Migration(migrations.Migration):
    """Seed, and the journal made append-only."""

    dependencies = [("procedure", "0001_initial")]

    operations = [
        migrations.RunPython(seed, migrations.RunPython.noop),
        append_only("procedure_journalentry"),
    ]
