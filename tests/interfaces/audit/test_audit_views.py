"""Auditing: who may, what the journal says in words, its exports as they are read by machines, its seals."""

from __future__ import annotations

import csv
import datetime as dt
import io
from xml.etree import ElementTree as ET

import psycopg
import pytest
from django.urls import reverse

from mayorista.apps.customers import operations as customers
from mayorista.apps.faults.operations import analysis
from mayorista.apps.messaging.models import Message
from mayorista.apps.messaging.operations import journal_seals
from mayorista.apps.procedure import seal_queries
from mayorista.apps.procedure.models import JournalEntry, JournalSeal
from mayorista.apps.procedure.operations import journal, seals
from mayorista.interfaces.desk import urls_audit
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import WHO_MAY, Act, Role
from tests import who_may
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures
from tests.who_may import Try

SEE = WHO_MAY[Act.VIEW_AUDIT]
VIEWS = {
    "audit": Try(get=SEE),
    "audit-csv": Try(get=SEE),
    "audit-xes": Try(get=SEE),
    "audit-seals": Try(get=SEE, post=SEE),
}
XES = "{http://www.xes-standard.org/}"


@pytest.fixture
def night(world, monkeypatch):  # noqa: F811
    """A fault opened and taken note of, a customer renamed, a note that a spreadsheet could run."""
    valle = world.isp("VALLE FIBRA S.R.L.", "TIP-0141", mobile="70000014")
    world.alarm(circuit="TIP-0141")
    fault = world.fault()
    world.pass_minutes(2)
    analysis.acknowledge(fault_id=fault.pk, actor=world.actor("noc"), at=world.at)
    customers.save_customer(
        actor=world.actor("admin"), at=world.at, customer_id=valle, name="VALLE FIBRA ÓPTICA S.R.L."
    )
    journal.record(
        dossier_id=fault.dossier_id,
        act=Act.NOTE,
        text='=CMD("x")\x0b & <b>',
        actor=world.actor("noc"),
        at=world.at,
    )
    world.rows = {"FAULT": fault.dossier.number}
    monkeypatch.setattr("mayorista.interfaces.clock.now", lambda: world.at)
    return who_may.with_roles(world)


def asked(night, name: str, role=Role.AUDITOR, **said):
    return who_may.client_of(night, role).get(reverse(f"desk:{name}"), said)


def body(answer) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode()


def test_the_table_names_every_address():
    assert {pattern.name for pattern in urls_audit.urlpatterns} == set(VIEWS)


def test_a_stranger_sees_nothing_and_a_role_what_is_its(night):
    assert not who_may.wrong_for_a_stranger(VIEWS, night.rows)
    assert not who_may.wrong_for_any_role(night, VIEWS, night.rows)


class TestTheJournal:
    def test_says_who_did_what_on_which_dossier_before_and_after(self, night):
        words = body(asked(night, "audit"))
        assert "Noc Prueba" in words
        assert night.rows["FAULT"] in words
        assert "VALLE FIBRA S.R.L. → <b>VALLE FIBRA ÓPTICA S.R.L.</b>" in words

    def test_is_narrowed_by_person_day_dossier_kind_and_text(self, night):
        noc = str(night.users["noc"].pk)
        assert "ÓPTICA" not in body(asked(night, "audit", persona=noc)).partition("<table")[2]
        assert "Nada en la bitácora" in body(asked(night, "audit", desde="2026-11-25"))
        by_day = body(asked(night, "audit", desde="25/11/2026"))
        assert "Nada en la bitácora" in by_day
        assert 'name="desde" value="25/11/2026"' in by_day, (
            "se lee y se escribe día/mes/año en todo navegador"
        )
        assert 'type="date"' not in by_day
        assert "CMD" in body(asked(night, "audit", numero=night.rows["FAULT"].lower()))
        assert "CMD" not in body(asked(night, "audit", clase="CUSTOMER")).partition("<table")[2]
        assert "CMD" in body(asked(night, "audit", texto="cmd x"))

    def test_counts_so_many_and_says_that_there_is_more(self, night, monkeypatch):
        assert "en total" in body(asked(night, "audit"))
        monkeypatch.setattr("mayorista.apps.overview.queries.paging.COUNTED", 3)
        assert "más de 3: acorte el período" in body(asked(night, "audit", desde="1/1/2026"))

    def test_a_word_is_looked_for_in_ninety_days_unless_a_day_is_given(self, night):
        words = body(asked(night, "audit", texto="cmd x"))
        assert 'name="desde" value="25/08/2026"' in words
        night.at += dt.timedelta(days=120)
        assert "Nada en la bitácora" in body(asked(night, "audit", texto="cmd x"))
        assert "CMD" in body(asked(night, "audit", texto="cmd x", desde="01/01/2026"))
        assert "CMD" in body(asked(night, "audit", numero=night.rows["FAULT"]))

    def test_refuses_a_kind_that_is_none_in_words(self, night):
        answer = asked(night, "audit", clase="PLATILLO")
        assert answer.status_code == 422
        assert "«PLATILLO» no es una clase de expediente" in body(answer)

    def test_refuses_what_is_no_day_and_a_period_that_ends_before_it_begins(self, night):
        assert asked(night, "audit", desde="ayer").status_code == 422
        assert asked(night, "audit", desde="2026-11-25", hasta="2026-11-24").status_code == 422


