"""What alarms do to outages: intervals, new faults and larger ones, restorations proposed (G-17, G-41, G-42).

Called by the correlator only, within its transaction. What a person has said about an outage stands
over what alarms say: a restored outage is touched again only by an alarm that began later.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Count
from django.utils.translation import gettext as _

from mayorista.apps.contracts import queries as contract_queries
from mayorista.apps.faults.models import Case, DacForm, Fault, Outage, OutageInterval
from mayorista.apps.faults.operations import alarm_intervals, locking, opening, regroup
from mayorista.apps.monitoring.operations import maintenance
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.operations import journal
from mayorista.rules.alarms import grouping, outages
from mayorista.rules.procedure import Attribution

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from mayorista.apps.faults.operations.blows import Blow
    from mayorista.apps.procedure.actors import Actor

# How far around new alarms older outages can still matter to a chain of beginnings.
REACH = dt.timedelta(minutes=30)
# Thousands of beginnings come as microseconds since then: their text costs five times as much to read.
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Overtaken(Exception):
    """Somebody changed the faults at hand between looking and locking: look again."""


@dataclass(frozen=True, slots=True)
class _Open:
    """An open outage as it stands."""

    outage_id: int
    service_id: int
    fault_id: int
    starts: tuple[dt.datetime, ...]


@dataclass(frozen=True, slots=True)
class _Scene:
    """Open outages that matter, by service, and what each service rides on."""

    present: dict[int, _Open]
    elements: dict[int, frozenset[int]]


def apply(*, blows: Sequence[Blow], actor: Actor, at: dt.datetime) -> None:
    """Bring faults, cases, outages and intervals in line with `blows`, at `at`.

    Raises Overtaken or IntegrityError when another act came between; then look again.
    """
    blows = _without_closed(blows)
    if not blows:
        return
    by_service: dict[int, list[Blow]] = defaultdict(list)
    for blow in blows:
        by_service[blow.service_id].append(blow)
    rows = _open_outages()
    scene = _look(by_service, rows)
    faults = _lock({each.fault_id for each in scene.present.values()})
    now = _open_outages()
    moved = now != rows and _look(by_service, now).present.keys() != scene.present.keys()
    if moved or any(each.closed_at for each in faults.values()):
        raise Overtaken
    openings: list[opening.Opening] = []
    for group in _groups(by_service, scene, faults, at):
        openings += _form(group, by_service, scene.present, faults, actor=actor, at=at)
    _open(openings, by_service, actor=actor, at=at)
    opened = by_service.keys() - scene.present.keys()
    alarm_intervals.write(blows=blows, opened=opened, actor=actor, at=at)


def _without_closed(blows: Sequence[Blow]) -> list[Blow]:
    """Leave out what belongs to an outage that is already closed: its book is shut."""
    rows = OutageInterval.objects.filter(
        occurrence_id__in={blow.occurrence_id for blow in blows}, outage__closed_at__isnull=False
    )
    shut = set(rows.values_list("occurrence_id", "outage__service_id"))
    return [blow for blow in blows if (blow.occurrence_id, blow.service_id) not in shut]


def _open_outages() -> set[tuple[int, int, int]]:
    """All open outages: (outage, service, fault)."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_OUTAGES)
        return set(cursor.fetchall())


def _look(by_service: Mapping[int, Sequence[Blow]], rows: Collection[tuple[int, int, int]]) -> _Scene:
    """Open outages of the services hit, and recent ones that share an element with them; `rows` are all open ones."""
    elements = contract_queries.resources_of([*by_service, *(row[1] for row in rows)])
    shared = frozenset().union(
        *(elements[service_id] for service_id in by_service),
        {blow.element for blows in by_service.values() for blow in blows if blow.element},
    )
    near = sorted(row for row in rows if row[1] in by_service or not shared.isdisjoint(elements[row[1]]))
    starts = _recent_starts([row[0] for row in near], by_service)
    present = {
        service_id: _Open(outage_id, service_id, fault_id, tuple(sorted(starts[outage_id])))
        for outage_id, service_id, fault_id in near
        if service_id in by_service or outage_id in starts
    }
    return _Scene(present, elements)


_OPEN_OUTAGES = """
SELECT outage.id, outage.service_id, "case".fault_id
FROM faults_outage AS outage JOIN faults_case AS "case" ON "case".id = outage.case_id
WHERE outage.closed_at IS NULL
"""


