"""Samples taken in: once, merged, replaced with a word, refused whole; sources and their tokens."""

from __future__ import annotations

import datetime as dt

import pytest

from mayorista.apps.contracts.models import TrafficDay, TrafficSource, TrafficUpload
from mayorista.apps.contracts.operations import traffic
from mayorista.apps.overview.queries import traffic as pages
from mayorista.rules import percentile
from mayorista.rules.errors import Invalid, NotAllowed
from tests import billing_world as bills
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures

HEAD = ["circuito", "hora", "entrada_mbps", "salida_mbps"]


@pytest.fixture
def carrier(world):  # noqa: F811
    world.move_to(24)
    bills.billed(world)
    return world


def take(carrier, *rows, head=HEAD, who: str = "noc", **more) -> traffic.Taken:
    return traffic.take(
        rows=[head, *rows],
        content_hash="0" * 64,
        actor=carrier.actor(who),
        at=carrier.at,
        name="muestras.csv",
        **more,
    )


def stored(on: int = 23) -> list:
    return percentile.unpack(bytes(TrafficDay.objects.get(on=dt.date(2026, 11, on)).samples))


class TestTake:
    def test_packs_a_row_per_port_and_day(self, carrier):
        taken = take(
            carrier,
            ["TIP-0141", "2026-11-23 10:00", "1612.4", "233.9"],
            ["tip-0141", "2026-11-22 23:55", "1", "2"],
        )
        assert (taken.rows, taken.ports, taken.new) == (2, 1, 2)
        row = TrafficDay.objects.get(on=dt.date(2026, 11, 23))
        assert (row.port, row.present, len(bytes(row.samples))) == ("Te0/0/0/3", 1, 2 * 288 * 8)
        assert stored()[120] == (1_612_400_000, 233_900_000)

    def test_the_same_twice_is_known_once(self, carrier):
        rows = [["TIP-0141", f"2026-11-23 10:{minute:02d}", "5", "6"] for minute in range(0, 60, 5)]
        take(carrier, *rows)
        again = take(carrier, *rows)
        assert (again.new, again.same, again.replaced) == (0, 12, 0)
        assert TrafficUpload.objects.count() == 2

    def test_an_overlap_with_another_value_replaces_and_is_told(self, carrier):
        take(carrier, ["TIP-0141", "2026-11-23 10:00", "5", "6"], ["TIP-0141", "2026-11-23 10:05", "5", "6"])
        more = take(
            carrier, ["TIP-0141", "2026-11-23 10:05", "7", "6"], ["TIP-0141", "2026-11-23 10:10", "8", "6"]
        )
        assert (more.new, more.same, more.replaced) == (1, 0, 1)
        assert stored()[121] == (7_000_000, 6_000_000)
        from mayorista.apps.contracts.models import Service

        home = Service.objects.get(circuit_code="TIP-0141").dossier_id
        assert "1 muestras de tráfico del puerto Te0/0/0/3 reemplazadas por otro valor." in carrier.journal(
            home
        )

    def test_a_missing_value_takes_nothing_away(self, carrier):
        take(carrier, ["TIP-0141", "2026-11-23 10:00", "5", "6"])
        take(carrier, ["TIP-0141", "2026-11-23 10:00", "", ""], ["TIP-0141", "2026-11-23 10:05", "1", "1"])
        assert stored()[120] == (5_000_000, 6_000_000)

    def test_one_wrong_cell_refuses_all(self, carrier):
        with pytest.raises(Invalid) as refused:
            take(
                carrier, ["TIP-0141", "2026-11-23 10:00", "5", "6"], ["NADIE-1", "2026-11-23 10:00", "5", "6"]
            )
        assert refused.value.errors[0].field == "fila 3, circuito"
        assert not TrafficDay.objects.exists()

    def test_counters_go_on_between_uploads(self, carrier):
        head = ["circuito", "hora", "entrada_octetos", "salida_octetos"]
        take(carrier, ["TIP-0141", "2026-11-23 10:00", "0", "0"], head=head)
        take(carrier, ["TIP-0141", "2026-11-23 10:05", "3750000000", "37500"], head=head)
        assert stored()[120] == (100_000_000, 1000)

    def test_is_not_everybodys(self, carrier):
        with pytest.raises(NotAllowed):
            take(carrier, ["TIP-0141", "2026-11-23 10:00", "5", "6"], who="gerente")

    def test_the_page_says_the_percentile_with_its_rank(self, carrier):
        rows = [
            ["TIP-0141", f"2026-11-23 {hour:02d}:{minute:02d}", str(hour), "1"]
            for hour in range(24)
            for minute in range(0, 60, 5)
        ]
        take(carrier, *rows)
        page = pages.port_page(circuit="TIP-0141", month=bills.NOVEMBER, at=carrier.at)
        inward = page.directions[0]
        assert (inward.mbps, inward.rank, inward.present, inward.billed) == ("22,000 Mbps", 15, 288, True)
        assert len(page.graph.lines_in) == 1


class TestSources:
    def make(self, carrier, **more) -> traffic.NewToken:
        said = {"code": "librenms", "name": "LibreNMS", "zone": "UTC", "counter_bits": 64, **more}
        return traffic.create_source(actor=carrier.actor("admin"), at=carrier.at, **said)

    def test_prove_themselves_by_their_token_alone(self, carrier):
        made = self.make(carrier)
        assert traffic.admit(code="librenms", token=made.token).zone == "UTC"
        assert traffic.admit(code="librenms", token="otra") is None
        assert traffic.admit(code="nadie", token="") is None
        assert made.token not in str(TrafficSource.objects.values())
        newer = traffic.rotate_token(source_id=made.source_id, actor=carrier.actor("admin"), at=carrier.at)
        assert traffic.admit(code="librenms", token=made.token) is None
        traffic.switch_source(
            source_id=made.source_id, active=False, actor=carrier.actor("admin"), at=carrier.at
        )
        assert traffic.admit(code="librenms", token=newer.token) is None

    def test_wrong_fields_are_named_at_once_and_a_code_is_one(self, carrier):
        with pytest.raises(Invalid) as refused:
            self.make(carrier, code="Ñ", name=" ", zone="Marte/Base", counter_bits=16)
        assert {error.field for error in refused.value.errors} == {"code", "name", "zone", "counter_bits"}
        self.make(carrier)
        with pytest.raises(Invalid):
            self.make(carrier)

    def test_the_zone_of_a_source_holds_for_its_hours(self, carrier):
        made = self.make(carrier)
        sender = traffic.admit(code="librenms", token=made.token)
        traffic.take(
            rows=[HEAD, ["TIP-0141", "2026-11-23 14:00", "5", "6"]],
            content_hash="0" * 64,
            sender=sender,
            at=carrier.at,
        )
        assert stored()[120] == (5_000_000, 6_000_000)
