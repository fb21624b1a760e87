"""One group's month and its papers: the calculation sheet, the packet, the invoice; and the lists of credits and groups."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from mayorista.apps.billing import queries as billing
from mayorista.apps.billing import sheets
from mayorista.apps.billing.models import (
    Amount,
    AmountLine,
    CreditProposal,
    Dispatch,
    ExchangeRate,
    GroupContract,
    Invoice,
    InvoicingGroup,
    Month,
    Note,
    OneOff,
    Packet,
    PacketAcknowledgement,
)
from mayorista.apps.billing.operations import months
from mayorista.apps.billing.queries import InvoiceCard, confirmed, inputs, papers
from mayorista.apps.contracts import queries as contracts
from mayorista.apps.contracts.queries import MonthChange
from mayorista.apps.customers import queries as customers
from mayorista.apps.overview.queries.billing import SheetLine, lines_of
from mayorista.apps.overview.queries.dispatches import DispatchRow, at_rest, dispatch_row
from mayorista.apps.overview.queries.paging import Pages, pages_of
from mayorista.apps.overview.queries.receipts import Payment, payments_of
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.models import JournalEntry, StoredFile
from mayorista.apps.procedure.wiring import adapter
from mayorista.apps.receivables import queries as receivables
from mayorista.rules import formats, lapaz, money, periods
from mayorista.rules.errors import Invalid, NotFound
from mayorista.rules.rating import asking, explain, groups

State = Month.State
FLAGS = {
    "p95_coverage_below_minimum": "Muestras insuficientes: se factura solo el compromiso",
    "days_without_speed": "Hay días del contrato sin velocidad aprobada: no se facturan",
}


@dataclass(frozen=True, slots=True)
class OneOffRow:
    """A charge or adjustment of a month."""

    id: int
    kind: str
    text: str
    amount: Decimal
    reason: str
    author: str
    waits: bool
    approved_by: str


@dataclass(frozen=True, slots=True)
class Version:
    """An amount as it was defined."""

    sequence: int
    total: Decimal
    defined_at: dt.datetime
    defined_by: str
    hash: str


@dataclass(frozen=True, slots=True)
class SheetPage:
    """A month's calculation sheet and all that can be done with it."""

    id: int
    number: str
    month: periods.Month
    customer: str
    customer_code: str
    group: str
    group_id: int
    contracts: str
    sign: str
    state: str
    state_name: str
    observation: str
    deferred: str
    held_by: tuple[MonthChange, ...]
    confirmed: str
    manager_confirmed: str
    returned: str
    preview: bool
    problem: str
    total: Decimal | None
    tax: Decimal | None
    rate: str
    as_of: dt.datetime | None
    author: str
    hash: str
    lines: tuple[SheetLine, ...]
    closing: tuple[str, ...]
    warnings: tuple[str, ...]
    versions: tuple[Version, ...]
    one_offs: tuple[OneOffRow, ...]
    circuits: tuple[tuple[int, str], ...]
    packets: tuple[tuple[str, dt.datetime, bool], ...]
    invoice: InvoiceCard | None
    journal: tuple[JournalEntry, ...]

    @property
    def open(self) -> bool:
        """Whether charges may be added."""
        return self.state in {State.PENDING, State.COORDINATED, State.OBSERVED}

    @property
    def definable(self) -> bool:
        """Whether its amount may be defined now."""
        return self.state in {State.COORDINATED, State.OBSERVED} and not self.problem


