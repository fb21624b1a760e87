"""Hours as people type them at three in the morning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayorista.rules import lapaz, moments

NOW = datetime(2026, 11, 24, 7, 12, 30, tzinfo=UTC)  # 24/11/2026 03:12:30 in La Paz


class TestParse:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("02:55", "24/11/2026 02:55"),
            ("2:55", "24/11/2026 02:55"),
            ("2.55", "24/11/2026 02:55"),
            ("02h55", "24/11/2026 02:55"),
            ("21:55", "23/11/2026 21:55"),  # not tonight: it has not come yet
            ("03:14", "24/11/2026 03:14"),  # two minutes ahead still means now
            ("23/11 21:55", "23/11/2026 21:55"),
            ("23/11/2026 21:55", "23/11/2026 21:55"),
            ("23-11-2026  21:55", "23/11/2026 21:55"),
            ("2026-11-23T21:55", "23/11/2026 21:55"),
            ("ayer 21:55", "23/11/2026 21:55"),
            ("hoy 02:00", "24/11/2026 02:00"),
            ("Ahora", "24/11/2026 03:12"),
            ("hace 10", "24/11/2026 03:02"),
            ("hace 2 horas", "24/11/2026 01:12"),
        ],
    )
    def test_reads_what_has_been(self, text, expected):
        assert lapaz.moment(moments.parse(text, now=NOW)) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("02:30", "25/11/2026 02:30"),
            ("05:00", "24/11/2026 05:00"),
            ("en 90 min", "24/11/2026 04:42"),
            ("mañana 02:30", "25/11/2026 02:30"),
        ],
    )
    def test_reads_what_is_to_come(self, text, expected):
        assert lapaz.moment(moments.parse(text, now=NOW, ahead=True)) == expected

    @pytest.mark.parametrize(
        "text", ["", "tarde", "25:00", "12:61", "31/02 10:00", "hace mucho", "10", "10:00 23/11"]
    )
    def test_refuses_what_names_no_moment(self, text):
        with pytest.raises(ValueError, match=r".*"):
            moments.parse(text, now=NOW)

    @given(st.integers(0, 24 * 60 - 1), st.booleans())
    def test_of_an_hour_gives_the_nearest_one_on_the_right_side(self, minute, ahead):
        found = moments.parse(f"{minute // 60:02d}:{minute % 60:02d}", now=NOW, ahead=ahead)
        assert lapaz.clock(found) == f"{minute // 60:02d}:{minute % 60:02d}"
        if ahead:
            assert timedelta(0) < found - NOW <= timedelta(days=1)
        else:
            assert timedelta(0) <= NOW + moments.LEAP - found < timedelta(days=1)
