"""From alarms to faults: what is new is looked at once, by one correlator at a time (A.1, G-42).

# Note [A poisonous alarm is set aside]
What came is correlated as a whole in a savepoint. When that fails, it is halved until the alarm that
fails alone is found: that one is marked with its error and shown, all others go on.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import IntegrityError, OperationalError, transaction

from mayorista.apps.contracts import queries as contract_queries
from mayorista.apps.faults.models import OutageInterval
from mayorista.apps.faults.operations import alarmed
from mayorista.apps.faults.operations.blows import Blow
from mayorista.apps.monitoring import muting as monitoring_muting
from mayorista.apps.monitoring.models import Outcome
from mayorista.apps.monitoring.operations import changes, unknown
from mayorista.apps.procedure import actors
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.operations import live
from mayorista.rules.alarms import muting, outages, values

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from mayorista.rules.alarms.naming import Match

log = logging.getLogger("mayorista.correlation")

BATCH = 5_000
TRIES = 3


@dataclass(slots=True)
class Outlook:
    """What one turn did: occurrences looked at, alarms set aside, and whether more may be waiting."""

    looked_at: int = 0
    set_aside: int = 0
    more: bool = False


@dataclass(slots=True)
class _Sight:
    """All that is known of the occurrences of one attempt."""

    pending: Sequence[changes.Pending]
    at: dt.datetime
    threshold: str
    findings: dict[int, changes.Finding] = field(default_factory=dict)
    blows: list[Blow] = field(default_factory=list)


def correlate(*, at: dt.datetime, limit: int = BATCH) -> Outlook:
    """Look at what intake left, oldest first: open, extend and join faults, propose restorations.

    One transaction. Does nothing while another correlator has its turn. Raises OperationalError when
    the database is away or a deadlock was lost: nothing is lost then, and it may be called again.
    """
    outlook = Outlook()
    with transaction.atomic():
        if not changes.take_turn():
            return outlook
        pending = changes.claim(limit=limit)
        if not pending:
            return outlook
        outlook.looked_at = len(pending)
        outlook.more = sum(len(each.change_ids) for each in pending) >= limit
        _attempt(pending, at, outlook)
        live.bump("board", "alarms")
    return outlook


def _attempt(pending: Sequence[changes.Pending], at: dt.datetime, outlook: Outlook) -> None:
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                _correlate(pending, at)
        except OperationalError:
            raise
        except (IntegrityError, alarmed.Overtaken) as error:
            if attempt + 1 < TRIES:  # somebody opened or closed a case at the same moment: look again
                continue
            _divide(pending, at, outlook, error)
            return
        except Exception as error:  # noqa: BLE001 - see Note [A poisonous alarm is set aside]
            _divide(pending, at, outlook, error)
            return
        else:
            return


def _divide(pending: Sequence[changes.Pending], at: dt.datetime, outlook: Outlook, error: Exception) -> None:
    if len(pending) > 1:
        middle = len(pending) // 2
        _attempt(pending[:middle], at, outlook)
        _attempt(pending[middle:], at, outlook)
        return
    alone = pending[0]
    log.error("occurrence %s is set aside", alone.occurrence_id, exc_info=error)
    outlook.set_aside += 1
    finding = changes.Finding(Outcome.SET_ASIDE, error=f"{type(error).__name__}: {error}")
    changes.answer(findings={alone.occurrence_id: finding}, change_ids=alone.change_ids, at=at)


def _correlate(pending: Sequence[changes.Pending], at: dt.datetime) -> None:
    threshold = str(procedure_queries.parameter("correlation.severity_threshold", at=at)).upper()
    sight = _Sight(pending, at, threshold)
    heard = [each for each in pending if _opens(each, sight)]
    _strike(heard, sight)
    alarmed.apply(blows=sight.blows, actor=actors.for_job("correlator"), at=at)
    changes.answer(
        findings=sight.findings,
        change_ids=[change for each in pending for change in each.change_ids],
        at=at,
    )
    if any(finding.outcome == Outcome.UNKNOWN for finding in sight.findings.values()):
        unknown.tell(at=at)


def _opens(pending: changes.Pending, sight: _Sight) -> bool:
    """Whether the occurrence may open an outage; else its finding says why not."""
    outcome = None
    if pending.internal:
        outcome = Outcome.SYSTEM
    elif pending.ignored:
        outcome = Outcome.IGNORED
    elif not values.reaches(pending.severity, pending.threshold or sight.threshold):
        outcome = Outcome.BELOW
    if outcome is not None:
        sight.findings[pending.occurrence_id] = changes.Finding(outcome)
    return outcome is None


def _strike(heard: Sequence[changes.Pending], sight: _Sight) -> None:
    """Find the services that each occurrence hits, and from when it counts for each of them."""
    known = _known_outages(heard)
    matches = contract_queries.services_for_labels([(each.source_code, dict(each.labels)) for each in heard])
    riders = _riders(matches)
    struck: list[tuple[changes.Pending, Match, dict[int, tuple[outages.Effect, int | None]]]] = []
    services: set[int] = set()
    for each, match in zip(heard, matches, strict=True):
        hit = _hit(each, match, riders)
        if each.occurrence_id in known and not each.recheck:
            hit = {
                service: hit.get(service, (outages.Effect.PARTIAL, None))
                for service in known[each.occurrence_id]
            }
        struck.append((each, match, hit))
        services |= hit.keys()
    since = min((each.starts_at for each in heard), default=sight.at)
    mutes = monitoring_muting.mutes_of(services, since=since, at=sight.at)
    for each, match, hit in struck:
        sight.findings[each.occurrence_id] = _finding(each, match, hit, mutes, sight)


def _known_outages(heard: Sequence[changes.Pending]) -> dict[int, set[int]]:
    """The services whose outages an occurrence is already part of, open or closed."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = OutageInterval.objects.filter(occurrence_id__in=[each.occurrence_id for each in heard])
    for occurrence_id, service_id in rows.values_list("occurrence_id", "outage__service_id"):
        found[occurrence_id].add(service_id)
    return found


