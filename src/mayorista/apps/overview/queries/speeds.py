"""Changes of speed: the list, the page of one with its rail of steps, and what waits for the Gerente."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import Contract, Service, ServiceHolding, SpeedChange
from mayorista.apps.contracts.queries import checks, previews
from mayorista.apps.messaging.models import Message
from mayorista.apps.overview.queries import customers, paging, speed_line
from mayorista.apps.procedure import actors
from mayorista.apps.procedure.actors import Actor
from mayorista.apps.procedure.models import WorkItem
from mayorista.rules import capacity, formats, lapaz, names, speed_requests
from mayorista.rules.delivery import STATE_TITLES
from mayorista.rules.delivery import State as DeliveryState
from mayorista.rules.errors import NotFound
from mayorista.rules.procedure import Act, Role

State = SpeedChange.State
SHOWS = ("OPEN", "DECIDE", "FORCE", "CLOSED", "ALL")
OPEN = (State.REQUESTED, State.COORDINATION, State.APPROVED, State.ORDERED, State.EXECUTED, State.ACCEPTED)
CLOSED = (State.REJECTED, State.CANCELLED)
SORTS = {
    "numero": "dossier__number",
    "cliente": "service__customer__sort_key",
    "circuito": "service__circuit_code",
    "dia": "wanted_date",
}
AUTOMATIC = {"RETURN": "retorno automático", "IMPORT": "historial importado"}


@dataclass(frozen=True, slots=True)
class SpeedRow:
    """A change of speed in a list."""

    id: int
    number: str
    customer: str
    circuit: str
    from_kbps: int
    to_kbps: int
    day: dt.date
    until: dt.date | None
    state: str
    state_name: str
    verdict: str
    requested_date: dt.date
    is_return: bool

    @property
    def is_increase(self) -> bool:
        """Whether it asks for more."""
        return self.to_kbps > self.from_kbps

    @property
    def is_closed(self) -> bool:
        """Whether nothing is left to be done."""
        return self.state not in OPEN


@dataclass(frozen=True, slots=True)
class RailStep:
    """One step of the way: done, now, late, none or to come."""

    code: str
    title: str
    status: str
    icon: str
    text: str


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One item of the NOC's list."""

    key: str
    title: str
    state: str
    note: str


