"""What stands on the papers of billing: the mail of an invoice, its PDF where we make it, a sheet's PDF."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from mayorista.apps.billing.models import AttachedPaper, Invoice
from mayorista.apps.messaging import queries as messaging
from mayorista.apps.messaging.texts import Filled
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.wiring import adapter
from mayorista.rules import formats, money, periods, words
from mayorista.rules.errors import Invalid

if TYPE_CHECKING:
    from mayorista.apps.procedure.models import StoredFile

OWN_PDF = "OWN_INVOICE"
TEMPLATE = "despacho_factura"
_LINES_IN_MAIL = 12


def attached(dossier_ids: Iterable[int]) -> dict[int, int]:
    """Return the newest file attached to each invoice or note, by its dossier; one read."""
    rows = AttachedPaper.objects.filter(dossier_id__in=list(dossier_ids)).order_by("sequence")
    return dict(rows.values_list("dossier_id", "file_id"))


def versions(dossier_id: int, first_id: int | None) -> list[StoredFile]:
    """Return every PDF that came for an invoice or note, oldest first; `first_id` came as it was entered."""
    later = list(
        AttachedPaper.objects.filter(dossier_id=dossier_id)
        .order_by("sequence")
        .values_list("file_id", flat=True)
    )
    ids = [each for each in (first_id, *later) if each is not None]
    known = {each.pk: each for each in procedure.files_of([dossier_id]).filter(pk__in=ids)}
    return [known[each] for each in ids]


def require_paper(invoice: Invoice, attached: Mapping[int, int]) -> None:
    """Raise Invalid where there is nothing to attach."""
    own = invoice.origin == Invoice.Origin.INTERNAL
    if own or invoice.pdf_id is not None or invoice.dossier_id in attached:
        return
    raise Invalid(
        _("La factura %(n)s no tiene su PDF.") % {"n": invoice.number},
        field="pdf",
        remedy=_("Adjúntelo en la página de la factura."),
    )


def due_words(invoice: Invoice) -> str:
    """Return when an invoice falls due as it is told to the customer."""
    if invoice.due_date is not None:
        return formats.date(invoice.due_date)
    return _("a los %(n)s días calendario de su entrega") % {"n": invoice.due_from_delivery_days}


def invoice_paper(invoice_id: int, *, at: dt.datetime) -> bytes | None:
    """Return the PDF of an invoice of our own series; None for one of another origin."""
    row = Invoice.objects.select_related("packet").filter(pk=invoice_id, origin="INTERNAL").first()
    return None if row is None else Facts.read([row], at=at).pdf(row)


@dataclass(frozen=True, slots=True)
class Facts:
    """What all papers of some invoices share, read once."""

    parameters: Mapping[str, Any]
    stored: Mapping[int, int]
    attached: Mapping[int, int]
    at: dt.datetime
    fill: Callable[[Mapping[str, str]], Filled]

    @classmethod
    def read(cls, invoices: Sequence[Invoice], *, at: dt.datetime) -> Facts:
        """Read the parameters, and which own PDFs are kept already (by the invoice's dossier)."""
        kept = procedure.files_of([each.dossier_id for each in invoices]).filter(kind=OWN_PDF)
        return cls(
            procedure.parameters(at=at),
            dict(kept.values_list("dossier_id", "id")),
            attached([each.dossier_id for each in invoices]),
            at,
            messaging.filler(TEMPLATE),
        )

    def mail(self, invoice: Invoice) -> Filled:
        """Return the mail of an invoice (texts §6, "Despacho de factura")."""
        require_paper(invoice, self.attached)
        assert invoice.packet is not None
        content = invoice.packet.content
        lines = [str(line["text"]) for line in content["lines"]]
        shown = "\n".join(f"- {text}" for text in lines[:_LINES_IN_MAIL])
        if len(lines) > _LINES_IN_MAIL:
            shown += "\n" + _("- … y %(n)s líneas más en la factura") % {"n": len(lines) - _LINES_IN_MAIL}
        return self.fill(
            {
                "numero": invoice.number,
                "periodo": periods.month_of(invoice.month).words,
                "cliente": content["customer"]["name"],
                "fecha_emision": formats.date(invoice.issued_date),
                "moneda": money.currency_sign(invoice.currency),
                "importe": formats.number(invoice.total),
                "literal": words.amount(invoice.total, invoice.currency),
                "vencimiento": due_words(invoice),
                "detalle_lineas": shown,
                "cuentas": self.parameters["billing.accounts"],
                "correo_cobranza": self.parameters["billing.email"],
                "firma": self.parameters["billing.signature"],
                "operador": self.parameters["carrier.name"],
            },
        )

    def pdf(self, invoice: Invoice) -> bytes:
        """Return the PDF of an invoice of our own series: the same bytes whenever it is made."""
        made = adapter("invoicer_internal").paper(self.data(invoice))
        content: bytes = adapter("documents").render(made[0], made[1], at=invoice.issued_at)
        return content

    def data(self, invoice: Invoice) -> dict[str, Any]:
        """Return what the paper shows."""
        assert invoice.packet is not None
        content = invoice.packet.content
        return {
            **self.house(),
            "number": invoice.number,
            "issued": formats.date(invoice.issued_date),
            "month": periods.month_of(invoice.month).words,
            "customer": content["customer"],
            "group": content["group"],
            "contracts": ", ".join(content["contracts"]),
            "packet": content["number"],
            "hash": invoice.packet.content_hash,
            "currency": money.currency_sign(invoice.currency),
            "lines": [{"text": line["text"], "amount": _figure(line["amount"])} for line in content["lines"]],
            "credit": _figure(content["credit_applied"]) if Decimal(content["credit_applied"]) else "",
            "total": formats.number(invoice.total),
            "tax": formats.number(invoice.tax) if invoice.tax else "",
            "words": words.amount(invoice.total, invoice.currency),
            "due": due_words(invoice),
            "rate": _rate(content.get("rate")),
            "accounts": self.parameters["billing.accounts"],
            "email": self.parameters["billing.email"],
            "verification_url": f"{self.parameters['public.base_url']}/facturas/{invoice.pk}/",
        }

    def house(self) -> dict[str, Any]:
        """Return the official header."""
        return {
            "carrier": self.parameters["carrier.name"],
            "procedure": {
                "title": self.parameters["procedure.title"],
                "code": self.parameters["procedure.code"],
                "revision": str(self.parameters["procedure.revision"]).removeprefix("Rev. "),
            },
        }


def _figure(text: str) -> str:
    return formats.number(Decimal(text)).replace("-", "−")


def _rate(rate: Mapping[str, str] | None) -> str:
    return f"{rate['value'].replace('.', ',')} ({rate['source']})" if rate else ""
