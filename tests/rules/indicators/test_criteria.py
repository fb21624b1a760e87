from __future__ import annotations

import copy
from decimal import Decimal

import pytest

from mayorista.apps.procedure.parameters import DEFAULTS
from mayorista.rules.errors import Invalid
from mayorista.rules.indicators.criteria import (
    FIRST_SET,
    SAME_LIMIT,
    Criterion,
    contradictions,
    read,
    written,
)

CONTENT = written(FIRST_SET)


def changed(*path, value):
    made = copy.deepcopy(CONTENT)
    place = made
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return made


def test_what_is_written_is_read_again():
    assert read(CONTENT) == FIRST_SET
    more = changed("repair_minutes", value={"EXTERNAL": {"1": 360, "2": 600, "3": 2880}})
    more["threshold"] = "92.50"
    assert written(read(more)) == more | {"threshold": "92.5"}
    assert read(more).threshold == Decimal("92.5")


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("on",), [], "on"),
        (("on",), ["FAST"], "on"),
        (("on",), "RESTORED", "on"),
        (("minutes", "OPENING"), None, "minutes.OPENING"),
        (("minutes", "OPENING", "3"), None, "minutes.OPENING"),
        (("minutes", "OPENING", "1"), 31, "minutes.OPENING"),
        (("minutes", "TOLD", "2"), 0, "minutes.TOLD"),
        (("minutes", "TOLD", "2"), True, "minutes.TOLD"),
        (("minutes", "TOLD", "2"), 30.5, "minutes.TOLD"),
        (("minutes", "LASTED"), {"1": 1, "2": 1, "3": 1}, "minutes.LASTED"),
        (("lasted_hours",), None, "lasted_hours"),
        (("lasted_hours",), -1, "lasted_hours"),
        (("lasted_hours",), 999_999_999, "lasted_hours"),
        (("threshold",), "0", "threshold"),
        (("threshold",), "1e-3", "threshold"),
        (("threshold",), "1e-99999", "threshold"),
        (("threshold",), "89.999", "threshold"),
        (("threshold",), "100.01", "threshold"),
        (("threshold",), "NaN", "threshold"),
        (("threshold",), "noventa", "threshold"),
        (("repair_minutes",), {"WEATHER": {"1": 1, "2": 1, "3": 1}}, "repair_minutes"),
        (("repair_minutes",), {"EXTERNAL": {"1": 9, "2": 1, "3": 1}}, "repair_minutes.EXTERNAL"),
        (("colour",), "red", "colour"),
    ],
)
def test_a_set_that_contradicts_itself_is_refused_at_its_field(path, value, field):
    with pytest.raises(Invalid) as caught:
        read(changed(*path, value=value))
    assert caught.value.field == field


def test_a_criterion_that_is_off_needs_no_limit():
    content = changed("minutes", "OPENING", value=None)
    content["on"].remove("OPENING")
    assert Criterion.OPENING not in read(content).minutes


def test_a_set_and_the_parameters_that_mean_the_same_limit_are_compared():
    known = {name: DEFAULTS[name].value for name in SAME_LIMIT.values()}
    assert contradictions(FIRST_SET, known) == (), "revision 0 says one thing"
    known |= {"reopen.same_cause_hours": 12, "dac.closing_minutes": {"1": 30, "2": 45, "3": 240}}
    found = [
        (each.criterion, each.severity, each.measured, each.timed)
        for each in contradictions(FIRST_SET, known)
    ]
    assert found == [(Criterion.CLOSING, 2, 60, 45), (Criterion.LASTED, 0, 24, 12)]
    assert contradictions(FIRST_SET.without(Criterion.LASTED).without(Criterion.CLOSING), known) == ()
