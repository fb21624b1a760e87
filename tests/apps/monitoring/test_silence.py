"""A source that falls silent is itself an alarm."""

from __future__ import annotations

import pytest

from mayorista.apps.faults.models import Fault
from mayorista.apps.monitoring import queries
from mayorista.apps.monitoring.models import AlarmSource, Occurrence
from mayorista.apps.monitoring.operations import silence, sources
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.models import WorkItem
from tests import alarms
from tests.alarms import T0, alert, correlate, later, post

pytestmark = pytest.mark.django_db


def open_item() -> bool:
    return WorkItem.objects.filter(key="silence-nms", done_at=None).exists()


class TestSilence:
    def test_raises_an_alarm_and_a_work_item_and_ends_both_when_it_speaks_again(self):
        source = alarms.make_source(silence_after_seconds=120)
        post(source, alert(T0), at=T0)
        assert silence.watch(at=later(2)) == 0
        assert silence.watch(at=later(2, seconds=1)) == 1
        assert silence.watch(at=later(3)) == 0
        [words] = queries.own_alarms()
        assert "NMS" in words
        assert Occurrence.objects.get(alarm__source__kind="INTERNAL").starts_at == T0
        assert queries.sources()[0].silent_since == T0
        assert open_item()
        post(source, alert(T0), at=later(4))
        assert silence.watch(at=later(4)) == 1
        assert queries.own_alarms() == []
        assert not open_item()

    def test_falls_silent_a_second_time(self):
        source = alarms.make_source(silence_after_seconds=60)
        silence.watch(at=later(5))
        post(source, alert(T0), at=later(6))
        silence.watch(at=later(6))
        assert silence.watch(at=later(9)) == 1
        assert Occurrence.objects.filter(alarm__source__kind="INTERNAL").count() == 2

    def test_a_source_that_never_posted_counts_from_when_it_was_made(self):
        alarms.make_source(silence_after_seconds=60)
        assert silence.watch(at=later(0.5)) == 0
        assert silence.watch(at=later(2)) == 1

    def test_a_source_may_be_silent_as_long_as_it_likes(self):
        alarms.make_source()
        assert silence.watch(at=later(60_000)) == 0

    def test_switching_a_source_off_ends_its_silence(self):
        alarms.make_source(silence_after_seconds=60)
        silence.watch(at=later(5))
        AlarmSource.objects.filter(code="nms").update(active=False)
        assert silence.watch(at=later(6)) == 1
        assert not open_item()

    def test_of_a_source_switched_on_again_counts_from_then(self):
        source = alarms.make_source(silence_after_seconds=60)
        for version, active, at in ((1, False, T0), (2, True, later(600))):
            sources.change_source(
                source_id=source, version=version, name="NMS", silence_after_seconds=60, severity_threshold="",
                severity_words={}, active=active, actor=for_job("tests"), at=at,
            )  # fmt: skip
        assert silence.watch(at=later(601)) == 0
        assert silence.watch(at=later(602)) == 1
        assert Occurrence.objects.get(alarm__source__kind="INTERNAL", ends_at=None).starts_at == later(600)

    def test_opens_no_outage(self):
        alarms.make_source(silence_after_seconds=60)
        silence.watch(at=later(5))
        correlate(later(5))
        assert not Fault.objects.exists()
