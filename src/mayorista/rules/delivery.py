"""What becomes of a message: its states, which status outranks which, and when to try again.

Source: WhatsApp Cloud API statuses (order is not guaranteed, duplicates happen) and the house's
outbox: a row that was SENDING when its worker died is UNCERTAIN and is never sent again without proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


class State(StrEnum):
    """Where a message stands, one sentence each."""

    HELD = "HELD"  # waits for its seconds of grace; can be cancelled
    QUEUED = "QUEUED"  # waits for its turn
    SENDING = "SENDING"  # one worker has it in hand
    ACCEPTED = "ACCEPTED"  # the other side took it; that is not delivery
    SENT = "SENT"  # left the provider
    DELIVERED = "DELIVERED"  # reached the reader's device
    READ = "READ"  # was opened
    FAILED = "FAILED"  # will not arrive
    UNCERTAIN = "UNCERTAIN"  # may have arrived, nobody knows
    CANCELLED = "CANCELLED"  # taken back before it left
    RECEIVED = "RECEIVED"  # came in


STATE_TITLES: dict[State, str] = {
    State.HELD: "en espera (se puede deshacer)",
    State.QUEUED: "en cola",
    State.SENDING: "enviando",
    State.ACCEPTED: "aceptado por el proveedor",
    State.SENT: "enviado, sin confirmación de entrega",
    State.DELIVERED: "entregado",
    State.READ: "leído",
    State.FAILED: "no se entregó",
    State.UNCERTAIN: "incierto: pudo haber llegado",
    State.CANCELLED: "cancelado antes de salir",
    State.RECEIVED: "recibido",
}

# Only these change places by a status of the provider. FAILED is ranked by itself, see fold().
_RANK: dict[State, int] = {
    State.HELD: 0,
    State.QUEUED: 0,
    State.SENDING: 1,
    State.UNCERTAIN: 1,
    State.ACCEPTED: 2,
    State.SENT: 3,
    State.DELIVERED: 4,
    State.READ: 5,
}

_STATUS_STATES: dict[str, State] = {
    "accepted": State.ACCEPTED,
    "sent": State.SENT,
    "delivered": State.DELIVERED,
    "read": State.READ,
    "played": State.READ,
    "failed": State.FAILED,
}


def state_of_status(status: str) -> State | None:
    """State a provider's status word means; None for a word we do not know."""
    return _STATUS_STATES.get(status)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One status of the provider: its word, its own time, and the error if it failed."""

    status: str
    at: datetime
    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a message: state, first time of each level, error, and whether reports disagree."""

    state: State
    accepted_at: datetime | None = None
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    failed_at: datetime | None = None
    error_code: str = ""
    error_text: str = ""
    conflict: bool = False


def fold(standing: Standing, reports: Iterable[StatusReport]) -> Standing:
    """Add reports in any order, any number of times: the result depends on the set only.

    A level once reached is never lost; each level keeps its earliest time. FAILED ends the matter
    unless delivery is known from before or after: then delivery stands and `conflict` is set.
    """
    times: dict[State, datetime | None] = {
        State.ACCEPTED: standing.accepted_at,
        State.SENT: standing.sent_at,
        State.DELIVERED: standing.delivered_at,
        State.READ: standing.read_at,
        State.FAILED: standing.failed_at,
    }
    code, text = standing.error_code, standing.error_text
    for report in sorted(reports, key=lambda each: (each.at, each.status, each.code, each.text)):
        reached = state_of_status(report.status)
        if reached is None:
            continue
        known = times[reached]
        if reached is State.FAILED and (known is None or report.at < known):
            code, text = report.code, report.text
        if known is None or report.at < known:
            times[reached] = report.at
    delivered = times[State.DELIVERED] is not None or times[State.READ] is not None
    failed = times[State.FAILED] is not None
    return Standing(
        state=_highest(standing.state, times, delivered=delivered),
        accepted_at=times[State.ACCEPTED],
        sent_at=times[State.SENT],
        delivered_at=times[State.DELIVERED],
        read_at=times[State.READ],
        failed_at=times[State.FAILED],
        error_code=code,
        error_text=text,
        conflict=failed and delivered,
    )


def _highest(start: State, times: dict[State, datetime | None], *, delivered: bool) -> State:
    if times[State.FAILED] is not None and not delivered:
        return State.FAILED
    best = start if start in _RANK else State.ACCEPTED
    if start is State.CANCELLED:
        best = State.CANCELLED
    for state in (State.ACCEPTED, State.SENT, State.DELIVERED, State.READ):
        if times[state] is not None and _RANK.get(state, 0) > _RANK.get(best, 0):
            best = state
    if start is State.FAILED and not delivered and times[State.FAILED] is None:
        return State.FAILED
    return best


# Back-off ---------------------------------------------------------------------------------------

MAX_ATTEMPTS = 6
"""Attempts after which a temporary refusal is told to a person (Cloud API: rate limits, max 6)."""

PAIR_RATE_MAX_EXPONENT = 6
_BASE_SECONDS = 15
_CEILING_SECONDS = 3600


def jitter(seed: str, span: int) -> int:
    """Number in 0…span-1 that the seed alone decides: spread without chance, so it can be tested."""
    return crc32(seed.encode()) % span if span > 0 else 0


def back_off(attempt: int, *, seed: str, retry_after: int = 0) -> timedelta:
    """Pause before the next attempt after `attempt` (1, 2, …) failed ones.

    15 s doubled each time up to an hour, plus up to half of it again; never less than what the other
    side asked for (`retry_after`, seconds).
    """
    base = min(_BASE_SECONDS * 2 ** max(attempt - 1, 0), _CEILING_SECONDS)
    return timedelta(seconds=max(base + jitter(seed, base // 2 + 1), retry_after))


def pair_back_off(failures: int) -> timedelta:
    """Pause for ONE recipient after `failures` (1, 2, …) pair-rate refusals in a row: 4^n seconds."""
    return timedelta(seconds=4 ** min(max(failures, 1), PAIR_RATE_MAX_EXPONENT))
