"""The list of services and the page of one: what it is, what it rides on, how alarms name it, its history."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from mayorista.apps.contracts import queries as contract_queries
from mayorista.apps.contracts.models import (
    AliasKind,
    Contract,
    NmsName,
    Resource,
    Ride,
    Service,
    ServiceAlias,
    ServiceStatus,
    SlaProfile,
    Suspension,
)
from mayorista.apps.customers import queries as customer_queries
from mayorista.apps.faults.models import Outage
from mayorista.apps.overview.queries import customers, paging, speed_line
from mayorista.apps.procedure import actors
from mayorista.apps.procedure.actors import Actor
from mayorista.rules import lapaz, names, sla_terms
from mayorista.rules.errors import NotFound
from mayorista.rules.procedure import Act

RECENT_OUTAGES = 20
SORTS = {
    "circuito": "circuit_code",
    "cliente": "customer__sort_key",
    "capacidad": "capacity_kbps",
    "nodo": "node__code",
}


@dataclass(frozen=True, slots=True)
class RideRow:
    """What a service rides on."""

    code: str
    name: str
    kind: str
    provider: str
    primary: bool


@dataclass(frozen=True, slots=True)
class AliasRow:
    """Another designation of the circuit."""

    alias: str
    kind: str
    kind_name: str


@dataclass(frozen=True, slots=True)
class NameRow:
    """Labels by which alarms name it; `source` "" is any."""

    id: int
    labels: str
    source: str


@dataclass(frozen=True, slots=True)
class OutageRow:
    """A time that it was out."""

    case_number: str
    effect: str
    started_at: dt.datetime
    restored_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class SuspensionRow:
    """A time that it was suspended."""

    id: int
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    reason: str
    ordered_by: str


@dataclass(frozen=True, slots=True)
class ServicePage:
    """Everything that one page shows of a service."""

    row: customers.ServiceRow
    terms: sla_terms.Terms
    contract: str
    equipment: str
    notes: str
    started_date: dt.date | None
    ended_date: dt.date | None
    version: int
    rides: tuple[RideRow, ...]
    aliases: tuple[AliasRow, ...]
    names: tuple[NameRow, ...]
    outages: tuple[OutageRow, ...]
    suspensions: tuple[SuspensionRow, ...]
    entries: tuple[customers.EntryRow, ...]
    line: speed_line.SpeedLine | None

    @property
    def suspended(self) -> SuspensionRow | None:
        """The suspension that has not ended, if any."""
        return next((row for row in self.suspensions if row.ends_at is None), None)

    @property
    def targets(self) -> list[sla_terms.Target]:
        """The times by severity."""
        return [self.terms.targets[severity] for severity in sla_terms.SEVERITIES]


@dataclass(frozen=True, slots=True)
class ServiceForm:
    """What a form needs to edit a service: its values as people type them, and what can be chosen."""

    service_id: int | None
    customer: customer_queries.CustomerCard
    version: int
    values: dict[str, object]
    nodes: tuple[tuple[int, str], ...]
    contracts: tuple[tuple[int, str], ...]
    profiles: tuple[tuple[int, str], ...]
    resources: dict[str, int]


def service_list(
    *,
    actor: Actor,
    at: dt.datetime,
    text: str = "",
    status: str = "ACTIVE",
    node: str = "",
    sort: str = "",
    page: int = 1,
    page_size: int = paging.PAGE_SIZE,
) -> paging.Listed[customers.ServiceRow]:
    """Return a page of services; `status` ACTIVE, ENDED or "" for all."""
    actors.require(actor, Act.VIEW)
    rows = _matching(text)
    if status in ServiceStatus.values:
        rows = rows.filter(status=status)
    if node:
        below = contract_queries.services_riding(
            Resource.objects.filter(code=node).values_list("pk", flat=True)
        )
        rows = rows.filter(pk__in=[riding.service_id for riding in below])
    column = SORTS.get(sort.lstrip("-"), "customer__sort_key")
    pages = paging.pages_of(rows.count(), page, page_size)
    order = f"-{column}" if sort.startswith("-") else column
    start = (pages.number - 1) * page_size
    ids = list(rows.order_by(order, "circuit_code").values_list("pk", flat=True)[start : start + page_size])
    briefs = {brief.id: brief for brief in contract_queries.service_briefs(ids)}
    return paging.listed(customers.service_rows([briefs[pk] for pk in ids], at=at), pages)


def _matching(text: str) -> QuerySet[Service]:
    rows = Service.objects.all()
    for word in text.split():
        plain = names.sort_key(word)
        alias = ServiceAlias.objects.filter(alias_key__contains=plain).values("service_id")
        condition = (
            Q(circuit_code__icontains=word)
            | Q(customer__sort_key__contains=plain)
            | Q(customer__code__iexact=word)
            | Q(port__icontains=word)
            | Q(node__code__icontains=word)
            | Q(prefixes__contains=[word])
            | Q(pk__in=alias)
        )
        digits = plain.removeprefix("as")
        if digits.isascii() and digits.isdecimal() and len(digits) <= 10:
            condition |= Q(asn=int(digits))
        rows = rows.filter(condition)
    return rows


def service_page(*, code: str, actor: Actor, at: dt.datetime) -> ServicePage:
    """Return the page of a service. Raises NotFound, NotAllowed."""
    actors.require(actor, Act.VIEW)
    service = _service(code)
    (brief,) = contract_queries.service_briefs([service.pk])
    (row,) = customers.service_rows([brief], at=at)
    return ServicePage(
        row=row,
        terms=contract_queries.sla_terms_for([service.pk], at=at)[service.pk],
        contract=service.contract.number if service.contract else "",
        equipment=service.equipment,
        notes=service.notes,
        started_date=service.started_date,
        ended_date=service.ended_date,
        version=service.version,
        rides=_rides(service.pk),
        aliases=tuple(
            AliasRow(alias.alias, alias.kind, AliasKind(alias.kind).label)
            for alias in ServiceAlias.objects.filter(service=service).order_by("kind", "alias_key")
        ),
        names=tuple(
            NameRow(name.pk, name.signature, name.source_code)
            for name in NmsName.objects.filter(service=service).order_by("signature")
        ),
        outages=_outages(service.pk),
        suspensions=tuple(
            SuspensionRow(each.pk, each.starts_at, each.ends_at, each.reason, str(each.ordered_by or ""))
            for each in Suspension.objects.filter(service=service)
            .select_related("ordered_by")
            .order_by("-starts_at")
        ),
        entries=customers.journal_rows([service.dossier_id]),
        line=speed_line.lines([service.pk], today=lapaz.local(at).date()).get(service.pk),
    )


def service_form(*, actor: Actor, code: str = "", customer_code: str = "") -> ServiceForm:
    """Return what the form of a service needs: of an existing one, or of a new one of a customer."""
    actors.require(actor, Act.EDIT_SERVICES)
    service = _service(code) if code else None
    card = (
        customer_queries.customer(customer_id=service.customer_id)
        if service
        else customer_queries.customer_by_code(code=customer_code)
    )
    return ServiceForm(
        service_id=service.pk if service else None,
        customer=card,
        version=service.version if service else 0,
        values=_values(service) if service else {},
        nodes=tuple(
            Resource.objects.filter(active=True)
            .exclude(kind="UPSTREAM")
            .order_by("code")
            .values_list("pk", "code")
        ),
        contracts=tuple(
            Contract.objects.filter(customer_id=card.id).order_by("number").values_list("pk", "number")
        ),
        profiles=profile_choices(),
        resources=dict(Resource.objects.order_by("code").values_list("code", "pk")),
    )


def profile_choices() -> tuple[tuple[int, str], ...]:
    """Return (id of the first revision, name) of the SLA profiles, by name."""
    rows = SlaProfile.objects.order_by("code", "revision").distinct("code").values_list("pk", "name", "code")
    return tuple(sorted(((pk, f"{name} ({code})") for pk, name, code in rows), key=lambda pair: pair[1]))


def _service(code: str) -> Service:
    found = Service.objects.select_related("contract").filter(circuit_code=code.strip().upper()).first()
    if found is None:
        raise NotFound(_("No existe ese servicio."), remedy=_("Búsquelo en la lista de servicios."))
    return found


def _values(service: Service) -> dict[str, object]:
    """The values of a service as its form shows them."""
    aliases: dict[str, list[str]] = {}
    for alias in ServiceAlias.objects.filter(service=service).order_by("alias_key"):
        aliases.setdefault(alias.kind, []).append(alias.alias)
    (brief,) = contract_queries.service_briefs([service.pk])
    rides = _rides(service.pk)
    return {
        "circuit_code": service.circuit_code,
        "description": service.description,
        "capacity": brief.capacity,
        "contract_id": service.contract_id or "",
        "node_id": service.node_id or "",
        "port": service.port,
        "vlan": service.vlan if service.vlan is not None else "",
        "asn": service.asn if service.asn is not None else "",
        "prefixes": "\n".join(service.prefixes),
        "equipment": service.equipment,
        "sla_profile_id": first_revision(service.sla_profile_id) or "",
        "started_date": service.started_date,
        "notes": service.notes,
        "rides": "\n".join(row.code if row.primary else f"{row.code} (respaldo)" for row in rides),
        "own_aliases": "; ".join(aliases.get(AliasKind.OWN, [])),
        "upstream_aliases": "; ".join(aliases.get(AliasKind.UPSTREAM, [])),
        "customer_aliases": "; ".join(aliases.get(AliasKind.CUSTOMER, [])),
        "nms_names": "\n".join(
            NmsName.objects.filter(service=service, source_code="")
            .order_by("signature")
            .values_list("signature", flat=True)
        ),
    }


def first_revision(profile_id: int | None) -> int | None:
    """Return the first revision of the profile that a row points to: the one that lists offer."""
    if profile_id is None:
        return None
    code = SlaProfile.objects.filter(pk=profile_id).values_list("code", flat=True).first()
    return SlaProfile.objects.filter(code=code).order_by("revision").values_list("pk", flat=True).first()


def _rides(service_id: int) -> tuple[RideRow, ...]:
    rows = (
        Ride.objects.filter(service_id=service_id)
        .select_related("resource__provider")
        .order_by("-primary", "resource__code")
    )
    return tuple(
        RideRow(
            row.resource.code,
            row.resource.name,
            row.resource.get_kind_display(),
            row.resource.provider.name if row.resource.provider else "",
            row.primary,
        )
        for row in rows
    )


def _outages(service_id: int) -> tuple[OutageRow, ...]:
    rows = (
        Outage.objects.filter(service_id=service_id).select_related("case__dossier").order_by("-started_at")
    )
    return tuple(
        OutageRow(row.case.dossier.number, row.get_effect_display(), row.started_at, row.restored_at)
        for row in rows[:RECENT_OUTAGES]
    )
