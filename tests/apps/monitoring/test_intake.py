"""What posts leave in the database: G-42 exactly, in any order, any number of times, by any number at once."""

from __future__ import annotations

import datetime as dt
import random
import threading

import pytest
from django.db import IntegrityError, connection, connections, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from mayorista.apps.monitoring import queries
from mayorista.apps.monitoring.models import Alarm, AlarmPost, AlarmSource, Change, Occurrence, Quarantine
from mayorista.apps.monitoring.operations import intake, retention
from mayorista.rules.alarms import alertmanager
from tests import alarms
from tests.alarms import T0, alert, later, post


@pytest.fixture
def source(db) -> int:
    return alarms.make_source()


def occurrences() -> list[tuple]:
    return list(
        Occurrence.objects.order_by("alarm__fingerprint", "starts_at").values_list("starts_at", "ends_at")
    )


class TestOccurrences:
    def test_a_resolved_post_closes_only_its_own_occurrence(self, source):
        post(source, alert(T0), at=T0)
        post(source, alert(later(5), later(6)), at=later(6))
        assert occurrences() == [(T0, None), (later(5), later(6))]

    def test_firing_after_resolved_of_the_same_start_does_not_reopen(self, source):
        post(source, alert(T0), at=T0)
        post(source, alert(T0, later(1)), at=later(1))
        post(source, alert(T0), at=later(2))
        assert occurrences() == [(T0, later(1))]

    def test_resolved_first_then_firing_stays_closed(self, source):
        post(source, alert(T0, later(1)), at=later(1))
        post(source, alert(T0), at=later(2))
        assert occurrences() == [(T0, later(1))]

    def test_a_younger_occurrence_ends_the_open_one(self, source):
        post(source, alert(T0), at=T0)
        post(source, alert(later(5)), at=later(5))
        assert occurrences() == [(T0, later(5)), (later(5), None)]

    def test_an_older_occurrence_that_comes_late_is_closed_at_once(self, source):
        post(source, alert(later(5)), at=later(5))
        post(source, alert(T0), at=later(6))
        assert occurrences() == [(T0, later(5)), (later(5), None)]

    def test_one_that_comes_between_shortens_the_one_before(self, source):
        post(source, alert(T0), at=T0)
        post(source, alert(later(9)), at=later(9))
        post(source, alert(later(4)), at=later(10))
        assert occurrences() == [(T0, later(4)), (later(4), later(9)), (later(9), None)]

    def test_a_late_end_replaces_the_supposed_one(self, source):
        post(source, alert(T0), at=T0)
        post(source, alert(later(5)), at=later(5))
        post(source, alert(T0, later(2)), at=later(6))
        assert occurrences() == [(T0, later(2)), (later(5), None)]

    def test_repeats_are_counted_and_change_nothing(self, source):
        for k in range(4):
            post(source, alert(T0), at=later(k))
        row = Occurrence.objects.get()
        assert (row.repeats, row.first_seen_at, row.last_seen_at) == (4, T0, later(3))
        assert Change.objects.count() == 1

    def test_one_post_may_hold_the_same_alarm_several_times(self, source):
        post(source, alert(later(5)), alert(T0, later(1)), alert(T0), alert(later(5)), at=later(5))
        assert occurrences() == [(T0, later(1)), (later(5), None)]
        assert Alarm.objects.count() == 1

    def test_alarms_of_two_sources_with_one_fingerprint_are_two(self, source):
        post(source, alert(T0), at=T0)
        post(alarms.make_source("otra"), alert(T0), at=T0)
        assert Alarm.objects.count() == 2

    @pytest.mark.django_db
    def test_the_database_refuses_a_second_open_occurrence(self, source):
        post(source, alert(T0), at=T0)
        open_one = Occurrence.objects.get()
        with (
            pytest.raises(IntegrityError, match="monitoring_occurrence_one_open_per_alarm"),
            transaction.atomic(),
        ):
            Occurrence.objects.create(
                alarm=open_one.alarm, starts_at=later(1), fired=True, first_seen_at=T0, last_seen_at=T0
            )


def expected(reports: list[tuple[int, int | None]]) -> list[tuple]:
    """What G-42 says of a set of reports (start, end or None), whatever their order and number."""
    fired = {start for start, end in reports if end is None}
    ends: dict[int, int] = {}
    for start, end in reports:
        if end is not None:
            ends[start] = max(ends.get(start, end), end)
    found = []
    for start in sorted({start for start, _end in reports}):
        younger = [each for each in fired if each > start]
        end = ends.get(start, min(younger) if younger else None)
        found.append((later(start), None if end is None else later(end)))
    return found


report = st.tuples(st.integers(0, 5), st.none() | st.integers(1, 4)).map(
    lambda pair: (pair[0] * 10, None if pair[1] is None else pair[0] * 10 + pair[1])
)


