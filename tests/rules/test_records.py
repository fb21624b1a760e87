"""The catalogue of documents: what the procedure's table says, and until when a record is kept."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayorista.rules.records import TYPES, Kind, closed_before, kept_until


def test_the_two_of_the_procedure_are_as_its_table_says():
    named = [each for each in TYPES.values() if each.of_the_procedure]
    assert [(each.name, each.kind, each.made, each.originals, each.copies) for each in named] == [
        ("Formulario D.A.C.", Kind.FORM, "M", 1, 0),
        ("Contrato con cliente ISP", Kind.FORM, "M", 1, 1),
    ]


def test_no_file_is_a_record_of_two_types():
    files = [file for each in TYPES.values() for file in each.files]
    assert len(files) == len(set(files))


def test_is_kept_as_long_as_the_requirements_say():
    """G-39: media five years, the rest ten; a protocol for ever."""
    assert {code: each.years for code, each in TYPES.items() if each.years != 10} == {
        "MEDIO": 5,
        "PROTOCOLO": 0,
    }
    assert TYPES["MEDIO"].files == ("WHATSAPP",)


@pytest.mark.parametrize(
    ("closed", "years", "until"),
    [
        (dt.date(2026, 11, 24), 5, dt.date(2031, 11, 24)),
        (dt.date(2024, 2, 29), 5, dt.date(2029, 2, 28)),
        (dt.date(2026, 11, 24), 0, None),
        (None, 5, None),
    ],
)
def test_is_kept_until(closed, years, until):
    assert kept_until(closed, years) == until


@given(
    st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)),
    st.dates(dt.date(2020, 1, 1), dt.date(2140, 1, 1)),
    st.integers(1, 20),
)
def test_both_ways_of_asking_agree(closed, today, years):
    """A record is past its time exactly when its dossier was closed up to `closed_before`, but for 29 February."""
    if (closed.month, closed.day) != (2, 29) and (today.month, today.day) != (2, 29):
        assert (kept_until(closed, years) < today) == (closed <= closed_before(today, years))
