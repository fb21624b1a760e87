"""Samples as they come in: columns, hours and zones, counters, duplicates, order; laws of laying and merging."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayorista.rules import percentile
from mayorista.rules.errors import Invalid
from mayorista.rules.lapaz import LA_PAZ
from mayorista.rules.periods import Month
from mayorista.rules.traffic import figures, placing, table

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
HERE = ZoneInfo("America/La_Paz")
HEAD = ["circuito", "puerto", "hora", "entrada_mbps", "salida_mbps"]
PORT = ("TIP-0141", "Te0")
FAST = {PORT: 10**10}


def read(*rows, head=HEAD, zone=HERE) -> table.Table:
    return table.read([head, *rows], zone=zone, now=NOW)


def rates(*rows, **more) -> placing.Placed:
    return placing.place(read(*[["TIP-0141", "Te0", *row] for row in rows]), capacity_bps=FAST, **more)


def counters(*rows, bits: int = 64, capacity: int = 10**10, before=None) -> placing.Placed:
    head = ["circuito", "puerto", "hora", "entrada_octetos", "salida_octetos"]
    found = read(*[["TIP-0141", "Te0", *row] for row in rows], head=head)
    return placing.place(found, capacity_bps={PORT: capacity}, counter_bits=bits, before=before)


def kinds(placed: placing.Placed) -> dict[str, int]:
    return {finding.kind: finding.times for finding in placed.findings}


def day(placed: placing.Placed, on: int = 23) -> placing.Day:
    return placed.days[PORT][dt.date(2026, 11, on)]


class TestTable:
    @pytest.mark.parametrize(
        ("text", "zone", "expected"),
        [
            ("2026-11-23 10:05", "America/La_Paz", (23, 14, 5)),
            ("23/11/2026 10:05:59", "America/La_Paz", (23, 14, 5)),
            ("2026-11-23T10:05:00Z", "America/La_Paz", (23, 10, 5)),
            ("2026-11-23 10:05+02:00", "America/La_Paz", (23, 8, 5)),
            ("2026-11-23 10:05", "UTC", (23, 10, 5)),
            ("1795428300", "America/La_Paz", (23, 10, 5)),
        ],
    )
    def test_hours_carry_their_offset_or_take_the_zone_told(self, text, zone, expected):
        found = table.instant(text, ZoneInfo(zone)).astimezone(dt.UTC)
        assert (found.day, found.hour, found.minute) == expected

    @pytest.mark.parametrize("text", ["2026-10-25 02:30", "2026-03-29 02:30"])
    def test_an_hour_that_a_zone_has_twice_or_never_is_refused(self, text):
        with pytest.raises(Invalid, match="dos veces o ninguna"):
            table.instant(text, ZoneInfo("Europe/Madrid"))

    def test_every_wrong_cell_is_named_by_row_and_column(self):
        with pytest.raises(Invalid) as refused:
            read(
                ["TIP-0141", "Te0", "2026-11-23 10:00", "10", "5"],
                ["", "Te0", "31/02/2026 10:00", "-1", "mucho"],
                ["TIP-0141", "Te0", "2027-11-23 10:00", "1e9999", "99999999999"],
                ["TIP-0141", "Te0", "2021-11-23 10:00", "=A1", "5"],
                ["TIP-0141", "Te0", "2026-11-23 10:05", "1E+99999999", "1E-99999999"],
            )
        assert [error.field for error in refused.value.errors] == [
            "fila 3, circuito", "fila 3, hora", "fila 3, entrada_mbps", "fila 3, salida_mbps",
            "fila 4, hora", "fila 4, entrada_mbps", "fila 4, salida_mbps",
            "fila 5, hora", "fila 5, entrada_mbps",
            "fila 6, entrada_mbps", "fila 6, salida_mbps",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "head",
        [
            [],
            ["circuito", "hora", "entrada_mbps"],
            ["circuito", "hora", "entrada_mbps", "salida_bps"],
            ["circuito", "entrada_mbps", "salida_mbps"],
            ["circuito", "hora", "hora", "entrada_mbps", "salida_mbps"],
        ],
    )
    def test_columns_that_do_not_fit_are_refused(self, head):
        with pytest.raises(Invalid):
            read(["x"] * 5, head=head)

    def test_units_and_empty_values(self):
        found = read(
            ["TIP-0141", "2026-11-23 10:00", Decimal("1.5"), "2,5"],
            ["TIP-0141", "2026-11-23 10:05", "", "3"],
            head=["circuit", "at", "in_kbps", "out_kbps"],
        )
        assert [(each.inward, each.outward) for each in found.readings] == [(1500, 2500), (None, None)]


class TestRates:
    def test_stand_on_the_stamp_of_their_instant_in_la_paz(self):
        placed = rates(["2026-11-24T03:59:30Z", "10", "5"])
        assert day(placed)[287] == (10_000_000, 5_000_000)

    def test_duplicates_conflicts_order_gaps_and_missing_are_named(self):
        placed = rates(
            ["2026-11-23 10:05", "2", "2"],
            ["2026-11-23 10:00", "1", "1"],
            ["2026-11-23 10:05", "2", "2"],
            ["2026-11-23 10:00", "9", "1"],
            ["2026-11-23 10:10", "", "1"],
            ["2026-11-23 10:30", "3", "3"],
        )
        assert kinds(placed) == {"order": 2, "duplicate": 1, "conflict": 1, "missing": 1, "gap": 4}
        assert day(placed)[120:127] == [
            (9_000_000, 1_000_000),
            (2_000_000, 2_000_000),
            *[None] * 4,
            (3_000_000, 3_000_000),
        ]

    def test_above_the_circuit_is_named_and_kept(self):
        placed = rates(["2026-11-23 10:00", "20000", "1"])
        assert kinds(placed) == {"above": 1}


class TestCounters:
    def test_two_readings_make_a_rate_on_the_stamp_between_them(self):
        placed = counters(["2026-11-23 10:00:10", "0", "0"], ["2026-11-23 10:04:50", "3500000000", "35000"])
        assert day(placed)[120] == (100_000_000, 1000)

    @pytest.mark.parametrize("bits", [32, 64])
    def test_a_counter_that_went_round_is_corrected(self, bits):
        top = 2**bits
        placed = counters(
            ["2026-11-23 10:00", str(top - 1000), "0"],
            ["2026-11-23 10:05", "36500", "0"],
            bits=bits,
            capacity=10**8,
        )
        assert kinds(placed) == {"wrap": 1}
        assert day(placed)[120] == (1000, 0)

    def test_a_counter_set_to_zero_is_a_missing_sample(self):
        placed = counters(["2026-11-23 10:00", "5000000000000", "7"], ["2026-11-23 10:05", "1000", "9"])
        assert kinds(placed) == {"reset": 1}
        assert placed.days[PORT] == {}

    def test_a_small_counter_of_a_fast_circuit_is_refused(self):
        with pytest.raises(Invalid, match="32 bits"):
            counters(["2026-11-23 10:00", "1", "1"], bits=32)

    def test_readings_too_far_apart_are_a_gap(self):
        placed = counters(
            ["2026-11-23 10:00", "0", "0"],
            ["2026-11-23 10:05", "300", "300"],
            ["2026-11-23 10:20", "600", "600"],
            ["2026-11-23 10:25", "900", "900"],
        )
        assert [number for number, pair in enumerate(day(placed)) if pair] == [120, 124]
        assert kinds(placed)["gap"] == 3

    def test_an_upload_goes_on_from_the_last_one(self):
        first = counters(["2026-11-23 10:00", "0", "0"])
        placed = counters(["2026-11-23 10:05", "300", "600"], before=first.last)
        assert day(placed)[120] == (8, 16)


SAMPLE = st.tuples(st.integers(0, 575), st.integers(0, 10**9), st.integers(0, 10**9))


def rows_of(samples) -> list[list[str]]:
    start = dt.datetime(2026, 11, 22, tzinfo=LA_PAZ)
    return [
        [
            (start + dt.timedelta(minutes=5 * number)).isoformat(),
            str(Decimal(inward) / 10**6),
            str(Decimal(outward) / 10**6),
        ]
        for number, inward, outward in samples
    ]


class TestLaws:
    @given(st.lists(SAMPLE, min_size=1, max_size=30, unique_by=lambda each: each[0]), st.randoms())
    def test_the_order_of_rows_changes_no_sample(self, samples, chance):
        other = list(samples)
        chance.shuffle(other)
        assert rates(*rows_of(samples)).days == rates(*rows_of(other)).days

    @given(st.lists(SAMPLE, min_size=1, max_size=30))
    def test_the_same_upload_twice_changes_nothing(self, samples):
        for coming in rates(*rows_of(samples)).days[PORT].values():
            once = placing.merge([None] * 288, coming)
            again = placing.merge(once.day, coming)
            assert (again.day, again.new, again.replaced) == (once.day, 0, 0)
            assert again.same == once.new
            assert percentile.unpack(percentile.pack(once.day)) == once.day

    @given(
        st.lists(st.integers(0, 10**7), min_size=2, max_size=40),
        st.sampled_from([32, 64]),
        st.integers(0, 2**32 - 1),
    )
    def test_counters_that_wrap_give_the_rates_that_made_them(self, octets, bits, begin):
        """Whatever the start, a counter of either width tells the same rates."""
        at, value, rows = dt.datetime(2026, 11, 23, tzinfo=LA_PAZ), begin + 2**bits - 2**32, []
        for each in [0, *octets]:
            value = (value + each) % 2**bits
            rows.append([at.isoformat(), str(value), "0"])
            at += dt.timedelta(minutes=5)
        placed = counters(*rows, bits=bits, capacity=10**8)
        assert [pair[0] for pair in day(placed)[: len(octets)] if pair] == [
            8 * each // 300 for each in octets
        ]


class TestMonth:
    def test_shows_the_rank_and_the_gaps(self):
        month = Month(2026, 11)
        full = percentile.pack([(number, 2 * number) for number in range(288)])
        holed = percentile.pack([None] * 12 + [(number, 0) for number in range(12, 288)])
        found = figures.port_month(
            {month.first: full, month.first + 1: holed}, month, upto=dt.datetime(2026, 11, 3, tzinfo=LA_PAZ)
        )
        assert (found.present, found.expected) == (564, 8640)
        assert (found.outward.bps, found.outward.rank, found.outward.discarded) == (2 * 259, 29, 28)
        assert [(gap.samples, gap.starts_at.day, gap.ends_at.hour) for gap in found.gaps] == [(12, 2, 1)]
        assert found.billed == 518
        assert not found.covered
        assert found.points_in[24] is None

    @given(st.lists(st.integers(0, 1000) | st.none(), min_size=288, max_size=288))
    def test_the_rank_is_the_place_in_the_sorted_list(self, values):
        month = Month(2026, 11)
        packed = percentile.pack([None if value is None else (value, 0) for value in values])
        found = figures.port_month({month.first: packed}, month, upto=NOW).inward
        there = sorted((value for value in values if value is not None), reverse=True)
        assert (found is None) == (not there)
        if found is not None:
            assert (there[found.rank - 1], len(there)) == (found.bps, found.present)