@dataclass(frozen=True, slots=True)
class FindingRow:
    """What the contract says."""

    code: str
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class MailRow:
    """What the ISP was told."""

    subject: str
    to: str
    state: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class SpeedPage:
    """Everything that one page shows of a change of speed."""

    row: SpeedRow
    customer_code: str
    contract_number: str
    door: str
    requested_by: str
    words: str
    document_id: int | None
    findings: tuple[FindingRow, ...]
    checks: tuple[CheckRow, ...]
    margin: str
    check_note: str
    checked_by: str
    preview: previews.PricePreview | None
    decision: str
    decided_by: str
    decided_at: dt.datetime | None
    addendum: str
    needs_addendum: bool
    waived_until: dt.date | None
    order_number: str
    order_text: str
    order_at: dt.datetime | None
    executed_at: dt.datetime | None
    evidence: str
    evidence_file_id: int | None
    accepted_at: dt.datetime | None
    accepted_how: str
    objection: str
    objected_at: dt.datetime | None
    wanted_date: dt.date
    effective_date: dt.date | None
    silence_ends: dt.datetime | None
    returns: str
    returned_by: str
    rail: tuple[RailStep, ...]
    due: tuple[customers.DueRow, ...]
    mails: tuple[MailRow, ...]
    line: speed_line.SpeedLine | None
    entries: tuple[customers.EntryRow, ...]

    def now_as_approved(self, today: dt.date) -> bool:
        """Whether an execution today is what was approved: not before its day, nor for a day past when decided."""
        decided = lapaz.local(self.decided_at).date() if self.decided_at else today
        return self.row.is_return or self.wanted_date == today or decided <= self.wanted_date < today


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One change that waits for the Gerente, with what it costs and what the others said of it."""

    row: SpeedRow
    requested_by: str
    words: str
    document_id: int | None
    findings: tuple[FindingRow, ...]
    margin: str
    check_note: str
    preview: previews.PricePreview
    due_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class ServiceChoice:
    """The circuit that a request is about."""

    id: int
    code: str
    customer_name: str
    customer_code: str
    kbps: int
    contract_number: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """A request before it is made: what the contract says and what it would cost."""

    findings: tuple[FindingRow, ...]
    preview: previews.PricePreview
    from_kbps: int


def speed_list(
    *,
    actor: Actor,
    text: str = "",
    show: str = "OPEN",
    sort: str = "",
    page: int = 1,
    page_size: int = paging.PAGE_SIZE,
) -> paging.Listed[SpeedRow]:
    """Return a page of changes; `show` is one of SHOWS. Returns to come show on their day."""
    actors.require(actor, Act.VIEW)
    rows = SpeedChange.objects.all()
    for word in text.split():
        rows = rows.filter(
            Q(dossier__number__icontains=word)
            | Q(service__circuit_code__icontains=word)
            | Q(service__customer__sort_key__contains=names.sort_key(word))
        )
    if show == "OPEN":
        rows = rows.filter(state__in=OPEN)
    elif show == "DECIDE":
        rows = rows.filter(state=State.COORDINATION)
    elif show == "FORCE":
        rows = rows.filter(state=State.IN_FORCE)
    elif show == "CLOSED":
        rows = rows.filter(state__in=CLOSED)
    column = SORTS.get(sort.lstrip("-"))
    order = f"-{column}" if column and sort.startswith("-") else column or "-pk"
    pages = paging.pages_of(rows.count(), page, page_size)
    start = (pages.number - 1) * page_size
    found = rows.select_related("dossier", "service__customer").order_by(order, "-pk")[
        start : start + page_size
    ]
    return paging.listed([_row(change) for change in found], pages)


def rows_of_contract(contract_id: int, *, limit: int = 12) -> tuple[SpeedRow, ...]:
    """Return the last changes of the circuits that a contract holds."""
    held = ServiceHolding.objects.filter(contract_id=contract_id).values("service_id")
    rows = SpeedChange.objects.filter(service_id__in=held).select_related("dossier", "service__customer")
    return tuple(_row(change) for change in rows.order_by("-pk")[:limit])


def speed_page(*, number: str, actor: Actor, at: dt.datetime) -> SpeedPage:
    """Return the page of a change. Raises NotFound, NotAllowed."""
    actors.require(actor, Act.VIEW)
    change = _change(number)
    contract_id = previews.holder_on(change.service_id, change.effective_date or change.wanted_date)
    contract = Contract.objects.filter(pk=contract_id).first() if contract_id else None
    items = list(
        WorkItem.objects.filter(dossier_id=change.dossier_id, done_at=None)
        .select_related("dossier")
        .order_by("due_at", "pk")
    )
    check = change.capacity_check
    order = change.work_order
    needs = _needs_addendum(change)
    back = SpeedChange.objects.select_related("dossier").filter(returns=change).first()
    acceptance = next((item for item in items if item.key == "acceptance"), None)
    return SpeedPage(
        row=_row(change),
        customer_code=change.service.customer.code,
        contract_number=contract.number if contract else "",
        door=speed_requests.DOORS.get(change.door, AUTOMATIC.get(change.door, change.door)),
        requested_by=change.requested_by,
        words=change.words,
        document_id=change.document_id,
        findings=_findings(change.findings),
        checks=_checks(check),
        margin=check.get("margin", ""),
        check_note=check.get("note", ""),
        checked_by=check.get("by", ""),
        preview=_preview(change, at) if change.state in OPEN and change.returns_id is None else None,
        decision=change.decision,
        decided_by=str(change.decided_by or ""),
        decided_at=change.decided_at,
        addendum=change.addendum.number if change.addendum else "",
        needs_addendum=needs,
        waived_until=change.addendum_waived_until,
        order_number=order.number if order else "",
        order_text=order.description if order else "",
        order_at=order.etr_at if order else None,
        executed_at=change.executed_at,
        evidence=change.evidence,
        evidence_file_id=change.evidence_file_id,
        accepted_at=change.accepted_at,
        accepted_how=change.accepted_how,
        objection=change.objection,
        objected_at=change.objected_at,
        wanted_date=change.wanted_date,
        effective_date=change.effective_date,
        silence_ends=acceptance.due_at if acceptance else None,
        returns=change.returns.dossier.number if change.returns else "",
        returned_by=back.dossier.number if back else "",
        rail=_rail(change, items, at, needs=needs),
        due=tuple(
            customers.DueRow(row.step, row.title, row.role, row.due_at, row.opened_at, row.key)
            for row in items
        ),
        mails=_mails(change.dossier_id),
        line=speed_line.lines([change.service_id], today=lapaz.local(at).date()).get(change.service_id),
        entries=customers.journal_rows([change.dossier_id]),
    )


def to_decide(*, actor: Actor, at: dt.datetime) -> tuple[DecisionRow, ...]:
    """Return what waits for the Gerente, the oldest first, each with its price. Raises NotAllowed."""
    actors.require(actor, Act.DECIDE_SPEED)
    changes = list(
        SpeedChange.objects.filter(state=State.COORDINATION)
        .select_related("dossier", "service__customer")
        .order_by("wanted_date", "pk")
    )
    due = dict(
        WorkItem.objects.filter(
            dossier_id__in=[change.dossier_id for change in changes], done_at=None, role=Role.MANAGER
        ).values_list("dossier_id", "due_at")
    )
    return tuple(
        DecisionRow(
            _row(change),
            change.requested_by,
            change.words,
            change.document_id,
            _findings(change.findings),
            change.capacity_check.get("margin", ""),
            _bad(change),
            _preview(change, at),
            due.get(change.dossier_id),
        )
        for change in changes
    )


def change_id(*, number: str, actor: Actor, act: Act) -> int:
    """Return the id of a change for who may do `act`. Raises NotFound, NotAllowed."""
    actors.require(actor, act)
    return _change(number).pk


def service_choice(*, code: str, actor: Actor, at: dt.datetime) -> ServiceChoice:
    """Return the circuit that a change is asked for. Raises NotFound, NotAllowed."""
    actors.require(actor, Act.REQUEST_SPEED)
    service = Service.objects.select_related("customer").filter(circuit_code=code.strip().upper()).first()
    if service is None:
        raise NotFound(_("No existe ese servicio."), remedy=_("Búsquelo en la lista de servicios."))
    contract_id = previews.holder_on(service.pk, lapaz.local(at).date())
    contract = Contract.objects.filter(pk=contract_id).first() if contract_id else None
    return ServiceChoice(
        service.pk,
        service.circuit_code,
        service.customer.name,
        service.customer.code,
        service.capacity_kbps,
        contract.number if contract else "",
        tuple(contract.signatories) if contract else (),
    )


def trial(
    *,
    service_id: int,
    to_kbps: int,
    wanted: dt.date,
    requested_on: dt.date,
    requested_by: str,
    at: dt.datetime,
    until: dt.date | None = None,
    own_price: dict[str, Any] | None = None,
) -> Trial:
    """Return what a request would meet: the contract's findings and the price of the month and the next."""
    service = Service.objects.select_related("customer").get(pk=service_id)
    asked = speed_requests.Asked(
        from_kbps=service.capacity_kbps,
        to_kbps=to_kbps,
        wanted=wanted,
        until=until,
        requested_on=requested_on,
        requested_by=requested_by,
        today=lapaz.local(at).date(),
    )
    found = checks.findings(service, asked, own_price=own_price or {}, at=at)
    preview = previews.price_preview(
        service_id,
        to_kbps=to_kbps,
        effective=wanted,
        requested_on=requested_on,
        until=until,
        own_price=own_price,
        at=at,
    )
    said = tuple(FindingRow(each.code, each.level.value, each.text) for each in found if each.code != "PRICE")
    return Trial(said, preview, asked.from_kbps)


