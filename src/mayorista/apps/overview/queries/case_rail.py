"""The rail of the seven steps and the clocks of a case: where it stands, and how long is left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from mayorista.apps.overview.queries.case_facts import Facts
from mayorista.rules import lapaz

CODES = ("A.1", "A.2", "A.3", "A.4", "A.5", "A.6", "A.7")
TITLES = {
    "A.1": "Detección",
    "A.2": "Protocolos",
    "A.3": "Análisis",
    "A.4": "Soporte",
    "A.5": "Coordinación",
    "A.6": "D.A.C.",
    "A.7": "Aviso al cliente",
}
NEXT = "siguiente"
SHORT = {"EXTERNAL": "externo", "INTERNAL": "interno", "CUSTOMER": "cliente"}


@dataclass(frozen=True, slots=True)
class RailStep:
    """A step: `status` is done, now, late, todo or none (does not apply).

    `anchor` is the place of the case page where the step is: its first entry in the timeline, or the
    button of what is due; "" when nothing of it is there yet.
    """

    code: str
    title: str
    status: str
    text: str
    anchor: str = ""

    @property
    def key(self) -> str:
        """The key that goes there: 1 for A.1."""
        return self.code.rpartition(".")[2]

    @property
    def icon(self) -> str:
        """The icon that says its status."""
        return {
            "done": "check",
            "now": "player-play",
            "late": "clock-exclamation",
            "none": "point",
            "todo": "circle",
        }[self.status]


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A clock: what it counts, from when, until when; `text` replaces the time left when it does not run."""

    label: str
    what: str
    starts_at: dt.datetime | None
    due_at: dt.datetime | None
    text: str = ""
    stopped: bool = False
    done: bool = False


def beside(key: str) -> bool:
    """Whether an item is due beside the step that the case stands at (a word to say, a receipt to give)."""
    return key.endswith("-notice") or key.startswith(("claim-number", "ack-", "responder:"))


def _hour(at: dt.datetime | None) -> str:
    return lapaz.clock(at)


def _detection(facts: Facts) -> tuple[bool, str]:
    parts = [
        f"{_hour(facts.fault.detected_at)} {_('alarma') if not facts.case or facts.case.alarm_origin else _('registro')}"
    ]
    if facts.case and facts.case.claim_origin and facts.case.claim_at:
        claim = f"{_hour(facts.case.claim_at)} {_('reclamo')}"
        parts = [*parts, claim] if facts.case.alarm_origin else [claim]
    return facts.fault.acknowledged_at is not None, " · ".join(parts)


def _protocols(facts: Facts) -> tuple[bool, str]:
    return facts.checks >= 2, _("%(done)d de 2") % {"done": facts.checks}


def _analysis(facts: Facts) -> tuple[bool, str]:
    fault = facts.fault
    if facts.dispute:
        return False, _("atribución objetada")
    if not fault.attribution:
        return False, ""
    return True, f"{_hour(fault.diagnosed_at)} {_(SHORT[fault.attribution])}"


def _support(facts: Facts) -> tuple[bool, str]:
    case = facts.case
    if case and case.closed_at and case.state.startswith("CLOSED"):
        return True, case.get_state_display()
    if case and case.solved_at:
        return False, _("resuelto %(hour)s, espera conformidad") % {"hour": _hour(case.solved_at)}
    return False, _("24/7 por WhatsApp")


def _coordination(facts: Facts) -> tuple[bool, str]:
    words = ""
    if facts.tickets:
        ticket = facts.tickets[-1]
        words = f"{_hour(ticket.opened_at)} ticket {ticket.reference}"
    elif facts.orders:
        words = f"{_hour(facts.orders[-1].opened_at)} {facts.orders[-1].number}"
    elif facts.hand_over and facts.hand_over.accepted_at:
        words = _("aceptado %(hour)s") % {"hour": _hour(facts.hand_over.accepted_at)}
    elif facts.hand_over:
        words = _("entregado, espera al NOC")
    worked = bool(facts.tickets or facts.orders) or facts.fault.restored_at is not None
    return facts.fault.coordinated_at is not None and worked, words


def _dac(facts: Facts) -> tuple[bool, str]:
    parts = [issue.part for issue in facts.issues]
    if "CLOSING" in parts:
        closing = next(issue for issue in reversed(facts.issues) if issue.part == "CLOSING")
        current = facts.fault.state in {"DAC_CLOSED", "CLOSED"}
        return current, _("cierre %(hour)s") % {"hour": _hour(closing.issued_at)}
    if not parts:
        return False, ""
    words = _("apertura enviada")
    if parts.count("PROGRESS"):
        words = _("avance %(n)d enviado") % {"n": parts.count("PROGRESS")}
    due = facts.fault.next_update_at
    return False, words + (f" · {_('próximo')} {_hour(due)}" if due and not facts.fault.restored_at else "")