class TestOrder:
    @settings(max_examples=60)
    @given(st.lists(report, min_size=1, max_size=8), st.randoms(use_true_random=False), st.integers(1, 4))
    def test_any_order_repetition_and_packing_of_reports_ends_in_the_same_rows(
        self, source, reports, chance, size
    ):
        arrivals = reports + chance.sample(reports, k=len(reports) // 2)
        chance.shuffle(arrivals)
        with transaction.atomic():
            for first in range(0, len(arrivals), size):
                part = arrivals[first : first + size]
                post(
                    source, *(alert(later(s), None if e is None else later(e)) for s, e in part), at=later(90)
                )
            assert occurrences() == expected(reports)
            assert {c.occurrence_id for c in Change.objects.all()} == set(
                Occurrence.objects.values_list("id", flat=True)
            )
            transaction.set_rollback(True)


class TestPosts:
    def test_the_body_is_kept_as_it_came(self, source):
        small = b'{"version": "4", "alerts": []}'
        big = alarms.bodies.post([alert(T0, service=f"TIP-{k}") for k in range(50)])
        for body in (small, big):
            report_ = alertmanager.parse(body, received_at=T0)
            intake.take(source_id=source, post=intake.Post(body, "", len(body)), report=report_, at=T0)
        ids = list(AlarmPost.objects.order_by("id").values_list("id", flat=True))
        assert [queries.raw_post(post_id=each).text.encode() for each in ids] == [small, big]
        assert AlarmPost.objects.get(id=ids[1]).encoding == "gzip"

    def test_a_rejected_alarm_is_in_quarantine_and_the_others_are_taken(self, source):
        bad = {**alert(T0), "status": "maybe"}
        receipt = post(source, alert(T0, service="a"), bad, alert(T0, service="b"), at=T0)
        assert (receipt.alarms, receipt.rejected) == (2, 1)
        held = Quarantine.objects.get()
        assert (held.position, held.post_id) == (1, receipt.post_id)
        assert "maybe" in held.reason

    def test_what_the_sender_cut_off_is_shown(self, source):
        body = alarms.bodies.post([alert(T0)], truncated=12)
        intake.take(
            source_id=source,
            post=intake.Post(body, "", len(body)),
            report=alertmanager.parse(body, received_at=T0),
            at=T0,
        )
        assert "12 alertas" in Quarantine.objects.get().reason

    def test_old_bodies_fall_away_and_what_waits_in_quarantine_stays(self, source):
        post(source, alert(T0), at=T0)
        post(source, {**alert(T0), "status": "maybe"}, at=T0)
        post(source, alert(T0), at=later(60))
        assert retention.drop_bodies(before=later(30)) == 1
        assert [row.body is None for row in AlarmPost.objects.order_by("id")] == [True, False, False]
        assert Occurrence.objects.count() == 1

    def test_a_thousand_alarms_cost_as_many_statements_as_one(self, source, django_assert_num_queries):
        connection.ensure_connection()
        with django_assert_num_queries(0):  # one call on a cursor of its own, which Django does not count
            post(source, *(alert(T0, service=f"TIP-{k}") for k in range(1000)), at=T0)
        assert Occurrence.objects.count() == 1000


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_concurrent_duplicates_in_any_order_give_one_of_each(self):
        """Eight threads post the same alarms, each in another order, fired and resolved: no deadlock, no double."""
        source = alarms.make_source()
        reports = [(k, None) for k in range(12)] + [(k, 5) for k in range(6)]
        errors: list[BaseException] = []

        def work(seed: int) -> None:
            chance = random.Random(seed)
            try:
                for _turn in range(6):
                    order = list(reports)
                    chance.shuffle(order)
                    alerts = [
                        alert(T0, None if end is None else later(end), service=f"TIP-{k}") for k, end in order
                    ]
                    post(source, *alerts[:9], at=later(10))
                    post(source, *alerts[9:], at=later(10))
            except BaseException as error:  # noqa: BLE001 - told to the test
                errors.append(error)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert errors == []
        assert Alarm.objects.count() == 12
        assert Occurrence.objects.count() == 12
        assert Occurrence.objects.filter(ends_at=None).count() == 6
        assert Occurrence.objects.filter(ends_at=later(5)).count() == 6
        assert AlarmPost.objects.count() == 8 * 6 * 2

    def test_concurrent_occurrences_of_one_alarm_leave_one_open(self):
        source = alarms.make_source()
        starts = [later(k) for k in range(10)]
        errors: list[BaseException] = []

        def work(seed: int) -> None:
            chance = random.Random(seed)
            mine = list(starts)
            chance.shuffle(mine)
            try:
                for start in mine:
                    post(source, alert(start), at=later(30))
            except BaseException as error:  # noqa: BLE001 - told to the test
                errors.append(error)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert errors == []
        assert occurrences() == [
            (start, starts[k + 1] if k + 1 < len(starts) else None) for k, start in enumerate(starts)
        ]
        assert AlarmSource.objects.count() == 1
        assert isinstance(T0, dt.datetime)