def sheet_page(*, number: str, at: dt.datetime) -> SheetPage:
    """Return a month's sheet: as defined, or as it would be now. Raises NotFound."""
    row = _month(number)
    amount = None
    if row.state not in {State.PENDING, State.COORDINATED}:
        amount = Amount.objects.filter(month=row).select_related("defined_by").order_by("-sequence").first()
    said = _kept(amount) if amount is not None and row.state != State.OBSERVED else _previewed(row, at)
    all_amounts = Amount.objects.filter(month=row).select_related("defined_by").order_by("-sequence")
    prepared = inputs.prepare([row], as_of=at)[row.pk]
    packets = Packet.objects.filter(month=row).select_related("dossier").order_by("-id")
    acknowledged = set(
        PacketAcknowledgement.objects.filter(packet__month=row).values_list("packet_id", flat=True)
    )
    invoice = Invoice.objects.filter(packet__month=row).first()
    return SheetPage(
        id=row.pk,
        number=row.dossier.number,
        month=periods.month_of(row.month),
        customer=row.group.customer.name,
        customer_code=row.group.customer.code,
        group=row.group.code,
        group_id=row.group_id,
        sign=money.currency_sign(row.group.currency),
        state=row.state,
        state_name=str(State(row.state).label),
        observation=row.observation if row.state == State.OBSERVED else "",
        deferred=row.deferred_reason,
        held_by=tuple(months.held([row]).get(row.pk, [])) if row.state in {State.PENDING, State.COORDINATED, State.OBSERVED} else (),
        confirmed=_confirmed(row, row.confirmed_by, row.confirmed_at, row.confirmed_total),
        manager_confirmed=_confirmed(row, row.manager_confirmed_by, row.manager_confirmed_at, row.manager_confirmed_total),
        returned=_returned(row, prepared),
        versions=tuple(
            Version(each.sequence, each.total, each.defined_at, each.defined_by.full_name, each.sheet_hash)
            for each in all_amounts
        ),
        one_offs=tuple(_one_off(each) for each in _one_offs(row)),
        circuits=tuple(sorted({(one.service_id, one.circuit) for one in prepared.services.values()}, key=lambda p: p[1])),
        packets=tuple((each.dossier.number, each.sent_at, each.pk in acknowledged) for each in packets),
        invoice=billing.invoice_card([invoice.pk])[invoice.pk] if invoice else None,
        journal=tuple(procedure.journal_of([row.dossier_id]).order_by("-at", "-id")[:40]),
        **said,
    )  # fmt: skip


def _month(number: str) -> Month:
    row = (
        Month.objects.filter(dossier__number=number)
        .select_related("group", "group__customer", "dossier", "confirmed_by", "manager_confirmed_by")
        .first()
    )
    if row is None:
        raise NotFound(_("No existe ese mes."))
    return row


def _confirmed(row: Month, person: Any, when: dt.datetime | None, total: Decimal | None) -> str:
    if not person or not when:
        return ""
    sign = money.currency_sign(row.group.currency)
    return f"{person.full_name}, {lapaz.moment(when)}" + (
        f" · {sign} {formats.number(total)}" if total is not None else ""
    )


def _returned(row: Month, prepared: inputs.Prepared) -> str:
    """How the month differs from what was confirmed, while it can still be confirmed."""
    if row.state not in {State.PENDING, State.COORDINATED, State.OBSERVED}:
        return ""
    if confirmed.is_confirmed(row):
        try:
            now = confirmed.basis(prepared, confirmed.rated_of(prepared))
        except Invalid:
            return ""
        return "" if confirmed.holds(row, now) else confirmed.moved_words(row, now)
    return row.returned


def _one_offs(row: Month) -> Iterable[OneOff]:
    return (
        OneOff.objects.filter(month=row, withdrawn_at=None)
        .select_related("author", "approved_by")
        .order_by("id")
    )


def _one_off(each: OneOff) -> OneOffRow:
    return OneOffRow(
        each.pk,
        str(OneOff.Kind(each.kind).label),
        each.text,
        each.amount,
        each.reason,
        each.author.full_name if each.author else "",
        each.needs_approval and each.approved_at is None,
        each.approved_by.full_name if each.approved_by else "",
    )


def _kept(amount: Amount) -> dict[str, Any]:
    answer = amount.sheet["answer"]
    rate = amount.sheet.get("rate")
    return {
        "contracts": ", ".join(amount.sheet.get("contracts", [])),
        "preview": False,
        "problem": "",
        "total": amount.total,
        "tax": amount.tax,
        "rate": f"{rate['value'].replace('.', ',')} ({rate['source']})" if rate else "",
        "as_of": amount.as_of,
        "author": amount.defined_by.full_name,
        "hash": amount.sheet_hash,
        "lines": tuple(lines_of([amount.pk]).get(amount.pk, ())),
        "closing": tuple(amount.sheet["closing"]),
        "warnings": tuple(_warnings(answer["flags"], answer["refused_changes"])),
    }


