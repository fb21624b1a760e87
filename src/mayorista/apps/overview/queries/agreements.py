"""The list of contracts and the page of one: clauses, prices, papers, completeness, custody, circuits, timeline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from mayorista.apps.contracts import queries as contract_queries
from mayorista.apps.contracts.models import (
    CompletenessItem,
    Contract,
    ContractDocument,
    Custody,
    Guarantee,
    PriceVersion,
    Reception,
    Service,
    ServiceHolding,
    Terms,
)
from mayorista.apps.contracts.operations import documents
from mayorista.apps.contracts.operations.terms import LABELS
from mayorista.apps.customers import queries as customer_queries
from mayorista.apps.overview.queries import customers, paging, speed_line, speeds
from mayorista.apps.procedure import actors
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.actors import Actor
from mayorista.apps.procedure.models import WorkItem
from mayorista.rules import agreements, changes, lapaz, names, periods
from mayorista.rules.errors import NotFound
from mayorista.rules.procedure import Act

SOON_DAYS = 90
SHOWS = ("ACTIVE", "PENDING", "ENDING", "ENDED", "ALL")
SORTS = {
    "numero": "number",
    "cliente": "customer__sort_key",
    "desde": "starts_date",
    "hasta": "ends_date",
}


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract in the list."""

    number: str
    customer_code: str
    customer_name: str
    starts_date: dt.date | None
    ends_date: dt.date | None
    days_left: int | None
    state: str
    state_name: str
    circuits: int
    kbps: int
    missing: int

    @property
    def ends_soon(self) -> bool:
        """Whether its end is near."""
        return self.days_left is not None and 0 < self.days_left <= SOON_DAYS

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.days_left is not None and self.days_left <= 0


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One of the ten items of a complete copy."""

    item: int
    title: str
    mandatory: bool
    state: str
    page: str
    note: str
    document: str
    document_id: int | None
    file_id: int | None


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A paper."""

    id: int
    title: str
    version: int
    signed_date: dt.date | None
    pages: str
    file_id: int | None
    sha256: str
    added_at: dt.datetime
    added_by: str


@dataclass(frozen=True, slots=True)
class CustodyRow:
    """Where the original or the copy is since when."""

    what: str
    place: str
    holder: str
    since: dt.datetime
    by: str


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """A clause in words, with where it stands in the contract."""

    label: str
    text: str
    reference: str


@dataclass(frozen=True, slots=True)
class TermsRow:
    """Clauses that hold on the days [starts, ends)."""

    starts_date: dt.date
    ends_date: dt.date | None
    document: str
    current: bool


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price version of a circuit, in one line."""

    effective_date: dt.date
    model: str
    text: str
    in_advance: bool
    clause: str
    document: str
    agreed_at: dt.datetime
    agreed_by: str
    current: bool


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A circuit of the contract: since when, its price and its speed over time."""

    id: int
    circuit: str
    starts_date: dt.date
    ends_date: dt.date | None
    kbps: int
    prices: tuple[PriceRow, ...]
    line: speed_line.SpeedLine | None

    @property
    def price(self) -> PriceRow | None:
        """The price of today."""
        return next((row for row in self.prices if row.current), None)


@dataclass(frozen=True, slots=True)
class GuaranteeRow:
    """A guarantee."""

    id: int
    kind: str
    currency: str
    amount: Decimal
    expires_date: dt.date
    days_left: int
    returned_date: dt.date | None
    document: str


