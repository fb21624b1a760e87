"""Wrong cases: each is refused and the message names the field by its path."""

from __future__ import annotations

import contextlib
import copy
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayorista.rules.errors import Invalid
from mayorista.rules.rating import reading, writing
from tests.rules.money.cases import TIERS, case, change

DELETE = object()
VOLUME = {"effective": "2025-01-01", "model": "volume", "tiers": TIERS}


def put(document: dict, path: str, value: object) -> dict:
    """The document with one place changed: `contract.prices[0].model`."""
    found = copy.deepcopy(document)
    place = found
    steps = path.replace("[", ".[").split(".")
    for step in steps[:-1]:
        place = place[int(step[1:-1])] if step.startswith("[") else place[step]
    last = steps[-1]
    key = int(last[1:-1]) if last.startswith("[") else last
    if value is DELETE:
        del place[key]
    else:
        place[key] = value
    return found


def refused(document: object) -> Invalid:
    with pytest.raises(Invalid) as found:
        writing.answered(reading.read(document))
    return found.value


@pytest.mark.parametrize(
    ("path", "value", "word"),
    [
        ("contract.start", "2026-02-31", "no existe en el calendario"),
        ("contract.start", "31/01/2026", "no es una fecha"),
        ("contract.start", 20260101, "no es una fecha"),
        ("contract.start", DELETE, "Falta"),
        ("contract.currency", "bolivianos", "moneda"),
        ("contract.currency", DELETE, "Falta"),
        ("contract.prices", [], "no tiene precios"),
        ("contract.prices", DELETE, "Falta"),
        ("contract.prices", {}, "lista"),
        ("contract.prices[0].unit_price", "-1", "negativo"),
        ("contract.prices[0].unit_price", "ocho", "no es un número"),
        ("contract.prices[0].unit_price", "8,50", "no es un número"),
        ("contract.prices[0].unit_price", "1e3", "no es un número"),
        ("contract.prices[0].unit_price", "NaN", "no es un número"),
        ("contract.prices[0].unit_price", "٣", "no es un número"),
        ("contract.prices[0].unit_price", True, "no es un número"),
        ("contract.prices[0].unit_price", "0.00000000001", "decimales"),
        ("contract.prices[0].unit_price", "1" * 16, "cifras"),
        ("contract.prices[0].unit_price", "1" * 31, "no es un número"),
        ("contract.prices[0].unit_price", DELETE, "Falta"),
        ("contract.prices[0].unit_price", Decimal("1E+99999999"), "más de 30 cifras"),
        ("contract.prices[0].unit_price", Decimal("1E-99999999"), "más de 30 cifras"),
        ("contract.prices[0].model", "per_gbps", "no es una opción"),
        ("contract.prices[0].model", [], "no es una opción"),
        ("contract.prices[0].monthly_fee", "10", "No corresponde"),
        ("contract.prices[0].unit_prize", "10", "Campo desconocido"),
        ("contract.min_mbps", "-3", "negativa"),
        ("contract.min_mbps", "0.0000001", "decimales"),
        ("contract.min_policy", "warn", "no es una opción"),
        ("contract.downgrade_notice_days", "-1", "negativos"),
        ("contract.downgrade_notice_days", "1.5", "entero"),
        ("contract.change_policy", "someday", "no es una opción"),
        ("contract.end_exclusive", "2024-12-31", "antes de empezar"),
        ("contract.end_approved_at", "2026-04-01T08:00:00", "zona"),
        ("contract.minimum_invoice", "-1", "negativo"),
        ("contract.suspension_policy", "half", "no es una opción"),
        ("speed_changes[0].mbps", "-5", "negativa"),
        ("speed_changes[0].mbps", None, "Falta"),
        ("speed_changes[0].effective", "2025-02-29", "no existe"),
        ("speed_changes[0].approved_at", DELETE, "Falta"),
        ("speed_changes[0].approved_at", "2024-12-16T25:00:00-04:00", "no existe en el reloj"),
        ("speed_changes[0].approved_at", "2024-12-16", "no es una fecha con hora"),
        ("speed_changes[0].status", DELETE, "Falta"),
        ("speed_changes[0].id", DELETE, "Falta"),
        ("speed_changes[0].end_exclusive", "2025-01-01", "antes de empezar"),
        ("speed_changes[0].price", {"model": "flat", "monthly_fee": "1"}, "temporal"),
        ("billing.period", "2026-13", "no es un mes"),
        ("billing.period", "abril", "no es un mes"),
        ("billing.as_of", "2026-05-01T08:00:00", "zona"),
        ("billing.invoice_currency", "BOB", "tipo de cambio"),
        ("billing.fx_rate", "0", "mayor que cero"),
        ("billing.fx_rate", "-6.96", "mayor que cero"),
        ("billing.opening_credit", "-1", "negativo"),
        ("billing.opening_credit", "1.001", "dos decimales"),
        ("billing", DELETE, "Falta"),
        ("contract", [], "objeto"),
        ("speed_changes", "a", "lista"),
    ],
)  # fmt: skip
def test_one_wrong_place_is_named(path, value, word):
    error = refused(put(case(), path, value))
    expected = {"billing.invoice_currency": "billing.fx_rate"}.get(path, path) if value == "BOB" else path
    assert (error.field, word in error.message) == (expected, True), str(error)


