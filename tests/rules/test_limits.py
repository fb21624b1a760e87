"""Bounds of parameters: every known one has them, its default lies within, and what cannot be meant is refused in words."""

from __future__ import annotations

from typing import Any

import pytest

from mayorista.apps.procedure.parameters import DEFAULTS
from mayorista.rules import limits


def changed(name: str, **entries: Any) -> dict[str, Any]:
    return DEFAULTS[name].value | entries


def test_every_known_parameter_has_bounds_and_nothing_else_has():
    assert set(limits.LIMITS) == set(DEFAULTS)


@pytest.mark.parametrize("name", sorted(DEFAULTS))
def test_a_default_lies_within_its_bounds(name):
    assert limits.wrong(name, DEFAULTS[name].value) == []
    assert limits.words(name)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("indicators.snapshot_day", 45, "indicators.snapshot_day: «45» no es posible. Escriba un número entero de 1 a 28 (día del mes)."),
        ("billing.adjustment_percent", 130, "de 0 a 100 (%)"),
        ("flap.minutes", -3, "«-3» no es posible"),
        ("collection.hour", 24, "de 0 a 23"),
        ("att.report_minutes", True, "«Sí» no es posible"),
        ("att.active", 1, "Sí o No"),
        ("correlation.severity_threshold", "grave", "una de: critical, major"),
        ("dac.copies", ["jefe"], "una dirección de correo"),
        ("public.base_url", "mayorista", "http://"),
        ("carrier.name", "  ", "un texto de 1 a 120 caracteres"),
        ("sla.counted_effects", [], "0 valores no son posibles"),
        ("sla.counted_effects", ["TOTAL", "TOTAL"], "repetido"),
        ("collection.reminder_days", [5, -5], "-5 no puede ser menor que 5"),
        ("billing.limit_days", changed("billing.limit_days", defined=45), "billing.limit_days «defined»: «45»"),
        ("billing.limit_days", changed("billing.limit_days", defined=6), "«remitted» = 3 no puede ser menor que «defined» = 6"),
        ("billing.limit_days", changed("billing.limit_days", advance_defined=20), "«advance_defined» = 20"),
        ("billing.limit_days", changed("billing.limit_days", advance_defined=32), "día del mes anterior"),
        ("sla.repair_minutes", {"1": 600, "2": 480, "3": 2880}, "«2» = 480 no puede ser menor que «1» = 600"),
        ("sla.repair_minutes", {"1": "x", "2": 480, "3": 2880}, "sla.repair_minutes «1»: «x»"),
        ("escalation.minutes", changed("escalation.minutes", **{"1": [120, 60, 360]}), "escalation.minutes «1»: 60"),
        ("escalation.minutes", changed("escalation.minutes", **{"1": [120]}), "de 3 a 3 valores"),
        ("documents.retention_years", changed("documents.retention_years", DAC=-1), "0 = siempre"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_its_name_the_value_and_the_range(name, value, says):
    found = limits.wrong(name, value)
    assert found
    assert says in " ".join(str(each) for each in found)
    assert {each.field for each in found} == {"value"}
    assert all(name in each.message for each in found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("documents.retention_years", dict.fromkeys(DEFAULTS["documents.retention_years"].value, 0)),
        ("collection.reminder_days", [-5, 0, 60]),
        ("sla.repair_minutes", {"1": 240, "2": 240, "3": 240}),
        ("billing.limit_days", changed("billing.limit_days", coordinated=5, defined=5, remitted=5)),
        ("notice.auto_send_minutes", 0),
    ],
)
def test_what_can_be_meant_stands(name, value):
    assert limits.wrong(name, value) == []
