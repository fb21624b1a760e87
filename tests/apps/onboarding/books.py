"""Workbooks as people really fill them, made by code."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

from openpyxl import Workbook


def save(book: Workbook) -> bytes:
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def simple(**sheets: list[list]) -> bytes:
    """A workbook of sheets given as rows, the first row being the headings."""
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        tab = book.create_sheet(title.replace("_", " "))
        for row in rows:
            tab.append(row)
    return save(book)


CLIENTS = ["Código", "Nombre", "NIT", "Ciudad"]
SERVICES = ["Cliente", "Circuito", "Capacidad"]


def torture() -> bytes:
    """Three customers spelled in many ways, with all that spreadsheets do to data."""
    book = Workbook()
    notes = book.active
    notes.title = "Notas internas"
    notes["A1"] = "esto no se carga"

    clients = book.create_sheet("CLIENTES")
    clients["A1"] = "Listado de clientes mayoristas"
    clients.merge_cells("A1:F1")
    clients.append([])
    clients.append(["Código", "Cliente", "N.I.T.", "Ciudad ", "Activo", "Observación"])
    clients.append(["ISP-014", "VALLE FIBRA S.R.L.", 28627025, "Cochabamba", "sí", "x"])
    clients["C4"].number_format = "0000000000"  # shows 0028627025
    clients.append([None, "Andesnet Ltda.", "175.842.024", "Sacaba", True, None])
    clients.append([None, "RED TUNARI S.R.L.", 1020703023.0, None, None, None])

    services = book.create_sheet("Servicios")
    services.append(
        [
            "Cliente",
            "Circuito",
            "Velocidad (Mbps)",
            "Nodo",
            "VLAN",
            "ASN",
            "Prefijos",
            "Va por",
            "Alta",
            "Alarmas",
        ]
    )
    services.append(
        [
            "Valle Fibra SRL",
            "TIP-0141",
            2000,
            "CBBA-BR1",
            1141,
            "AS64514",
            "198.51.100.0/24",
            "UP-TAD",
            "24 de noviembre de 2025",
            "instance=br1, interface=Te3",
        ]
    )
    services.append(
        [
            None,
            "TIP-0142",
            "0,5 Gbps",
            "cbba-br1",
            None,
            None,
            None,
            "UP-TAD (respaldo)",
            dt.datetime(2025, 12, 1),
            None,
        ]
    )
    services.merge_cells("A2:A3")
    services.append(["ANDESNET", "TIP-0032", "3.000", "CBBA-BR2", 1032.0, 64577, None, None, 46023, None])
    services.append(["red tunari", "TIP-0077", 512.5, None, None, None, None, None, "01/12/25", None])

    contacts = book.create_sheet("Contactos")
    contacts.append(
        [
            "ISP",
            "Nombre completo",
            "E-mail",
            "Celular",
            "Rol",
            "Acepta WhatsApp",
            "Fecha de opt-in",
            "Cómo aceptó",
        ]
    )
    contacts.append(
        [
            "VALLEFIBRA",
            "Ana Rojas",
            "Ana@VALLE.example ",
            "70000001 / 4-4250000",
            "Técnico, Guardia 24/7",
            "SI",
            "24/11/2025",
            "formulario",
        ]
    )
    contacts.append(["ANDESNET; RED TUNARI", "Beto Paz", None, 59171111111, "técnico", "x", None, "carta"])

    elements = book.create_sheet("Elementos de red")
    elements.append(["Código", "Tipo", "Proveedor", "Nombre"])
    elements.append(["CBBA-BR1", "nodo", None, None])
    elements.append(["CBBA-BR2", "Nodo", None, None])
    elements.append(["UP-TAD", "Red contratada", "Transporte Andino", "Tránsito Oruro"])

    providers = book.create_sheet("Proveedores")
    providers.append(["Código", "Nombre", "Teléfono", "Escalamiento"])
    providers.append(
        [
            "TAD",
            "TRANSPORTE ANDINO S.A.",
            "70000009",
            "NOC; 70000009; noc@tad.example; 0\nJefe; ; jefe@tad.example; 120",
        ]
    )

    sla = book.create_sheet("Perfiles SLA")
    sla.append(["Código", "Nombre", "Disponibilidad %", "Respuesta sev. 1", "Reparación sev. 1"])
    sla.append(["ORO", "SLA Oro", 0.9995, 10, "4 h"])
    sla["C2"].number_format = "0.00%"
    return save(book)


def with_part(content: bytes, name: str, data: bytes) -> bytes:
    """The same workbook with one part more (or replaced)."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename != name:
                new.writestr(part, old.read(part))
        new.writestr(name, data)
    return held.getvalue()