def _previewed(row: Month, at: dt.datetime) -> dict[str, Any]:
    prepared = inputs.prepare([row], as_of=at)[row.pk]
    said: dict[str, Any] = {
        "contracts": ", ".join(sorted(prepared.numbers.values())),
        "preview": True,
        "problem": "",
        "total": None,
        "tax": None,
        "rate": "",
        "as_of": at,
        "author": "",
        "hash": "",
        "lines": (),
        "closing": (),
        "warnings": (),
    }
    try:
        if prepared.problem is not None:
            raise prepared.problem
        assert prepared.group is not None
        rated = groups.rate(prepared.group)
    except Invalid as error:
        return said | {"problem": f"{error.message} {error.remedy}".strip()}
    answer = rated.answer
    return said | {
        "total": money.amount(answer.total),
        "tax": money.amount(answer.tax) if answer.tax is not None else None,
        "rate": f"{formats.shortest(prepared.rate)} ({prepared.rate_source})" if prepared.rate else "",
        "lines": tuple(SheetLine(line.text, line.value) for line in sheets.lines(prepared, rated)),
        "closing": tuple(explain.closing(answer)),
        "warnings": tuple(_warnings(answer.flags, answer.refused)),
    }


def _warnings(flags: Iterable[str], refused: Iterable[str]) -> Iterable[str]:
    for flag in flags:
        circuit, colon, code = flag.rpartition(": ")
        yield f"{circuit}{colon}{FLAGS.get(code, code)}"
    for change in refused:
        yield _("%(c)s: no se factura, está bajo el mínimo del contrato") % {"c": change}


def sheet_case(*, number: str, at: dt.datetime) -> dict[str, Any]:
    """Return the JSON case that `mayorista rate` answers as this sheet: as defined, or as it would be now.

    Raises NotFound, Invalid where nothing can be rated.
    """
    row = _month(number)
    amount = None
    if row.state not in {State.PENDING, State.COORDINATED, State.OBSERVED}:
        amount = Amount.objects.filter(month=row).order_by("-sequence").first()
    if amount is not None:
        sheet = amount.sheet
    else:
        prepared = inputs.prepare([row], as_of=at)[row.pk]
        if prepared.problem is not None:
            raise prepared.problem
        assert prepared.group is not None
        sheet, _hash = sheets.written(prepared, groups.rate(prepared.group).answer)
    return asking.case_of(sheet["asked"], sheet["answer"], sheet.get("approved_credits", ()))


def sheet_pdf(*, number: str, at: dt.datetime) -> tuple[str, bytes]:
    """Return the name and PDF of a month's sheet."""
    page = sheet_page(number=number, at=at)
    facts = papers.Facts.read([], at=at)
    data = {
        **facts.house(),
        "number": page.number,
        "version": page.versions[0].sequence if page.versions and not page.preview else 0,
        "hash": page.hash or "-" * 16,
        "state": _("PREVISTO") if page.preview else page.state_name.upper(),
        "customer": f"{page.customer} ({page.customer_code})",
        "group": page.group,
        "month": page.month.words,
        "contracts": page.contracts,
        "author": page.author,
        "as_of": lapaz.moment(page.as_of),
        "rate": page.rate,
        "confirmed": page.confirmed,
        "manager_confirmed": page.manager_confirmed,
        "currency": page.sign,
        "lines": [
            {"text": line.text, "amount": formats.number(line.value).replace("-", "−")} for line in page.lines
        ],
        "closing": list(page.closing),
        "notes": [*page.warnings, *([page.problem] if page.problem else []), *([page.deferred] if page.deferred else [])],
    }  # fmt: skip
    content: bytes = adapter("documents").render("sheet", data, at=page.as_of or at)
    return f"hoja-{page.number}.pdf", content


@dataclass(frozen=True, slots=True)
class PacketPage:
    """A packet as it was sent."""

    id: int
    number: str
    month_number: str
    content: dict[str, Any]
    sign: str
    total: Decimal
    lines: tuple[SheetLine, ...]
    hash: str
    sent_at: dt.datetime
    sent_by: str
    acknowledged: str
    superseded_by: str


