"""What other rooms ask of services in bulk: who is hit, what rides on what, which SLA holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q, Value
from django.db.models.functions import Coalesce

from mayorista.apps.contracts.models import (
    AliasKind,
    Contract,
    NmsName,
    Resource,
    Service,
    ServiceAlias,
    ServiceStatus,
    SlaProfile,
    SlaTarget,
    Suspension,
)
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.prepared import Prepared
from mayorista.rules import capacity, lapaz, sla_terms
from mayorista.rules.alarms import naming

# Labels in which monitoring systems carry a circuit's own code, or that of an element.
SERVICE_LABELS = tuple(sorted(naming.CIRCUIT_LABELS))
RESOURCE_LABELS = ("upstream", "resource", "element", "elemento", "link", "enlace", "node", "nodo", "device")


@dataclass(frozen=True, slots=True)
class ServiceBrief:
    """A service as faults, forms and lists need it; capacity in kbit/s and in words."""

    id: int
    dossier_id: int
    circuit_code: str
    description: str
    customer_id: int
    customer_dossier_id: int
    customer_code: str
    customer_name: str
    capacity_kbps: int
    port: str
    vlan: int | None
    node_id: int | None
    node_code: str
    asn: int | None
    prefixes: tuple[str, ...]
    active: bool

    @property
    def capacity(self) -> str:
        """The capacity as people read it: "2 Gbps"."""
        return capacity.show(self.capacity_kbps)


@dataclass(frozen=True, slots=True)
class Riding:
    """A service that rides on a resource asked for, itself or on a part of it.

    `primary` is false when only its protection path rides there; `protected` says that it has some
    path on none of the resources asked for.
    """

    service_id: int
    customer_id: int
    resource_id: int
    primary: bool
    protected: bool


@dataclass(frozen=True, slots=True)
class SlaTerm:
    """The times that hold for one service and severity, and where they come from."""

    response_minutes: int
    repair_minutes: int
    source: str
    is_default: bool


_cached: tuple[tuple[int, ...], naming.NameIndex] | None = None


def label_index() -> naming.NameIndex:
    """Return the index of all names of services and elements, for matching alarms in bulk.

    Built once per process and again when a service, alias, name or element has changed. Explicit NMS
    names go in as they are; circuit codes and aliases of ours and of providers are names under
    `SERVICE_LABELS`, element codes under `RESOURCE_LABELS`.
    """
    global _cached  # noqa: PLW0603 - one index per process, checked against the database each time
    state = _naming_state()
    if _cached is None or _cached[0] != state:
        _cached = (state, naming.NameIndex(_names()))
    return _cached[1]


def services_for_labels(alarms: Sequence[tuple[str, dict[str, str]]]) -> list[naming.Match]:
    """Return what each (source code, labels) names, in the same order; 20,000 at once take < 1 s."""
    index = label_index()
    return [index.match(labels, source) for source, labels in alarms]


def services_riding(resource_ids: Iterable[int]) -> list[Riding]:
    """Return the active services that ride on these resources or on parts of them.

    A service delivered at a node rides on it. Ordered by service and resource.
    """
    roots = sorted(set(resource_ids))
    if not roots:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_RIDING_SQL, {"roots": roots})
        rows = cursor.fetchall()
    return [Riding(*row) for row in rows]


def rider_counts(resource_ids: Iterable[int]) -> dict[int, int]:
    """Return how many active services ride on each of these resources or on parts of it; one read."""
    roots = sorted(set(resource_ids))
    if not roots:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_RIDER_COUNTS_SQL, {"roots": roots})
        return dict(cursor.fetchall())


_ridden: tuple[tuple[int, ...], dict[int, frozenset[int]]] | None = None


def resources_of(service_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """Return the resources that each service rides on, its node included, the wholes of parts too.

    The correlator asks at every turn, so the whole is kept per process until a checksum over rides,
    nodes and parts says that something changed.
    """
    global _ridden  # noqa: PLW0603 - see `label_index`
    with connection.cursor() as cursor:
        cursor.execute(_RIDDEN_STATE_SQL)
        state = tuple(cursor.fetchone())
        if _ridden is None or _ridden[0] != state:
            found: dict[int, list[int]] = {}
            cursor.execute(_RESOURCES_SQL)
            for service, resource in cursor.fetchall():
                found.setdefault(service, []).append(resource)
            _ridden = (state, {service: frozenset(resources) for service, resources in found.items()})
    ridden = _ridden[1]
    nothing: frozenset[int] = frozenset()
    return {service: ridden.get(service, nothing) for service in service_ids}


def resource_names(resource_ids: Iterable[int]) -> dict[int, str]:
    """Return the names of elements, by id."""
    return dict(Resource.objects.filter(pk__in=set(resource_ids)).values_list("pk", "name"))


def service_briefs(service_ids: Iterable[int]) -> list[ServiceBrief]:
    """Return the services asked for, by circuit code; unknown ids are left out."""
    return [
        ServiceBrief(*(*row[:-2], tuple(row[-2]), row[-1] == ServiceStatus.ACTIVE))
        for row in _BRIEFS(list(set(service_ids)))
    ]


# Columns in the order of `ServiceBrief`; a fault of thousands of circuits reads them at every turn.
_BRIEFS: Prepared[Any] = Prepared(
    lambda ids: Service.objects.filter(pk__any=ids)
    .order_by("circuit_code")
    .values_list(
        "pk", "dossier_id", "circuit_code", "description", "customer_id", "customer__dossier_id", "customer__code",
        "customer__name", "capacity_kbps", "port", "vlan", "node_id", Coalesce("node__code", Value("")), "asn",
        "prefixes", "status",
    )
)  # fmt: skip


def service_brief(*, circuit_code: str) -> ServiceBrief | None:
    """Return the service with that code or (own or provider's) alias, whatever its case."""
    code = circuit_code.strip()
    rows = Service.objects.select_related("customer", "node")
    row = rows.filter(circuit_code=code.upper()).first()
    if row is None:
        alias = (
            ServiceAlias.objects.filter(alias_key=alias_key(code)).exclude(kind=AliasKind.CUSTOMER).first()
        )
        row = rows.filter(pk=alias.service_id).first() if alias else None
    return _brief(row) if row else None


def services_of(customer_ids: Iterable[int], *, active_only: bool = True) -> list[ServiceBrief]:
    """Return the services of these customers, by circuit code."""
    rows = Service.objects.filter(customer_id__in=set(customer_ids)).select_related("customer", "node")
    if active_only:
        rows = rows.filter(status=ServiceStatus.ACTIVE)
    return [_brief(row) for row in rows.order_by("circuit_code")]


def service_choices(*, text: str = "", limit: int = 500) -> list[ServiceBrief]:
    """Return active services whose code or customer holds `text`, for a list to choose from."""
    rows = Service.objects.filter(status=ServiceStatus.ACTIVE).select_related("customer", "node")
    for word in text.split():
        rows = rows.filter(
            Q(circuit_code__icontains=word)
            | Q(customer__sort_key__icontains=word)
            | Q(customer__code__icontains=word)
        )
    return [_brief(row) for row in rows.order_by("customer__sort_key", "circuit_code")[:limit]]


def suspended_service_ids(at: dt.datetime, service_ids: Iterable[int] | None = None) -> set[int]:
    """Return the services suspended at the instant `at` (half-open intervals)."""
    rows = Suspension.objects.filter(starts_at__lte=at).filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at))
    if service_ids is not None:
        rows = rows.filter(service_id__in=set(service_ids))
    return set(rows.values_list("service_id", flat=True))


