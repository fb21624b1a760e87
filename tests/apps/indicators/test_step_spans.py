"""Medians of the steps come from kept months, and are those of the tasks whatever is done to them afterwards."""

from __future__ import annotations

import datetime as dt
import random
import threading

import pytest
from django.db import connection, transaction

from mayorista.apps.indicators.models import StepSpans
from mayorista.apps.indicators.operations.step_spans import keep_months
from mayorista.apps.indicators.queries import step_spans
from mayorista.apps.procedure.models import Dossier, WorkItem
from mayorista.rules import lapaz
from mayorista.rules.indicators import terms

AT = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
YEAR = terms.year(2026)
SLOW = """
SELECT step, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM done_at - opened_at))
FROM procedure_workitem WHERE done_at >= %s AND done_at < %s AND NOT withdrawn AND step <> '' GROUP BY step
"""


def slow() -> dict[str, tuple[int, int]]:
    ends = [
        dt.datetime.combine(dt.date.fromordinal(day), dt.time(), tzinfo=lapaz.LA_PAZ)
        for day in (YEAR.first.first, YEAR.last.after)
    ]
    with connection.cursor() as cursor:
        cursor.execute(SLOW, ends)
        return {step: (count, int(median)) for step, count, median in cursor.fetchall()}


def kept() -> int:
    return StepSpans.objects.filter(step="").count()


def home() -> Dossier:
    return Dossier.objects.create(kind="CASE", number="DANO-T-1", headline="x", state="", opened_at=AT)


def task(
    dossier: Dossier, step: str, done: dt.datetime | None, seconds: float, key: int = 0, **more
) -> WorkItem:
    opened = (done or AT) - dt.timedelta(seconds=seconds)
    return WorkItem.objects.create(
        dossier=dossier, step=step, key=str(key), role="NOC", title="x", opened_at=opened, due_at=opened,
        done_at=done, **more,
    )  # fmt: skip


@pytest.mark.django_db
class TestMedians:
    @pytest.mark.parametrize("seed", range(6))
    def test_are_those_of_the_tasks_in_any_world(self, seed):
        chance, dossier = random.Random(seed), home()
        tasks: list[WorkItem] = []
        for turn in range(120):
            act = chance.random()
            if act < 0.6 or not tasks:
                done = AT - dt.timedelta(seconds=chance.randrange(400 * 86_400))
                step = chance.choice(["A.1", "A.3", ""])
                withdrawn = chance.random() < 0.1
                span = chance.randrange(10**10) / 10**6
                tasks.append(task(dossier, step, done, span, turn, withdrawn=withdrawn))
            elif act < 0.75:
                one = chance.choice(tasks)
                changed = {
                    "done_at": one.done_at + dt.timedelta(seconds=chance.randrange(60 * 86_400)),
                    "withdrawn": chance.random() < 0.5,
                    "step": chance.choice(["A.1", "A.2"]),
                }
                name = chance.choice(list(changed))
                WorkItem.objects.filter(pk=one.pk).update(**{name: changed[name]})
            elif act < 0.85:
                tasks.pop(chance.randrange(len(tasks))).delete()
            else:
                keep_months(at=AT)
            assert step_spans.medians_of(YEAR) == slow()
        keep_months(at=AT)
        assert (kept(), step_spans.medians_of(YEAR)) == (24, slow())

    def test_keep_the_months_that_are_over_once(self):
        assert (keep_months(at=AT), keep_months(at=AT)) == (24, 0)

    def test_read_no_task_of_a_kept_month(self):
        task(home(), "A.1", AT - dt.timedelta(days=60), 60)
        keep_months(at=AT)
        StepSpans.objects.filter(step="A.1").delete()  # what is kept is what counts
        assert step_spans.medians_of(YEAR) == {}


@pytest.mark.django_db
class TestAMonth:
    @pytest.fixture(autouse=True)
    def kept_months(self, db):
        self.home = home()
        self.one = task(self.home, "A.1", AT - dt.timedelta(days=60), 60)
        keep_months(at=AT)

    def test_is_kept_when_nothing_of_it_changes(self):
        open_ = task(self.home, "A.2", None, 60)
        WorkItem.objects.filter(pk=open_.pk).update(done_at=AT)
        WorkItem.objects.filter(pk=self.one.pk).update(title="y")
        assert kept() == 24

    def test_is_forgotten_alone(self):
        WorkItem.objects.filter(pk=self.one.pk).update(withdrawn=True)
        assert kept() == 23
        assert step_spans.medians_of(YEAR) == slow() == {}


@pytest.mark.django_db(transaction=True)
def test_who_keeps_waits_for_who_changes():
    one = task(home(), "A.1", AT - dt.timedelta(days=60), 60)
    changed, kept_it = threading.Event(), threading.Event()

    def keep() -> None:
        changed.wait(10)
        keep_months(at=AT)
        kept_it.set()
        connection.close()

    thread = threading.Thread(target=keep)
    thread.start()
    with transaction.atomic():
        WorkItem.objects.filter(pk=one.pk).update(opened_at=AT - dt.timedelta(days=60, seconds=5))
        changed.set()
        assert not kept_it.wait(1)
    thread.join(20)
    assert kept_it.is_set()
    assert step_spans.medians_of(YEAR) == slow() == {"A.1": (1, 5)}
