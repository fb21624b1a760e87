"""Intervals of outages as alarms tell them, and what follows: effect, start, origin, restoration proposed."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mayorista.apps.contracts import queries as contract_queries
from mayorista.apps.faults import journal_facts
from mayorista.apps.faults.models import SEVERITY_TITLES, Case, DacForm, Fault, Outage, OutageInterval
from mayorista.apps.faults.operations import locking, restoration
from mayorista.apps.procedure import queries as procedure_queries
from mayorista.apps.procedure.operations import journal, live, work
from mayorista.rules import lapaz
from mayorista.rules.alarms import outages as outage_rules
from mayorista.rules.procedure import STEPS, Attribution, Role

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from mayorista.apps.faults.operations.blows import Blow
    from mayorista.apps.procedure.actors import Actor

NAMED = 3
SOON = dt.timedelta(minutes=15)


Period = tuple[dt.datetime, dt.datetime | None, int | None]


@dataclass(slots=True)
class _Touched:
    """An outage with the blows of this turn, those that are new to it, and all its periods as they are now."""

    outage: Outage
    blows: list[Blow]
    new: list[Blow]
    periods: list[Period]

    @property
    def fault(self) -> Fault:
        """The fault it belongs to."""
        return self.outage.case.fault

    @property
    def alarmed(self) -> list[tuple[dt.datetime, dt.datetime | None]]:
        """The periods that alarms told."""
        return [(start, end) for start, end, occurrence_id in self.periods if occurrence_id is not None]


def write(*, blows: Sequence[Blow], opened: Collection[int], actor: Actor, at: dt.datetime) -> None:
    """Write one interval per occurrence and outage, and all that depends on the intervals.

    `opened` are the services whose outages were opened in this turn. The faults of the others are
    locked by the caller.
    """
    by_service: dict[int, list[Blow]] = defaultdict(list)
    for blow in blows:
        by_service[blow.service_id].append(blow)
    found = _open_outages(by_service)
    known = _known([outage.pk for service_id, outage in found.items() if service_id not in opened])
    _relapse(
        [each for each in found.values() if _relapses(each, by_service[each.service_id])], actor=actor, at=at
    )
    _put(found, by_service, known)
    touched = _touched(found, by_service, known)
    _tell(touched, actor=actor, at=at)
    _join_origins(touched, actor=actor, at=at)
    _correct(touched, actor=actor, at=at)
    _propose(touched, actor=actor, at=at)


def _open_outages(service_ids: Collection[int]) -> dict[int, Outage]:
    """The open outages of these services, locked, by service; cases and faults are shared between them."""
    rows = (
        Outage.objects.select_for_update(of=("self",))
        .filter(service_id__in=service_ids, closed_at=None)
        .annotate(circuit=F("service__circuit_code"))
        .order_by("id")
    )
    outages = list(rows)
    cases = Case.objects.in_bulk({outage.case_id for outage in outages})
    faults = Fault.objects.select_related("dossier").in_bulk({case.fault_id for case in cases.values()})
    for case in cases.values():
        case.fault = faults[case.fault_id]
    for outage in outages:
        outage.case = cases[outage.case_id]
    return {outage.service_id: outage for outage in outages}


def _known(outage_ids: Sequence[int]) -> set[tuple[int, int]]:
    """(outage, occurrence) of the intervals there are already."""
    rows = OutageInterval.objects.filter(outage_id__in=outage_ids, occurrence_id__isnull=False)
    return {
        (outage_id, occurrence_id)
        for outage_id, occurrence_id in rows.values_list("outage_id", "occurrence_id")
    }


def _relapses(outage: Outage, blows: Iterable[Blow]) -> bool:
    """Whether an outage that a person called restored fails again."""
    return outage.restored_at is not None and any(blow.starts_at > outage.restored_at for blow in blows)


def _relapse(outages: Sequence[Outage], *, actor: Actor, at: dt.datetime) -> None:
    """Take back the restoration of outages that fail again before they were closed (G-42)."""
    by_fault: dict[int, list[Outage]] = defaultdict(list)
    for outage in outages:
        by_fault[outage.case.fault_id].append(outage)
    for mine in by_fault.values():
        fault = mine[0].case.fault
        text = _("Volvió a caer después de restablecido: %(circuits)s") % {"circuits": _circuits(mine)}
        journal.record(
            dossier_id=fault.dossier_id,
            act="RELAPSE",
            text=text,
            actor=actor,
            at=at,
            step="A.1",
            payload={"circuits": {_code(outage): {} for outage in mine}},
        )
        title = _("Volvió a caer: revisar")
        work.open_item(
            dossier_id=fault.dossier_id,
            step="A.5",
            key="relapse",
            role=Role.NOC,
            title=title,
            due_at=at + SOON,
            at=at,
        )
        for outage in mine:
            outage.restored_at = outage.verified_at = outage.restoration_proposed_at = None
        Outage.objects.filter(id__in=[outage.pk for outage in mine]).update(
            restored_at=None, verified_at=None, restoration_proposed_at=None
        )
        cases = Case.objects.select_related("dossier").filter(
            id__in={outage.case_id for outage in mine}, state=Case.State.RESTORED
        )
        for case in cases:
            locking.touch_case(case=case, state=Case.State.OPEN)
        work.complete(
            dossier_ids=[fault.dossier_id],
            steps=["A.6"],
            keys=["verify", "closing"],
            actor=actor,
            at=at,
            withdrawn=True,
        )
        if fault.state == Fault.State.DAC_CLOSED:
            _take_back_the_closing(fault, mine, actor=actor, at=at)
        fault.restored_at = fault.verified_at = None
        locking.touch(fault=fault, state=_working_again(fault))


def _take_back_the_closing(fault: Fault, outages: Sequence[Outage], *, actor: Actor, at: dt.datetime) -> None:
    """What fell after its closing D.A.C. is not told as solved: it rings anew and gets a second closing, as a reopened one."""
    homes = Case.objects.filter(id__in={outage.case_id for outage in outages}, closed_at=None)
    work.complete(
        dossier_ids=list(homes.values_list("dossier_id", flat=True)),
        steps=["A.7"],
        actor=actor,
        at=at,
        withdrawn=True,
    )
    fault.acknowledged_at = None
    work.open_item(
        dossier_id=fault.dossier_id,
        step="A.1",
        role=STEPS["A.1"].role,
        title=_("Reconocer: volvió a caer tras el D.A.C. de cierre"),
        due_at=procedure_queries.step_due("A.1", at=at),
        at=at,
    )


def _working_again(fault: Fault) -> Fault.State:
    if not fault.attribution:
        return Fault.State.ANALYSIS if fault.acknowledged_at else Fault.State.DETECTED
    if fault.attribution == Attribution.CUSTOMER:
        return Fault.State.SUPPORT
    return Fault.State.REPAIR if fault.coordinated_at else Fault.State.COORDINATION


def _put(
    found: Mapping[int, Outage], by_service: Mapping[int, Sequence[Blow]], known: set[tuple[int, int]]
) -> None:
    """Write the intervals in one statement; what a person has ended is left as it is."""
    rows: list[tuple[int, int, dt.datetime, dt.datetime | None]] = []
    for service_id, outage in found.items():
        for blow in by_service[service_id]:
            ends_at = blow.ends_at
            if outage.restored_at is not None and blow.starts_at <= outage.restored_at:
                if (outage.pk, blow.occurrence_id) in known:
                    continue
                ends_at = min(ends_at or outage.restored_at, outage.restored_at)
            rows.append((outage.pk, blow.occurrence_id, blow.starts_at, ends_at))
    if not rows:
        return
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_PUT_INTERVALS, columns)


_PUT_INTERVALS = """
INSERT INTO faults_outageinterval AS known (outage_id, occurrence_id, starts_at, ends_at, note)
SELECT outage_id, occurrence_id, starts_at, ends_at, ''
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
    AS given (outage_id, occurrence_id, starts_at, ends_at)