def packet_page(*, number: str) -> PacketPage:
    """Return a packet. Raises NotFound."""
    row = (
        Packet.objects.filter(dossier__number=number)
        .select_related("dossier", "month__dossier", "amount", "sent_by")
        .first()
    )
    if row is None:
        raise NotFound(_("No existe ese paquete."))
    taken = PacketAcknowledgement.objects.filter(packet=row).select_related("acknowledged_by").first()
    later = Packet.objects.filter(supersedes=row).select_related("dossier").first()
    return PacketPage(
        row.pk,
        row.dossier.number,
        row.month.dossier.number,
        row.content,
        money.currency_sign(row.content["currency"]),
        Decimal(row.content["total"]),
        tuple(SheetLine(line["text"], Decimal(line["amount"])) for line in row.content["lines"]),
        row.content_hash,
        row.sent_at,
        row.sent_by.full_name,
        f"{taken.acknowledged_by.full_name}, {lapaz.moment(taken.acknowledged_at)}" if taken else "",
        later.dossier.number if later else "",
    )


def packet_contents(month: periods.Month) -> list[dict[str, Any]]:
    """Return the packets of a month that nothing supersedes, as they were sent."""
    rows = Packet.objects.filter(month__month=dt.date.fromordinal(month.first))
    superseded = Packet.objects.exclude(supersedes=None).values("supersedes_id")
    return list(rows.exclude(id__in=superseded).order_by("id").values_list("content", flat=True))


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note on an invoice; `mail` is how far its last mail came, in words."""

    id: int
    number: str
    kind: str
    total: Decimal
    reason: str
    issued_at: dt.datetime
    mail: str
    failed: bool


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """An invoice with its papers, mails and notes. `number` is its dossier's, by which it is traced."""

    number: str
    card: InvoiceCard
    sign: str
    own: bool
    origin_name: str
    authorization: str
    month: periods.Month
    month_number: str
    packet: str
    due: str
    papers: tuple[StoredFile, ...]
    dispatches: tuple[DispatchRow, ...]
    notes: tuple[NoteRow, ...]
    credits: tuple[tuple[int, str], ...]
    payments: tuple[Payment, ...]
    open: Decimal
    journal: tuple[JournalEntry, ...]

    @property
    def at_rest(self) -> bool:
        """Whether no mail of it is on its way or arrived."""
        return at_rest(self.dispatches)

    @property
    def lacks_paper(self) -> bool:
        """Whether its PDF was never handed over."""
        return not self.own and self.card.pdf_id is None

    @property
    def dispatchable(self) -> bool:
        """Whether a mail may leave now."""
        return bool(self.packet) and self.at_rest and not self.lacks_paper


def invoice_page(*, invoice_id: int) -> InvoicePage:
    """Return an invoice. Raises NotFound."""
    card = billing.invoice_card([invoice_id]).get(invoice_id)
    if card is None:
        raise NotFound(_("No existe esa factura."))
    row = Invoice.objects.select_related("dossier", "packet__dossier", "packet__month__dossier").get(
        pk=invoice_id
    )
    services = []
    if row.packet is not None:
        services = list(contracts.service_briefs(row.packet.amount.sheet and _service_ids(row.packet.amount)))
    credits_ = CreditProposal.objects.filter(
        service_id__in=[each.id for each in services],
        month=row.month,
        state="APPROVED",
        carried_how="",
        amount__gt=0,
    ).select_related("service")
    return InvoicePage(
        number=row.dossier.number,
        card=card,
        sign=money.currency_sign(card.currency),
        own=row.origin == Invoice.Origin.INTERNAL,
        origin_name=str(Invoice.Origin(row.origin).label),
        authorization=row.authorization,
        month=periods.month_of(row.month),
        month_number=row.packet.month.dossier.number if row.packet else "",
        packet=row.packet.dossier.number if row.packet else "",
        due=formats.date(card.due_date)
        if card.due_date
        else _("%(n)s días desde la entrega, que aún no consta") % {"n": card.term_days},
        papers=tuple(papers.versions(row.dossier_id, row.pdf_id)),
        dispatches=tuple(
            dispatch_row(each)
            for each in Dispatch.objects.filter(invoice=row).select_related("message").order_by("-sequence")
        ),
        notes=_notes(row),
        credits=tuple((each.pk, f"{each.service.circuit_code} {formats.number(each.amount)}") for each in credits_),
        payments=payments_of(invoice_id),
        open=receivables.balances_of([invoice_id])[invoice_id].open,
        journal=tuple(procedure.journal_of([row.dossier_id]).order_by("-at", "-id")[:40]),
    )  # fmt: skip