def suspensions_of(
    service_ids: Iterable[int],
) -> dict[int, list[tuple[int, dt.datetime, dt.datetime | None]]]:
    """Return (suspension id, start, end or None) of each service, oldest first."""
    found: dict[int, list[tuple[int, dt.datetime, dt.datetime | None]]] = {}
    rows = Suspension.objects.filter(service_id__in=set(service_ids)).order_by("starts_at")
    for pk, service, starts_at, ends_at in rows.values_list("pk", "service_id", "starts_at", "ends_at"):
        found.setdefault(service, []).append((pk, starts_at, ends_at))
    return found


def sla_for(service_ids: Iterable[int], *, severity: int, at: dt.datetime) -> dict[int, SlaTerm]:
    """Return the response and repair times (minutes) of each service for a severity (1, 2, 3)."""
    found = {}
    for service, terms in sla_terms_for(service_ids, at=at).items():
        target = terms.target(severity)
        found[service] = SlaTerm(
            target.response_minutes, target.repair_minutes, terms.source, terms.is_default
        )
    return found


def sla_terms_for(service_ids: Iterable[int], *, at: dt.datetime) -> dict[int, sla_terms.Terms]:
    """Return the SLA in force at `at` of each service: its own, its contract's, else "SLA por defecto".

    Of a profile the last revision valid on the day of La Paz holds. A severity on which the profile
    is silent takes the fallback's times.
    """
    rows = list(
        Service.objects.filter(pk__in=set(service_ids)).values_list(
            "pk", "sla_profile__code", "contract__sla_profile__code"
        )
    )
    fallback = sla_terms.fallback(procedure_queries.parameter("sla.repair_minutes", at=at))
    profiles = _terms_by_code({own or inherited for _pk, own, inherited in rows} - {None}, fallback, at)
    return {pk: profiles.get(own or inherited or "", fallback) for pk, own, inherited in rows}


