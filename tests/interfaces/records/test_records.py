"""The register of documents: who may, what it lists, marked copies that are counted, what was kept long enough."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from pypdf import PdfReader

from mayorista.apps.overview.queries import records as pages
from mayorista.apps.procedure.models import (
    Disposal,
    DocumentCopy,
    Dossier,
    JournalEntry,
    LegalHold,
    StoredFile,
)
from mayorista.apps.procedure.operations import copies, dossiers, files
from mayorista.interfaces.desk import urls_records
from mayorista.rules.errors import Conflict, NotFound
from mayorista.rules.procedure import WHO_MAY, Act, Role
from tests import billing_world as bills
from tests import who_may
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures
from tests.who_may import Try

SEE = WHO_MAY[Act.VIEW]
VIEWS = {
    "records": Try(get=SEE),
    "records-of": Try(("factura",), get=SEE),
    "record-copy": Try(("FILE",), post=WHO_MAY[Act.COPY_DOCUMENT]),
    "record-holds": Try(get=SEE, post=WHO_MAY[Act.HOLD_RECORDS]),
    "record-hold-lift": Try(("HOLD",), post=WHO_MAY[Act.HOLD_RECORDS], said={"reason": "archivado"}),
    "disposals": Try(get=SEE),
    "disposal": Try(("ACT",), get=SEE, post=WHO_MAY[Act.APPROVE_DISPOSAL]),
    "disposal-propose": Try(
        ("factura",), get=WHO_MAY[Act.PROPOSE_DISPOSAL], post=WHO_MAY[Act.PROPOSE_DISPOSAL]
    ),
}


@pytest.fixture
def kept(world):  # noqa: F811
    """A month's invoice of our own series, mailed."""
    world.move_to(3)
    bills.billed(world)
    bills.invoiced(world)
    bills.run(world, "DISPATCH", "facturacion")
    world.rows = {"FILE": StoredFile.objects.get(kind="OWN_INVOICE").pk}
    who_may.with_roles(world)
    world.rows |= {
        "HOLD": LegalHold.objects.create(
            dossier=dossiers.standing(kind="TEXTS"), reason="x", set_at=world.at
        ).pk,
        "ACT": Disposal.objects.create(
            code="FACTURA", reason="x", proposed_by=world.users["admin"], proposed_at=world.at
        ).pk,
    }
    return world


def test_the_table_names_every_address():
    assert {pattern.name for pattern in urls_records.urlpatterns} == set(VIEWS)


def test_a_stranger_sees_nothing(kept):
    assert not who_may.wrong_for_a_stranger(VIEWS, kept.rows)


def test_a_role_does_only_what_is_its(kept):
    assert not who_may.wrong_for_any_role(kept, VIEWS, kept.rows)


class TestTheRegister:
    def test_counts_the_records_of_each_type(self, kept, django_assert_max_num_queries):
        with django_assert_max_num_queries(2):
            rows = {row.type.code: row for row in pages.register(at=kept.at)}
        assert (rows["FACTURA"].count, rows["FACTURA"].due) == (1, 0)
        assert (rows["DAC"].count, rows["DAC"].last_at) == (0, None)

    def test_lists_what_was_kept_long_enough_but_holds_what_is_open(self, kept):
        (record,) = pages.records_of(code="factura", at=kept.at).rows
        assert (record.until, record.held) == (None, "expediente abierto")
        closed = dt.datetime(2026, 12, 31, 20, 0, tzinfo=dt.UTC)
        Dossier.objects.filter(pk=record.file.dossier_id).update(closed_at=closed)
        (record,) = pages.records_of(code="factura", at=kept.at).rows
        assert (record.until, record.held) == (dt.date(2036, 12, 31), "")
        for day, due in ((dt.date(2036, 12, 31), 0), (dt.date(2037, 1, 1), 1)):
            at = dt.datetime.combine(day, dt.time(15), tzinfo=dt.UTC)
            assert pages.records_of(code="factura", at=at, due_only=True).pages.total == due

    def test_finds_by_number_and_by_hash(self, kept):
        (record,) = pages.records_of(code="factura", at=kept.at, text="VALLE").rows
        assert pages.records_of(code="factura", at=kept.at, text=record.file.sha256[:12]).rows == (record,)
        assert pages.records_of(code="factura", at=kept.at, text="nadie").rows == ()

    def test_of_an_unknown_type_is_not_found(self, kept):
        with pytest.raises(NotFound):
            pages.records_of(code="poema", at=kept.at)

    def test_goes_out_as_a_workbook(self, kept):
        client = who_may.client_of(kept, Role.AUDITOR)
        assert client.get("/documentos/factura/?formato=xlsx").content.startswith(b"PK")


class TestACopy:
    def test_is_marked_counted_and_journaled_and_leaves_the_original(self, kept):
        stored, original = files.read(file_id=kept.rows["FILE"])
        for number in (1, 2):
            name, content = copies.take(file_id=stored.pk, actor=kept.actor("noc"), at=kept.at)
            assert name.endswith(f"-reimpresion-{number}.pdf")
            for page in PdfReader(io.BytesIO(content)).pages:
                assert f"Reimpresión {number}" in page.extract_text()
        assert DocumentCopy.objects.count() == 2
        assert JournalEntry.objects.filter(act="COPY_DOCUMENT").count() == 2
        assert files.read(file_id=stored.pk)[1] == original
        assert pages.records_of(code="factura", at=kept.at).rows[0].copies == 2

    def test_of_what_is_no_pdf_or_has_its_own_way_is_refused(self, kept):
        stored = StoredFile.objects.get(pk=kept.rows["FILE"])
        StoredFile.objects.filter(pk=stored.pk).update(kind="DAC")
        with pytest.raises(Conflict, match="otra manera"):
            copies.take(file_id=stored.pk, actor=kept.actor("noc"), at=kept.at)
        StoredFile.objects.filter(pk=stored.pk).update(kind="RECEIPT", content_type="image/png")
        with pytest.raises(Conflict, match="PDF"):
            copies.take(file_id=stored.pk, actor=kept.actor("noc"), at=kept.at)
        assert not DocumentCopy.objects.exists()

    def test_of_a_damaged_pdf_says_so(self, kept):
        bad = files.store(
            dossier_id=StoredFile.objects.get(pk=kept.rows["FILE"]).dossier_id,
            name="roto.pdf",
            content=b"%PDF-1.4 roto",
            content_type="application/pdf",
            actor=kept.actor("noc"),
            at=kept.at,
            kind="RECEIPT",
        )
        with pytest.raises(Conflict, match="no se puede leer"):
            copies.take(file_id=bad.pk, actor=kept.actor("noc"), at=kept.at)