def _notes(invoice: Invoice) -> tuple[NoteRow, ...]:
    rows = list(Note.objects.filter(invoice=invoice).select_related("dossier").order_by("id"))
    sent = (
        Dispatch.objects.filter(note__in=rows, undone_at=None).select_related("message").order_by("sequence")
    )
    last = {each.note_id: dispatch_row(each) for each in sent}
    return tuple(
        NoteRow(
            each.pk,
            each.dossier.number,
            str(Note.Kind(each.kind).label),
            each.total,
            each.reason,
            each.issued_at,
            last[each.pk].state_name if each.pk in last else "",
            each.pk in last and last[each.pk].state == "FAILED",
        )
        for each in rows
    )


def _service_ids(amount: Amount) -> list[int]:
    rows = AmountLine.objects.filter(amount=amount).exclude(service=None)
    return list(rows.values_list("service_id", flat=True).distinct())


def invoice_id(number: str) -> int:
    """Return the id of the invoice whose dossier has this number. Raises NotFound."""
    found = Invoice.objects.filter(dossier__number=number).values_list("id", flat=True).first()
    if found is None:
        raise NotFound(_("No existe esa factura."), remedy=_("Búsquela en la lista de facturas."))
    return found


def invoice_pdf(*, invoice_id: int, at: dt.datetime) -> tuple[str, bytes]:
    """Return the name and PDF of an invoice of our own series. Raises NotFound for another."""
    row = Invoice.objects.select_related("packet").filter(pk=invoice_id, origin="INTERNAL").first()
    if row is None:
        raise NotFound(_("El PDF de esa factura es el archivo de su sistema."))
    return f"{row.number}.pdf", papers.Facts.read([row], at=at).pdf(row)


@dataclass(frozen=True, slots=True)
class InvoiceList:
    """Invoices, newest first."""

    rows: tuple[InvoiceCard, ...]
    pages: Pages
    text: str
    undelivered: bool


def invoice_list(*, text: str = "", undelivered: bool = False, page: int = 1, size: int = 50) -> InvoiceList:
    """Return a page of invoices found by number, customer or NIT; `undelivered` those whose last mail failed."""
    rows = Invoice.objects.order_by("-issued_date", "-id")
    for word in text.split():
        homes = procedure.homes_with(word.lower(), kind="INVOICE")
        named = Q(dossier__search_text__contains=word.lower()) if homes is None else Q(dossier_id__any=homes)
        said = Invoice.objects.filter(named).values("id")
        theirs = Invoice.objects.filter(customer__nit__startswith=word).values("id")
        rows = rows.filter(id__in=said.union(theirs))
    if undelivered:
        failed = Dispatch.objects.filter(message__state="FAILED", undone_at=None).values("invoice_id")
        rows = rows.filter(id__in=failed)
    pages = pages_of(rows.count(), page, size)
    ids = list(rows.values_list("id", flat=True)[(pages.number - 1) * size : pages.number * size])
    cards = billing.invoice_card(ids)
    return InvoiceList(tuple(cards[pk] for pk in ids), pages, text, undelivered)


@dataclass(frozen=True, slots=True)
class DispatchPreview:
    """One mail that would leave: to whom, what; or why it can not."""

    month_id: int
    invoice_id: int
    number: str
    customer: str
    sign: str
    total: Decimal
    to: tuple[str, ...]
    subject: str
    body: str
    problem: str


