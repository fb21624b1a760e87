"""Records that outlived their retention go by two people; a legal hold keeps them whatever their age (G-39)."""

from __future__ import annotations

import datetime as dt
from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from mayorista.apps.procedure import retention_queries as retention
from mayorista.apps.procedure import wiring
from mayorista.apps.procedure.models import (
    Disposal,
    DisposalLine,
    Dossier,
    DossierLink,
    JournalEntry,
    LegalHold,
    StoredFile,
    WorkItem,
)
from mayorista.apps.procedure.operations import copies, disposal, files, holds
from mayorista.rules.errors import Conflict, Invalid, NotAllowed, NotFound
from mayorista.rules.procedure import Role
from tests import billing_world as bills
from tests import who_may
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures

LATER = dt.datetime(2037, 3, 1, 15, 0, tzinfo=dt.UTC)


@pytest.fixture
def old(world, tmp_path, settings, monkeypatch):  # noqa: F811
    """Two invoices of a dossier closed more than ten years ago, one of an open one; the store is a folder of its own."""
    settings.FILES_ROOT = tmp_path
    wiring._build.cache_clear()
    world.move_to(3)
    bills.billed(world)
    bills.invoiced(world)
    bills.run(world, "DISPATCH", "facturacion")
    invoice = StoredFile.objects.get(kind="OWN_INVOICE")
    closed = dt.datetime(2026, 12, 31, 20, 0, tzinfo=dt.UTC)
    Dossier.objects.filter(pk=invoice.dossier_id).update(closed_at=closed)
    again = files.store(
        dossier_id=invoice.dossier_id, name="b.pdf", content=b"%PDF dos", content_type="application/pdf",
        actor=world.actor("facturacion"), at=world.at, kind="INVOICE",
    )  # fmt: skip
    young = Dossier.objects.create(
        kind="INVOICE", number="F-NUEVA", headline="x", state="x", opened_at=world.at
    )
    files.store(
        dossier_id=young.pk, name="c.pdf", content=b"%PDF tres", content_type="application/pdf",
        actor=world.actor("facturacion"), at=world.at, kind="INVOICE",
    )  # fmt: skip
    world.at, world.old = LATER, [invoice, again]
    who_may.with_roles(world)
    monkeypatch.setattr("mayorista.interfaces.clock.now", lambda: world.at)
    yield world
    wiring._build.cache_clear()


def proposed(old) -> Disposal:
    return disposal.propose(code="FACTURA", reason="plazo cumplido", actor=old.actor("admin"), at=old.at)