ON CONFLICT (outage_id, occurrence_id) DO UPDATE SET starts_at = EXCLUDED.starts_at, ends_at = EXCLUDED.ends_at
WHERE (known.starts_at, known.ends_at) IS DISTINCT FROM (EXCLUDED.starts_at, EXCLUDED.ends_at)
"""


def _touched(
    found: Mapping[int, Outage], by_service: Mapping[int, Sequence[Blow]], known: set[tuple[int, int]]
) -> list[_Touched]:
    periods: dict[int, list[Period]] = defaultdict(list)
    rows = OutageInterval.objects.filter(outage_id__in=[outage.pk for outage in found.values()])
    for outage_id, start, end, occurrence_id in rows.values_list(
        "outage_id", "starts_at", "ends_at", "occurrence_id"
    ):
        periods[outage_id].append((start, end, occurrence_id))
    return [
        _Touched(
            outage,
            list(by_service[service_id]),
            [blow for blow in by_service[service_id] if (outage.pk, blow.occurrence_id) not in known],
            periods[outage.pk],
        )
        for service_id, outage in found.items()
    ]


def _tell(touched: Sequence[_Touched], *, actor: Actor, at: dt.datetime) -> None:
    """One line per fault: which alarms came to which circuits."""
    lines, topics = [], []
    for fault, mine in _by_fault(touched):
        new = [(blow, each.outage) for each in mine for blow in each.new]
        if not new:
            continue
        if len(new) > NAMED:
            names = Counter(blow.name for blow, _outage in new)
            text = _("%(alarms)d alarmas en %(circuits)d circuitos: %(names)s") % {
                "alarms": len(new),
                "circuits": len({outage.pk for _blow, outage in new}),
                "names": ", ".join(f"{name} (×{count})" for name, count in names.most_common(NAMED)),
            }
        else:
            text = "; ".join(
                _("alarma %(name)s en %(circuit)s desde %(hour)s")
                % {
                    "name": blow.name,
                    "circuit": _code(outage),
                    "hour": lapaz.moment(blow.starts_at),
                }
                for blow, outage in new
            )
        occurrences = sorted({blow.occurrence_id for blow, _outage in new})[:100]
        lines.append(journal.Line(fault.dossier_id, "ALARM", text, "A.1", {"occurrences": occurrences}))
        topics.append(f"fault-{fault.pk}")
    journal.record_many(lines=lines, actor=actor, at=at)
    live.bump(*topics)


def _join_origins(touched: Sequence[_Touched], *, actor: Actor, at: dt.datetime) -> None:
    """Claim and alarm of one outage are one case with both origins (A.1.1)."""
    cases = {each.outage.case_id: each.outage.case for each in touched if not each.outage.case.alarm_origin}
    if not cases:
        return
    Case.objects.filter(id__in=cases).update(alarm_origin=True)
    text = _("La alarma del NOC se suma al mismo caso.")
    journal.record_many(
        lines=[journal.Line(case.dossier_id, "ALARM", text, "A.1") for case in cases.values()],
        actor=actor,
        at=at,
    )


def _correct(touched: Sequence[_Touched], *, actor: Actor, at: dt.datetime) -> None:
    """Bring beginning, effect and severity in line with all alarms of an outage, worst and first."""
    issued = set(
        DacForm.objects.filter(fault__in={each.fault.pk for each in touched}).values_list(
            "fault_id", flat=True
        )
    )
    earlier: list[Outage] = []
    changed: list[Outage] = []
    for each in touched:
        outage = each.outage
        if outage.restored_at is not None:
            continue
        effect = outage_rules.worst(
            [outage_rules.Effect(outage.effect), *(blow.effect for blow in each.blows)]
        )
        if outage_rules.is_intermittent(each.alarmed):
            effect = outage_rules.Effect.INTERMITTENT
        start = min(blow.starts_at for blow in each.blows)
        if effect != outage.effect:
            outage.effect = effect
            changed.append(outage)
        if start < outage.started_at and outage.case.fault_id not in issued:
            outage.started_at = start
            earlier.append(outage)
    Outage.objects.bulk_update(
        {each.pk: each for each in [*changed, *earlier]}.values(), ["effect", "started_at"]
    )
    for fault, mine in _by_fault(touched):
        first = min(
            (each.started_at for each in earlier if each.case.fault_id == fault.pk), default=fault.started_at
        )
        if first < fault.started_at:
            Fault.objects.filter(pk=fault.pk).update(started_at=first)
        _worsen(fault, min(blow.severity for each in mine for blow in each.blows), actor=actor, at=at)
    if earlier:
        restoration.recompute_due(outages=earlier, at=at)


def _worsen(fault: Fault, severity: int, *, actor: Actor, at: dt.datetime) -> None:
    """Raise the severity of a fault that nobody has diagnosed yet, and the repair targets with it."""
    if severity >= fault.severity or fault.attribution:
        return
    fault.severity = severity
    kind = Fault.Kind.FAILURE if severity == 1 and fault.kind == Fault.Kind.DEGRADATION else fault.kind
    Fault.objects.filter(pk=fault.pk).update(severity=severity, kind=kind)
    Case.objects.filter(fault=fault, closed_at=None).update(severity=severity)
    rows = Outage.objects.filter(case__fault=fault, closed_at=None, restored_at=None)
    outages = list(rows.annotate(circuit=F("service__circuit_code")))
    terms = contract_queries.sla_for([outage.service_id for outage in outages], severity=severity, at=at)
    for outage in outages:
        outage.repair_minutes = terms[outage.service_id].repair_minutes
        outage.sla_source = terms[outage.service_id].source
    _save(outages)
    restoration.recompute_due(outages=outages, at=at)
    journal.record(
        dossier_id=fault.dossier_id,
        act="WORSEN",
        text=_("Las alarmas lo agravan: %(severity)s") % {"severity": SEVERITY_TITLES[severity].lower()},
        actor=actor,
        at=at,
        step="A.1",
        payload={
            "severity": severity,
            "circuits": {_code(outage): journal_facts.of_outage(outage) for outage in outages},
        },
    )


def _propose(touched: Sequence[_Touched], *, actor: Actor, at: dt.datetime) -> None:
    """Propose the restoration of outages whose alarms have all ended; take it back when one fires again."""
    changed: list[Outage] = []
    for each in touched:
        if each.outage.restored_at is not None:
            continue
        proposed = outage_rules.restored_at(end for _start, end in each.alarmed)
        if proposed != each.outage.restoration_proposed_at:
            each.outage.restoration_proposed_at = proposed
            changed.append(each.outage)
    _save(changed)
    by_fault: dict[int, list[Outage]] = defaultdict(list)
    for outage in changed:
        by_fault[outage.case.fault_id].append(outage)
    for fault_id in sorted(by_fault):
        _tell_proposal(by_fault[fault_id], actor=actor, at=at)


def _tell_proposal(outages: Sequence[Outage], *, actor: Actor, at: dt.datetime) -> None:
    """Journal and work item of one fault; the item stands while all of its circuits seem back."""
    fault = outages[0].case.fault
    proposed = [outage for outage in outages if outage.restoration_proposed_at is not None]
    withdrawn = [outage for outage in outages if outage.restoration_proposed_at is None]
    lines = []
    if proposed:
        last = max(outage.restoration_proposed_at for outage in proposed if outage.restoration_proposed_at)
        text = _("Las alarmas cesaron en %(circuits)s: se propone el restablecimiento a las %(hour)s") % {
            "circuits": _circuits(proposed),
            "hour": lapaz.moment(last),
        }
        lines.append(journal.Line(fault.dossier_id, "PROPOSE_RESTORATION", text, "A.6"))
    if withdrawn:
        text = _("La alarma volvió en %(circuits)s: se retira la propuesta de restablecimiento") % {
            "circuits": _circuits(withdrawn)
        }
        lines.append(journal.Line(fault.dossier_id, "WITHDRAW_RESTORATION", text, "A.6"))
    journal.record_many(lines=lines, actor=actor, at=at)
    waiting = Outage.objects.filter(case__fault=fault, closed_at=None, restored_at=None)
    if waiting.exists() and not waiting.filter(restoration_proposed_at=None).exists():
        work.open_item(
            dossier_id=fault.dossier_id,
            step="A.6",
            key="restore",
            role=Role.NOC,
            title=_("Confirmar el restablecimiento (las alarmas cesaron)"),
            due_at=at + SOON,
            at=at,
        )
    else:
        work.complete(
            dossier_ids=[fault.dossier_id],
            steps=["A.6"],
            keys=["restore"],
            actor=actor,
            at=at,
            withdrawn=True,
        )
    live.bump("board", f"fault-{fault.pk}")


def _save(outages: Sequence[Outage]) -> None:
    """Write what alarms change of outages, thousands in one statement."""
    if not outages:
        return
    rows = [
        [
            each.pk,
            str(each.effect),
            each.started_at,
            each.restoration_proposed_at,
            each.repair_minutes,
            each.sla_source,
        ]
        for each in outages
    ]
    with connection.cursor() as cursor:
        cursor.execute(_SAVE_OUTAGES, [list(column) for column in zip(*rows, strict=True)])


_SAVE_OUTAGES = """
UPDATE faults_outage AS outage SET
    effect = given.effect, started_at = given.started_at, restoration_proposed_at = given.proposed_at,
    repair_minutes = given.repair_minutes, sla_source = given.sla_source
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::int[], %s::text[])
    AS given (id, effect, started_at, proposed_at, repair_minutes, sla_source)
WHERE outage.id = given.id
"""


def _by_fault(touched: Iterable[_Touched]) -> list[tuple[Fault, list[_Touched]]]:
    grouped: dict[int, list[_Touched]] = defaultdict(list)
    for each in touched:
        grouped[each.outage.case.fault_id].append(each)
    return [(mine[0].fault, mine) for _fault_id, mine in sorted(grouped.items())]


def _code(outage: Outage) -> str:
    code: str = outage.circuit  # type: ignore[attr-defined] # annotated by `_open_outages`
    return code


def _circuits(outages: Sequence[Outage]) -> str:
    codes = sorted(_code(outage) for outage in outages)
    more = len(codes) - NAMED
    named = ", ".join(codes[:NAMED])
    if more <= 0:
        return named
    return ngettext("%(named)s y %(more)d más", "%(named)s y %(more)d más", more) % {
        "named": named,
        "more": more,
    }