def _terms_by_code(codes: set[str], fallback: sla_terms.Terms, at: dt.datetime) -> dict[str, sla_terms.Terms]:
    if not codes:
        return {}
    today = lapaz.local(at).date()
    in_force: dict[str, SlaProfile] = {}
    for row in SlaProfile.objects.filter(code__in=codes).filter(
        Q(valid_from__isnull=True) | Q(valid_from__lte=today)
    ):
        best = in_force.get(row.code)
        if best is None or (best.valid_from or dt.date.min, best.revision) < (
            row.valid_from or dt.date.min,
            row.revision,
        ):
            in_force[row.code] = row
    targets: dict[int, dict[int, sla_terms.Target]] = {row.pk: {} for row in in_force.values()}
    for each in SlaTarget.objects.filter(profile_id__in=targets):
        targets[each.profile_id][each.severity] = sla_terms.Target(
            each.severity, each.response_minutes, each.repair_minutes
        )
    return {
        code: sla_terms.Terms(
            source=row.name,
            profile_id=row.pk,
            is_default=False,
            availability=row.availability,
            clock_start=row.clock_start,
            ignore_below_seconds=row.ignore_below_seconds,
            rounding=row.rounding,
            excluded_causes=frozenset(row.excluded_causes),
            targets=fallback.targets | targets[row.pk],
            maintenance_notice_hours=row.maintenance_notice_hours,
        )
        for code, row in in_force.items()
    }


def alias_key(alias: str) -> str:
    """Return an alias as it is compared: lower case, without outer and double spaces."""
    return " ".join(alias.split()).casefold()


def _brief(row: Service) -> ServiceBrief:
    return ServiceBrief(
        id=row.pk,
        dossier_id=row.dossier_id,
        circuit_code=row.circuit_code,
        description=row.description,
        customer_id=row.customer_id,
        customer_dossier_id=row.customer.dossier_id,
        customer_code=row.customer.code,
        customer_name=row.customer.name,
        capacity_kbps=row.capacity_kbps,
        port=row.port,
        vlan=row.vlan,
        node_id=row.node_id,
        node_code=row.node.code if row.node else "",
        asn=row.asn,
        prefixes=tuple(row.prefixes),
        active=row.status == ServiceStatus.ACTIVE,
    )


def _naming_state() -> tuple[int, ...]:
    """A few counts that change whenever a name does: ids only grow, versions only count up."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE_SQL)
        return tuple(cursor.fetchone())


def _names() -> Iterable[naming.Name]:
    explicit = NmsName.objects.filter(Q(service__isnull=True) | Q(service__status=ServiceStatus.ACTIVE))
    for labels, source, service, resource in explicit.values_list(
        "labels", "source_code", "service_id", "resource_id"
    ):
        yield naming.Name(frozenset(labels.items()), source, service, resource)
    codes = set(Service.objects.filter(status=ServiceStatus.ACTIVE).values_list("circuit_code", "pk"))
    codes |= set(
        ServiceAlias.objects.filter(service__status=ServiceStatus.ACTIVE)
        .exclude(kind=AliasKind.CUSTOMER)
        .values_list("alias", "service_id")
    )
    for code, service in sorted(codes):
        for label in SERVICE_LABELS:
            yield naming.Name(frozenset({(label, code)}), service_id=service)
    for code, resource in Resource.objects.values_list("code", "pk").order_by("code"):
        for label in RESOURCE_LABELS:
            yield naming.Name(frozenset({(label, code)}), resource_id=resource)


def contract_numbers(customer_id: int) -> list[tuple[int, str]]:
    """Return (id, number) of a customer's contracts, for a list to choose from."""
    return list(
        Contract.objects.filter(customer_id=customer_id).order_by("number").values_list("pk", "number")
    )


