"""The spine: numbers without gaps, a journal nobody can alter, work items, people and their powers."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connection, connections, transaction
from django.db.utils import ProgrammingError

from mayorista.apps.procedure import queries
from mayorista.apps.procedure.actors import Actor, for_job, require
from mayorista.apps.procedure.models import JournalEntry, LiveTopic, Parameter, Serial, WorkItem
from mayorista.apps.procedure.operations import (
    dossiers,
    files,
    journal,
    live,
    parameters,
    people,
    serials,
    work,
)
from mayorista.rules.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from mayorista.rules.procedure import Act, Role

AT = dt.datetime(2026, 11, 24, 6, 0, tzinfo=dt.UTC)
PASSWORD = "una-clave-de-prueba-9"


def user(name: str, *roles: Role):
    return people.write_user(
        username=name,
        full_name=name.title(),
        roles=roles,
        at=AT,
        password=PASSWORD,
        email=f"{name}@x.example",
    )


def actor(name: str, *roles: Role, at: dt.datetime = AT) -> Actor:
    return people.actor_for(user=user(name, *roles), at=at)


def a_dossier(number: str = "FALLA-2026-000001"):
    return dossiers.open_dossier(
        kind="FAULT", number=number, headline="VALLE FIBRA · TIP-0141", state="x", at=AT
    )


class TestSerials:
    def test_count_up_within_a_year_of_la_paz(self, db):
        new_year_in_london = dt.datetime(2027, 1, 1, 3, 59, tzinfo=dt.UTC)
        assert serials.next_number(series="DAC", at=AT) == "DAC-2026-000001"
        assert serials.next_number(series="DAC", at=new_year_in_london) == "DAC-2026-000002"
        assert (
            serials.next_number(series="DAC", at=new_year_in_london + dt.timedelta(minutes=1))
            == "DAC-2027-000001"
        )

    def test_leave_no_gap_when_the_issue_is_rolled_back(self, db):
        def fail():
            with transaction.atomic():
                serials.next_number(series="DAC", at=AT)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        assert serials.next_number(series="DAC", at=AT) == "DAC-2026-000001"

    @pytest.mark.django_db(transaction=True)
    def test_of_two_at_once_are_two(self):
        taken = []

        def take():
            with transaction.atomic():
                taken.append(serials.next_number(series="DAC", at=AT))
            connections.close_all()

        threads = [threading.Thread(target=take) for _each in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(taken) == [f"DAC-2026-{n:06d}" for n in range(1, 9)]
        assert Serial.objects.get().last == 8


class TestJournal:
    def test_cannot_be_altered_with_the_applications_role(self, db):
        entry = journal.record(
            dossier_id=a_dossier().pk, act="NOTE", text="así fue", actor=for_job("prueba"), at=AT
        )
        for statement in (
            "UPDATE procedure_journalentry SET text = 'no fue'",
            "DELETE FROM procedure_journalentry",
            "TRUNCATE procedure_journalentry CASCADE",
        ):
            with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        assert JournalEntry.objects.get(pk=entry.pk).text == "así fue"

    def test_says_in_whose_name_a_delegate_acts(self, db):
        holder, stand_in = user("gerente", Role.MANAGER), user("delegada", Role.NOC)
        people.delegate(
            role="MANAGER",
            delegate_id=stand_in.pk,
            starts_at=AT,
            ends_at=AT + dt.timedelta(hours=8),
            reason="noche",
            actor=people.actor_for(user=holder, at=AT),
            at=AT,
        )
        acting = people.actor_for(user=stand_in, at=AT)
        entry = journal.record(
            dossier_id=a_dossier().pk, act=Act.TELL_CUSTOMER, text="aviso", actor=acting, at=AT
        )
        assert (entry.user_id, entry.on_behalf_of_id, entry.role) == (stand_in.pk, holder.pk, "MANAGER")


class TestActors:
    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.MANAGER])
    def test_of_another_role_are_told_whose_act_it_is(self, db, role):
        with pytest.raises(NotAllowed) as caught:
            require(actor("alguien", role), Act.TELL_CUSTOMER)
        assert "Gerencia" in caught.value.remedy

    def test_lose_a_delegated_role_when_it_ends(self, db):
        holder, stand_in = user("gerente", Role.MANAGER), user("delegada", Role.NOC)
        people.delegate(
            role="MANAGER",
            delegate_id=stand_in.pk,
            starts_at=AT,
            ends_at=AT + dt.timedelta(hours=1),
            reason="",
            actor=people.actor_for(user=holder, at=AT),
            at=AT,
        )
        assert Role.MANAGER in people.actor_for(user=stand_in, at=AT).roles
        assert Role.MANAGER not in people.actor_for(user=stand_in, at=AT + dt.timedelta(hours=1)).roles

    def test_cannot_lend_what_they_do_not_hold(self, db):
        stand_in = user("otra", Role.SUPPORT)
        with pytest.raises(Invalid, match="no tiene ese rol"):
            people.delegate(
                role="ADMIN",
                delegate_id=stand_in.pk,
                starts_at=AT,
                ends_at=AT + dt.timedelta(hours=1),
                reason="",
                actor=actor("gerente", Role.MANAGER),
                at=AT,
            )


class TestUsers:
    def test_the_last_administrator_cannot_be_taken_away(self, db):
        boss = user("jefa", Role.ADMIN)
        with pytest.raises(Invalid, match="sin administrador"):
            people.save_user(
                user_id=boss.pk,
                username="jefa",
                full_name="Jefa",
                roles=["NOC"],
                actor=people.actor_for(user=boss, at=AT),
                at=AT,
            )

    def test_with_a_name_taken_in_another_case_are_refused(self, db):
        boss = actor("jefa", Role.ADMIN)
        with pytest.raises(Invalid, match="ya existe"):
            people.save_user(username="JEFA", full_name="Otra", roles=[], actor=boss, at=AT)

    def test_are_saved_by_an_administrator_alone(self, db):
        with pytest.raises(NotAllowed):
            people.save_user(username="x", full_name="x", roles=[], actor=actor("noc", Role.NOC), at=AT)


class TestWorkItems:
    def one(self) -> WorkItem:
        work.open_item(
            dossier_id=a_dossier().pk,
            step="A.3",
            role=Role.SUPPORT,
            title="Diagnosticar",
            due_at=AT + dt.timedelta(minutes=15),
            at=AT,
        )
        return WorkItem.objects.get()

    def test_are_open_once_per_dossier_step_and_key(self, db):
        item = self.one()
        work.open_item(
            dossier_id=item.dossier_id, step="A.3", role=Role.SUPPORT, title="otra", due_at=AT, at=AT
        )
        assert WorkItem.objects.count() == 1

    def test_once_done_may_open_again(self, db):
        item = self.one()
        work.complete(dossier_ids=[item.dossier_id], steps=["A.3"], actor=for_job("x"), at=AT)
        work.open_item(
            dossier_id=item.dossier_id, step="A.3", role=Role.SUPPORT, title="otra", due_at=AT, at=AT
        )
        assert WorkItem.objects.count() == 2

    def test_taken_by_one_cannot_be_taken_by_another(self, db):
        item = self.one()
        work.claim(item_id=item.pk, actor=actor("ana", Role.SUPPORT), at=AT)
        with pytest.raises(Conflict, match="Ana"):
            work.claim(item_id=item.pk, actor=actor("beto", Role.SUPPORT), at=AT)

    def test_of_another_role_cannot_be_taken(self, db):
        with pytest.raises(NotAllowed):
            work.claim(item_id=self.one().pk, actor=actor("noc", Role.NOC), at=AT)

    def test_are_set_aside_with_a_reason_and_for_a_day_at_most(self, db):
        item, ana = self.one(), actor("ana", Role.SUPPORT)
        with pytest.raises(Invalid, match="motivo"):
            work.snooze(item_id=item.pk, until=AT + dt.timedelta(hours=1), reason=" ", actor=ana, at=AT)
        with pytest.raises(Invalid, match="24 horas"):
            work.snooze(item_id=item.pk, until=AT + dt.timedelta(hours=25), reason="x", actor=ana, at=AT)
        work.snooze(item_id=item.pk, until=AT + dt.timedelta(hours=1), reason="espera", actor=ana, at=AT)
        item.refresh_from_db()
        assert item.snooze_reason == "espera"


class TestDossiers:
    def test_of_a_stale_form_are_refused(self, db):
        dossier = a_dossier()
        dossiers.change(dossier_id=dossier.pk, state="otro")
        with pytest.raises(Stale) as caught:
            dossiers.lock(dossier_id=dossier.pk, version=1, mine={"nota": "lo mío"})
        assert caught.value.mine == {"nota": "lo mío"}
        assert caught.value.theirs == {"estado": "otro"}

    def test_are_found_by_number_in_any_case(self, db):
        dossier = a_dossier()
        assert queries.dossier_by_number(" falla-2026-000001 ") == dossier


class TestParameters:
    def test_changed_from_a_date_leave_the_past_as_it_was(self, db):
        boss = actor("gerente", Role.MANAGER)
        later = AT + dt.timedelta(days=1)
        parameters.change_parameter(
            name="flap.minutes", value=3, valid_from=later, reason="pedido", actor=boss, at=AT
        )
        assert queries.parameter("flap.minutes", at=AT) == 5
        assert queries.parameter("flap.minutes", at=later) == 3

    @pytest.mark.parametrize("value", ["3", -1, 2.5, True, None, [3]])
    def test_of_another_shape_are_refused(self, db, value):
        with pytest.raises(Invalid):
            parameters.change_parameter(
                name="flap.minutes",
                value=value,
                valid_from=AT,
                reason="x",
                actor=actor("gerente", Role.MANAGER),
                at=AT,
            )
        assert not Parameter.objects.exists()

    def test_out_of_bounds_are_refused_naming_key_value_and_range(self, db):
        with pytest.raises(Invalid) as refused:
            parameters.change_parameter(
                name="indicators.snapshot_day",
                value=45,
                valid_from=AT,
                reason="x",
                actor=actor("gerente", Role.MANAGER),
                at=AT,
            )
        (error,) = refused.value.errors
        assert all(part in str(error) for part in ("indicators.snapshot_day", "45", "1 a 28"))
        assert not Parameter.objects.exists()

    def test_unknown_are_refused(self, db):
        with pytest.raises(NotFound):
            parameters.change_parameter(
                name="no.existe", value=1, valid_from=AT, reason="x", actor=actor("g", Role.MANAGER), at=AT
            )

    def test_cannot_begin_in_the_past(self, db):
        with pytest.raises(Invalid, match="pasado"):
            parameters.change_parameter(
                name="flap.minutes",
                value=3,
                valid_from=AT - dt.timedelta(days=1),
                reason="x",
                actor=actor("gerente", Role.MANAGER),
                at=AT,
            )


class TestFiles:
    def test_are_kept_once_by_content_and_come_back_whole(self, db, tmp_path, settings):
        from mayorista.apps.procedure import wiring

        settings.FILES_ROOT = tmp_path
        wiring._build.cache_clear()
        dossier = a_dossier()
        for name in ("a.pdf", "../../etc/passwd"):
            stored = files.store(
                dossier_id=dossier.pk,
                name=name,
                content=b"%PDF-1.7 x",
                content_type="application/pdf",
                actor=for_job("x"),
                at=AT,
            )
        assert stored.name == "passwd"
        assert files.read(file_id=stored.pk)[1] == b"%PDF-1.7 x"
        assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
        wiring._build.cache_clear()

    def test_that_are_empty_are_refused(self, db):
        with pytest.raises(Invalid, match="vacío"):
            files.store(
                dossier_id=a_dossier().pk, name="a", content=b"", content_type="x", actor=for_job("x"), at=AT
            )


class TestLive:
    @pytest.mark.django_db(transaction=True)
    def test_topics_count_up_after_the_commit(self):
        with transaction.atomic():
            live.bump("board")
            assert not LiveTopic.objects.exists()
        assert queries.live_versions(["board", "tray"]) == {"board": 1, "tray": 0}
