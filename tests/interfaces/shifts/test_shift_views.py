"""Shifts: the roster and its gaps, the hand-over and its acknowledgement, who may."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from mayorista.apps.overview.queries import shifts as pages
from mayorista.apps.procedure import roster_queries
from mayorista.apps.procedure.models import JournalEntry, RosterException, RosterSlot, ShiftHandover, WorkItem
from mayorista.apps.procedure.operations import shifts
from mayorista.interfaces.desk import urls_shifts
from mayorista.rules.errors import Conflict, Invalid, NotAllowed
from mayorista.rules.procedure import WHO_MAY, Act, Role
from tests import who_may
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures
from tests.who_may import Try

SEE, HAND, PLAN = (WHO_MAY[act] for act in (Act.VIEW, Act.HAND_OVER_SHIFT, Act.PLAN_ROSTER))
WEEK = list(range(7))
VIEWS = {
    "shift": Try(get=SEE, post=HAND, said={"role": "NOC", "notes": "sin novedad"}),
    "shift-receive": Try(("HANDOVER",), post=frozenset({Role.SUPPORT})),
    "roster": Try(get=SEE),
    "roster-slots": Try(post=PLAN),
    "roster-slot-drop": Try(("SLOT",), post=PLAN),
    "roster-change": Try(post=PLAN),
    "roster-change-drop": Try(("CHANGE",), post=PLAN),
}


def covered(world, role: str, who: str, days=WEEK) -> None:  # noqa: F811
    shifts.add_slots(
        role=role, user_id=world.users[who].pk, weekdays=list(days), starts=dt.time(0), hours=24,
        actor=world.actor("gerente"), at=world.at,
    )  # fmt: skip


def change(world, kind: str, hours: tuple[int, int], who="noc") -> RosterException:  # noqa: F811
    since, until = (world.at + dt.timedelta(hours=each) for each in hours)
    shifts.add_exception(
        role="NOC", user_id=world.users[who].pk, kind=kind, starts_at=since, ends_at=until, reason="vacaciones",
        actor=world.actor("gerente"), at=world.at,
    )  # fmt: skip
    return RosterException.objects.latest("pk")


@pytest.fixture
def staffed(world, monkeypatch):  # noqa: F811
    monkeypatch.setattr("mayorista.interfaces.clock.now", lambda: world.at)
    covered(world, "NOC", "noc")
    return world


def test_who_may(staffed):
    who_may.with_roles(staffed)
    made = shifts.hand_over(role="SUPPORT", notes="x", actor=staffed.actor("soporte"), at=staffed.at)
    rows = {
        "HANDOVER": made.pk,
        "SLOT": RosterSlot.objects.first().pk,
        "CHANGE": change(staffed, "ABSENT", (1, 2)).pk,
    }
    assert {pattern.name for pattern in urls_shifts.urlpatterns} == set(VIEWS)
    assert not who_may.wrong_for_a_stranger(VIEWS, rows)
    assert not who_may.wrong_for_any_role(staffed, VIEWS, rows)


class TestTheRoster:
    def test_a_week_covered_has_no_gap_and_says_who_attends(self, staffed):
        ahead = roster_queries.ahead(Role.NOC, at=staffed.at)
        assert (ahead.gaps, [turn.who for turn in ahead.now(staffed.at)]) == ((), ["Noc Prueba"])

    def test_an_absence_is_a_gap_warned_in_the_tray_until_somebody_covers(self, staffed):
        change(staffed, "ABSENT", (30, 40))
        (gap,) = roster_queries.ahead(Role.NOC, at=staffed.at).gaps
        assert gap.ends_at - gap.starts_at == dt.timedelta(hours=10)
        item = WorkItem.objects.get(key="roster-gap-NOC", done_at=None)
        assert item.due_at == gap.starts_at
        staffed.person("colega-noc", Role.NOC)
        change(staffed, "COVERS", (29, 41), who="colega-noc")
        assert not WorkItem.objects.filter(key="roster-gap-NOC", done_at=None).exists()

    def test_a_turn_that_ended_leaves_its_hours_unattended(self, staffed):
        shifts.drop_slot(
            slot_id=RosterSlot.objects.get(weekday=4).pk, actor=staffed.actor("gerente"), at=staffed.at
        )
        assert len(roster_queries.ahead(Role.NOC, at=staffed.at).gaps) == 2  # two Fridays
        assert shifts.watch(at=staffed.at) == 1

    def test_with_nobody_is_one_task_of_the_gerencia_until_each_role_has_somebody(self, world):  # noqa: F811
        def asked() -> list[tuple[str, str, dt.datetime]]:
            return list(
                WorkItem.objects.filter(key="roster-none", done_at=None).values_list(
                    "role", "title", "due_at"
                )
            )

        shifts.watch(at=world.at)
        ((role, title, due_at),) = asked()
        assert (role, title) == (
            "MANAGER",
            "Hacer el rol de turnos: nadie está en el de NOC ni en el de Soporte",
        )
        shifts.watch(at=world.pass_minutes(60))
        assert asked() == [(role, title, due_at)], "asked once, its time does not move"
        covered(world, "NOC", "noc")
        ((_role, title, _due),) = asked()
        assert title == "Hacer el rol de turnos: nadie está en el de Soporte"
        covered(world, "SUPPORT", "soporte")
        assert asked() == []

    def test_refuses_a_stranger_to_the_role_no_days_and_an_end_before_its_beginning(self, staffed):
        with pytest.raises(Invalid, match="no tiene ese rol"):
            covered(staffed, "NOC", "soporte")
        with pytest.raises(Invalid, match="al menos un día"):
            covered(staffed, "NOC", "noc", days=[])
        with pytest.raises(Invalid, match="posterior"):
            change(staffed, "COVERS", (3, 2))

    def test_the_page_says_what_lacks_and_keeps_what_was_typed(self, staffed):
        client = who_may.client_of(who_may.with_roles(staffed), Role.MANAGER)
        assert "Soporte no tiene rol de turnos" in client.get(reverse("desk:roster")).content.decode()
        answer = client.post(reverse("desk:roster-slots"), {"role": "NOC", "hours": "30"})
        assert (answer.status_code, 'value="30"' in answer.content.decode()) == (422, True)
        said = {"role": "NOC", "user_id": staffed.users["noc"].pk, "weekdays": ["0", "1"], "starts": "08:00"}
        assert client.post(reverse("desk:roster-slots"), {**said, "hours": "8"}).status_code == 302
        assert RosterSlot.objects.filter(minutes=480).count() == 2


class TestTheHandOver:
    def test_begins_with_what_is_open_and_is_due_until_somebody_else_receives_it(self, staffed):
        staffed.isp("VALLE FIBRA S.R.L.", "TIP-0141", mobile="70000014")
        staffed.alarm(circuit="TIP-0141")
        notes = pages.draft(Role.NOC, at=staffed.at)
        assert "VALLE FIBRA" in notes
        assert "Reconocer la caída" in notes
        made = shifts.hand_over(role="NOC", notes=notes, actor=staffed.actor("noc"), at=staffed.at)
        item = WorkItem.objects.get(key=f"shift-{made.pk}")
        assert item.due_at - staffed.at == dt.timedelta(minutes=15)
        with pytest.raises(Conflict, match="escribió"):
            shifts.receive(handover_id=made.pk, remark="", actor=staffed.actor("noc"), at=staffed.at)
        with pytest.raises(NotAllowed):
            shifts.receive(handover_id=made.pk, remark="", actor=staffed.actor("soporte"), at=staffed.at)
        with pytest.raises(Conflict, match="sin recibir"):
            shifts.hand_over(role="NOC", notes="otra", actor=staffed.actor("noc"), at=staffed.at)
        staffed.person("entrante", Role.NOC)
        shifts.receive(handover_id=made.pk, remark="leído", actor=staffed.actor("entrante"), at=staffed.at)
        item.refresh_from_db()
        assert item.done_by == staffed.users["entrante"]
        assert ShiftHandover.objects.get().received_at == staffed.at
        assert JournalEntry.objects.filter(act=Act.HAND_OVER_SHIFT).count() == 2

    def test_is_written_and_received_on_the_page(self, staffed):
        staffed.person("entrante", Role.NOC)
        who_may.with_roles(staffed)
        client = who_may.client_of(staffed, Role.NOC)
        assert client.post(reverse("desk:shift"), {"role": "NOC", "notes": " "}).status_code == 422
        client.post(reverse("desk:shift"), {"role": "NOC", "notes": "rebote en ORU-TAM"})
        shown = client.get(reverse("desk:shift")).content.decode()
        assert "rebote en ORU-TAM" in shown
        assert "Recibir el turno" not in shown.partition("<main")[2]
