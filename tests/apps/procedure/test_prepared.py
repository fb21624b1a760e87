"""A statement written once gives what the query set gives, for each call's own values."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext

from mayorista.apps.procedure.models import Dossier
from mayorista.apps.procedure.operations import dossiers
from mayorista.apps.procedure.prepared import Prepared

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
NAMED = Prepared(lambda ids: Dossier.objects.filter(pk__any=ids).select_related("customer").order_by("pk"))


@pytest.fixture
def three() -> list[Dossier]:
    return [
        dossiers.open_dossier(
            kind=kind,
            number=f"X-{place}",
            headline=f"uno {place}",
            state="vigente",
            at=AT + dt.timedelta(days=place),
        )
        for place, kind in enumerate(("CASE", "CASE", "FAULT"))
    ]


def test_each_call_has_its_own_values_and_asks_once(three):
    ids = [row.pk for row in three]
    assert NAMED(ids[:2]) == list(Dossier.objects.filter(pk__in=ids[:2]).order_by("pk"))
    with CaptureQueriesContext(connection) as asked:
        assert [row.headline for row in NAMED(ids[2:])] == ["uno 2"]
    assert len(asked) == 1
    assert NAMED([]) == []


def test_moments_sums_and_parts_of_rows_come_as_from_the_query_set(three):
    since = Prepared(
        lambda at, ids: (
            Dossier.objects.filter(opened_at__gte=at, pk__any=ids)
            .values("kind")
            .annotate(count=Count("pk"))
            .order_by("kind")
        )
    )
    ids = [row.pk for row in three]
    assert since(AT, ids) == [{"kind": "CASE", "count": 2}, {"kind": "FAULT", "count": 1}]
    assert since(AT + dt.timedelta(days=2), ids) == [{"kind": "FAULT", "count": 1}]
    numbers = Prepared(lambda pk: Dossier.objects.filter(pk=pk).values_list("number", flat=True))
    assert [numbers(pk) for pk in ids] == [["X-0"], ["X-1"], ["X-2"]]
    pairs = Prepared(lambda pk: Dossier.objects.filter(pk=pk).values_list("pk", "number"))
    assert pairs(ids[1]) == [(ids[1], "X-1")]


def test_a_value_that_does_not_reach_the_statement_is_an_error(three):
    lost = Prepared(lambda _pk: Dossier.objects.all())
    with pytest.raises(ValueError, match="does not stand"):
        lost(three[0].pk)
