"""Receipts on screen: the list by what waits, one receipt with its money, and the form to write one down (B.7, B.8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from mayorista.apps.billing import queries as billing
from mayorista.apps.customers import queries as customers
from mayorista.apps.messaging import queries as messages
from mayorista.apps.messaging.models import Conversation, Message
from mayorista.apps.messaging.queries import Bubble
from mayorista.apps.overview.queries.paging import PAGE_SIZE, Pages, pages_of
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.models import JournalEntry, WorkItem
from mayorista.apps.receivables import queries as receivables
from mayorista.apps.receivables.models import Allocation, NoticedReceipt, Receipt, StatementLine
from mayorista.apps.receivables.operations import receipts as operations
from mayorista.apps.receivables.queries import Balance
from mayorista.apps.receivables.queries.dunning import disputed_of
from mayorista.rules import allocation, formats, lapaz, money
from mayorista.rules import receipts as receipt_rules
from mayorista.rules.errors import NotFound
from mayorista.rules.text import searchable

State = Receipt.State
ZERO = Decimal(0)
DOORS = {"HAND": "a mano", "EMAIL": "correo", "WHATSAPP": "WhatsApp", "OPENING": "saldo inicial"}
SHOWS = ("abiertos", "imputar", "a-cuenta", "informar", "conciliar", "conciliados", "rechazados", "todos")
MOST_INVOICES = 60


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """One receipt of the list; `applied` names the invoices it pays, `on_account` what none takes."""

    id: int
    number: str
    customer: str
    bank: str
    reference: str
    paid_on: dt.date
    sign: str
    amount: Decimal
    on_account: Decimal
    applied: str
    state: str
    state_name: str
    has_file: bool
    door: str
    undecided: bool
    registered_at: dt.datetime


@dataclass(frozen=True, slots=True)
class ReceiptList:
    """A page of receipts, what waits where, and the sums of what is shown by currency."""

    rows: tuple[ReceiptRow, ...]
    pages: Pages
    counts: dict[str, int]
    sums: tuple[tuple[str, Decimal], ...]
    show: str
    text: str
    daily: bool


def receipt_list(
    *, at: dt.datetime, show: str = "", text: str = "", page: int = 1, size: int = PAGE_SIZE
) -> ReceiptList:
    """Return receipts by what waits (`SHOWS`), newest first; `text` finds number, customer, bank, reference."""
    shown = show if show in SHOWS else "abiertos"
    every = _with_undecided(Receipt.objects.all())
    counts = Receipt.objects.filter(_SHOWN["abiertos"]).aggregate(
        informar=Count("id", filter=_SHOWN["informar"]), conciliar=Count("id", filter=_SHOWN["conciliar"])
    )
    to_allocate = Receipt.objects.filter(dossier_id__in=_undecided().values("dossier_id"))
    counts["imputar"] = to_allocate.exclude(state=State.REJECTED).count()
    rows = every.filter(_SHOWN.get(shown, Q()))
    few = False
    for word in searchable(text).split():
        homes = procedure.homes_with(word, kind="RECEIPT")
        if homes is None:
            rows = rows.filter(dossier__search_text__contains=word)
        else:
            rows, few = rows.filter(dossier_id__any=homes), True
    found = list(
        rows.order_by()
        .values("currency")
        .annotate(many=Count("id"), sum=Sum("amount", filter=~Q(state=State.REJECTED)))
        .values_list("currency", "many", "sum")
    )
    sums = {currency: sum_ for currency, _many, sum_ in found if sum_ is not None}
    pages = pages_of(sum(many for _currency, many, _sum in found), page, size)
    shown_part = slice((pages.number - 1) * size, pages.number * size)
    if few:
        # Of few, the newest are found by looking at them; the database would look for them among all.
        keys = sorted(rows.values_list("pk", flat=True), reverse=True)
        part = list(
            every.filter(pk__in=keys[shown_part]).select_related("dossier", "customer").order_by("-id")
        )
    else:
        part = list(rows.select_related("dossier", "customer").order_by("-id")[shown_part])
    return ReceiptList(
        rows=tuple(_rows(part)),
        pages=pages,
        counts=counts,
        sums=tuple((money.currency_sign(each), sum_) for each, sum_ in sorted(sums.items())),
        show=shown,
        text=text,
        daily=procedure.parameter("accounting.notice", at=at) == "DAILY",
    )


_SHOWN = {
    "abiertos": Q(state__in=[State.REGISTERED, State.INFORMED]),
    "imputar": Q(state__in=[State.REGISTERED, State.INFORMED, State.RECONCILED], undecided=True),
    "a-cuenta": Q(has_rest=True, undecided=False),
    "informar": Q(state=State.REGISTERED),
    "conciliar": Q(state=State.INFORMED),
    "conciliados": Q(state=State.RECONCILED),
    "rechazados": Q(state=State.REJECTED),
}


def _undecided() -> QuerySet[WorkItem]:
    return WorkItem.objects.filter(done_at=None, step="B.7", key=operations.ALLOCATE_KEY)


def _with_undecided(rows: QuerySet[Receipt]) -> QuerySet[Receipt]:
    items = _undecided().filter(dossier_id=OuterRef("dossier_id"))
    rest = Allocation.objects.filter(receipt_id=OuterRef("pk"), invoice=None, undone_at=None)
    return rows.annotate(undecided=Exists(items), has_rest=Exists(rest))


def _rows(part: Sequence[Any]) -> Iterable[ReceiptRow]:
    applied: dict[int, list[str]] = {}
    on_account: dict[int, Decimal] = {}
    live = Allocation.objects.filter(receipt_id__in=[row.pk for row in part], undone_at=None).order_by("id")
    for receipt_id, amount, number in live.values_list("receipt_id", "amount", "invoice__number"):
        if not number:
            on_account[receipt_id] = amount
        else:
            applied.setdefault(receipt_id, []).append(number)
    for row in part:
        yield ReceiptRow(
            id=row.pk,
            number=row.dossier.number,
            customer=row.customer.name,
            bank=row.bank,
            reference=row.reference,
            paid_on=row.paid_on,
            sign=money.currency_sign(row.currency),
            amount=row.amount,
            on_account=on_account.get(row.pk, ZERO),
            applied=", ".join(dict.fromkeys(applied.get(row.pk, ()))),
            state=row.state,
            state_name=str(State(row.state).label),
            has_file=row.file_id is not None,
            door=DOORS.get(row.door, row.door),
            undecided=row.undecided,
            registered_at=row.registered_at,
        )


@dataclass(frozen=True, slots=True)
class AllocationRow:
    """Where money of a receipt went, or how a difference was explained; `undone` says who took it back and why."""

    id: int
    invoice_id: int | None
    invoice: str
    kind: str
    sign: str
    amount: Decimal
    spent: Decimal
    explanation: str
    evidence_id: int | None
    by: str
    at: dt.datetime
    undone: str


@dataclass(frozen=True, slots=True)
class OpenRow:
    """An invoice that this receipt may pay, and how much of it is proposed."""

    id: int
    number: str
    month: dt.date
    due_date: dt.date | None
    currency: str
    sign: str
    open: Decimal
    disputed: Decimal
    proposed: Decimal


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """One receipt with all that can be done with it."""

    id: int
    number: str
    version: int
    customer_id: int
    customer_code: str
    customer: str
    bank: str
    reference: str
    paid_on: dt.date
    currency: str
    sign: str
    amount: Decimal
    on_account: Decimal
    state: str
    state_name: str
    state_reason: str
    door: str
    registered_by: str
    registered_at: dt.datetime
    reconciled_by: str
    reconciled_at: dt.datetime | None
    file_id: int | None
    file_name: str
    file_is_picture: bool
    source: Bubble | None
    source_id: int | None
    acknowledged_to: tuple[str, ...]
    acknowledged_state: str
    notice: str
    notice_at: dt.datetime | None
    notice_state: str
    statement: str
    allocations: tuple[AllocationRow, ...]
    undone: tuple[AllocationRow, ...]
    open: tuple[OpenRow, ...]
    rate: Decimal | None
    needs_rate: bool
    undecided: bool
    rejection_waits: bool
    is_definer: bool
    journal: tuple[JournalEntry, ...]

    @property
    def registered(self) -> bool:
        """Whether accounting was not told yet."""
        return self.state == State.REGISTERED

    @property
    def informed(self) -> bool:
        """Whether accounting was told and has not decided."""
        return self.state == State.INFORMED

    @property
    def reconciled(self) -> bool:
        """Whether the money is in the account."""
        return self.state == State.RECONCILED

    @property
    def rejected(self) -> bool:
        """Whether it counts no more."""
        return self.state == State.REJECTED


def receipt_page(*, number: str, user_id: int | None) -> ReceiptPage:
    """Return one receipt by its number, as `user_id` sees it. Raises NotFound."""
    row = (
        Receipt.objects.filter(dossier__number=number)
        .select_related("dossier", "customer", "file", "registered_by", "reconciled_by", "acknowledgement")
        .first()
    )
    if row is None:
        raise NotFound(_("No existe ese comprobante."))
    every = [
        _allocation(each)
        for each in Allocation.objects.filter(receipt=row)
        .select_related("invoice", "made_by", "undone_by")
        .order_by("id")
    ]
    live = tuple(each for each in every if not each.undone)
    left = sum((each.amount for each in live if each.invoice_id is None), ZERO)
    keys = set(WorkItem.objects.filter(dossier_id=row.dossier_id, done_at=None).values_list("key", flat=True))
    balances = [] if row.state == State.REJECTED else receivables.open_balances(row.customer_id)
    rate = (
        billing.rate_near(row.paid_on) if any(b.invoice.currency != row.currency for b in balances) else None
    )
    paid = [each.invoice_id for each in live if each.invoice_id is not None]
    return ReceiptPage(
        id=row.pk,
        number=row.dossier.number,
        version=row.version,
        customer_id=row.customer_id,
        customer_code=row.customer.code,
        customer=row.customer.name,
        bank=row.bank,
        reference=row.reference,
        paid_on=row.paid_on,
        currency=row.currency,
        sign=money.currency_sign(row.currency),
        amount=row.amount,
        on_account=left,
        state=row.state,
        state_name=str(State(row.state).label),
        state_reason=row.state_reason,
        door=DOORS.get(row.door, row.door),
        registered_by=row.registered_by.full_name,
        registered_at=row.registered_at,
        reconciled_by=row.reconciled_by.full_name if row.reconciled_by else "",
        reconciled_at=row.reconciled_at,
        file_id=row.file_id,
        file_name=row.file.name if row.file else "",
        file_is_picture=bool(row.file and row.file.content_type.startswith("image/")),
        source=messages.bubbles_of([row.source_message_id]).get(row.source_message_id)
        if row.source_message_id
        else None,
        source_id=row.source_message_id,
        acknowledged_to=_told(row.acknowledgement) if row.acknowledgement else (),
        acknowledged_state=row.acknowledgement.state if row.acknowledgement else "",
        statement=_statement_of(row),
        allocations=live,
        undone=tuple(each for each in every if each.undone and each.invoice_id is not None),
        open=_open(balances, row, left),
        rate=rate,
        needs_rate=any(b.invoice.currency != row.currency for b in balances[:MOST_INVOICES]),
        undecided=operations.ALLOCATE_KEY in keys,
        rejection_waits=operations.REJECTED_KEY in keys,
        is_definer=row.state == State.INFORMED and bool(paid) and user_id in billing.definers_of(paid),
        journal=tuple(procedure.journal_of([row.dossier_id]).order_by("-at", "-id")[:60]),
        **_notice_of(row),
    )


def _told(message: Message) -> tuple[str, ...]:
    """Where an acknowledgement went: the addresses of the mail, or the number."""
    chat = message.channel == "WHATSAPP"
    return (f"WhatsApp +{message.destination}",) if chat else tuple(message.recipients)


def _allocation(each: Allocation) -> AllocationRow:
    invoice = each.invoice
    undone = ""
    if each.undone_at is not None:
        who = each.undone_by.full_name if each.undone_by else ""
        undone = f"{lapaz.moment(each.undone_at)} · {who} · {each.undone_reason}"
    return AllocationRow(
        id=each.pk,
        invoice_id=each.invoice_id,
        invoice=invoice.number if invoice else "",
        kind="" if each.kind == "PAYMENT" else str(Allocation.Kind(each.kind).label),
        sign=money.currency_sign(invoice.currency if invoice else ""),
        amount=each.amount,
        spent=each.amount_receipt_currency,
        explanation=each.explanation,
        evidence_id=each.evidence_id,
        by=each.made_by.full_name,
        at=each.made_at,
        undone=undone,
    )


def _open(balances: Sequence[Balance], row: Receipt, left: Decimal) -> tuple[OpenRow, ...]:
    """The customer's open invoices, the oldest due first, with what R24 proposes in the receipt's own currency."""
    ordered = sorted(balances, key=lambda b: (b.invoice.due_date or b.invoice.issued_date, b.invoice.id))[
        :MOST_INVOICES
    ]
    objected = disputed_of(b.invoice.id for b in ordered) if ordered else {}
    proposed = {
        int(line.invoice): line.amount
        for line in allocation.propose(
            allocation.Receipt(left, row.currency, has_bank_document=True),
            [
                allocation.Open(
                    f"{b.invoice.id:012d}",
                    row.currency,
                    b.invoice.due_date or b.invoice.issued_date,
                    b.open,
                    objected.get(b.invoice.id, ZERO),
                )
                for b in ordered
                if b.invoice.currency == row.currency
            ],
        )
    }
    return tuple(
        OpenRow(
            id=b.invoice.id,
            number=b.invoice.number,
            month=b.invoice.month,
            due_date=b.invoice.due_date,
            currency=b.invoice.currency,
            sign=money.currency_sign(b.invoice.currency),
            open=b.open,
            disputed=min(objected.get(b.invoice.id, ZERO), b.open),
            proposed=proposed.get(b.invoice.id, ZERO),
        )
        for b in ordered
    )


def _notice_of(row: Receipt) -> dict[str, Any]:
    found = (
        NoticedReceipt.objects.filter(receipt=row)
        .select_related("notice__dossier", "notice__message")
        .first()
    )
    if found is None:
        return {"notice": "", "notice_at": None, "notice_state": ""}
    notice = found.notice
    return {
        "notice": notice.dossier.number,
        "notice_at": notice.sent_at,
        "notice_state": notice.message.state,
    }


def _statement_of(row: Receipt) -> str:
    line = StatementLine.objects.filter(receipt=row).first()
    if line is None:
        return ""
    return _("%(bank)s, %(on)s, referencia %(ref)s") % {
        "bank": line.bank,
        "on": formats.date(line.booked_on),
        "ref": line.reference or "—",
    }


@dataclass(frozen=True, slots=True)
class Payment:
    """What settles an invoice: of which receipt, how much, as what, and how certain."""

    receipt: str
    kind: str
    amount: Decimal
    paid_on: dt.date
    state: str
    state_name: str


def payments_of(invoice_id: int) -> tuple[Payment, ...]:
    """Return what receipts settle of an invoice, in force, the oldest first."""
    rows = Allocation.objects.filter(invoice_id=invoice_id, undone_at=None).select_related("receipt__dossier")
    return tuple(
        Payment(
            row.receipt.dossier.number,
            "" if row.kind == "PAYMENT" else str(Allocation.Kind(row.kind).label),
            row.amount,
            row.receipt.paid_on,
            row.receipt.state,
            str(State(row.receipt.state).label),
        )
        for row in rows.order_by("id")
    )


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement of a bank statement from which a receipt is written down."""

    id: int
    bank: str
    reference: str
    description: str
    booked_on: dt.date
    currency: str
    sign: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class NewPage:
    """What is known before a receipt is written down: the message it came with, or the movement of a statement."""

    source: Bubble | None
    files: tuple[tuple[int, str], ...]
    unusable: tuple[str, ...]
    line: Movement | None
    customer_id: int | None
    choices: tuple[tuple[int, str], ...]
    banks: tuple[str, ...]
    already: tuple[str, ...]