@dataclass(frozen=True, slots=True)
class ReceptionView:
    """How far the hand-over from Ventas is; `state` "" where nobody handed it over."""

    state: str = ""
    state_name: str = ""
    handed_by: str = ""
    handed_at: dt.datetime | None = None
    received_by: str = ""
    received_at: dt.datetime | None = None
    observed_at: dt.datetime | None = None
    observation: str = ""
    completed_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class ContractPage:
    """Everything that one page shows of a contract. `problem` says why its month could not be rated."""

    id: int
    number: str
    customer: customer_queries.CustomerCard
    signed_date: dt.date | None
    starts_date: dt.date | None
    ends_date: dt.date | None
    days_left: int | None
    signatories: tuple[str, ...]
    sla: str
    reception: ReceptionView
    items: tuple[ItemRow, ...]
    missing: tuple[int, ...]
    documents: tuple[DocumentRow, ...]
    original: CustodyRow | None
    copy: CustodyRow | None
    custody: tuple[CustodyRow, ...]
    clauses: tuple[ClauseRow, ...]
    terms: tuple[TermsRow, ...]
    currency: str
    services: tuple[HeldRow, ...]
    guarantees: tuple[GuaranteeRow, ...]
    changes: tuple[speeds.SpeedRow, ...]
    due: tuple[customers.DueRow, ...]
    entries: tuple[customers.EntryRow, ...]
    problem: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What forms about a contract let one choose from."""

    contract_id: int
    number: str
    customer: customer_queries.CustomerCard
    starts_date: dt.date | None
    documents: tuple[tuple[int, str], ...]
    held: tuple[tuple[int, str], ...]
    loose: tuple[tuple[int, str], ...]
    items: tuple[ItemRow, ...]
    terms: Mapping[str, object]
    terms_since: dt.date | None
    reception_state: str


def contract_list(
    *,
    actor: Actor,
    at: dt.datetime,
    text: str = "",
    show: str = "ACTIVE",
    sort: str = "",
    page: int = 1,
    page_size: int = paging.PAGE_SIZE,
) -> paging.Listed[ContractRow]:
    """Return a page of contracts; `show` is one of SHOWS."""
    actors.require(actor, Act.VIEW)
    today = lapaz.local(at).date()
    rows = _shown(_matching(text), show, today)
    column = SORTS.get(sort.lstrip("-"), "customer__sort_key")
    pages = paging.pages_of(rows.count(), page, page_size)
    start = (pages.number - 1) * page_size
    order = f"-{column}" if sort.startswith("-") else column
    found = list(rows.select_related("customer").order_by(order, "number")[start : start + page_size])
    return paging.listed(_rows(found, today, at), pages)


def _matching(text: str) -> QuerySet[Contract]:
    rows = Contract.objects.all()
    for word in text.split():
        held = ServiceHolding.objects.filter(service__circuit_code__icontains=word).values("contract_id")
        plain = names.sort_key(word)
        rows = rows.filter(
            Q(number__icontains=word)
            | Q(customer__sort_key__contains=plain)
            | Q(customer__code__iexact=word)
            | Q(pk__in=held)
        )
    return rows


def _shown(rows: QuerySet[Contract], show: str, today: dt.date) -> QuerySet[Contract]:
    in_force = Q(ends_date=None) | Q(ends_date__gt=today)
    if show == "PENDING":
        return rows.filter(pk__in=Reception.objects.exclude(state="COMPLETE").values("contract_id"))
    if show == "ENDING":
        return rows.filter(ends_date__gt=today, ends_date__lte=today + dt.timedelta(days=SOON_DAYS))
    if show == "ENDED":
        return rows.exclude(in_force)
    return rows.filter(in_force) if show == "ACTIVE" else rows


def _rows(found: list[Contract], today: dt.date, at: dt.datetime) -> list[ContractRow]:
    ids = [row.pk for row in found]
    receptions = {row.contract_id: row for row in Reception.objects.filter(contract_id__in=ids)}
    held: dict[int, list[int]] = {}
    now = ServiceHolding.objects.filter(contract_id__in=ids).exclude(ends_date__lte=today)
    for contract_id, kbps in now.values_list("contract_id", "service__capacity_kbps"):
        held.setdefault(contract_id, []).append(kbps)
    mandatory = set(procedure_queries.parameter("contract.mandatory_items", at=at))
    there: dict[int, set[int]] = {}
    for contract_id, item in CompletenessItem.objects.filter(
        contract_id__in=ids, state="PRESENT"
    ).values_list("contract_id", "item"):
        there.setdefault(contract_id, set()).add(item)
    return [
        ContractRow(
            number=row.number,
            customer_code=row.customer.code,
            customer_name=row.customer.name,
            starts_date=row.starts_date,
            ends_date=row.ends_date,
            days_left=_days_left(row.ends_date, today),
            state=receptions[row.pk].state if row.pk in receptions else "",
            state_name=str(receptions[row.pk].get_state_display()) if row.pk in receptions else "",
            circuits=len(held.get(row.pk, [])),
            kbps=sum(held.get(row.pk, [])),
            missing=len(mandatory - there.get(row.pk, set())),
        )
        for row in found
    ]


def _days_left(ends: dt.date | None, today: dt.date) -> int | None:
    return None if ends is None else (ends - today).days


def contract_page(*, number: str, actor: Actor, at: dt.datetime) -> ContractPage:
    """Return the page of a contract. Raises NotFound, NotAllowed."""
    actors.require(actor, Act.VIEW)
    row = _contract(number)
    today = lapaz.local(at).date()
    terms = list(Terms.objects.filter(contract=row).select_related("document").order_by("-starts_date"))
    current = next((each for each in terms if each.starts_date <= today), terms[-1] if terms else None)
    currency = current.currency if current else "BOB"
    custody = _custody(row.pk)
    month = periods.month_of(today)
    rated = contract_queries.rating_services([row.pk], month=month, as_of=at)[row.pk]
    return ContractPage(
        id=row.pk,
        number=row.number,
        customer=customer_queries.customer(customer_id=row.customer_id),
        signed_date=row.signed_date,
        starts_date=row.starts_date,
        ends_date=row.ends_date,
        days_left=_days_left(row.ends_date, today),
        signatories=tuple(row.signatories),
        sla=row.sla_profile.name if row.sla_profile else "",
        reception=_reception(row.pk),
        items=_items(row.pk, at),
        missing=_missing(row.pk, at),
        documents=_documents(row.pk),
        original=next((each for each in custody if each.what == "ORIGINAL"), None),
        copy=next((each for each in custody if each.what == "COPY"), None),
        custody=custody,
        clauses=_clauses(current),
        terms=tuple(
            TermsRow(
                each.starts_date,
                each.ends_date,
                documents.title(each.document) if each.document else "",
                each is current,
            )
            for each in terms
        ),
        currency=currency,
        services=_held(row.pk, today, currency),
        guarantees=_guarantees(row.pk, today),
        changes=speeds.rows_of_contract(row.pk),
        due=_due(row.dossier_id),
        entries=customers.journal_rows([row.dossier_id]),
        problem=f"{rated.problem.message} {rated.problem.remedy}".strip()
        if rated.problem and _has_begun(row.pk)
        else "",
    )


def choices(*, number: str, actor: Actor, at: dt.datetime, act: Act) -> Choices:
    """Return what the forms of a contract need, for who may do `act`. Raises NotFound, NotAllowed."""
    actors.require(actor, act)
    row = _contract(number)
    today = lapaz.local(at).date()
    held = ServiceHolding.objects.filter(contract=row).exclude(ends_date__lte=today).select_related("service")
    loose = Service.objects.filter(customer_id=row.customer_id, status="ACTIVE").exclude(
        pk__in=ServiceHolding.objects.filter(ends_date=None).values("service_id")
    )
    last = Terms.objects.filter(contract=row).order_by("-starts_date").first()
    reception = Reception.objects.filter(contract=row).first()
    papers = ContractDocument.objects.filter(contract=row).order_by("kind", "number", "version")
    return Choices(
        contract_id=row.pk,
        number=row.number,
        customer=customer_queries.customer(customer_id=row.customer_id),
        starts_date=row.starts_date,
        documents=tuple((each.pk, f"{documents.title(each)} v{each.version}") for each in papers),
        held=tuple(
            (each.service_id, each.service.circuit_code) for each in held.order_by("service__circuit_code")
        ),
        loose=tuple((each.pk, each.circuit_code) for each in loose.order_by("circuit_code")),
        items=_items(row.pk, at),
        terms={name: getattr(last, name) for name in LABELS} if last else {},
        terms_since=last.starts_date if last else None,
        reception_state=reception.state if reception else "",
    )


def blank_items(*, at: dt.datetime) -> tuple[ItemRow, ...]:
    """Return the ten items of a contract that is not there yet."""
    return _items(0, at)


def guarantee_place(*, guarantee_id: int, actor: Actor) -> tuple[str, str]:
    """Return (number of the contract, kind) of a guarantee. Raises NotFound, NotAllowed."""
    actors.require(actor, Act.EDIT_AGREEMENTS)
    row = Guarantee.objects.select_related("contract").filter(pk=guarantee_id).first()
    if row is None:
        raise NotFound(_("No existe esa garantía."))
    return row.contract.number, row.kind


def other_contracts(*, but: int) -> tuple[tuple[int, str], ...]:
    """Return all contracts but one, with their customers, to choose a new holder from."""
    rows = (
        Contract.objects.exclude(pk=but).select_related("customer").order_by("customer__sort_key", "number")
    )
    return tuple((row.pk, f"{row.customer.name} · {row.number}") for row in rows)


def _contract(number: str) -> Contract:
    row = (
        Contract.objects.select_related("sla_profile", "customer")
        .filter(number=number.strip().upper())
        .first()
    )
    if row is None:
        raise NotFound(_("No existe ese contrato."), remedy=_("Búsquelo en la lista de contratos."))
    return row


def _has_begun(contract_id: int) -> bool:
    return (
        ServiceHolding.objects.filter(contract_id=contract_id).exists()
        or Terms.objects.filter(contract_id=contract_id).exists()
    )


def _reception(contract_id: int) -> ReceptionView:
    row = Reception.objects.select_related("handed_by", "received_by").filter(contract_id=contract_id).first()
    if row is None:
        return ReceptionView()
    return ReceptionView(
        state=row.state,
        state_name=str(row.get_state_display()),
        handed_by=str(row.handed_by or ""),
        handed_at=row.handed_at,
        received_by=str(row.received_by or ""),
        received_at=row.received_at,
        observed_at=row.observed_at,
        observation=row.observation,
        completed_at=row.completed_at,
    )


def _items(contract_id: int, at: dt.datetime) -> tuple[ItemRow, ...]:
    mandatory = set(procedure_queries.parameter("contract.mandatory_items", at=at))
    rows = {
        row.item: row
        for row in CompletenessItem.objects.filter(contract_id=contract_id).select_related("document")
    }
    found = []
    for item, title in agreements.ITEMS.items():
        row = rows.get(item)
        document = row.document if row else None
        found.append(
            ItemRow(
                item=item,
                title=title,
                mandatory=item in mandatory,
                state=row.state if row else "MISSING",
                page=row.page if row else "",
                note=row.note if row else "",
                document=documents.title(document) if document else "",
                document_id=document.pk if document else None,
                file_id=document.file_id if document else None,
            )
        )
    return tuple(found)


def _missing(contract_id: int, at: dt.datetime) -> tuple[int, ...]:
    return tuple(row.item for row in _items(contract_id, at) if row.mandatory and row.state != "PRESENT")


def _documents(contract_id: int) -> tuple[DocumentRow, ...]:
    rows = (
        ContractDocument.objects.filter(contract_id=contract_id)
        .select_related("file", "added_by")
        .order_by("-added_at", "-pk")
    )
    return tuple(
        DocumentRow(
            row.pk,
            documents.title(row),
            row.version,
            row.signed_date,
            row.pages,
            row.file_id,
            row.file.sha256 if row.file else "",
            row.added_at,
            str(row.added_by or ""),
        )
        for row in rows
    )


def _custody(contract_id: int) -> tuple[CustodyRow, ...]:
    rows = (
        Custody.objects.filter(contract_id=contract_id).select_related("moved_by").order_by("-since", "-pk")
    )
    return tuple(CustodyRow(row.what, row.place, row.holder, row.since, str(row.moved_by)) for row in rows)


def _clauses(terms: Terms | None) -> tuple[ClauseRow, ...]:
    if terms is None:
        return ()
    return tuple(
        ClauseRow(
            label.text, changes.shown(getattr(terms, name), label), str(terms.clause_references.get(name, ""))
        )
        for name, label in LABELS.items()
        if name != "clause_references" and getattr(terms, name) not in (None, "", {}, 0)
    )


def _held(contract_id: int, today: dt.date, currency: str) -> tuple[HeldRow, ...]:
    rows = list(
        ServiceHolding.objects.filter(contract_id=contract_id)
        .select_related("service")
        .order_by("service__circuit_code", "starts_date")
    )
    lines = speed_line.lines([row.service_id for row in rows], today=today)
    prices = _prices(contract_id, today, currency)
    return tuple(
        HeldRow(
            row.service_id,
            row.service.circuit_code,
            row.starts_date,
            row.ends_date,
            row.service.capacity_kbps,
            prices.get(row.service_id, ()),
            lines.get(row.service_id),
        )
        for row in rows
    )


def _prices(contract_id: int, today: dt.date, currency: str) -> dict[int, tuple[PriceRow, ...]]:
    """The prices of each circuit, newest first; of one day only the last agreed."""
    rows = (
        PriceVersion.objects.filter(contract_id=contract_id)
        .select_related("document", "agreed_by")
        .order_by("service_id", "effective_date", "agreed_at")
    )
    by_day: dict[int, dict[dt.date, PriceVersion]] = {}
    for row in rows:
        by_day.setdefault(row.service_id, {})[row.effective_date] = row
    return {service: tuple(_price_rows(found.values(), today, currency)) for service, found in by_day.items()}


def _price_rows(found: Iterable[PriceVersion], today: dt.date, currency: str) -> list[PriceRow]:
    versions = sorted(found, key=lambda row: row.effective_date)
    begun = [row for row in versions if row.effective_date <= today]
    return [
        PriceRow(
            effective_date=row.effective_date,
            model=row.price_model,
            text=agreements.price_words(row.terms, model=row.price_model, currency=currency),
            in_advance=row.in_advance,
            clause=row.clause,
            document=documents.title(row.document) if row.document else "",
            agreed_at=row.agreed_at,
            agreed_by=str(row.agreed_by or ""),
            current=bool(begun) and row is begun[-1],
        )
        for row in reversed(versions)
    ]


def _guarantees(contract_id: int, today: dt.date) -> tuple[GuaranteeRow, ...]:
    rows = (
        Guarantee.objects.filter(contract_id=contract_id)
        .select_related("document")
        .order_by("expires_date", "pk")
    )
    return tuple(
        GuaranteeRow(
            row.pk,
            row.kind,
            row.currency,
            row.amount,
            row.expires_date,
            (row.expires_date - today).days,
            row.returned_date,
            documents.title(row.document) if row.document else "",
        )
        for row in rows
    )


def _due(dossier_id: int) -> tuple[customers.DueRow, ...]:
    rows = (
        WorkItem.objects.filter(dossier_id=dossier_id, done_at=None)
        .select_related("dossier")
        .order_by("due_at", "pk")
    )
    return tuple(
        customers.DueRow(row.step, row.title, row.role, row.due_at, row.opened_at, row.dossier.number)
        for row in rows
    )
