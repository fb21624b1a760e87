"""Holidays by decree, over the law's: what is computed from then on has them, what was written down keeps its day."""

from __future__ import annotations

import ast
import datetime as dt
from pathlib import Path

import pytest

import mayorista
from mayorista.apps.procedure import queries
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.models import JournalEntry
from mayorista.apps.procedure.operations import holidays
from mayorista.rules import due_dates, periods, workdays
from mayorista.rules.errors import Conflict, Invalid

AT = dt.datetime(2026, 11, 24, 14, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
ACTOR = for_job("prueba")


def change(on: dt.date, kind: str = "ADDED", **more) -> None:
    said = {"name": "Duelo nacional", "scope": "NATIONAL", "reason": "D.S. 5432", "actor": ACTOR, "at": AT}
    holidays.change_holiday(on=on, kind=kind, **(said | more))


def works(on: dt.date, at: dt.datetime = AT) -> bool:
    return queries.calendar(at=at)(on)


@pytest.mark.django_db
class TestDecree:
    def test_adds_a_day_from_when_it_counts_on(self):
        day = dt.date(2026, 12, 4)  # a Friday
        change(day, valid_from=AT + DAY)
        assert works(day)
        assert [each.on for each in queries.holidays_ahead(at=AT)] == [day]
        assert not works(day, AT + DAY)
        assert JournalEntry.objects.filter(text__contains="04/12/2026").exists()

    def test_moves_a_holiday_with_its_name_and_back(self):
        # 22 January 2027 (Estado Plurinacional) is a Friday; it goes to Monday the 25th.
        law, other = dt.date(2027, 1, 22), dt.date(2027, 1, 25)
        assert not works(law)
        holidays.move_holiday(on=law, to=other, reason="D.S. 5500", actor=ACTOR, at=AT)
        assert (works(law), works(other)) == (True, False)
        names = {each.on: (each.name, each.free) for each in queries.holidays(year=2027, at=AT)}
        assert names[other] == (names[law][0], True)
        assert not names[law][1]
        for day in (law, other):
            change(day, "LAW", at=AT + DAY)
        assert (works(law, AT + DAY), works(other, AT + DAY)) == (False, True)
        assert works(law, AT)  # as it was known then

    def test_moves_the_last_day_for_invoices_and_what_is_due_in_business_days(self):
        # December 2026: 1 Tue, 2 Wed, 3 Thu, 4 Fri, 7 Mon; with the 3rd a holiday the 5th business day is the 8th.
        november = periods.month_of(dt.date(2026, 11, 1))
        before = due_dates.limits(november, works=queries.calendar(at=AT))
        change(dt.date(2026, 12, 3))
        after = due_dates.limits(november, works=queries.calendar(at=AT))
        assert (before.invoiced, after.invoiced) == (dt.date(2026, 12, 7), dt.date(2026, 12, 8))
        friday = dt.datetime(2026, 12, 2, 15, 0, tzinfo=dt.UTC)
        assert queries.calendar(at=AT).after(friday, 1) == dt.datetime(2026, 12, 4, 22, 0, tzinfo=dt.UTC)

    @pytest.mark.parametrize(
        ("on", "kind", "more", "field"),
        [
            (dt.date(2026, 11, 24), "ADDED", {}, "on"),
            (dt.date(2026, 12, 5), "ADDED", {}, "on"),
            (dt.date(2035, 12, 5), "ADDED", {}, "on"),
            (dt.date(2026, 12, 3), "ADDED", {"reason": " "}, "reason"),
            (dt.date(2026, 12, 3), "ADDED", {"name": ""}, "name"),
            (dt.date(2026, 12, 3), "ADDED", {"valid_from": AT - DAY}, "valid_from"),
            (dt.date(2026, 12, 3), "ADDED", {"valid_from": AT + 20 * DAY}, "valid_from"),
            (dt.date(2026, 12, 3), "PARTY", {}, "kind"),
        ],
    )
    def test_that_can_not_be_is_refused_beside_its_field(self, on, kind, more, field):
        with pytest.raises(Invalid) as refused:
            change(on, kind, **more)
        assert field in {each.field for each in refused.value.errors}

    @pytest.mark.parametrize(
        ("on", "kind"),
        [
            (dt.date(2026, 12, 25), "ADDED"),
            (dt.date(2026, 12, 3), "REMOVED"),
            (dt.date(2026, 12, 3), "LAW"),
        ],
    )
    def test_that_changes_nothing_is_refused(self, on, kind):
        with pytest.raises(Conflict):
            change(on, kind)


def test_the_law_has_the_department_too():
    days = {each.on: each.departmental for each in workdays.of_law(2026)}
    assert days[dt.date(2026, 9, 14)]
    assert not days[dt.date(2026, 8, 6)]


# How many arguments each function of business days has with its calendar.
WITH_CALENDAR = {
    "on_or_after": 2, "on_or_before": 2, "plus_business_days": 3, "business_day": 3, "last_business_day": 2,
    "limits": 9, "plan": 9, "timers": 9, "step_day": 3,
}  # fmt: skip


def test_no_room_counts_business_days_by_the_law_alone():
    """Every room asks the installation's calendar; the rules' own default is for paper."""
    wrong = []
    for path in sorted((Path(mayorista.__file__).parent / "apps").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
                continue
            if node.value.id == "workdays" and node.attr in {"after", "is_workday"}:
                wrong.append(f"{path}:{node.lineno}")
        for call in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                continue
            room = call.func.value
            if not (isinstance(room, ast.Name) and room.id in {"due_dates", "dunning", "regulator"}):
                continue
            asked = WITH_CALENDAR.get(call.func.attr)
            if asked and len(call.args) < asked and "works" not in {each.arg for each in call.keywords}:
                wrong.append(f"{path}:{call.lineno}")
    assert wrong == []