def _notice(facts: Facts) -> tuple[bool, str]:
    if facts.case is None:
        told = sum(1 for case in facts.cases if case.told_at)
        return bool(facts.cases) and told == len(facts.cases), _("%(told)d de %(all)d clientes") % {
            "told": told,
            "all": facts.case_count,
        }
    if facts.case.told_at:
        return True, _("comunicado %(hour)s") % {"hour": _hour(facts.case.told_at)}
    waiting = [
        notice
        for notice in facts.notices
        if notice.kind == "SOLUTION" and notice.round == facts.case.reopened
    ]
    return False, _("sale %(hour)s") % {"hour": _hour(waiting[-1].leaves_at)} if waiting else _(
        "Gerencia de Planificación"
    )


READERS: dict[str, Callable[[Facts], tuple[bool, str]]] = {
    "A.1": _detection,
    "A.2": _protocols,
    "A.3": _analysis,
    "A.4": _support,
    "A.5": _coordination,
    "A.6": _dac,
    "A.7": _notice,
}
NOT_FOR = {"CUSTOMER": {"A.5", "A.6", "A.7"}, "EXTERNAL": {"A.4"}, "INTERNAL": {"A.4"}}


def rail(facts: Facts, at: dt.datetime, told: Mapping[str, str]) -> tuple[RailStep, ...]:
    """Return the seven steps of stage A as this case stands; `told` is where the timeline tells of each."""
    due: dict[str, dt.datetime] = {}
    for item in facts.items:
        if not beside(item.key):
            due.setdefault(item.step, item.due_at)
    closed = bool(facts.case.closed_at if facts.case else facts.fault.closed_at)
    steps = []
    for code in CODES:
        done, text = READERS[code](facts)
        if code in NOT_FOR.get(facts.fault.attribution, set()):
            status, text = "none", _("no corresponde")
        elif done and code not in due:
            status = "done"
        elif closed:
            status = "none"
        elif code in due:
            status = "late" if due[code] <= at else "now"
        else:
            status = "done" if done else "todo"
        due_here = NEXT if status in {"now", "late"} else ""
        steps.append(RailStep(code, _(TITLES[code]), status, text, told.get(code) or due_here))
    return tuple(steps)


def _sla(facts: Facts) -> ClockRow | None:
    if not facts.outages or facts.fault.attribution == "CUSTOMER":
        return None
    still = [outage for outage in facts.outages if outage.restored_at is None]
    worst = min(still or facts.outages, key=lambda outage: outage.due_at)
    hours, minutes = divmod(worst.repair_minutes, 60)
    limit = f"{hours} h" + (f" {minutes} min" if minutes else "") if hours else f"{minutes} min"
    label = f"SLA · {limit}" + (f" · {worst.service.circuit_code}" if len(facts.outages) > 1 else "")
    what = _("Del inicio al restablecimiento. %(source)s") % {"source": worst.sla_source}
    if still:
        stop = next((row for row in facts.stops if row.outage_id == worst.pk and row.ends_at is None), None)
        if stop:
            return ClockRow(
                label,
                f"{what} {_('Parado')}: {stop.get_reason_display()}",
                worst.started_at,
                worst.due_at,
                _("reloj parado"),
                stopped=True,
            )
        return ClockRow(label, what, worst.started_at, worst.due_at)
    over = int((worst.restored_at - worst.due_at).total_seconds()) // 60  # type: ignore[operator]
    text = _("excedido en %(n)d min") % {"n": over} if over > 0 else _("cumplido")
    return ClockRow(label, what, None, None, text, done=True)


def clocks(facts: Facts, at: dt.datetime) -> tuple[ClockRow, ...]:
    """Return the clocks that run for this case: the contract's, what is due next, the provider's."""
    rows = []
    sla = _sla(facts)
    if sla:
        rows.append(sla)
    if facts.fault.next_update_at and not facts.fault.restored_at and not facts.fault.closed_at:
        since = max([issue.issued_at for issue in facts.issues], default=facts.fault.detected_at)
        rows.append(
            ClockRow(
                _("Próximo avance prometido"),
                _("Del último D.A.C. a la hora prometida."),
                since,
                facts.fault.next_update_at,
            )
        )
    item = next((each for each in facts.items if not beside(each.key)), None)
    if item:
        rows.append(
            ClockRow(
                f"{item.step} {item.title}".strip(), _("Plazo interno del paso."), item.opened_at, item.due_at
            )
        )
    if facts.tickets and not facts.tickets[-1].closed_at:
        opened, restored = facts.tickets[-1].opened_at, facts.fault.restored_at
        minutes = max(0, int(((restored or at) - opened).total_seconds()) // 60)
        rows.append(
            ClockRow(
                _("Tiempo en manos del proveedor"),
                _("Del ticket al restablecimiento.") if restored else _("Desde el ticket."),
                None,
                None,
                f"{minutes // 60} h {minutes % 60} min",
                done=True,
            )
        )
    return tuple(rows)