@pytest.mark.parametrize(
    ("tiers", "field"),
    [
        ([{"up_to": "100", "unit_price": "-1"}], "contract.prices[0].tiers[0].unit_price"),
        (
            [{"up_to": "100", "unit_price": "1"}, {"up_to": "100", "unit_price": "1"}],
            "contract.prices[0].tiers[1].up_to",
        ),
        (
            [{"up_to": "100", "unit_price": "1"}, {"up_to": "50", "unit_price": "1"}],
            "contract.prices[0].tiers[1].up_to",
        ),
        (
            [{"up_to": None, "unit_price": "1"}, {"up_to": "50", "unit_price": "1"}],
            "contract.prices[0].tiers[0].up_to",
        ),
        ([{"up_to": "0", "unit_price": "1"}], "contract.prices[0].tiers[0].up_to"),
        ([{"up_to": "100", "unit_price": "1"}], "contract.prices[0].tiers"),
        ([{"up_to": "100"}], "contract.prices[0].tiers[0].unit_price"),
        ([], "contract.prices[0].tiers"),
    ],
)
def test_tiers_that_contradict_are_named(tiers, field):
    assert refused(case(price=VOLUME | {"tiers": tiers})).field == field


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"tax": {"model": "added", "rate": "0.13"}}, "tax.model"),
        ({"tax": {"model": "included", "rate": "13"}}, "tax.rate"),
        ({"one_offs": [{"text": "x"}]}, "one_offs[0].amount"),
        ({"one_offs": [{"amount": "1"}]}, "one_offs[0].text"),
        ({"prior_invoices": [{"period": "2026-04", "as_of": "2026-04-02T00:00:00-04:00"}]}, "prior_invoices[0].period"),
        ({"prior_invoices": [{"period": "2026-03", "as_of": "2026-06-02T00:00:00-04:00"}]}, "prior_invoices[0].as_of"),
        ({"prior_invoices": [{"period": "2026-03", "as_of": "2026-04-02T00:00:00-04:00"}] * 2}, "prior_invoices[1].period"),
        ({"sla": {"model": "lottery", "outage_minutes": "5"}}, "sla.model"),
        ({"sla": {"model": "pro_rata", "outage_minutes": "-5"}}, "sla.outage_minutes"),
        ({"sla": {"model": "pro_rata", "outage_minutes": "5", "for_period": "2026-03"}}, "sla.for_period"),
        ({"sla": {"model": "pro_rata", "outage_minutes": Decimal("1E+99999999")}}, "sla.outage_minutes"),
        ({"sla": {"model": "duration_ladder", "steps": [{"from_minutes": "0", "fraction": f"1/{'9' * 5000}"}], "outage_minutes": "5"}}, "sla.steps[0].fraction"),
        ({"sla": {"model": "percent_bands", "bands": [], "outage_minutes": "5"}}, "sla.bands"),
        ({"sla": {"model": "percent_bands", "bands": [{"below": "101", "credit_pct": "1"}], "outage_minutes": "5"}}, "sla.bands[0].below"),
        ({"sla": {"model": "duration_ladder", "steps": [{"from_minutes": "0", "fraction": "1/0"}], "outage_minutes": "5"}}, "sla.steps[0].fraction"),
        ({"traffic": {"interval_minutes": 7, "min_coverage": "0.9", "samples_rle": []}}, "traffic.interval_minutes"),
        ({"traffic": {"interval_minutes": 5, "min_coverage": "90", "samples_rle": []}}, "traffic.min_coverage"),
        ({"traffic": {"interval_minutes": 5, "min_coverage": "0.9", "samples_rle": [{"count": 8641, "in": "1", "out": "1"}]}}, "traffic.samples_rle"),
        ({"traffic": {"interval_minutes": 5, "min_coverage": "0.9", "samples_rle": [{"count": -1, "in": "1", "out": "1"}]}}, "traffic.samples_rle[0].count"),
        ({"traffic": {"interval_minutes": 5, "min_coverage": "0.9", "samples_rle": [{"count": 1, "in": "-1", "out": "1"}]}}, "traffic.samples_rle[0].in"),
        ({"traffic": {"interval_minutes": 5, "min_coverage": "0.9", "samples_rle": [{"count": 1, "in": "1"}]}}, "traffic.samples_rle[0].out"),
        ({"traffic": {"interval_minutes": 5, "min_coverage": "0.9"}}, "traffic.samples_rle"),
        ({"suspensions": [{"cut": "2026-04-10", "reconnected": "2026-04-09"}]}, "suspensions[0].reconnected"),
        ({"suspensions": [{"cut": "2026-04-31"}]}, "suspensions[0].cut"),
        ({"suspensions": [{"cut": "2026-04-10", "fee": "-1"}]}, "suspensions[0].fee"),
        ({"siblings": [{"contract": {"start": "2026-01-01"}}]}, "siblings[0].contract.prices"),
        ({"oneoffs": []}, "oneoffs"),
    ],
)  # fmt: skip
def test_what_hangs_on_the_month_is_named(more, field):
    assert refused(case(**more)).field == field


