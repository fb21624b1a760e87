"""Effect, restoration and flaps."""

from __future__ import annotations

import datetime as dt

import pytest

from mayorista.rules.alarms import outages
from mayorista.rules.alarms.outages import Effect
from mayorista.rules.alarms.values import Severity

T = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)


def at(minutes: float) -> dt.datetime:
    return T + dt.timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("labels", "severity", "effect", "fault_severity"),
    [
        ({"alertname": "BGPSessionDown"}, "CRITICAL", "TOTAL", 1),
        ({"alertname": "BGPSessionDown"}, "MAJOR", "PARTIAL", 2),
        ({"alertname": "PacketLossHigh"}, "CRITICAL", "PARTIAL", 2),
        ({"alertname": "Latencia"}, "WARNING", "PARTIAL", 3),
        ({"alertname": "InterfaceFlapping"}, "CRITICAL", "INTERMITTENT", 2),
        ({"alertname": "X", "effect": "total"}, "WARNING", "TOTAL", 1),
        ({"alertname": "X", "efecto": " Parcial"}, "CRITICAL", "PARTIAL", 2),
        ({"alertname": "X", "effect": "whatever"}, "CRITICAL", "TOTAL", 1),
        ({}, "MINOR", "PARTIAL", 3),
    ],
)
def test_effect_and_severity_come_from_what_the_alarm_says(labels, severity, effect, fault_severity):
    found = outages.effect_of(labels, Severity(severity))
    assert (found, outages.fault_severity(found, Severity(severity))) == (effect, fault_severity)


def test_a_circuit_with_a_way_left_is_only_degraded():
    assert outages.ridden(Effect.TOTAL, primary=False) is Effect.PARTIAL
    assert outages.ridden(Effect.TOTAL, primary=True) is Effect.TOTAL
    assert outages.ridden(Effect.INTERMITTENT, primary=False) is Effect.INTERMITTENT


@pytest.mark.parametrize(
    ("ends", "restored"),
    [([], None), ([None], None), ([1, None], None), ([1, 3, 2], 3)],
)
def test_is_over_with_its_last_interval(ends, restored):
    known = [None if each is None else at(each) for each in ends]
    assert outages.restored_at(known) == (None if restored is None else at(restored))


@pytest.mark.parametrize(
    ("periods", "flaps"),
    [
        ([(0, 1), (3, 4), (6, 7)], True),
        ([(0, 1), (3, 4)], False),
        ([(0, 1), (10, 11), (20, 21)], False),
        ([(0, 30), (3, 4), (6, 7)], False),
        ([(0, 1), (0.5, 1.5), (1, 2)], False),
        ([(0, None), (3, 4), (6, 7)], False),
        ([(6, 7), (0, 1), (3, None)], False),
        ([(0, 1), (3, 4), (6, None)], True),
    ],
)
def test_three_separate_cuts_within_a_quarter_of_an_hour_are_flaps(periods, flaps):
    known = [(at(start), None if end is None else at(end)) for start, end in periods]
    assert outages.is_intermittent(known) is flaps


@pytest.mark.parametrize(
    ("minutes", "claimed", "alone"),
    [(4, False, True), (5, False, True), (5.01, False, False), (4, True, False), (None, False, False)],
)
def test_clears_itself_within_five_minutes_without_a_claim(minutes, claimed, alone):
    restored = None if minutes is None else at(minutes)
    assert outages.cleared_itself(started_at=T, restored_at=restored, claimed=claimed) is alone
