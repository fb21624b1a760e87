"""Items 4 to 8: the amount of each billing month whose limits lie in the month of the control.

A group that joins contracts counts for each of them. A month that comes to nothing ("sin factura") has no items (G-45).
What was observed after it left is not done until it is right again; an invoice counts when it equals the last packet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from mayorista.apps.indicators.control_days import Days, asked, end_of
from mayorista.rules import periods
from mayorista.rules.due_dates import Component
from mayorista.rules.indicators.controls import Fact, Item

DEFINED = {"DEFINED", "SENT", "INVOICED", "DISPATCHED"}
SENT = DEFINED - {"DEFINED"}


@dataclass(frozen=True, slots=True)
class _Billed:
    """One contract and billing month, as its group's rows tell it."""

    contract_id: int
    in_advance: bool
    month: dt.date
    number: str
    state: str
    confirmed_at: dt.datetime | None
    manager_confirmed_at: dt.datetime | None
    defined_at: dt.datetime | None
    total: Decimal | None
    packet_id: int | None
    sent_at: dt.datetime | None
    packet: str
    invoice: str
    invoice_home: str
    invoice_packet_id: int | None
    invoice_total: Decimal | None
    issued_at: dt.datetime | None
    mailed_at: dt.datetime | None
    mail_state: str


def facts(contract_ids: list[int], days: Days) -> Iterator[tuple[int, Fact]]:
    """Yield the facts of items 4 to 8 by contract; one read."""
    months = [dt.date.fromordinal(each.first) for each in (days.month.previous, days.month, days.month.next)]
    for row in (_Billed(*each) for each in asked(_SQL, {"ids": contract_ids, "months": months})):
        if row.state == "NOTHING":
            continue
        component = Component.ADVANCE if row.in_advance else Component.ARREARS
        limits = days.limits[(periods.month_of(row.month), component)]
        for item, limit, done_at, words, number in (
            (Item.COORDINATED, limits.coordinated, *_coordinated(row)),
            (Item.DEFINED, limits.defined, *_defined(row)),
            (Item.REMITTED, limits.remitted, *_remitted(row)),
            (Item.INVOICED, limits.invoiced, *_invoiced(row)),
            (Item.DISPATCHED, limits.invoiced, *_dispatched(row)),
        ):
            if days.holds(limit):
                said = f"{periods.month_of(row.month).words}: {words}"
                yield row.contract_id, Fact(item, end_of(limit), done_at, said, number or row.number)


Done = tuple[dt.datetime | None, str, str]


def _coordinated(row: _Billed) -> Done:
    if row.confirmed_at is None or row.manager_confirmed_at is None:
        return None, _("falta confirmar"), row.number
    return max(row.confirmed_at, row.manager_confirmed_at), _("confirmado por las dos partes"), row.number


def _defined(row: _Billed) -> Done:
    if row.state not in DEFINED:
        return None, _("observado") if row.state == "OBSERVED" else _("sin definir"), row.number
    return row.defined_at, _("monto con su hoja"), row.number


def _remitted(row: _Billed) -> Done:
    if row.state not in SENT:
        return None, _("sin remitir"), row.number
    return row.sent_at, _("paquete %(n)s") % {"n": row.packet}, row.packet


def _invoiced(row: _Billed) -> Done:
    if row.issued_at is None:
        return None, _("sin factura"), row.number
    if row.invoice_packet_id != row.packet_id or row.invoice_total != row.total:
        return None, _("la factura %(n)s no es igual al paquete") % {"n": row.invoice}, row.invoice_home
    return row.issued_at, _("factura %(n)s") % {"n": row.invoice}, row.invoice_home


def _dispatched(row: _Billed) -> Done:
    if row.mailed_at is None:
        words = _("el correo rebotó o falló") if row.mail_state == "FAILED" else _("sin despachar")
        return None, words, row.invoice_home
    return row.mailed_at, _("factura %(n)s por correo") % {"n": row.invoice}, row.invoice_home


_SQL = """
SELECT member.contract_id, grouped.in_advance, wanted.month, coalesce(home.number, grouped.code), coalesce(month.state, 'PENDING'),
    month.confirmed_at, month.manager_confirmed_at, amount.defined_at, amount.total,
    packet.id, packet.sent_at, coalesce(packet.number, ''),
    coalesce(invoice.number, ''), coalesce(invoice_home.number, ''), invoice.packet_id, invoice.total, invoice.issued_at,
    mail.accepted_at, coalesce(last_mail.state, '')
FROM unnest(%(months)s::date[]) AS wanted (month)
JOIN billing_groupcontract member ON member.contract_id = ANY(%(ids)s) AND member.starts_month <= wanted.month
    AND (member.ends_month IS NULL OR member.ends_month > wanted.month)
JOIN billing_invoicinggroup grouped ON grouped.id = member.group_id
LEFT JOIN billing_month month ON month.group_id = grouped.id AND month.month = wanted.month
LEFT JOIN procedure_dossier home ON home.id = month.dossier_id
LEFT JOIN LATERAL (
    SELECT defined_at, total FROM billing_amount WHERE month_id = month.id ORDER BY sequence DESC LIMIT 1
) amount ON true
LEFT JOIN LATERAL (
    SELECT each.id, each.sent_at, own.number FROM billing_packet each JOIN procedure_dossier own ON own.id = each.dossier_id
    WHERE each.month_id = month.id ORDER BY each.sent_at DESC, each.id DESC LIMIT 1
) packet ON true
LEFT JOIN billing_invoice invoice ON invoice.group_id = grouped.id AND invoice.month = wanted.month AND invoice.origin <> 'OPENING'
LEFT JOIN procedure_dossier invoice_home ON invoice_home.id = invoice.dossier_id
LEFT JOIN LATERAL (
    SELECT min(message.accepted_at) AS accepted_at FROM billing_dispatch dispatch
    JOIN messaging_message message ON message.id = dispatch.message_id
    WHERE dispatch.invoice_id = invoice.id AND dispatch.undone_at IS NULL
        AND message.state IN ('ACCEPTED', 'SENT', 'DELIVERED', 'READ')
) mail ON true
LEFT JOIN LATERAL (
    SELECT message.state FROM billing_dispatch dispatch JOIN messaging_message message ON message.id = dispatch.message_id
    WHERE dispatch.invoice_id = invoice.id AND dispatch.undone_at IS NULL ORDER BY dispatch.sequence DESC LIMIT 1
) last_mail ON true
WHERE EXISTS (
    SELECT 1 FROM contracts_serviceholding held WHERE held.contract_id = member.contract_id
        AND held.starts_date < wanted.month + interval '1 month' AND (held.ends_date IS NULL OR held.ends_date > wanted.month))
ORDER BY member.contract_id, wanted.month
"""