def _riders(matches: Iterable[Match]) -> dict[int, list[tuple[int, bool]]]:
    """(service, protected) of what rides on each named element; a lost protection path is no outage."""
    elements = {element for match in matches for element in match.resource_ids}
    found: dict[int, list[tuple[int, bool]]] = {element: [] for element in elements}
    for riding in contract_queries.services_riding(elements):
        if riding.primary:
            found[riding.resource_id].append((riding.service_id, riding.protected))
    return found


def _hit(
    pending: changes.Pending, match: Match, riders: dict[int, list[tuple[int, bool]]]
) -> dict[int, tuple[outages.Effect, int | None]]:
    """Each service hit: what it suffers, and the element named when it is hit through one."""
    effect = outages.effect_of(pending.labels, values.Severity(pending.severity))
    hit: dict[int, tuple[outages.Effect, int | None]] = dict.fromkeys(match.service_ids, (effect, None))
    for element in sorted(match.resource_ids):
        for service, protected in riders[element]:
            suffered = outages.ridden(effect, primary=not protected)
            if service in hit:
                suffered = outages.worst((suffered, hit[service][0]))
            hit[service] = (suffered, element)
    return hit


def _finding(
    pending: changes.Pending,
    match: Match,
    hit: dict[int, tuple[outages.Effect, int | None]],
    mutes: dict[int, list[muting.Mute]],
    sight: _Sight,
) -> changes.Finding:
    """The finding of one occurrence; what it strikes goes to the sight's blows."""
    finding = changes.Finding(Outcome.OUTAGE, set(hit), set(match.resource_ids))
    if not match and not hit:
        finding.outcome = Outcome.UNKNOWN
    elif not hit:
        finding.outcome = Outcome.IDLE
    # A sender whose clock runs ahead: what counts is when the post came.
    begun = min(pending.starts_at, pending.first_seen_at)
    ended = None if pending.ends_at is None else max(pending.ends_at, begun)
    silent = 0
    for service, (effect, element) in hit.items():
        heard = muting.hear(begun, ended, mutes.get(service, ()), sight.at)
        if heard.counts_from is None:
            assert heard.muted_by is not None
            finding.maintenance_id = heard.muted_by.maintenance_id or finding.maintenance_id
            finding.suspension_id = heard.muted_by.suspension_id or finding.suspension_id
            silent += 1
            continue
        sight.blows.append(
            Blow(
                occurrence_id=pending.occurrence_id,
                service_id=service,
                name=pending.name,
                effect=effect,
                severity=outages.fault_severity(effect, values.Severity(pending.severity)),
                starts_at=heard.counts_from,
                ends_at=ended,
                detected_at=pending.first_seen_at,
                element=element,
                overran=heard.muted_by.maintenance_id if heard.muted_by else None,
            )
        )
    if silent and silent == len(hit):
        finding.outcome = Outcome.MUTED
    return finding
