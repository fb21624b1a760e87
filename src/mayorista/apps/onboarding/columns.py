"""The workbook of the import: its sheets and columns, in one table.

Reader, template, correction workbook, help page and docs are made from it. The order of the sheets
is the order of loading: what is shared first, then customers with all that hangs on them.
"""

from __future__ import annotations

import re

from mayorista.apps.onboarding.column_types import Column, Sheet
from mayorista.apps.onboarding.columns_money import (
    ADDENDA,
    ADVANCES,
    CLAUSES,
    DISPUTES,
    FILE,
    GUARANTEES,
    OPENING,
    PRICES,
    RATES,
    SPEEDS,
    TRAFFIC,
)
from mayorista.rules import names

__all__ = [
    "ADDENDA",
    "ADVANCES",
    "CLAUSES",
    "DISPUTES",
    "FILE",
    "GUARANTEES",
    "OPENING",
    "PRICES",
    "RATES",
    "SPEEDS",
    "TRAFFIC",
    "Column",
    "Sheet",
]

REASON_TITLE = "Motivo"
INSTRUCTIONS_TITLE = "Instrucciones"

YES_NO = ("sí", "no")
KINDS = ("Nodo", "Enlace", "Equipo", "Red contratada")
PURPOSES = ("Técnico", "Guardia", "Gerencia", "Facturación", "Legal")
CLOCKS = ("Lo primero", "Alarma", "Reclamo")
ROUNDINGS = ("Exacta", "Hacia arriba", "Hacia abajo")

PROVIDERS = Sheet(
    "providers",
    "Proveedores",
    "Operadores cuya red contratamos (tránsito, fibra).",
    (
        Column("code", "Código", "Corto y único.", "TAD", required=True),
        Column(
            "name",
            "Nombre",
            "Como se lo conoce.",
            "TRANSPORTE ANDINO DEMO",
            required=True,
            also=("Proveedor",),
        ),
        Column("contact", "Contacto", "Persona o mesa.", "NOC 24 h"),
        Column("phone", "Teléfono", "Un número.", "70000009", also=("Celular", "Fono")),
        Column("email", "Correo", "", "noc@tad.example", also=("Email", "E-mail", "Correo electrónico")),
        Column(
            "escalation",
            "Escalamiento",
            "Un nivel por línea: nombre; teléfono; correo; minutos.",
            "NOC; 70000009; noc@tad.example; 0",
        ),
    ),
)

RESOURCES = Sheet(
    "resources",
    "Elementos",
    "Nodos, enlaces, equipos y redes contratadas por las que van los circuitos.",
    (
        Column("code", "Código", "Corto y único; así lo nombra Servicios.", "CBBA-BR1", required=True),
        Column(
            "kind",
            "Clase",
            "Nodo, Enlace, Equipo o Red contratada.",
            "Nodo",
            required=True,
            also=("Tipo",),
            choices=KINDS,
        ),
        Column("name", "Nombre", "Vacío toma el código.", "Router de borde Cochabamba 1"),
        Column(
            "provider",
            "Proveedor",
            "Código o nombre; obligatorio en una red contratada.",
            "",
            fields=("provider_id",),
        ),
        Column("contract_reference", "Contrato con el proveedor", "", "", also=("Contrato",)),
        Column("part_of", "Parte de", "Código del elemento que lo contiene.", "", fields=("part_of_id",)),
        Column(
            "nms_names",
            "Nombres en alarmas",
            "etiqueta=valor, separadas por coma; un nombre por línea.",
            "instance=cbba-br1, alertname=NodeDown",
            also=("Alarmas", "Etiquetas"),
            fields=("labels",),
        ),
        Column("notes", "Notas", ""),
    ),
    also=("Elementos de red", "Recursos"),
)

SLA_PROFILES = Sheet(
    "sla_profiles",
    "Perfiles SLA",
    "Términos de SLA que comparten contratos y servicios.",
    (
        Column("code", "Código", "Corto y único.", "ORO", required=True),
        Column("name", "Nombre", "", "SLA Oro", required=True),
        Column(
            "availability",
            "Disponibilidad %",
            "Con coma o punto.",
            "99,95",
            required=True,
            also=("Disponibilidad",),
        ),
        Column("response_1", "Respuesta sev. 1", "Minutos, o «1 h».", "10", fields=("targets_1",)),
        Column("repair_1", "Reparación sev. 1", "Minutos, o «4 h».", "4 h"),
        Column("response_2", "Respuesta sev. 2", "", "20", fields=("targets_2",)),
        Column("repair_2", "Reparación sev. 2", "", "8 h"),
        Column("response_3", "Respuesta sev. 3", "", "120", fields=("targets_3",)),
        Column("repair_3", "Reparación sev. 3", "", "48 h"),
        Column(
            "clock_start",
            "Inicio del reloj",
            "Lo primero, Alarma, Reclamo o Caso.",
            "Lo primero",
            choices=CLOCKS,
        ),
        Column("ignore_below_seconds", "No cuenta menos de (s)", "", "0"),
        Column("rounding", "Redondeo", "Exacta, Hacia arriba o Hacia abajo.", "Exacta", choices=ROUNDINGS),
        Column("maintenance_notice_hours", "Aviso de mantenimiento (h)", "", "72"),
        Column("excluded_causes", "Causas excluidas", "Códigos del D.A.C.", "E-DDO"),
        Column("contract_reference", "Referencia", "Cláusula o anexo."),
    ),
    also=("SLA", "Perfiles"),
)

