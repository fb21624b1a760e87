"""What stands on the papers of credit and debit notes: their mail, and their PDF where we make it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from mayorista.apps.billing.models import Invoice, Note
from mayorista.apps.billing.queries import papers
from mayorista.apps.customers import queries as customers
from mayorista.apps.messaging import queries as messaging
from mayorista.apps.procedure.wiring import adapter
from mayorista.rules import formats, lapaz, money, periods, words
from mayorista.rules.errors import Invalid

if TYPE_CHECKING:
    from mayorista.apps.messaging.texts import Filled

OWN_PDF = "OWN_NOTE"
TEMPLATE = "despacho_nota"


def is_own(note: Note) -> bool:
    """Whether its paper is made here: that of an invoice of our own series."""
    return note.invoice.origin == Invoice.Origin.INTERNAL


def shown_number(note: Note) -> str:
    """Return its number as its customer knows it."""
    return note.number_external or note.dossier.number


def came(note: Note) -> int | None:
    """Return the file that came for it and that is sent: the newest."""
    return papers.attached([note.dossier_id]).get(note.dossier_id, note.pdf_id)


def require_paper(note: Note) -> None:
    """Raise Invalid where there is nothing to attach."""
    if not is_own(note) and came(note) is None:
        raise Invalid(
            _("La nota %(n)s no tiene su PDF.") % {"n": shown_number(note)},
            field="pdf",
            remedy=_("Adjúntelo en la página de la nota."),
        )


def mail(note: Note, *, at: dt.datetime) -> Filled:
    """Return the mail that takes a note to its customer."""
    facts = papers.Facts.read([note.invoice], at=at)
    return messaging.filler(TEMPLATE)(
        {
            "clase": _kind(note),
            "numero": shown_number(note),
            "factura": note.invoice.number,
            "periodo": periods.month_of(note.invoice.month).words,
            "cliente": _customer(note)["name"],
            "fecha_emision": _issued(note),
            "moneda": money.currency_sign(note.invoice.currency),
            "importe": formats.number(note.total),
            "literal": words.amount(note.total, note.invoice.currency),
            "motivo": note.reason,
            "efecto": _("disminuye") if note.kind == Note.Kind.CREDIT else _("aumenta"),
            "correo_cobranza": facts.parameters["billing.email"],
            "firma": facts.parameters["billing.signature"],
            "operador": facts.parameters["carrier.name"],
        }
    )


def pdf(note: Note, *, at: dt.datetime) -> bytes:
    """Return the PDF of a note of our own series: the same bytes whenever it is made."""
    facts = papers.Facts.read([note.invoice], at=at)
    shown = {
        **facts.house(),
        "kind": _kind(note),
        "number": note.dossier.number,
        "issued": _issued(note),
        "invoice": note.invoice.number,
        "invoice_issued": formats.date(note.invoice.issued_date),
        "month": periods.month_of(note.invoice.month).words,
        "customer": _customer(note),
        "reason": note.reason,
        "currency": money.currency_sign(note.invoice.currency),
        "effect": _("Disminuye lo adeudado en")
        if note.kind == Note.Kind.CREDIT
        else _("Aumenta lo adeudado en"),
        "total": formats.number(note.total),
        "tax": formats.number(note.tax) if note.tax else "",
        "words": words.amount(note.total, note.invoice.currency),
        "verification_url": f"{facts.parameters['public.base_url']}/facturas/notas/{note.pk}/",
    }
    content: bytes = adapter("documents").render("note", shown, at=note.issued_at)
    return content


def _kind(note: Note) -> str:
    return str(Note.Kind(note.kind).label).capitalize()


def _issued(note: Note) -> str:
    return formats.date(lapaz.local(note.issued_at).date())


def _customer(note: Note) -> Mapping[str, Any]:
    if note.invoice.packet is not None:
        found: Mapping[str, Any] = note.invoice.packet.content["customer"]
        return found
    card = customers.customer(customer_id=note.invoice.customer_id)
    return {
        "name": card.legal_name or card.name,
        "nit": card.nit,
        "code": card.code,
        "address": card.address,
    }
