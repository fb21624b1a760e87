"""The customer's page (360, the part of stage A), and the pages of its contacts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from mayorista.apps.contracts import queries as contract_queries
from mayorista.apps.contracts.models import Contract
from mayorista.apps.customers import queries as customer_queries
from mayorista.apps.faults.models import Case, Outage
from mayorista.apps.messaging.models import Message
from mayorista.apps.overview.queries import paging
from mayorista.apps.procedure import actors
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.actors import Actor
from mayorista.apps.procedure.models import Dossier, WorkItem
from mayorista.rules.delivery import STATE_TITLES, State
from mayorista.rules.procedure import Act

RECENT_CASES = 12
RECENT_MESSAGES = 6
RECENT_ENTRIES = 25
UP, DOWN, SUSPENDED, ENDED = "UP", "DOWN", "SUSPENDED", "ENDED"


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A service with how it stands now and the SLA it has."""

    brief: contract_queries.ServiceBrief
    state: str
    case_number: str
    since: dt.datetime | None
    sla: str
    sla_is_default: bool


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case of the customer."""

    number: str
    headline: str
    state: str
    severity: int
    opened_at: dt.datetime
    closed_at: dt.datetime | None
    claimed: bool


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One of the last messages, in or out."""

    incoming: bool
    channel: str
    text: str
    state: str
    at: dt.datetime
    case_number: str


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A line of the journal."""

    at: dt.datetime
    who: str
    text: str
    step: str


@dataclass(frozen=True, slots=True)
class DueRow:
    """A work item that is open at the customer's dossiers."""

    step: str
    title: str
    role: str
    due_at: dt.datetime
    opened_at: dt.datetime
    number: str


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract of the customer."""

    number: str
    sla: str
    starts_date: dt.date | None
    ends_date: dt.date | None


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """Everything that one page shows of a customer."""

    customer: customer_queries.CustomerCard
    contacts: tuple[customer_queries.ContactCard, ...]
    services: tuple[ServiceRow, ...]
    contracts: tuple[ContractRow, ...]
    open_cases: tuple[CaseRow, ...]
    closed_cases: tuple[CaseRow, ...]
    cases_total: int
    messages: tuple[MessageRow, ...]
    due: tuple[DueRow, ...]
    entries: tuple[EntryRow, ...]

    @property
    def down(self) -> int:
        """How many of its services are out now."""
        return sum(row.state == DOWN for row in self.services)

    @property
    def opted_in(self) -> int:
        """How many of its contacts may be written to on WhatsApp."""
        return sum(card.opted_in for card in self.contacts)


def customer_list(
    *,
    actor: Actor,
    text: str = "",
    active: str = "yes",
    sort: str = "name",
    page: int = 1,
    page_size: int = 50,
) -> paging.Listed[customer_queries.CustomerRow]:
    """Return a page of customers. Raises NotAllowed for a person without role."""
    actors.require(actor, Act.VIEW)
    found = customer_queries.customer_list(
        text=text, active=active, sort=sort, page=page, page_size=page_size
    )
    return paging.listed(found.rows, paging.Pages(found.page, found.pages, found.total))


def contact_list(
    *, actor: Actor, text: str = "", page: int = 1, page_size: int = paging.PAGE_SIZE
) -> paging.Listed[customer_queries.ContactPage]:
    """Return a page of contacts by name. Raises NotAllowed for a person without role."""
    actors.require(actor, Act.VIEW)
    pages = paging.pages_of(customer_queries.contact_count(text=text), page, page_size)
    rows = customer_queries.contact_list(text=text, offset=(pages.number - 1) * page_size, limit=page_size)
    return paging.listed(rows, pages)


def contact_page(*, contact_id: int, actor: Actor) -> customer_queries.ContactPage:
    """Return a contact with its roles everywhere. Raises NotFound, NotAllowed."""
    actors.require(actor, Act.VIEW)
    return customer_queries.contact_page(contact_id=contact_id)


def customer_page(*, code: str, actor: Actor, at: dt.datetime) -> CustomerPage:
    """Return the page of a customer. Raises NotFound, NotAllowed."""
    actors.require(actor, Act.VIEW)
    card = customer_queries.customer_by_code(code=code)
    services = service_rows(contract_queries.services_of([card.id], active_only=False), at=at)
    cases = Case.objects.filter(customer_id=card.id).select_related("dossier").order_by("-opened_at", "-pk")
    dossier_ids = [card.dossier_id, *(row.brief.dossier_id for row in services)]
    return CustomerPage(
        customer=card,
        contacts=tuple(customer_queries.contacts_for(card.id)),
        services=services,
        contracts=_contracts(card.id),
        open_cases=tuple(_case_row(case) for case in cases.filter(closed_at=None)),
        closed_cases=tuple(_case_row(case) for case in cases.filter(closed_at__isnull=False)[:RECENT_CASES]),
        cases_total=Case.objects.filter(customer_id=card.id).count(),
        messages=_messages(card.dossier_id),
        due=_due(card.dossier_id),
        entries=journal_rows(dossier_ids),
    )


def service_rows(briefs: list[contract_queries.ServiceBrief], *, at: dt.datetime) -> tuple[ServiceRow, ...]:
    """Return services with how they stand at `at`; four reads for any number of them."""
    ids = [brief.id for brief in briefs]
    terms = contract_queries.sla_terms_for(ids, at=at)
    suspended = contract_queries.suspended_service_ids(at, ids)
    outages = {
        row.service_id: row
        for row in Outage.objects.filter(service_id__in=ids, closed_at=None, restored_at=None).select_related(
            "case__dossier"
        )
    }
    return tuple(
        _service_row(brief, outages, suspended, terms[brief.id].source, is_default=terms[brief.id].is_default)
        for brief in briefs
    )


def _service_row(
    brief: contract_queries.ServiceBrief,
    outages: Mapping[int, Outage],
    suspended: set[int],
    sla: str,
    *,
    is_default: bool,
) -> ServiceRow:
    outage = outages.get(brief.id)
    state = UP if brief.active else ENDED
    if brief.active and brief.id in suspended:
        state = SUSPENDED
    if outage is not None:
        state = DOWN
    return ServiceRow(
        brief=brief,
        state=state,
        case_number=outage.case.dossier.number if outage else "",
        since=outage.started_at if outage else None,
        sla=sla,
        sla_is_default=is_default,
    )


def journal_rows(dossier_ids: list[int], *, limit: int = RECENT_ENTRIES) -> tuple[EntryRow, ...]:
    """Return the last lines of the journal of some dossiers, the newest first."""
    newest = procedure_queries.journal_of(dossier_ids).order_by("-at", "-id")[:limit]
    return tuple(
        EntryRow(entry.at, entry.user.full_name if entry.user else entry.job, entry.text, entry.step)
        for entry in newest
    )


def _case_row(case: Case) -> CaseRow:
    return CaseRow(
        number=case.dossier.number,
        headline=case.dossier.headline,
        state=Case.State(case.state).label,
        severity=case.severity,
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        claimed=case.claim_origin,
    )


def _contracts(customer_id: int) -> tuple[ContractRow, ...]:
    rows = Contract.objects.filter(customer_id=customer_id).select_related("sla_profile").order_by("number")
    return tuple(
        ContractRow(
            row.number, row.sla_profile.name if row.sla_profile else "", row.starts_date, row.ends_date
        )
        for row in rows
    )


def _messages(customer_dossier_id: int) -> tuple[MessageRow, ...]:
    """The last messages filed in dossiers of the customer."""
    homes = Dossier.objects.filter(customer_id=customer_dossier_id).values("pk")
    rows = (
        Message.objects.filter(dossier_id__in=homes)
        .select_related("dossier")
        .order_by("-pk")[:RECENT_MESSAGES]
    )
    return tuple(
        MessageRow(
            incoming=row.direction == "IN",
            channel=str(row.get_channel_display()),
            text=(row.subject or row.body)[:160],
            state=_(STATE_TITLES[State(row.state)]),
            at=row.created_at,
            case_number=row.dossier.number if row.dossier else "",
        )
        for row in rows
    )


def _due(customer_dossier_id: int) -> tuple[DueRow, ...]:
    rows = (
        WorkItem.objects.filter(dossier__customer_id=customer_dossier_id, done_at=None)
        .select_related("dossier")
        .order_by("due_at", "pk")
    )
    return tuple(
        DueRow(row.step, row.title, row.role, row.due_at, row.opened_at, row.dossier.number) for row in rows
    )