def _change(number: str) -> SpeedChange:
    change = (
        SpeedChange.objects.select_related(
            "dossier", "service__customer", "decided_by", "work_order", "addendum", "returns__dossier"
        )
        .filter(dossier__number=number.strip().upper())
        .first()
    )
    if change is None:
        raise NotFound(_("No existe ese cambio de velocidad."), remedy=_("Búsquelo en la lista de cambios."))
    return change


def _row(change: SpeedChange) -> SpeedRow:
    return SpeedRow(
        id=change.pk,
        number=change.dossier.number,
        customer=change.service.customer.name,
        circuit=change.service.circuit_code,
        from_kbps=change.from_kbps,
        to_kbps=change.to_kbps,
        day=change.effective_date or change.wanted_date,
        until=change.temporary_until,
        state=change.state,
        state_name=str(change.get_state_display()),
        verdict=change.capacity_verdict,
        requested_date=change.requested_date,
        is_return=change.returns_id is not None,
    )


def _preview(change: SpeedChange, at: dt.datetime) -> previews.PricePreview:
    return previews.price_preview(
        change.service_id,
        to_kbps=change.to_kbps,
        effective=change.effective_date or change.wanted_date,
        requested_on=change.requested_date,
        until=change.temporary_until,
        own_price=change.own_price,
        at=at,
    )