class TestContradictions:
    def test_two_prices_of_one_day_are_both_named(self):
        prices = [case()["contract"]["prices"][0]] * 2
        error = refused(case(contract={"prices": prices}))
        assert error.field == "contract.prices[1].effective"
        assert "prices[0]" in error.message

    def test_two_changes_of_one_id(self):
        assert refused(case(change("a", "2026-04-16", "600"))).field == "speed_changes"

    def test_a_billed_day_without_price(self):
        price = case()["contract"]["prices"][0] | {"effective": "2026-04-02"}
        error = refused(case(contract={"prices": [price]}))
        assert error.field == "contract.prices"
        assert "01/04/2026" in error.message

    def test_a_close_word_is_offered(self):
        assert "unit_price" in refused(put(case(), "contract.prices[0].unit_pirce", "8")).remedy

    def test_a_sibling_above_the_last_tier_names_the_price(self):
        tiers = [{"up_to": "1000", "unit_price": "9"}]
        sibling = {name: case(mbps="900")[name] for name in ("contract", "speed_changes")}
        asked = case(price=VOLUME | {"tiers": tiers, "tier_scope": "contract"}, siblings=[sibling])
        assert refused(asked).field == "contract.prices[0].tiers"

    @pytest.mark.parametrize(
        "document", [None, [], "x", 5, {}, {"services": []}, {"services": [{}], "billing": 1}]
    )
    def test_what_is_no_case_at_all(self, document):
        assert refused(document).message


class TestNumbers:
    @pytest.mark.parametrize("unit", ["8", 8, Decimal("8.00"), "8.0000000000", "+8"])
    def test_are_read_as_strings_or_as_numbers(self, unit):
        found = writing.answered(reading.read(put(case(), "contract.prices[0].unit_price", unit)))
        assert found["total"] == "4000.00"

    def test_never_as_floats(self):
        assert (
            refused(put(case(), "contract.prices[0].unit_price", 8.5)).field
            == "contract.prices[0].unit_price"
        )


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["2026-04-01", "500", "approved"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
WHOLE = case(
    change("b", "2026-04-16", "700", requested_on="2026-04-01"),
    tax={"model": "included", "rate": "0.13"},
    one_offs=[{"text": "x", "amount": "1"}],
    sla={"model": "pro_rata", "multiplier": "1", "outage_minutes": "5"},
    prior_invoices=[{"period": "2026-03", "as_of": "2026-04-01T08:00:00-04:00"}],
    suspensions=[{"cut": "2026-04-10", "reconnected": "2026-04-12"}],
)


def places(value: object, path: str = "") -> list[str]:
    if isinstance(value, dict):
        inner = [(f"{path}.{name}" if path else name, each) for name, each in value.items()]
    elif isinstance(value, list):
        inner = [(f"{path}[{number}]", each) for number, each in enumerate(value)]
    else:
        return []
    return [found for name, each in inner for found in (name, *places(each, name))]


class TestAnything:
    @given(st.sampled_from(places(WHOLE)), values)
    def test_in_any_place_is_answered_or_refused_by_name(self, path, value):
        named = []
        with contextlib.suppress(Invalid):
            try:
                writing.answered(reading.read(put(WHOLE, path, value)))
            except Invalid as error:
                named.append(bool(error.field and error.message))
                raise
        assert all(named)