def new_page(
    *, message_id: int | None = None, line_id: int | None = None, customer_id: int | None = None
) -> NewPage:
    """Return what the form begins with. The customer is only a guess by the writer's address or number; a person says."""
    source = None
    if message_id is not None:
        messages.message(message_id)
        source = messages.bubbles_of([message_id]).get(message_id)
    files = [each for each in source.attachments if each.file_id is not None] if source else []
    usable = [each for each in files if each.content_type in receipt_rules.FILE_TYPES]
    already = (
        Receipt.objects.filter(source_message_id=message_id).exclude(state=State.REJECTED)
        if message_id is not None
        else Receipt.objects.none()
    )
    return NewPage(
        source=source,
        files=tuple((each.file_id, each.name) for each in usable if each.file_id is not None),
        unusable=tuple(each.name for each in (source.attachments if source else ()) if each not in usable),
        line=_movement(line_id) if line_id is not None else None,
        customer_id=customer_id or _guess(message_id),
        choices=tuple(customers.choices()),
        banks=tuple(Receipt.objects.order_by("bank").values_list("bank", flat=True).distinct()[:40]),
        already=tuple(already.order_by("id").values_list("dossier__number", flat=True)),
    )


def _movement(line_id: int) -> Movement:
    line = StatementLine.objects.filter(pk=line_id, receipt=None).first()
    if line is None:
        raise NotFound(_("Ese movimiento no espera comprobante."))
    return Movement(
        line.pk,
        line.bank,
        line.reference,
        line.description,
        line.booked_on,
        line.currency,
        money.currency_sign(line.currency),
        line.amount,
    )


def _guess(message_id: int | None) -> int | None:
    if message_id is None:
        return None
    incoming = messages.message(message_id)
    if incoming.identity_id is not None:
        found = customers.customers_of_identity(identity_id=incoming.identity_id)
    elif incoming.contact_id is not None:
        found = sorted(
            {each.customer_id for each in customers.contact_page(contact_id=incoming.contact_id).roles}
        )
    else:
        address = Conversation.objects.filter(pk=incoming.conversation_id or 0).values_list(
            "email_address", flat=True
        )
        found = customers.customers_of_email(address=address[0]) if address and address[0] else []
    return found[0] if len(found) == 1 else None
