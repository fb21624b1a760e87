"""Posts of an Alertmanager, written short, and correlated at a given instant."""

from __future__ import annotations

import datetime as dt
from typing import Any

from mayorista.apps.faults.operations import correlation
from mayorista.apps.monitoring.operations import intake, sources
from mayorista.apps.procedure import actors
from mayorista.interfaces.lab import bodies
from mayorista.rules.alarms import alertmanager

T0 = dt.datetime(2026, 11, 24, 1, 55, tzinfo=dt.UTC)


def later(minutes: float = 0, seconds: float = 0) -> dt.datetime:
    """An instant after T0."""
    return T0 + dt.timedelta(minutes=minutes, seconds=seconds)


def make_source(code: str = "nms", **more: Any) -> int:
    """A source that may post; returns its id."""
    made = sources.create_source(
        code=code,
        name=code.upper(),
        token=f"token-of-{code}-" + "x" * 20,
        actor=actors.for_job("tests"),
        at=T0,
        **more,
    )
    return made.source_id


def alert(
    starts: dt.datetime,
    ends: dt.datetime | None = None,
    *,
    name: str = "BGPSessionDown",
    severity: str = "critical",
    **labels: str,
) -> dict[str, Any]:
    """One alert; `service="TIP-0001"` or `upstream="UP-ANDINO-1"` say what it is about."""
    return bodies.alert(
        {"alertname": name, "severity": severity, "job": "bgp", **labels},
        starts_at=starts,
        ends_at=ends,
        annotations={"summary": f"{name} {' '.join(labels.values())}"},
    )


def post(source_id: int, *alerts: dict[str, Any], at: dt.datetime) -> intake.Receipt:
    """Take one post in, as the hook does."""
    body = bodies.post(alerts)
    report = alertmanager.parse(body, received_at=at)
    return intake.take(source_id=source_id, post=intake.Post(body, "", len(body)), report=report, at=at)


def correlate(at: dt.datetime) -> None:
    """Let the correlator look until nothing is left."""
    while correlation.correlate(at=at).looked_at:
        pass
