"""Where a case left the written path."""

from __future__ import annotations

import pytest

from mayorista.rules.conformance import OF_ACT, REQUIRED, TITLES, Departure, Found, of_path
from mayorista.rules.procedure import STEPS, Attribution

WHOLE = ["A.1", "A.2", "A.3", "A.5", "A.6", "A.7"]


@pytest.mark.parametrize(
    ("steps", "attribution", "found"),
    [
        (WHOLE, "EXTERNAL", []),
        (["A.1", "A.3", "A.2", "A.5", "A.6", "A.7"], "INTERNAL", []),
        (["A.1", "A.3", "A.2", "A.4"], "CUSTOMER", []),
        (["A.1", "A.3", "A.4"], "CUSTOMER", [(Departure.SKIPPED, "A.2")]),
        (["A.1", "A.3", "A.5", "A.6", "A.7"], "INTERNAL", [(Departure.SKIPPED, "A.2")]),
        (["A.1", "A.2", "A.3", "A.4", "A.5"], "CUSTOMER", []),
        (
            ["A.1", "A.2", "A.3", "A.6", "A.5", "A.7"],
            "EXTERNAL",
            [(Departure.DISORDER, "A.5")],
        ),
        ([], "", []),
    ],
)
def test_an_ended_fault(steps, attribution, found):
    assert of_path(steps, attribution, ended=True) == tuple(Found(*each) for each in found)


def test_what_still_runs_has_passed_over_nothing():
    assert of_path(["A.1"], "EXTERNAL", ended=False) == ()


def test_every_departure_has_a_name_and_every_required_step_exists():
    assert set(TITLES) == set(Departure)
    assert set(OF_ACT.values()) | {Departure.SKIPPED, Departure.DISORDER, Departure.RECLASSIFIED} == set(
        Departure
    )
    assert {step for steps in REQUIRED.values() for step in steps} <= set(STEPS)
    assert set(REQUIRED) == set(Attribution)
    assert all("A.2" in steps for steps in REQUIRED.values()), "the protocols are asked of every path"
