"""What the demonstration has on top of the examples: turns, last month's faults with their papers, seals."""

from __future__ import annotations

import datetime as dt

import pytest

from mayorista.apps.assurance.models import Copy, Issue, Paper
from mayorista.apps.faults.models import Case
from mayorista.apps.indicators.models import CaseVerdict, ContractControl
from mayorista.apps.indicators.queries.results import results
from mayorista.apps.messaging.models import Message
from mayorista.apps.onboarding.operations import examples
from mayorista.apps.overview.queries import assurance as pages
from mayorista.apps.procedure import roster_queries, seal_queries
from mayorista.apps.procedure.models import JournalEntry, JournalSeal, ShiftHandover, User, WorkItem
from mayorista.rules import periods
from mayorista.rules.indicators import terms

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 11, 24, 16, 0, tzinfo=dt.UTC)
OCTOBER = periods.parse_month("2026-10")


def test_a_newcomer_finds_turns_papers_and_seals_and_a_second_start_adds_nothing():
    logins = examples.load_demonstration(at=AT)
    assert all(User.objects.get(username=each.username).check_password(each.password) for each in logins)
    for role in roster_queries.ROLES:
        ahead = roster_queries.ahead(role, at=AT)
        assert (ahead.gaps, len(ahead.now(AT))) == ((), 1), role
    assert [each.received_at is None for each in ShiftHandover.objects.order_by("pk")] == [False, True]

    kinds = Issue.objects.values_list("paper__kind", flat=True)
    assert sorted(kinds) == ["CLAIM", "RFO", "SLA", "SLA", "SLA"]
    assert Paper.objects.exclude(draft={}).get().kind == "RFO"
    assert sorted(Copy.objects.values_list("issue__paper__kind", flat=True)) == ["RFO", "SLA"]
    states = {row.code: row.state for row in pages.month_page(month=OCTOBER, at=AT).rows}
    assert states == {
        "ISP-003": "CURRENT", "ISP-009": "CURRENT", "ISP-014": "CURRENT", "ISP-007": "NONE", "ISP-010": "NONE",
    }  # fmt: skip
    assert not Case.objects.filter(closed_at=None).exists()
    left = WorkItem.objects.filter(done_at=None, step__startswith="A")
    assert {each.title for each in left if each.due_at < AT} == set(), "nada de los daños quedó vencido"

    months = set(ContractControl.objects.values_list("month", flat=True))
    assert {dt.date(2026, 10, 1), dt.date(2026, 11, 1)} <= months, "los controles no esperan al trabajo"
    assert CaseVerdict.objects.count() == Case.objects.count()
    measured = results(terms.of_month(OCTOBER))
    first, second = measured.first.official, measured.second
    assert first.denominator == 2, "hay reclamos que medir"
    assert 0 < second.numerator < second.denominator, "hay controles a tiempo y otros que no"

    seals = list(JournalSeal.objects.order_by("day"))
    assert (len(seals), seals[-1].day) == (5, dt.date(2026, 11, 23))
    assert sum(seal.rows for seal in seals) > 20
    assert seal_queries.verify().whole
    assert not Message.objects.filter(state__in=["HELD", "QUEUED"], cause__startswith="REPORT").exists()

    before = JournalEntry.objects.count()
    assert examples.load_demonstration(at=AT + dt.timedelta(days=40)) == logins
    assert JournalEntry.objects.count() == before


@pytest.mark.parametrize("day", [1])
def test_it_can_be_loaded_on_any_day_of_a_year(day):
    examples.load_demonstration(at=dt.datetime(2026, 1, day, 5, 0, tzinfo=dt.UTC))
    assert Issue.objects.filter(paper__kind="SLA").count() == 3