class TestTheExports:
    def test_csv_has_every_row_and_starts_no_formula(self, night):
        rows = list(csv.reader(io.StringIO(body(asked(night, "audit-csv"))[1:]), delimiter=";"))
        assert len(rows) - 1 == JournalEntry.objects.count()
        assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
        assert [row for row in rows if "'=CMD" in row[5]]

    def test_xes_is_read_as_xml_with_a_trace_per_dossier_and_declared_extensions(self, night):
        log = ET.fromstring(body(asked(night, "audit-xes")))
        assert log.tag == f"{XES}log"
        declared = {each.get("prefix") for each in log.iter(f"{XES}extension")}
        names = [
            trace.find(f"{XES}string[@key='concept:name']").get("value") for trace in log.iter(f"{XES}trace")
        ]
        events = list(log.iter(f"{XES}event"))
        used = {each.get("key").partition(":")[0] for each in log.iter() if ":" in (each.get("key") or "")}
        assert used == declared == {"concept", "time", "org", "lifecycle"}
        assert len(names) == len(set(names))
        assert len(events) == JournalEntry.objects.count()
        for event in events:
            keys = {each.get("key") for each in event}
            assert {"concept:name", "time:timestamp", "lifecycle:transition", "org:resource"} <= keys
            assert dt.datetime.fromisoformat(event.find(f"{XES}date").get("value")).tzinfo
        assert "A.1" in {event.find(f"{XES}string").get("value") for event in events}

    def test_xes_narrows_by_kind(self, night):
        log = ET.fromstring(body(asked(night, "audit-xes", clase="CUSTOMER")))
        assert {each.get("value") for each in log.iterfind(f"{XES}trace/{XES}string[@key='kind']")} == {
            "CUSTOMER"
        }


class TestTheSeals:
    def test_chain_the_days_and_go_by_mail_once(self, night):
        night.move_to(25, hour=1)
        assert journal_seals.seal_and_mail(at=night.at) == 1
        night.move_to(27, hour=1)
        assert journal_seals.seal_and_mail(at=night.at) == 2
        assert journal_seals.seal_and_mail(at=night.at) == 0
        first, second, third = JournalSeal.objects.order_by("day")
        assert (first.rows > 0, second.previous, third.previous) == (True, first.digest, second.digest)
        mails = Message.objects.filter(subject__startswith="Sello de la bitácora")
        assert mails.count() == 3
        assert first.digest in mails.order_by("pk").first().body
        assert seal_queries.verify().whole

    def test_what_came_late_is_sealed_with_its_day_and_a_mailed_seal_is_held_against_ours(self, night):
        night.move_to(25, hour=1)
        (sealed,) = seals.seal_due(at=night.at)
        night.pass_minutes(10)
        journal.record(
            dossier_id=JournalEntry.objects.first().dossier_id, act=Act.NOTE, text="tarde", at=night.at,
            actor=night.actor("noc"),
        )  # fmt: skip
        assert seal_queries.verify(day=sealed.day, digest=sealed.digest.upper()).whole
        assert seal_queries.verify(day=sealed.day, digest="00").wrong_day == sealed.day
        with pytest.raises(Invalid, match="no tiene sello"):
            seal_queries.verify(day=dt.date(2020, 1, 1), digest="00")

    def test_the_button_says_that_all_is_whole(self, night):
        night.move_to(25, hour=1)
        seals.seal_due(at=night.at)
        answer = who_may.client_of(night, Role.AUDITOR).post(reverse("desk:audit-seals"), {})
        assert "Íntegra" in answer.content.decode()
        half = who_may.client_of(night, Role.AUDITOR).post(reverse("desk:audit-seals"), {"digest": "ab"})
        assert half.status_code == 422


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE procedure_journalentry SET text = text || '.' WHERE id = %s",
        "UPDATE procedure_journalentry SET at = at + interval '1 second' WHERE id = %s",
        "DELETE FROM procedure_journalentry WHERE id = %s",
    ],
)
def test_a_row_altered_by_the_owner_of_the_tables_is_found(throwaway_database, world, tampering):  # noqa: F811
    first, second = (dt.datetime(2026, 11, day, 15, tzinfo=dt.UTC) for day in (23, 24))
    home = JournalEntry.objects.first().dossier_id
    journal.record(dossier_id=home, act=Act.NOTE, text="uno", actor=world.actor("noc"), at=first)
    seals.seal_due(at=second)
    entry = journal.record(dossier_id=home, act=Act.NOTE, text="dos", actor=world.actor("noc"), at=second)
    journal.record(dossier_id=home, act=Act.NOTE, text="tres", actor=world.actor("noc"), at=second)
    seals.seal_due(at=second + dt.timedelta(days=2))
    assert seal_queries.verify().whole
    with psycopg.connect(throwaway_database.owner_url) as owner:
        owner.execute(tampering, [entry.pk])
    assert seal_queries.verify().wrong_day == dt.date(2026, 11, 24)