def _findings(said: Sequence[dict[str, str]]) -> tuple[FindingRow, ...]:
    return tuple(FindingRow(each["code"], each["level"], each["text"]) for each in said)


def _checks(check: dict[str, Any]) -> tuple[CheckRow, ...]:
    items = check.get("items", {})
    return tuple(
        CheckRow(key, title, items[key]["state"], items[key].get("note", ""))
        for key, title in speed_requests.CHECKLIST.items()
        if key in items
    )


def _bad(change: SpeedChange) -> str:
    said = [f"{row.title}: {row.note}" for row in _checks(change.capacity_check) if row.state == "BAD"]
    note = change.capacity_check.get("note", "")
    return "; ".join([*said, note] if note else said)


def _needs_addendum(change: SpeedChange) -> bool:
    if change.returns_id is not None or change.state in CLOSED:
        return False
    _contract, terms = checks.terms_of(change.service_id, change.effective_date or change.wanted_date)
    return terms is not None and terms.requires_addendum and change.addendum_id is None


def _mails(dossier_id: int) -> tuple[MailRow, ...]:
    rows = Message.objects.filter(dossier_id=dossier_id, direction="OUT").order_by("pk")
    return tuple(
        MailRow(
            row.subject, ", ".join(row.recipients), _(STATE_TITLES[DeliveryState(row.state)]), row.created_at
        )
        for row in rows
    )


ICONS = {
    "done": "circle-check",
    "now": "player-play",
    "late": "clock-exclamation",
    "none": "ban",
    "todo": "circle-dashed",
}
# Which open task says that a step is the one of now.
KEYS = {
    "capacity": 1,
    "decision": 2,
    "order": 3,
    "execution": 4,
    "acceptance": 5,
    "objection": 5,
    "addendum": 6,
}


def _rail(
    change: SpeedChange, items: Sequence[WorkItem], at: dt.datetime, *, needs: bool
) -> tuple[RailStep, ...]:
    """The seven stations of a change; the open tasks say where it stands and whether it is late."""
    verdict = (
        speed_requests.VERDICT_TITLES.get(speed_requests.Verdict(change.capacity_verdict))
        if change.capacity_verdict
        else ""
    )
    order = change.work_order
    stations = (
        (_("Solicitud"), formats.date(change.requested_date)),
        (_("Capacidad"), str(verdict or "")),
        (_("Decisión"), _decided(change)),
        (_("Orden"), order.number if order else ""),
        (_("Ejecución"), formats.date_time(change.executed_at) if change.executed_at else ""),
        (_("Conformidad"), _("objetado") if change.objected_at else change.accepted_how),
        (_("Vigencia"), _force_text(change, needs)),
    )
    reached = _reached(change)
    late = {KEYS[item.key] for item in items if item.key in KEYS and item.due_at <= at}
    steps = []
    for place, (title, text) in enumerate(stations):
        status = "done" if place < reached else "todo"
        if change.state in CLOSED:
            status = "done" if place < reached else "none"
        elif _skipped(change, place):
            status = "none"
        elif place == reached:
            status = "late" if place in late else "now"
        steps.append(RailStep("", title, status, ICONS[status], text))
    return tuple(steps)


def _reached(change: SpeedChange) -> int:
    """How many stations lie behind."""
    reached = {
        State.REQUESTED: 1, State.COORDINATION: 2, State.APPROVED: 3, State.ORDERED: 4, State.EXECUTED: 5, State.ACCEPTED: 6, State.IN_FORCE: 7,
    }  # fmt: skip
    if change.state in reached:
        return reached[State(change.state)]
    if change.state == State.REJECTED:
        return 3
    return 5 if change.executed_at else 3 if change.decided_at else 1


def _skipped(change: SpeedChange, place: int) -> bool:
    if place == 1:
        return change.to_kbps < change.from_kbps or change.returns_id is not None
    return place in {2, 5} and change.returns_id is not None


def _decided(change: SpeedChange) -> str:
    if change.decided_at is None:
        return ""
    word = _("rechazado") if change.state == State.REJECTED else _("aprobado")
    return f"{word} {formats.date(change.decided_at)}"


def _force_text(change: SpeedChange, needs: bool) -> str:
    if change.state == State.IN_FORCE and change.effective_date:
        until = f" – {formats.date(change.temporary_until)}" if change.temporary_until else ""
        return f"{formats.date(change.effective_date)}{until}"
    if needs and change.addendum_waived_until is None:
        return _("falta adenda")
    return capacity.show(change.to_kbps) if change.state == State.ACCEPTED else ""
