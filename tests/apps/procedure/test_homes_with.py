"""Long lists are searched by the few dossiers whose text has a word, where they are few."""

from __future__ import annotations

import datetime as dt

import pytest

from mayorista.apps.procedure import queries
from mayorista.apps.procedure.models import Dossier

AT = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)


def written(number: str, text: str, kind: str = "RECEIPT") -> int:
    home = Dossier.objects.create(
        kind=kind, number=number, headline=text, state="", opened_at=AT, search_text=text
    )
    return home.pk


@pytest.mark.django_db
class TestHomesWith:
    def test_finds_those_of_the_kind_alone(self):
        one = written("COMP-1", "banco union trf000042")
        written("COMP-2", "banco union trf000043")
        written("FAC-1", "factura trf000042", kind="INVOICE")
        assert queries.homes_with("000042", kind="RECEIPT") == [one]

    @pytest.mark.parametrize("word", ["10%", "a_b", "c\\d"])
    def test_takes_signs_of_patterns_as_they_are(self, word):
        one = written("COMP-1", f"pago {word} total")
        written("COMP-2", "pago 100 a-b axb cd total")
        assert queries.homes_with(word, kind="RECEIPT") == [one]

    def test_says_nothing_where_they_are_many(self):
        for number in range(4):
            written(f"COMP-{number}", "banco union")
        assert queries.homes_with("union", kind="RECEIPT", most=3) is None
        assert len(queries.homes_with("union", kind="RECEIPT", most=4)) == 4