def approved(old, act, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        disposal.decide(disposal_id=act.pk, approve=True, note="", actor=old.actor("gerente"), at=old.at)


def store():
    return wiring.adapter("files")


class TestTheAct:
    def test_lists_what_is_past_its_time_and_asks_another_person(self, old):
        act = proposed(old)
        assert [line.file for line in retention.lines_of(act)] == old.old
        item = WorkItem.objects.get(key=disposal.key_of(act))
        assert (item.role, item.done_at) == ("MANAGER", None)
        with pytest.raises(Conflict, match="Ningún documento"):
            proposed(old)

    def test_is_not_approved_by_who_proposed_it(self, old):
        act = proposed(old)
        with pytest.raises(Conflict, match="no la aprueba"):
            disposal.decide(disposal_id=act.pk, approve=True, note="", actor=old.actor("admin"), at=old.at)
        with pytest.raises(IntegrityError), transaction.atomic():
            Disposal.objects.filter(pk=act.pk).update(state="APPROVED", decided_by=act.proposed_by_id)
        assert not StoredFile.objects.exclude(disposed_at=None).exists()

    def test_approved_removes_the_content_and_keeps_number_and_hash(
        self, old, django_capture_on_commit_callbacks
    ):
        act = proposed(old)
        hashes = [file.sha256 for file in old.old]
        approved(old, act, django_capture_on_commit_callbacks)
        for file, digest in zip(old.old, hashes, strict=True):
            row = StoredFile.objects.get(pk=file.pk)
            assert (row.sha256, row.disposed_at) == (digest, old.at)
            with pytest.raises(FileNotFoundError):
                store().get(digest)
            with pytest.raises(NotFound, match="se eliminó el 01/03/2037") as refused:
                files.read(file_id=file.pk)
            assert digest in refused.value.remedy
        with pytest.raises(NotFound, match="se eliminó"):
            copies.take(file_id=old.old[0].pk, actor=old.actor("admin"), at=old.at)
        written = JournalEntry.objects.get(act="APPROVE_DISPOSAL", dossier__number="FIJO-RECORDS")
        assert [each["sha256"] for each in written.payload["files"]] == hashes
        assert JournalEntry.objects.filter(act="APPROVE_DISPOSAL", dossier_id=old.old[0].dossier_id).exists()
        assert not WorkItem.objects.filter(key=disposal.key_of(act), done_at=None).exists()
        assert retention.disposable(code="FACTURA", at=old.at) == []
        assert not DisposalLine.objects.filter(removed_at=None).exists()

    def test_leaves_content_that_another_record_needs(self, old, django_capture_on_commit_callbacks):
        young = Dossier.objects.get(number="F-NUEVA")
        twin = files.store(
            dossier_id=young.pk, name="d.pdf", content=b"%PDF dos", content_type="application/pdf",
            actor=old.actor("facturacion"), at=old.at, kind="INVOICE",
        )  # fmt: skip
        approved(old, proposed(old), django_capture_on_commit_callbacks)
        assert files.read(file_id=twin.pk)[1] == b"%PDF dos"

    def test_leaves_content_that_was_stored_anew_meanwhile_to_the_next_sweep(self, old, tmp_path):
        digest = old.old[1].sha256
        yesterday = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
        assert not store().remove(digest, touched_before=yesterday)
        assert store().get(digest) == b"%PDF dos"
        assert store().remove(digest, touched_before=LATER)
        assert store().remove(digest, touched_before=LATER), "a second time is harmless"

    def test_refused_says_why_and_frees_its_list(self, old):
        act = proposed(old)
        boss = old.actor("gerente")
        with pytest.raises(Invalid):
            disposal.decide(disposal_id=act.pk, approve=False, note=" ", actor=boss, at=old.at)
        disposal.decide(disposal_id=act.pk, approve=False, note="falta revisar", actor=boss, at=old.at)
        with pytest.raises(Conflict, match="rechazada"):
            disposal.decide(disposal_id=act.pk, approve=True, note="", actor=boss, at=old.at)
        assert proposed(old).pk != act.pk

    def test_is_nobody_elses(self, old):
        with pytest.raises(NotAllowed):
            disposal.propose(code="FACTURA", reason="x", actor=old.actor("noc"), at=old.at)


class TestAHold:
    def held(self, old, number: str, reason="proceso judicial 12/37") -> LegalHold:
        return holds.place(number=number, reason=reason, actor=old.actor("legal"), at=old.at)

    def customer(self, old) -> Dossier:
        return Dossier.objects.get(pk=old.old[0].dossier.customer_id)

    def test_on_the_customer_keeps_its_records_from_every_proposal(self, old):
        hold = self.held(old, self.customer(old).number.lower())
        assert retention.why_held(old.old)[old.old[0].pk] == "retención legal: proceso judicial 12/37"
        assert old.old[0] not in retention.disposable(code="FACTURA", at=old.at)
        assert JournalEntry.objects.filter(act="HOLD_RECORDS", dossier=hold.dossier).exists()
        holds.lift(hold_id=hold.pk, reason="sentencia", actor=old.actor("legal"), at=old.at)
        assert old.old[0] in retention.disposable(code="FACTURA", at=old.at)

    def test_on_a_contract_keeps_what_hangs_on_it(self, old):
        contract = Dossier.objects.filter(kind="CONTRACT").first()
        packet = Dossier.objects.create(
            kind="PACKET", number="P-1", headline="x", state="x", opened_at=old.at
        )
        DossierLink.objects.create(source=contract, target=packet, kind="PACKET")
        DossierLink.objects.create(source=packet, target_id=old.old[0].dossier_id, kind="PRUEBA")
        self.held(old, contract.number)
        assert retention.disposable(code="FACTURA", at=old.at) == []

    def test_set_after_the_proposal_stops_its_approval(self, old):
        act = proposed(old)
        self.held(old, self.customer(old).number)
        with pytest.raises(Conflict, match="ya no pueden eliminarse"):
            disposal.decide(disposal_id=act.pk, approve=True, note="", actor=old.actor("gerente"), at=old.at)
        assert Disposal.objects.get(pk=act.pk).state == "PROPOSED"

    def test_names_what_lacks_is_set_once_and_by_legal_alone(self, old):
        with pytest.raises(Invalid) as refused:
            holds.place(number="NADA", reason="", actor=old.actor("legal"), at=old.at)
        assert {each.field for each in refused.value.errors} == {"number", "reason"}
        number = self.customer(old).number
        self.held(old, number)
        with pytest.raises(Conflict, match="ya está retenido"):
            self.held(old, number)
        with pytest.raises(NotAllowed):
            holds.place(number=number, reason="x", actor=old.actor("gerente"), at=old.at)

    def test_of_a_debt_at_legal_comes_with_it_and_is_not_lifted_by_hand(self, old):
        home = self.customer(old)
        holds.place_for_debt(dossier_id=home.pk, actor=old.actor("interconexion"), at=old.at)
        holds.place_for_debt(dossier_id=home.pk, actor=old.actor("interconexion"), at=old.at)
        (hold,) = LegalHold.objects.filter(origin="DEBT")
        assert retention.why_held(old.old)[old.old[0].pk] == "en Asesoría Legal"
        with pytest.raises(Conflict, match="deuda"):
            holds.lift(hold_id=hold.pk, reason="x", actor=old.actor("legal"), at=old.at)
        holds.lift_for_debt(dossier_ids=[home.pk], actor=old.actor("legal"), at=old.at)
        assert retention.why_held(old.old) == {}


class TestTheScreens:
    def test_propose_approve_and_show_what_went(self, old, django_capture_on_commit_callbacks):
        admin, boss = who_may.client_of(old, Role.ADMIN), who_may.client_of(old, Role.MANAGER)
        assert "/documentos/factura/eliminar/" in admin.get("/documentos/factura/").content.decode()
        page = admin.get("/documentos/factura/eliminar/").content.decode()
        assert "2 documentos cumplieron su plazo" in page
        assert old.old[0].sha256 in page
        assert admin.post("/documentos/factura/eliminar/", {"reason": ""}).status_code == 422
        where = admin.post("/documentos/factura/eliminar/", {"reason": "plazo"})["Location"]
        assert admin.post(where, {"aprobar": "1"}).status_code == 409
        assert where in boss.get("/").content.decode(), "the task leads to the act"
        with django_capture_on_commit_callbacks(execute=True):
            assert boss.post(where, {"aprobar": "1", "note": "conforme"}).status_code == 302
        assert "Qué se eliminó" in boss.get(where).content.decode()
        listed = boss.get("/documentos/factura/").content.decode()
        assert f"/archivos/{old.old[0].pk}/" not in listed
        assert "eliminado" in listed

    def test_hold_and_lift(self, old):
        legal = who_may.client_of(old, Role.LEGAL)
        number = Dossier.objects.get(pk=old.old[0].dossier.customer_id).number
        refused = legal.post("/documentos/retenciones/", {"number": "NADA", "reason": "juicio"})
        assert refused.status_code == 422
        assert 'value="NADA"' in refused.content.decode()
        assert (
            legal.post("/documentos/retenciones/", {"number": number, "reason": "juicio"}).status_code == 302
        )
        hold = LegalHold.objects.get()
        assert (
            "juicio" in who_may.client_of(old, Role.AUDITOR).get("/documentos/retenciones/").content.decode()
        )
        lift = f"/documentos/retenciones/{hold.pk}/levantar/"
        assert legal.post(lift, {"reason": ""}).status_code == 422
        assert legal.post(lift, {"reason": "sentencia"}).status_code == 302
        assert "sentencia" in legal.get("/documentos/retenciones/").content.decode()


def test_debts_that_were_at_legal_before_are_held_by_the_migration(old):
    handover = apps.get_model("receivables", "Handover")
    invoice = apps.get_model("billing", "Invoice").objects.get()
    customer = apps.get_model("customers", "Customer").objects.get(dossier_id=old.old[0].dossier.customer_id)
    handover.objects.create(customer=customer, invoice=invoice, to="LEGAL", at=old.at)
    module = import_module("mayorista.apps.receivables.migrations.0008_debts_held")
    module.hold(apps, None)
    module.hold(apps, None)
    assert LegalHold.objects.get().dossier_id == customer.dossier_id