def _recent_starts(
    outage_ids: Sequence[int], by_service: Mapping[int, Sequence[Blow]]
) -> dict[int, set[dt.datetime]]:
    """The beginnings of these outages' intervals that are near the alarms at hand."""
    begins = [blow.starts_at for blows in by_service.values() for blow in blows]
    starts: dict[int, set[dt.datetime]] = defaultdict(set)
    if outage_ids:
        with connection.cursor() as cursor:
            cursor.execute(_RECENT_STARTS, [list(outage_ids), min(begins) - REACH, max(begins) + REACH])
            for outage_id, start in cursor.fetchall():
                starts[outage_id].add(EPOCH + dt.timedelta(microseconds=start))
    return starts


_RECENT_STARTS = """
SELECT DISTINCT outage_id, (extract(epoch FROM starts_at) * 1000000)::bigint FROM faults_outageinterval
WHERE outage_id = ANY(%s) AND starts_at BETWEEN %s AND %s
"""


def _lock(fault_ids: Collection[int]) -> dict[int, Fault]:
    """Lock faults in the order of their ids (see Note [One order of locks])."""
    rows = (
        Fault.objects.select_for_update(of=("self", "dossier"))
        .select_related("dossier")
        .filter(id__in=fault_ids)
        .order_by("id")
    )
    return {fault.pk: fault for fault in rows}


def _groups(
    by_service: Mapping[int, Sequence[Blow]],
    scene: _Scene,
    faults: Mapping[int, Fault],
    at: dt.datetime,
) -> list[grouping.Group]:
    settled = _settled(faults)
    alone = {fault.pk for fault in faults.values() if fault.attribution == Attribution.CUSTOMER}
    strikes = [
        _strike(service_id, by_service.get(service_id, ()), scene.present.get(service_id), settled, alone)
        for service_id in sorted(by_service.keys() | scene.present.keys())
    ]
    named = {
        grouping.Named(b.element, b.starts_at) for blows in by_service.values() for b in blows if b.element
    }
    limits = procedure_queries.parameters(at=at, prefix="correlation.")
    least = int(limits["correlation.minimum_circuits"])
    elements = {strike.service_id: scene.elements[strike.service_id] for strike in strikes}
    return grouping.group(
        strikes,
        elements=elements,
        riders=_rider_counts(elements, named, least),
        named=named,
        within=dt.timedelta(seconds=int(limits["correlation.window_seconds"])),
        least=least,
    )


def _strike(
    service_id: int,
    blows: Sequence[Blow],
    present: _Open | None,
    settled: Collection[int],
    alone: Collection[int],
) -> grouping.Strike:
    starts = {blow.starts_at for blow in blows}
    if present is None:
        return grouping.Strike(service_id, tuple(sorted(starts)))
    return grouping.Strike(
        service_id,
        tuple(sorted(starts | set(present.starts))),
        present.fault_id,
        present.fault_id in settled,
        present.fault_id in alone,
    )


def _rider_counts(
    elements: Mapping[int, frozenset[int]], named: Iterable[grouping.Named], least: int
) -> dict[int, int]:
    """How many services ride on each element that could make a group."""
    struck = Counter(element for resources in elements.values() for element in resources)
    wanted = {element for element, count in struck.items() if count >= least} | {
        name.element for name in named
    }
    return contract_queries.rider_counts(wanted)


def _settled(faults: Mapping[int, Fault]) -> set[int]:
    """Faults that do not move: with a D.A.C., the customer's own, or of several outages and worked on."""
    with_dac = set(DacForm.objects.filter(fault_id__in=faults).values_list("fault_id", flat=True))
    rows = Outage.objects.filter(case__fault_id__in=faults, closed_at=None).values_list("case__fault_id")
    sizes = dict(rows.annotate(count=Count("id")).order_by())
    return with_dac | {
        fault.pk
        for fault in faults.values()
        if fault.attribution == Attribution.CUSTOMER
        or (sizes.get(fault.pk, 0) > 1 and (fault.acknowledged_at is not None or fault.attribution))
    }


