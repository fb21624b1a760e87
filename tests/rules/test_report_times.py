"""Times of a case that cannot be: told, but not two writings of one second."""

from __future__ import annotations

import datetime as dt

from mayorista.rules.assurance import report

AT = dt.datetime(2026, 11, 24, 16, 0, tzinfo=dt.UTC)
START = dt.datetime(2026, 11, 24, 12, 13, 32, 700_000, tzinfo=dt.UTC)


def test_one_second_written_twice_is_no_disorder():
    within = START.replace(microsecond=100_000)
    assert report.disordered([("inicio", START), ("detección", within)], at=AT) == []


def test_a_second_before_its_forerunner_is_told():
    earlier = START - dt.timedelta(seconds=1)
    assert len(report.disordered([("inicio", START), ("detección", earlier)], at=AT)) == 1
    assert len(report.disordered([("inicio", START)], at=earlier)) == 1
