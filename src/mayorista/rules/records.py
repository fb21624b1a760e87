"""The documents of the procedure as a catalogue: type, copies, keeper, and how long each is kept (III.1, R-D1 to R-D3).

The written text names two, the D.A.C. and the contract; the others are what the work leaves behind. How many years
each is kept is a dated parameter; the figures here are its first values.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from mayorista.rules.procedure import Role


class Kind(StrEnum):
    """The legend of the procedure's table: F, I, R, P."""

    FORM = "F"
    REPORT = "I"
    REGULATION = "R"
    POLICY = "P"


MANUAL, AUTOMATIC = "M", "A"
LONGEST_YEARS = 100
KIND_TITLES = {
    Kind.FORM: "Formulario",
    Kind.REPORT: "Informe",
    Kind.REGULATION: "Reglamento",
    Kind.POLICY: "Política",
}


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A type of document.

    `made`: by hand or by the system (M, A). `files`: the kinds of stored files that are records of it. `originals` and `copies`: how many the procedure's table
    allows. `keeper`: the role with the original. `years`: kept since its dossier was closed; 0 is for ever.
    """

    code: str
    name: str
    kind: Kind
    made: str
    originals: int
    copies: int
    keeper: Role
    files: tuple[str, ...]
    years: int
    of_the_procedure: bool = False


TYPES = {
    each.code: each
    for each in (
        DocumentType(
            "DAC", "Formulario D.A.C.", Kind.FORM, MANUAL, 1, 0, Role.NOC, ("DAC",), 10, of_the_procedure=True
        ),
        DocumentType(
            "CONTRATO", "Contrato con cliente ISP", Kind.FORM, MANUAL, 1, 1, Role.INTERCONNECTION, ("CONTRACT",), 10,
            of_the_procedure=True,
        ),
        DocumentType("PAQUETE", "Montos a facturar", Kind.FORM, AUTOMATIC, 1, 0, Role.INTERCONNECTION, ("PACKETS",), 10),
        DocumentType("FACTURA", "Factura, nota de crédito o débito", Kind.FORM, AUTOMATIC, 1, 0, Role.BILLING, ("INVOICE", "OWN_INVOICE", "NOTE", "OWN_NOTE"), 10),
        DocumentType(
            "RECORDATORIO", "Recordatorio de pago", Kind.FORM, AUTOMATIC, 1, 0, Role.INTERCONNECTION, ("REMINDER_PAPER",), 10
        ),
        DocumentType(
            "COMPROBANTE", "Comprobante de pago", Kind.FORM, MANUAL, 1, 0, Role.INTERCONNECTION, ("RECEIPT", "ALLOCATION"), 10
        ),
        DocumentType("EXTRACTO", "Extracto bancario", Kind.FORM, MANUAL, 1, 0, Role.ACCOUNTING, ("BANK_STATEMENT",), 10),
        DocumentType("ESTADO", "Estado de cuenta", Kind.REPORT, AUTOMATIC, 1, 0, Role.INTERCONNECTION, ("STATEMENT",), 10),
        DocumentType("EXPEDIENTE", "Expediente para Asesoría Legal", Kind.REPORT, AUTOMATIC, 1, 0, Role.LEGAL, ("LEGAL_FILE",), 10),
        DocumentType("INFORME", "Informe de SLA, RFO y reclamo al proveedor", Kind.REPORT, AUTOMATIC, 1, 0, Role.MANAGER, ("REPORT",), 10),
        DocumentType("MEDIO", "Archivo recibido por WhatsApp", Kind.FORM, AUTOMATIC, 1, 0, Role.SUPPORT, ("WHATSAPP",), 5),
        DocumentType("PROTOCOLO", "Protocolo del NOC", Kind.REGULATION, MANUAL, 1, 0, Role.NOC, ("PROTOCOL",), 0),
    )
}  # fmt: skip


def kept_until(closed_on: dt.date | None, years: int) -> dt.date | None:
    """Return the last day a record must be kept; None while its dossier is open or when it is kept for ever.

    29 February ends on 28 February.
    """
    if closed_on is None or not years:
        return None
    try:
        return closed_on.replace(year=closed_on.year + years)
    except ValueError:
        return closed_on.replace(year=closed_on.year + years, day=28)


def closed_before(today: dt.date, years: int) -> dt.date:
    """Return the day up to which a dossier must have been closed for its records to be past their time today."""
    try:
        return today.replace(year=today.year - years) - dt.timedelta(days=1)
    except ValueError:
        return today.replace(year=today.year - years, day=28)