def _form(
    group: grouping.Group,
    by_service: Mapping[int, Sequence[Blow]],
    present: Mapping[int, _Open],
    faults: Mapping[int, Fault],
    *,
    actor: Actor,
    at: dt.datetime,
) -> list[opening.Opening]:
    """Join and extend so that the group is one fault; returns what is still to be opened.

    A group that is one fault already stays as it is.
    """
    fresh = [service_id for service_id in group.service_ids if service_id not in present]
    element = group.element if len(group.service_ids) > 1 or _is_named(group, by_service) else None
    if group.fault_id is None:
        return [_opening(fresh, by_service, element)]
    fault = faults[group.fault_id]
    for source_id in group.absorbed:
        regroup.merge_locked(source=faults[source_id], target=fault, actor=actor, at=at)
    if element is not None and fault.resource_id != element and not fault.attribution:
        _rename(fault, element)
    return _extend(fault, fresh, by_service, element, actor=actor, at=at) if fresh else []


def _is_named(group: grouping.Group, by_service: Mapping[int, Sequence[Blow]]) -> bool:
    return any(
        blow.element == group.element
        for service_id in group.service_ids
        for blow in by_service.get(service_id, ())
    )


def _hits(service_ids: Iterable[int], by_service: Mapping[int, Sequence[Blow]]) -> list[opening.Hit]:
    """One hit per service, with its first occurrence only: the intervals of all are written afterwards."""
    hits = []
    for service_id in service_ids:
        blows = by_service[service_id]
        first = min(blows, key=lambda blow: (blow.starts_at, blow.occurrence_id))
        effect = outages.worst(blow.effect for blow in blows)
        hits.append(opening.Hit(service_id, effect.value, first.starts_at, (first.occurrence_id,)))
    return hits


def _opening(
    service_ids: Sequence[int], by_service: Mapping[int, Sequence[Blow]], element: int | None
) -> opening.Opening:
    blows = [blow for service_id in service_ids for blow in by_service[service_id]]
    names = contract_queries.resource_names([element]) if element else {}
    return opening.Opening(
        hits=_hits(service_ids, by_service),
        severity=min(blow.severity for blow in blows),
        detected_at=min(blow.detected_at for blow in blows),
        origin="ALARM",
        resource_id=element,
        resource_name=names.get(element, "") if element else "",
    )


def _open(
    openings: Sequence[opening.Opening],
    by_service: Mapping[int, Sequence[Blow]],
    *,
    actor: Actor,
    at: dt.datetime,
) -> None:
    if not openings:
        return
    for fault, made in zip(opening.open_faults(openings=openings, actor=actor, at=at), openings, strict=True):
        overran = {blow.overran for hit in made.hits for blow in by_service[hit.service_id]}
        if None not in overran:
            _overrun(fault, {window_id for window_id in overran if window_id}, actor=actor, at=at)


def _overrun(fault: Fault, window_ids: Iterable[int], *, actor: Actor, at: dt.datetime) -> None:
    """A maintenance window that overran became a case (G-47)."""
    fault.kind = Fault.Kind.MAINTENANCE
    fault.save(update_fields=["kind"])
    text = _("La ventana de mantenimiento terminó y el servicio sigue caído: cuenta desde su fin.")
    journal.record(dossier_id=fault.dossier_id, act="OVERRUN", text=text, actor=actor, at=at, step="A.1")
    for window_id in sorted(window_ids):
        maintenance.link_overrun(window_id=window_id, fault_dossier_id=fault.dossier_id)


def _extend(
    fault: Fault,
    service_ids: Sequence[int],
    by_service: Mapping[int, Sequence[Blow]],
    element: int | None,
    *,
    actor: Actor,
    at: dt.datetime,
) -> list[opening.Opening]:
    """Add circuits to a fault; those of a customer whose case in it is closed are to be opened apart."""
    shut = set(
        Case.objects.filter(fault=fault, closed_at__isnull=False).values_list("customer_id", flat=True)
    )
    apart: list[int] = []
    if shut:
        briefs = contract_queries.service_briefs(service_ids)
        apart = [each.id for each in briefs if each.customer_id in shut]
    rest = [service_id for service_id in service_ids if service_id not in apart]
    if rest:
        opening.extend_fault(fault=fault, hits=_hits(rest, by_service), origin="ALARM", actor=actor, at=at)
    return [_opening(apart, by_service, element)] if apart else []


def _rename(fault: Fault, element: int) -> None:
    """Say what broke, now that more is seen."""
    name = contract_queries.resource_names([element])[element]
    fault.resource_id, fault.element = element, name
    locking.touch(fault=fault)
    opening.refresh_headlines(fault=fault)
