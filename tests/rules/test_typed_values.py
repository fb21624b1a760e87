"""What people type: telephones, NITs, names, capacities, dates, numbers, spans."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayorista.rules import capacity, changes, durations, formats, names, nit, numerals, phones, spanish_dates
from mayorista.rules.errors import Invalid


class TestPhones:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("70000001", "+59170000001"),
            ("591 7000-0001", "+59170000001"),
            ("+591 70000001", "+59170000001"),
            ("0059170000001", "+59170000001"),
            ("(591) 6000 0001", "+59160000001"),
            ("Cel.: 70000001", "+59170000001"),
            ("70000001\u00a0", "+59170000001"),
            ("+54 9 11 1234 5678", "+5491112345678"),
        ],
    )
    def test_reads_a_mobile_without_warning(self, typed, kept):
        phone = phones.normalise(typed)
        assert (phone.e164, phone.warning) == (kept, "")

    @pytest.mark.parametrize(
        "typed", ["4 4250000", "4-4250000", "44250000", "0 4 4250000", "+591 4 4250000", "4250000"]
    )
    def test_warns_of_a_landline_and_does_not_refuse_it(self, typed):
        phone = phones.normalise(typed)
        assert (phone.e164, phone.kind) == ("+59144250000", "LANDLINE")
        assert "teléfono fijo" in phone.warning

    @pytest.mark.parametrize(
        "typed",
        ["", "7000001", "700000012", "+591 7000001", "hola", "123", "+0123456789", "54911123456", "+1"],
    )
    def test_refuses_what_is_no_number_and_says_what_to_write(self, typed):
        with pytest.raises(Invalid) as caught:
            phones.normalise(typed)
        assert caught.value.field == "phone"
        assert caught.value.remedy

    @pytest.mark.parametrize(
        "cell",
        [
            "70000001 / 71111111",
            "70000001/71111111",
            "70000001 y 71111111",
            "70000001; 71111111",
            "70000001, 71111111",
            "70000001\n71111111",
            "70000001 71111111",
            "70000001-71111111",
            "Cel. 70000001 - 71111111",
            "70000001 / 71111111 / 70000001",
        ],
    )
    def test_reads_two_in_a_cell(self, cell):
        assert [phone.e164 for phone in phones.normalise_all(cell)] == ["+59170000001", "+59171111111"]

    def test_drops_an_extension(self):
        assert phones.normalise("4425-0000 int. 12").e164 == "+59144250000"

    @given(st.integers(60_000_000, 79_999_999))
    def test_what_it_shows_it_reads(self, number):
        e164 = phones.normalise(str(number)).e164
        assert phones.normalise(phones.show(e164)).e164 == e164
        assert phones.normalise(phones.wa_id(e164)).e164 == e164

    @given(st.text(max_size=40))
    def test_never_breaks_on_any_text(self, text):
        with contextlib.suppress(Invalid):
            assert all(phone.e164.startswith("+") for phone in phones.normalise_all(text))


class TestNit:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("1028627025", "1028627025"),
            ("1.028.627-025", "1028627025"),
            ("NIT: 12345", "12345"),
            ("1028627025.0", "1028627025"),
            ("028627025", "028627025"),
            ("  ", ""),
        ],
    )
    def test_keeps_digits_only(self, typed, kept):
        assert nit.normalise(typed) == kept

    @pytest.mark.parametrize("typed", ["12a45", "1234", "1" * 16, "00000", "١٢٣٤٥"])
    def test_refuses_what_is_none(self, typed):
        with pytest.raises(Invalid):
            nit.normalise(typed)

    def test_knows_one_that_lost_its_zeros(self):
        assert nit.same("0028627025", "28627025")
        assert not nit.same("", "")
        assert nit.restore("28627025", ["1028627025", "0028627025"]) == "0028627025"
        assert nit.restore("28627025", ["1028627025"]) == "28627025"


class TestNames:
    @pytest.mark.parametrize(
        "spelling",
        [
            "VALLE FIBRA S.R.L.",
            "Valle Fibra SRL",
            "VALLEFIBRA Ltda.",
            "Válle  Fibra, S. R. L.",
            "valle-fibra",
            "VALLE FIBRA S.A.",
            "Valle Fibra Sociedad de Responsabilidad Limitada",
        ],
    )
    def test_one_isp_has_one_key(self, spelling):
        assert names.normal_key(spelling) == "vallefibra"

    @pytest.mark.parametrize(
        ("name", "key"), [("SA", "sa"), ("S.R.L.", "srl"), ("...", ""), ("AT&T", "atyt")]
    )
    def test_a_name_is_never_eaten_whole(self, name, key):
        assert names.normal_key(name) == key

    def test_proposes_near_misses_and_joins_none(self):
        known = ["VALLE FIBRA S.R.L.", "ANDESNET LTDA.", "RED TUNARI S.R.L."]
        assert [each.name for each in names.proposals("VALE FIBRA", known)] == ["VALLE FIBRA S.R.L."]
        assert [each.name for each in names.proposals("fibra valle", known)] == ["VALLE FIBRA S.R.L."]
        assert names.proposals("CABLE SUR", known) == []

    @given(st.text(max_size=30), st.text(max_size=30))
    def test_likeness_is_symmetric_and_between_bounds(self, one, other):
        likeness = names.similarity(one, other)
        assert 0 <= likeness <= 1000
        assert likeness == names.similarity(other, one)

    @given(st.text(max_size=30))
    def test_a_name_is_wholly_like_itself_in_any_case(self, name):
        assert names.similarity(name, name) == 1000
        assert names.normal_key(name + " S.R.L.") == names.normal_key(name + " srl")


class TestNumerals:
    @pytest.mark.parametrize(
        ("typed", "value"),
        [
            ("12345,6", "12345.6"),
            ("12.345,60", "12345.60"),
            ("12,345.60", "12345.60"),
            ("2.000", "2000"),
            ("1.234.567", "1234567"),
            ("1,234,567", "1234567"),
            ("0,125", "0.125"),
            ("1,5", "1.5"),
            ("1.5", "1.5"),
            ("-3,20", "-3.20"),
            ("1 234,5", "1234.5"),
        ],
    )
    def test_reads_comma_and_point(self, typed, value):
        assert numerals.parse(typed) == Decimal(value)

    @pytest.mark.parametrize("typed", ["", "x", "1,2,3", "1.2.3", "1,23.4,5", "1.23,4.5", "--1", "1,500"])
    def test_refuses_what_has_no_one_reading(self, typed):
        with pytest.raises(Invalid):
            numerals.parse(typed)

    def test_names_both_readings(self):
        with pytest.raises(Invalid, match=r"puede leerse como 1\.500 o como 1,5"):
            numerals.parse("1,500")

    @given(st.decimals(-(10**9), 10**9, places=2))
    def test_what_is_shown_is_read(self, value):
        assert numerals.parse(formats.number(value, 2)) == value.quantize(Decimal("0.01"))


class TestCapacity:
    @pytest.mark.parametrize(
        ("typed", "kbps"),
        [
            ("2 Gbps", 2_000_000),
            ("2.000 Mbps", 2_000_000),
            ("1,5 Gbps", 1_500_000),
            ("1.5Gbps", 1_500_000),
            ("500 megas", 500_000),
            ("100 MB", 100_000),
            ("1 Gbit/s", 1_000_000),
            ("64 kbps", 64),
            ("1.234,5 Mbps", 1_234_500),
            ("2 Gb/s", 2_000_000),
        ],
    )
    def test_reads_exactly(self, typed, kbps):
        assert capacity.parse(typed) == kbps

    @pytest.mark.parametrize(
        "typed",
        [
            "500",
            "2 gigabaudio",
            "0 Mbps",
            "-1 Mbps",
            "0,0001 kbps",
            "1,500 Mbps",
            "1.500 Gbps",
            "",
            "Gbps",
            "2 Gbaud",
        ],
    )
    def test_refuses_what_is_none(self, typed):
        with pytest.raises(Invalid) as caught:
            capacity.parse(typed)
        assert caught.value.field == "capacity"

    def test_takes_the_unit_of_the_heading_for_a_bare_number(self):
        assert capacity.parse("2000", unit="Mbps") == 2_000_000
        assert capacity.parse("2 Gbps", unit="Mbps") == 2_000_000

    @pytest.mark.parametrize(
        ("kbps", "shown"),
        [
            (2_000_000, "2 Gbps"),
            (1_500_000, "1,5 Gbps"),
            (500_000, "500 Mbps"),
            (64, "64 kbps"),
            (1_234_500, "1.234,5 Mbps"),
            (1_250_000, "1,25 Gbps"),
        ],
    )
    def test_shows_as_people_read(self, kbps, shown):
        assert capacity.show(kbps) == shown

    @given(st.integers(1, capacity.HIGHEST_KBPS // 1000).map(lambda mbps: mbps * 1000))
    def test_a_whole_number_of_mbps_comes_back_from_what_is_shown(self, kbps):
        shown = capacity.show(kbps)
        if re.search(r",\d{3} ", shown):  # "1,125 Gbps" has two readings; nothing is guessed
            with pytest.raises(Invalid, match="puede leerse"):
                capacity.parse(shown)
        else:
            assert capacity.parse(shown) == kbps


class TestSpanishDates:
    @pytest.mark.parametrize(
        "typed",
        [
            "24/11/2026",
            "24-11-26",
            "24.11.2026",
            "2026-11-24",
            "24 de noviembre de 2026",
            "24 de Noviembre del 2026",
            "martes, 24 de noviembre de 2026",
            "24 nov 2026",
            "24-nov-26",
            "46350",
            "24/11/2026 00:00:00",
            "2026-11-24T00:00:00",
        ],
    )
    def test_reads_the_day_first(self, typed):
        assert spanish_dates.parse(typed) == dt.date(2026, 11, 24)

    @pytest.mark.parametrize(
        "typed", ["primero de enero de 2026", "1º de enero de 2026", "1ro enero 2026", "46023"]
    )
    def test_reads_the_first(self, typed):
        assert spanish_dates.parse(typed) == dt.date(2026, 1, 1)

    @pytest.mark.parametrize(
        "typed", ["11/24/2026", "31/02/2026", "setiembre", "", "99999", "12345", "24 de brumario de 2026"]
    )
    def test_refuses_what_is_no_day(self, typed):
        with pytest.raises(Invalid) as caught:
            spanish_dates.parse(typed, field="x")
        assert (caught.value.field, bool(caught.value.remedy)) == ("x", True)

    def test_reads_serials_of_either_epoch(self):
        assert spanish_dates.from_serial(46350) == dt.date(2026, 11, 24)
        assert spanish_dates.from_serial(44888, date1904=True) == dt.date(2026, 11, 24)

    @given(st.dates(dt.date(1981, 1, 1), dt.date(2079, 12, 31)))
    def test_what_is_written_is_read(self, day):
        assert spanish_dates.parse(formats.date(day)) == day
        assert spanish_dates.parse(f"{day:%d/%m/%y}") == day
        words = f"{day.day} de {spanish_dates.MONTHS[day.month - 1]} de {day.year}"
        assert spanish_dates.parse(words) == day
        assert spanish_dates.parse(day.isoformat()) == day

    @given(st.text(max_size=30))
    def test_never_breaks_on_any_text(self, text):
        with contextlib.suppress(Invalid):
            assert isinstance(spanish_dates.parse(text), dt.date)


class TestDurations:
    @pytest.mark.parametrize(
        ("typed", "minutes"),
        [
            ("240", 240),
            ("4 h", 240),
            ("1,5 h", 90),
            ("2 h 30 min", 150),
            ("2 días", 2880),
            ("04:00", 240),
            ("30 minutos", 30),
            ("2h y 5 min", 125),
        ],
    )
    def test_reads_minutes(self, typed, minutes):
        assert durations.parse_minutes(typed) == minutes

    @pytest.mark.parametrize("typed", ["", "4 horitas", "h", "4 5 h", "0,001 h", "x4"])
    def test_refuses_what_is_none(self, typed):
        with pytest.raises(Invalid):
            durations.parse_minutes(typed)

    @given(st.integers(0, 100_000))
    def test_what_is_shown_is_read(self, minutes):
        assert durations.parse_minutes(durations.show(minutes)) == minutes


class TestFormats:
    @pytest.mark.parametrize(
        ("value", "places", "shown"),
        [
            ("12345.6", 2, "12.345,60"),
            ("-0.001", 2, "0,00"),
            ("0.005", 2, "0,01"),
            ("-1234567.891", 1, "-1.234.567,9"),
            ("2000", 0, "2.000"),
        ],
    )
    def test_numbers(self, value, places, shown):
        assert formats.number(Decimal(value), places) == shown

    def test_a_late_evening_in_la_paz_is_still_that_day(self):
        at = dt.datetime(2026, 12, 1, 3, 59, tzinfo=dt.UTC)
        assert (formats.date(at), formats.date_time(at)) == ("30/11/2026", "30/11/2026 23:59")

    def test_a_time_without_zone_is_refused(self):
        with pytest.raises(ValueError, match="zone"):
            formats.date_time(dt.datetime(2026, 1, 1))


class TestChanges:
    LABELS = {
        "city": changes.Label("ciudad"),
        "active": changes.Label("activo"),
        "kbps": changes.Label("capacidad", lambda v: capacity.show(int(str(v)))),
    }

    def test_tells_what_goes_from_what_to_what(self):
        made = changes.compare(
            {"city": "", "active": True, "kbps": 2_000_000},
            {"city": "Sacaba", "active": False, "kbps": 3_000_000},
            self.LABELS,
        )
        assert changes.sentence(made) == "ciudad: Sacaba; activo: sí → no; capacidad: 2 Gbps → 3 Gbps"

    def test_leaves_out_what_is_equal_or_was_not_given(self):
        assert changes.compare({"city": "x", "active": True}, {"city": "x"}, self.LABELS) == ()
