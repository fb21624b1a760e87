"""Three clocks of a fault side by side: the customer's (SLA), the provider's (its contract, UC), ours (OLA).

The customer's clock runs while a circuit is down and no documented stop stands. The provider's runs while a ticket
of ours is open with it and service is down. Ours is what is left: down, not stopped, not with the provider.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from mayorista.rules import clocks
from mayorista.rules.clocks import Period

CUSTOMER, PROVIDER, OURS, NOBODY = "CUSTOMER", "PROVIDER", "OURS", "NOBODY"
BALL_WORDS = {
    CUSTOMER: "el cliente (reloj detenido con prueba)",
    PROVIDER: "el proveedor de red contratada",
    OURS: "nosotros",
    NOBODY: "nadie: servicio restablecido",
}


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds run and allowed (None: no limit is known); `running` when it counts now."""

    elapsed: int
    limit: int | None
    running: bool

    @property
    def left(self) -> int | None:
        """Seconds left, negative when it ran over."""
        return None if self.limit is None else self.limit - self.elapsed

    @property
    def over(self) -> bool:
        """Whether the limit has passed."""
        return self.left is not None and self.left < 0


def customer(down: Sequence[Period], stops: Sequence[Period], *, minutes: int, at: dt.datetime) -> Clock:
    """Return a circuit's clock against its SLA."""
    return Clock(
        clocks.net_seconds(down, stops, until=at),
        60 * minutes,
        _open(down) and not _open(stops),
    )


def provider(
    down: Sequence[Period], tickets: Sequence[Period], *, minutes: int | None, at: dt.datetime
) -> Clock:
    """Return the provider's clock: down while a ticket is open with it."""
    return Clock(
        clocks.overlap_seconds(down, tickets, until=at),
        60 * minutes if minutes is not None else None,
        _open(down) and _open(tickets),
    )


def ours(
    down: Sequence[Period],
    stops: Sequence[Period],
    tickets: Sequence[Period],
    *,
    minutes: int | None,
    at: dt.datetime,
) -> Clock:
    """Return our own clock: down, neither stopped nor with the provider."""
    away = [Period(start, end) for start, end in clocks.union([*stops, *tickets], until=at)]
    return Clock(
        clocks.net_seconds(down, away, until=at),
        60 * minutes if minutes is not None else None,
        ball(down, stops, tickets) == OURS,
    )


def ball(down: Sequence[Period], stops: Sequence[Period], tickets: Sequence[Period]) -> str:
    """Return who has to act now."""
    if not _open(down):
        return NOBODY
    if _open(stops):
        return CUSTOMER
    return PROVIDER if _open(tickets) else OURS


def _open(periods: Sequence[Period]) -> bool:
    return any(each.ends_at is None for each in periods)