def dispatch_preview(*, month: periods.Month, at: dt.datetime, limit: int = 200) -> list[DispatchPreview]:
    """Return the mails of a month's invoices that wait to be sent; the bodies of the first `limit`."""
    rows = list(
        Invoice.objects.filter(packet__month__month=dt.date.fromordinal(month.first), packet__month__state="INVOICED")
        .select_related("packet__month", "dossier", "group", "customer")
        .order_by("customer__sort_key", "id")[:limit]
    )  # fmt: skip
    reach = customers.contacts_for_many({row.customer_id for row in rows}, ["BILLING"])
    facts = papers.Facts.read(rows, at=at)
    found = []
    for row in rows:
        assert row.packet is not None
        to = tuple(dict.fromkeys(card.email for card in reach.get(row.customer_id, []) if card.email))
        problem = "" if to else _("sin contacto de facturación con correo")
        subject = body = ""
        try:
            filled = facts.mail(row)
            subject, body = filled.subject, filled.body
        except Invalid as error:
            problem = error.message
        found.append(
            DispatchPreview(
                row.packet.month_id,
                row.pk,
                row.number,
                row.customer.name,
                money.currency_sign(row.currency),
                row.total,
                to,
                subject,
                body,
                problem,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class CreditRow:
    """A credit proposed or decided."""

    id: int
    number: str
    circuit: str
    customer: str
    month: periods.Month
    sign: str
    base: Decimal
    amount: Decimal
    outage: str
    how: str
    cases: tuple[str, ...]
    state: str
    state_name: str
    decision: str
    carried: str
    adjusts: bool = False


def credit_list(*, state: str = "PROPOSED", limit: int = 200) -> list[CreditRow]:
    """Return credits of a state, newest month first."""
    rows = CreditProposal.objects.select_related("dossier", "service__customer", "carried_by__month__dossier")
    if state:
        rows = rows.filter(state=state)
    return [_credit(each) for each in rows.order_by("-month", "service__circuit_code", "sequence")[:limit]]


def _credit(each: CreditProposal) -> CreditRow:
    carried = ""
    if each.carried_by is not None:
        carried = _("descuento en %(n)s") % {"n": each.carried_by.month.dossier.number}
    elif each.carried_how == "NOTE":
        carried = _("nota de crédito")
    elif each.carried_how == "NOTHING":
        carried = _("sin importe")
    return CreditRow(
        each.pk,
        each.dossier.number,
        each.service.circuit_code,
        each.service.customer.name,
        periods.month_of(each.month),
        money.currency_sign(each.currency),
        each.base,
        each.amount,
        lapaz.duration(each.outage_seconds),
        " ".join(filter(None, (str(each.computation.get(key, "")) for key in ("how", "review")))),
        tuple(each.case_numbers),
        each.state,
        str(CreditProposal.State(each.state).label),
        each.decision,
        carried,
        each.sequence > 1,
    )


@dataclass(frozen=True, slots=True)
class RateRow:
    """An exchange rate."""

    on: dt.date
    source: str
    rate: Decimal
    entered_by: str


def rate_list(*, limit: int = 60) -> list[RateRow]:
    """Return the newest exchange rates of the dollar."""
    rows = ExchangeRate.objects.select_related("entered_by").order_by("-on", "source")[:limit]
    return [RateRow(r.on, r.source, r.rate, r.entered_by.full_name if r.entered_by else "") for r in rows]


@dataclass(frozen=True, slots=True)
class GroupRow:
    """An invoicing group and the contracts it joins."""

    id: int
    code: str
    customer: str
    customer_code: str
    currency: str
    in_advance: bool
    contracts: tuple[tuple[int, str], ...]
    others: tuple[tuple[int, str], ...]


def group_list(*, text: str = "", page: int = 1, size: int = 50) -> tuple[list[GroupRow], Pages]:
    """Return active groups with their contracts, and the same customer's contracts of other groups."""
    rows = InvoicingGroup.objects.filter(active=True).select_related("customer")
    if text:
        rows = rows.filter(dossier__search_text__contains=text.lower())
    pages = pages_of(rows.count(), page, size)
    part = list(rows.order_by("customer__sort_key", "code")[(pages.number - 1) * size : pages.number * size])
    links = (
        GroupContract.objects.filter(ends_month=None, group__customer_id__in=[g.customer_id for g in part])
        .select_related("contract", "group")
        .order_by("contract__number")
    )
    mine: dict[int, list[tuple[int, str]]] = {}
    of_customer: dict[int, list[tuple[int, int, str]]] = {}
    for link in links:
        mine.setdefault(link.group_id, []).append((link.contract_id, link.contract.number))
        of_customer.setdefault(link.group.customer_id, []).append(
            (link.group_id, link.contract_id, link.contract.number)
        )
    return [
        GroupRow(
            g.pk,
            g.code,
            g.customer.name,
            g.customer.code,
            g.currency,
            g.in_advance,
            tuple(mine.get(g.pk, ())),
            tuple((pk, number) for group, pk, number in of_customer.get(g.customer_id, ()) if group != g.pk),
        )
        for g in part
    ], pages
