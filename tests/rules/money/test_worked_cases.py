"""The published worked cases and percentile vectors, to the letter."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from mayorista.rules import percentile
from mayorista.rules.rating import reading, writing

WORKED = json.loads(
    (Path(__file__).parents[2] / "fixtures/money/worked-cases.json").read_text(encoding="utf-8"),
    parse_float=Decimal,
)


@pytest.mark.parametrize("worked", WORKED["cases"], ids=lambda each: each["id"])
def test_a_worked_case_comes_out_to_the_letter(worked):
    assert writing.answered(reading.read(worked)) == worked["expected"]


@pytest.mark.parametrize("vector", WORKED["p95_vectors"], ids=lambda each: each["title"][:20])
def test_a_percentile_vector_comes_out(vector):
    value, discarded = percentile.ninety_fifth([Decimal(sample) for sample in vector["samples"]])
    assert (str(value), discarded) == (vector["p95"], vector["discarded"])


def test_all_of_them_are_there():
    assert (len(WORKED["cases"]), len(WORKED["p95_vectors"])) == (15, 2)