CUSTOMERS = Sheet(
    "customers",
    "Clientes",
    "Un ISP mayorista por fila.",
    (
        Column("code", "Código", "Vacío toma el siguiente ISP-nnn.", "ISP-014"),
        Column(
            "name",
            "Nombre",
            "Nombre comercial.",
            "VALLE FIBRA S.R.L.",
            required=True,
            also=("Cliente", "ISP"),
        ),
        Column("legal_name", "Razón social", "", "VALLE FIBRA S.R.L."),
        Column("nit", "NIT", "Solo dígitos; mejor como texto.", "1028627025"),
        Column(
            "kind",
            "Tipo",
            "Solo ISP mayorista (puede quedar vacío).",
            "ISP mayorista",
            also=("Tipo de cliente",),
        ),
        Column("city", "Ciudad", "", "Cochabamba"),
        Column("address", "Dirección", "", ""),
        Column("active", "Activo", "sí o no; vacío es sí.", "sí", choices=YES_NO),
        Column("notes", "Notas", ""),
    ),
)

CONTRACTS = Sheet(
    "contracts",
    "Contratos",
    "Un contrato por fila, con las condiciones que mueven dinero o plazos (desde su inicio).",
    (
        Column("customer", "Cliente", "Código o nombre.", "VALLE FIBRA S.R.L.", required=True, also=("ISP",)),
        Column("number", "Número", "", "CT-014", required=True, also=("Contrato", "N.º")),
        Column(
            "sla_profile",
            "Perfil SLA",
            "Código del perfil.",
            "ORO",
            also=("SLA",),
            fields=("sla_profile_id",),
        ),
        Column(
            "signed_date",
            "Firmado",
            "dd/mm/aaaa, o en palabras.",
            "24 de noviembre de 2025",
            also=("Fecha de firma",),
        ),
        Column("starts_date", "Desde", "", "01/12/2025", also=("Inicio",)),
        Column("ends_date", "Hasta", "Día en que ya no rige.", "01/12/2027", also=("Fin", "Vencimiento")),
        Column("signatories", "Firmantes", "Separados por punto y coma.", "Marco Vargas; Ana Rojas"),
        FILE,
        *CLAUSES,
    ),
)

SERVICES = Sheet(
    "services",
    "Servicios",
    "Un circuito por fila.",
    (
        Column("customer", "Cliente", "Código o nombre.", "VALLE FIBRA S.R.L.", required=True, also=("ISP",)),
        Column(
            "circuit_code",
            "Circuito",
            "Código único.",
            "TIP-0141",
            required=True,
            also=("Código de circuito", "Servicio", "ID"),
        ),
        Column("description", "Descripción", "", "Tránsito IP"),
        Column(
            "capacity",
            "Capacidad",
            "Con unidad: 2 Gbps, 500 Mbps, 1,5 Gbps.",
            "2 Gbps",
            required=True,
            also=("Velocidad", "Ancho de banda"),
        ),
        Column("contract", "Contrato", "Número; se crea si no existe.", "CT-014", fields=("contract_id",)),
        Column("node", "Nodo", "Código de Elementos.", "CBBA-BR1", fields=("node_id",)),
        Column("port", "Puerto", "", "Te0/0/0/3"),
        Column("vlan", "VLAN", "1 a 4094.", "1141"),
        Column("asn", "ASN", "", "64514", also=("AS",)),
        Column("prefixes", "Prefijos", "IPv4 o IPv6, separados por coma.", "198.51.100.0/24"),
        Column("equipment", "Equipos dedicados", "", "", also=("Equipos",)),
        Column(
            "sla_profile",
            "Perfil SLA",
            "Código; vacío usa el del contrato.",
            "",
            also=("SLA",),
            fields=("sla_profile_id",),
        ),
        Column(
            "rides",
            "Va por",
            "Códigos de Elementos; «(respaldo)» para el camino de protección.",
            "UP-TAD-1; UP-TAD-2 (respaldo)",
            also=("Elementos",),
        ),
        Column(
            "own_aliases",
            "Alias propios",
            "Separados por punto y coma.",
            "",
            also=("Alias",),
            fields=("aliases",),
        ),
        Column("upstream_aliases", "Alias del proveedor", "", "TA-CIRC-9"),
        Column("customer_aliases", "Alias del cliente", "", ""),
        Column(
            "nms_names",
            "Nombres en alarmas",
            "etiqueta=valor, separadas por coma; un nombre por línea.",
            "instance=cbba-br1, interface=Te0/0/0/3",
            also=("Alarmas", "Etiquetas"),
            fields=("labels",),
        ),
        Column(
            "billing_from",
            "Factura desde",
            "Primer día que se factura por el contrato; la velocidad inicial es la de Velocidades o la capacidad.",
            "01/12/2025",
            fields=("starts_date",),
        ),
        Column("started_date", "En servicio desde", "Fecha.", "01/12/2025", also=("Alta", "Fecha de alta")),
        Column("notes", "Notas", ""),
    ),
    also=("Circuitos",),
)