_STATE_SQL = """
SELECT (SELECT count(*) FROM contracts_service), (SELECT coalesce(sum(version), 0) FROM contracts_service),
       (SELECT coalesce(max(id), 0) FROM contracts_service),
       (SELECT count(*) FROM contracts_servicealias), (SELECT coalesce(max(id), 0) FROM contracts_servicealias),
       (SELECT count(*) FROM contracts_nmsname), (SELECT coalesce(max(id), 0) FROM contracts_nmsname),
       (SELECT count(*) FROM contracts_resource), (SELECT coalesce(sum(version), 0) FROM contracts_resource),
       (SELECT coalesce(max(id), 0) FROM contracts_resource)
"""

# `down` holds each resource asked for with all its parts; a path survives when it is on none of them.
_RIDERS_SQL = """
WITH RECURSIVE down(id, root) AS (
    SELECT id, id FROM contracts_resource WHERE id = ANY(%(roots)s)
    UNION
    SELECT part.id, down.root FROM contracts_resource part JOIN down ON part.part_of_id = down.id
), paths(service_id, resource_id, "primary") AS (
    SELECT service_id, resource_id, "primary" FROM contracts_ride
    UNION
    SELECT id, node_id, true FROM contracts_service WHERE node_id IS NOT NULL
), hit AS (
    SELECT paths.service_id, down.root AS resource_id, bool_or(paths."primary") AS "primary"
    FROM paths JOIN down ON down.id = paths.resource_id
    GROUP BY paths.service_id, down.root
)
"""

_RIDER_COUNTS_SQL = (
    _RIDERS_SQL
    + """
SELECT hit.resource_id, count(*)
FROM hit JOIN contracts_service service ON service.id = hit.service_id
WHERE service.status = 'ACTIVE'
GROUP BY hit.resource_id
"""
)

_RIDING_SQL = (
    _RIDERS_SQL  # noqa: S608 - constants of this module
    + """
SELECT hit.service_id, service.customer_id, hit.resource_id, hit."primary",
       EXISTS (
           SELECT 1 FROM contracts_ride spare
           WHERE spare.service_id = hit.service_id AND NOT spare."primary"
             AND spare.resource_id NOT IN (SELECT id FROM down)
       ) AS protected
FROM hit JOIN contracts_service service ON service.id = hit.service_id
WHERE service.status = 'ACTIVE'
ORDER BY hit.service_id, hit.resource_id
"""
)

_RIDDEN_STATE_SQL = """
SELECT (SELECT count(*) FROM contracts_ride),
       (SELECT coalesce(sum(hashint8extended(service_id, resource_id)), 0) FROM contracts_ride),
       (SELECT coalesce(sum(hashint8extended(id, node_id)), 0) FROM contracts_service WHERE node_id IS NOT NULL),
       (SELECT coalesce(sum(hashint8extended(id, part_of_id)), 0) FROM contracts_resource WHERE part_of_id IS NOT NULL)
"""

_RESOURCES_SQL = """
WITH RECURSIVE up(service_id, resource_id) AS (
    SELECT service_id, resource_id FROM contracts_ride
    UNION
    SELECT id, node_id FROM contracts_service WHERE node_id IS NOT NULL
    UNION
    SELECT up.service_id, resource.part_of_id
    FROM up JOIN contracts_resource resource ON resource.id = up.resource_id
    WHERE resource.part_of_id IS NOT NULL
)
SELECT service_id, resource_id FROM up ORDER BY service_id, resource_id
"""
