"""How the desk says times, speeds and figures."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from mayorista.interfaces.desk import words
from mayorista.interfaces.desk.templatetags import desk

AT = dt.datetime(2026, 11, 24, 1, 55, tzinfo=dt.UTC)


class TestSpan:
    @pytest.mark.parametrize(
        ("seconds", "said"),
        [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (5940, "1 h 39 min"),
            (7200, "2 h"),
            (273600, "3 d 4 h"),
            (-840, "14 min"),
        ],
    )
    def test_says_the_two_largest_units(self, seconds, said):
        assert words.span(seconds) == said


class TestTimeLeft:
    @pytest.mark.parametrize(
        ("minutes", "text", "percent", "css"),
        [(0, "quedan 4 h", 0, ""), (167, "quedan 1 h 13 min", 69, ""), (168, "quedan 1 h 12 min", 70, "is-amber"),
         (240, "venció hace 0 s", 100, "is-red"), (254, "venció hace 14 min", 100, "is-red")],
    )  # fmt: skip
    def test_is_amber_from_seventy_percent_and_red_when_over(self, minutes, text, percent, css):
        left = words.time_left(AT, AT + dt.timedelta(hours=4), AT + dt.timedelta(minutes=minutes))
        assert (left.text, left.percent, left.css) == (text, percent, css)

    def test_without_a_beginning_has_no_bar(self):
        assert words.time_left(None, AT, AT - dt.timedelta(minutes=5)).percent == 0


class TestFigures:
    @pytest.mark.parametrize(
        ("kbps", "said"),
        [
            (2_000_000, "2 Gbps"),
            (2_500_000, "2,5 Gbps"),
            (500_000, "500 Mbps"),
            (1_536, "1,536 Mbps"),
            (512, "512 kbps"),
            (10_000_000, "10 Gbps"),
        ],
    )
    def test_of_speed_are_exact(self, kbps, said):
        assert words.speed(kbps) == said

    @pytest.mark.parametrize(
        ("value", "said"),
        [
            (0, "0"),
            (12345, "12.345"),
            (Decimal("12345.60"), "12.345,60"),
            (Decimal("-1238.71"), "-1.238,71"),
            (Decimal("0.5"), "0,5"),
        ],
    )
    def test_are_written_as_in_bolivia(self, value, said):
        assert words.number(value) == said

    @pytest.mark.parametrize(
        ("count", "said"),
        [(812, "812 B"), (1_200, "1,2 kB"), (1_250_000, "1,2 MB"), (3_000_000_000, "3 GB")],
    )
    def test_of_size_are_cut_not_rounded(self, count, said):
        assert words.size(count) == said


class TestWhole:
    def test_keeps_codes_together_and_escapes_the_rest(self):
        assert desk.whole("A & B · TIP-0141") == 'A &amp; B · <span class="nowrap">TIP-0141</span>'

    def test_lets_no_markup_through(self):
        assert "<script" not in desk.whole("<script>x-y</script>")
