"""What customers owe by invoice, for the room of receivables: totals with their notes, and when each falls due.

Whether it is paid is that room's: here an invoice is open while its notes have not made it nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from mayorista.apps.billing.models import Amount, Dispatch, ExchangeRate, Invoice


@dataclass(frozen=True, slots=True)
class InvoiceCard:
    """An invoice as other rooms see it.

    `due_date` is None while its term runs from a delivery that has not happened (or bounced: `undelivered`).
    `notes` is debit less credit; `owed` what the invoice comes to with them. Amounts in `currency`, two decimals.
    """

    id: int
    dossier_id: int
    number: str
    origin: str
    customer_id: int
    customer_dossier_id: int
    customer: str
    group_id: int
    group: str
    month: dt.date
    issued_date: dt.date
    due_date: dt.date | None
    term_days: int | None
    currency: str
    total: Decimal
    notes: Decimal
    defined_by_id: int | None
    delivered_at: dt.datetime | None
    message_state: str
    pdf_id: int | None
    xml_id: int | None

    @property
    def owed(self) -> Decimal:
        """What is due for it, payments aside."""
        return self.total + self.notes

    @property
    def undelivered(self) -> bool:
        """Whether its last mail failed or bounced."""
        return self.message_state == "FAILED"


def open_invoices(customer_id: int | None = None) -> list[InvoiceCard]:
    """Return the invoices that come to something with their notes, of one customer or of all, oldest first; one read."""
    found = _read(
        "(%(customer)s::bigint IS NULL OR invoice.customer_id = %(customer)s::bigint)",
        {"customer": customer_id},
    )
    return [card for card in found if card.owed > 0]


def groups_invoiced(customer_id: int) -> set[int]:
    """Return the groups that a customer's invoices are of; one read."""
    return set(Invoice.objects.filter(customer_id=customer_id).values_list("group_id", flat=True).distinct())


def invoice_card(ids: Iterable[int]) -> dict[int, InvoiceCard]:
    """Return invoices by id; one read. One that does not exist is missing."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    return {card.id: card for card in _read("invoice.id = ANY(%(ids)s)", {"ids": wanted})}


def definers_of(invoice_ids: Iterable[int]) -> set[int]:
    """Return who defined any amount, the last or an earlier one, of the months of these invoices (G-36); one read."""
    issued = Invoice.objects.filter(pk__in=list(invoice_ids), packet__isnull=False)
    amounts = Amount.objects.filter(month_id__in=issued.values("packet__month_id"))
    return set(amounts.values_list("defined_by_id", flat=True))


def dispatch_messages(invoice_ids: Iterable[int]) -> dict[int, list[int]]:
    """Return the mails that took each invoice to its customer, oldest first, without those taken back; one read."""
    rows = Dispatch.objects.filter(invoice_id__in=set(invoice_ids), undone_at=None).order_by("sequence")
    found: dict[int, list[int]] = {}
    for invoice_id, message_id in rows.values_list("invoice_id", "message_id"):
        found.setdefault(invoice_id, []).append(message_id)
    return found


def rate_near(on: dt.date, *, currency: str = "USD", days: int = 7) -> Decimal | None:
    """Return how many bolivianos one unit was worth on a day, or on the last of the `days` before it that has a rate."""
    rows = ExchangeRate.objects.filter(currency=currency, on__lte=on, on__gte=on - dt.timedelta(days=days))
    found = rows.order_by("-on", "-id").first()
    return found.rate if found else None


def _read(condition: str, given: dict[str, Any]) -> Sequence[InvoiceCard]:
    with connection.cursor() as cursor:
        cursor.execute(_SQL.format(condition=condition), given)
        return [InvoiceCard(*row) for row in cursor.fetchall()]


# When an invoice falls due, for a query over `billing_invoice invoice` that joins SENT. A term from delivery runs from the
# day of La Paz on which the first mail that did not fail was taken.
DUE = """coalesce(invoice.due_date,
        (sent.delivered_at AT TIME ZONE 'America/La_Paz')::date + invoice.due_from_delivery_days::integer)"""
SENT = """LEFT JOIN LATERAL (
    SELECT min(message.accepted_at) AS delivered_at FROM billing_dispatch dispatch
    JOIN messaging_message message ON message.id = dispatch.message_id
    WHERE dispatch.invoice_id = invoice.id AND dispatch.undone_at IS NULL
        AND message.state IN ('ACCEPTED', 'SENT', 'DELIVERED', 'READ')
) sent ON true"""
_SQL = f"""
SELECT invoice.id, invoice.dossier_id, invoice.number, invoice.origin, invoice.customer_id, customer.dossier_id, customer.name,
    invoice.group_id, grouped.code, invoice.month, invoice.issued_date,
    {DUE},
    invoice.due_from_delivery_days, invoice.currency, invoice.total,
    coalesce(note.sum, 0), amount.defined_by_id, sent.delivered_at, coalesce(last.state, ''),
    coalesce(paper.file_id, invoice.pdf_id), invoice.xml_id
FROM billing_invoice invoice
JOIN customers_customer customer ON customer.id = invoice.customer_id
JOIN billing_invoicinggroup grouped ON grouped.id = invoice.group_id
LEFT JOIN billing_packet packet ON packet.id = invoice.packet_id
LEFT JOIN billing_amount amount ON amount.id = packet.amount_id
LEFT JOIN LATERAL (
    SELECT sum(CASE WHEN kind = 'DEBIT' THEN total ELSE -total END) AS sum FROM billing_note WHERE invoice_id = invoice.id
) note ON true
{SENT}
LEFT JOIN LATERAL (
    SELECT message.state FROM billing_dispatch dispatch JOIN messaging_message message ON message.id = dispatch.message_id
    WHERE dispatch.invoice_id = invoice.id AND dispatch.undone_at IS NULL ORDER BY dispatch.sequence DESC LIMIT 1
) last ON true
LEFT JOIN LATERAL (
    SELECT file_id FROM billing_attachedpaper WHERE dossier_id = invoice.dossier_id ORDER BY sequence DESC LIMIT 1
) paper ON true
WHERE {{condition}}
ORDER BY invoice.customer_id, invoice.issued_date, invoice.id
"""  # noqa: S608 - words of ours