CONTACTS = Sheet(
    "contacts",
    "Contactos",
    "Una persona (o mesa de guardia) por fila; puede servir a varios ISP.",
    (
        Column(
            "customer",
            "Cliente",
            "Código o nombre; varios separados por punto y coma.",
            "VALLE FIBRA S.R.L.",
            required=True,
            also=("ISP",),
        ),
        Column(
            "full_name",
            "Nombre",
            "",
            "Ana Rojas",
            required=True,
            also=("Nombre completo", "Contacto", "Persona"),
        ),
        Column(
            "email", "Correo", "", "noc@vallefibra.example", also=("Email", "E-mail", "Correo electrónico")
        ),
        Column(
            "phone",
            "Teléfono",
            "Uno o varios; el primero celular es el de WhatsApp.",
            "70000001 / 4-4250000",
            also=("Celular", "Teléfonos", "WhatsApp"),
        ),
        Column(
            "roles",
            "Roles",
            "Técnico, Guardia, Gerencia, Facturación, Legal; separados por coma.",
            "Técnico, Guardia",
            required=True,
            also=("Rol",),
        ),
        Column("priority", "Prioridad", "1 es a quien se llama primero.", "1"),
        Column(
            "opt_in", "Acepta WhatsApp", "sí o no.", "sí", also=("Opt-in", "Opt-in WhatsApp"), choices=YES_NO
        ),
        Column(
            "opt_in_at", "Fecha de aceptación", "Día en que aceptó.", "24/11/2025", also=("Fecha de opt-in",)
        ),
        Column("opt_in_how", "Cómo aceptó", "", "formulario de alta firmado"),
        Column("notes", "Notas", ""),
    ),
)

SHARED = (PROVIDERS, RESOURCES, SLA_PROFILES, RATES)
DAY_ONE = (ADDENDA, SPEEDS, PRICES, GUARANTEES, OPENING, DISPUTES, ADVANCES, TRAFFIC)
PER_CUSTOMER = (
    CUSTOMERS,
    CONTRACTS,
    ADDENDA,
    SERVICES,
    SPEEDS,
    PRICES,
    GUARANTEES,
    CONTACTS,
    OPENING,
    DISPUTES,
    ADVANCES,
    TRAFFIC,
)
# With these Ventas hands contracts over.
HANDED = (CONTRACTS, ADDENDA, SERVICES, PRICES)
SHEETS = (*SHARED, *PER_CUSTOMER)
# The order in which people fill them.
SHOWN = (
    CUSTOMERS,
    CONTACTS,
    SERVICES,
    CONTRACTS,
    ADDENDA,
    SPEEDS,
    PRICES,
    GUARANTEES,
    OPENING,
    DISPUTES,
    ADVANCES,
    RATES,
    TRAFFIC,
    RESOURCES,
    PROVIDERS,
    SLA_PROFILES,
)


def heading_key(text: str) -> str:
    """Return a heading as it is compared: no accents, case, punctuation, nor what stands in parentheses."""
    bare = re.sub(r"\([^)]*\)", " ", text)
    return " ".join(re.sub(r"[^a-z0-9]+", " ", names.sort_key(bare).replace(".", "")).split())


def sheet_for(title: str) -> Sheet | None:
    """Return the sheet that a tab's title names, or None."""
    wanted = heading_key(title)
    for sheet in SHEETS:
        if wanted in {heading_key(name) for name in (sheet.title, *sheet.also)}:
            return sheet
    return None


def columns_by_heading(sheet: Sheet) -> dict[str, Column]:
    """Return the columns of a sheet by every heading that names them; the proper title wins."""
    found = {heading_key(name): column for column in sheet.columns for name in column.also}
    found |= {heading_key(column.title): column for column in sheet.columns}
    return found
