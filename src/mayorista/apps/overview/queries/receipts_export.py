"""Receipts, invoices and suggested entries of some days as tables for accounting, with totals by currency.

Receipts count by the day of the payment, invoices and notes by the day of issue (La Paz). Entries say how things stand
now: money that was on account and is allocated today pays the invoice, whenever it came. Rejected receipts have none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.billing.models import Invoice, Note
from mayorista.apps.customers import queries as customers
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.receivables import queries as receivables
from mayorista.apps.receivables.models import Allocation, NoticedReceipt, Receipt
from mayorista.rules import entries, lapaz, periods
from mayorista.rules.allocation import Kind
from mayorista.rules.errors import Invalid

ZERO = Decimal(0)
LONGEST_DAYS = 400
State = Receipt.State


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet: title, heads, rows; the last rows are the totals by currency."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def tables(*, first: dt.date, last: dt.date, at: dt.datetime) -> tuple[Table, ...]:
    """Return the three tables of the days from `first` to `last`. Raises Invalid for days in the wrong order or too many."""
    if last < first:
        raise Invalid(_("La fecha final es anterior a la inicial."), field="hasta")
    if (last - first).days > LONGEST_DAYS:
        raise Invalid(_("Son más de 400 días."), field="hasta", remedy=_("Exporte por año."))
    receipts = list(
        Receipt.objects.filter(paid_on__range=(first, last))
        .select_related("dossier", "registered_by", "reconciled_by")
        .order_by("paid_on", "id")
    )
    invoices = list(Invoice.objects.filter(issued_date__range=(first, last)).order_by("issued_date", "id"))
    bounds = [_midnight(first), _midnight(last + dt.timedelta(days=1))]
    notes = list(
        Note.objects.filter(issued_at__gte=bounds[0], issued_at__lt=bounds[1])
        .select_related("dossier", "invoice")
        .order_by("id")
    )
    people = customers.customers_by_id(
        {each.customer_id for each in receipts}
        | {each.customer_id for each in invoices}
        | {note.invoice.customer_id for note in notes}
    )
    live: dict[int, list[Allocation]] = {}
    for each in (
        Allocation.objects.filter(receipt__in=receipts, undone_at=None)
        .select_related("invoice")
        .order_by("id")
    ):
        live.setdefault(each.receipt_id, []).append(each)
    known = procedure.parameters(at=at, prefix="accounting.")
    return (
        _receipts(receipts, live, people),
        _invoices(invoices, people, known),
        _entries(receipts, invoices, notes, live, people, known),
    )


def _midnight(on: dt.date) -> dt.datetime:
    return dt.datetime.combine(on, dt.time(), tzinfo=lapaz.LA_PAZ)


def _receipts(rows: Sequence[Receipt], live: dict[int, list[Allocation]], people: dict[int, Any]) -> Table:
    told = {
        each.receipt_id: each.notice.dossier.number
        for each in NoticedReceipt.objects.filter(receipt__in=rows).select_related("notice__dossier")
    }
    made = []
    for row in rows:
        mine = live.get(row.pk, [])
        made.append(
            (
                row.dossier.number,
                row.paid_on,
                people[row.customer_id].name,
                people[row.customer_id].nit,
                row.bank,
                row.reference,
                row.currency,
                row.amount,
                ", ".join(dict.fromkeys(each.invoice.number for each in mine if each.invoice)),
                sum((each.amount for each in mine if each.invoice is None), ZERO),
                str(State(row.state).label),
                row.state_reason,
                row.registered_by.full_name,
                told.get(row.pk, ""),
                row.reconciled_by.full_name if row.reconciled_by else "",
            )
        )
    counted = [row for row, source in zip(made, rows, strict=True) if source.state != State.REJECTED]
    return Table(
        "comprobantes",
        _("Comprobantes"),
        (
            _("Comprobante"), _("Fecha de pago"), _("Cliente"), _("NIT"), _("Banco"), _("Referencia"), _("Moneda"),
            _("Importe"), _("Facturas"), _("A cuenta"), _("Estado"), _("Motivo"), _("Registró"), _("Aviso a Contabilidad"),
            _("Concilió"),
        ),
        (*made, *_totals(counted, 15, currency=6, sums=(7, 9), label=_("TOTAL sin rechazados"))),
    )  # fmt: skip


def _invoices(rows: Sequence[Invoice], people: dict[int, Any], known: dict[str, Any]) -> Table:
    balances = receivables.balances_of([row.pk for row in rows])
    made = [
        (
            row.number,
            row.issued_date,
            balances[row.pk].invoice.due_date,
            people[row.customer_id].name,
            people[row.customer_id].nit,
            str(periods.month_of(row.month)),
            row.currency,
            row.total,
            row.tax or entries.share(row.total, known["accounting.iva_percent"]),
            entries.share(row.total, known["accounting.it_percent"]),
            balances[row.pk].invoice.notes,
            balances[row.pk].settled,
            balances[row.pk].provisional,
            balances[row.pk].open,
        )
        for row in rows
    ]
    return Table(
        "facturas",
        _("Facturas"),
        (
            _("Factura"), _("Emitida"), _("Vence"), _("Cliente"), _("NIT"), _("Mes"), _("Moneda"), _("Total"),
            _("IVA %(p)s %%") % {"p": known["accounting.iva_percent"]}, _("IT %(p)s %%") % {"p": known["accounting.it_percent"]},
            _("Notas"), _("Cobrado"), _("Por conciliar"), _("Saldo"),
        ),
        (*made, *_totals(made, 14, currency=6, sums=range(7, 14), label=_("TOTAL"))),
    )  # fmt: skip


def _entries(
    receipts: Sequence[Receipt],
    invoices: Sequence[Invoice],
    notes: Sequence[Note],
    live: dict[int, list[Allocation]],
    people: dict[int, Any],
    known: dict[str, Any],
) -> Table:
    plan: dict[str, str] = known["accounting.plan"]
    taxes = {"iva_percent": known["accounting.iva_percent"], "it_percent": known["accounting.it_percent"]}
    made: list[tuple[Any, ...]] = []

    def put(
        on: dt.date, number: str, customer_id: int, text: str, currency: str, found: Iterable[entries.Entry]
    ) -> None:
        made.extend(
            (
                on,
                number,
                people[customer_id].name,
                text,
                plan[each.account],
                currency,
                each.debit,
                each.credit,
            )
            for each in found
        )

    for invoice in invoices:
        if invoice.origin == Invoice.Origin.OPENING:
            continue  # the former books have it
        words = _("Factura %(n)s, %(m)s") % {"n": invoice.number, "m": periods.month_of(invoice.month).words}
        found = entries.of_invoice(invoice.total, tax=invoice.tax, **taxes)
        put(invoice.issued_date, invoice.number, invoice.customer_id, words, invoice.currency, found)
    for note in notes:
        make = entries.of_credit_note if note.kind == Note.Kind.CREDIT else entries.of_invoice
        words = f"{Note.Kind(note.kind).label} {note.dossier.number}: {note.reason}"
        found = make(note.total, tax=note.tax, **taxes)
        put(lapaz.local(note.issued_at).date(), note.dossier.number, note.invoice.customer_id, words, note.invoice.currency, found)  # fmt: skip
    for receipt in receipts:
        if receipt.state == State.REJECTED:
            continue
        words = _("Comprobante %(bank)s %(ref)s") % {"bank": receipt.bank, "ref": receipt.reference}
        mine = [each for each in live.get(receipt.pk, []) if each.invoice is not None]
        same = [
            each for each in mine if each.invoice is not None and each.invoice.currency == receipt.currency
        ]
        settled = [
            entries.Settled(
                Kind(each.kind), each.amount_receipt_currency if each.kind == Kind.PAYMENT else each.amount
            )
            for each in mine
            if each.kind == Kind.PAYMENT or each in same
        ]
        whole = entries.of_receipt(receipt.amount, settled, booked_before=receipt.door == "OPENING")
        put(receipt.paid_on, receipt.dossier.number, receipt.customer_id, words, receipt.currency, whole)
        for each in mine:
            # A difference in the invoice's currency is booked in that currency.
            if each.kind != Kind.PAYMENT and each not in same and each.invoice is not None:
                only = entries.of_receipt(ZERO, [entries.Settled(Kind(each.kind), each.amount)])
                put(receipt.paid_on, receipt.dossier.number, receipt.customer_id, words, each.invoice.currency, only)  # fmt: skip
    made.sort(key=lambda row: row[0])
    return Table(
        "asientos",
        _("Asientos sugeridos"),
        (
            _("Fecha"), _("Documento"), _("Cliente"), _("Glosa"), _("Cuenta"), _("Moneda"), _("Debe"), _("Haber"),
        ),
        (*made, *_totals(made, 8, currency=5, sums=(6, 7), label=_("TOTAL"))),
    )  # fmt: skip


def _totals(
    rows: Sequence[Sequence[Any]], width: int, *, currency: int, sums: Iterable[int], label: str
) -> Iterable[tuple[Any, ...]]:
    places = tuple(sums)
    for name in sorted({row[currency] for row in rows}):
        cells: list[Any] = [""] * width
        cells[0], cells[currency] = label, name
        for place in places:
            cells[place] = sum((row[place] for row in rows if row[currency] == name), ZERO)
        yield tuple(cells)
