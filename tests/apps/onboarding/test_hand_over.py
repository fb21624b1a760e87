"""B.1 by file: Ventas' workbook enters as a hand-over; what it says besides waits for Interconexión."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest

from mayorista.apps.contracts import operations as contracts
from mayorista.apps.contracts.models import Contract, ContractDocument, PriceVersion, Reception, Service
from mayorista.apps.customers import operations as customers
from mayorista.apps.customers.models import Customer
from mayorista.apps.onboarding import operations, queries
from mayorista.apps.onboarding.models import ImportRun
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.models import JournalEntry, WorkItem
from mayorista.apps.procedure.operations import people
from mayorista.rules.errors import Conflict, NotAllowed, NotFound, Stale
from mayorista.rules.procedure import Role
from tests.apps.onboarding import books

AT = dt.datetime(2026, 12, 2, 14, 0, tzinfo=dt.UTC)
PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\n%%EOF\n"
VALLE = "VALLE FIBRA S.R.L."
CONTRACTS = ["Cliente", "Número", "Firmado", "Desde", "Hasta", "Firmantes", "Archivo", "Días para pagar"]
SERVICES = ["Cliente", "Circuito", "Capacidad", "Contrato", "Factura desde"]
PRICES = ["Cliente", "Contrato", "Circuito", "Desde", "Modelo", "Precio"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def actors():
    customers.save_customer(code="ISP-014", name=VALLE, kind="ISP_WHOLESALE", actor=for_job("t"), at=AT)

    def make(name, role):
        user = people.write_user(
            username=name, full_name=name.title(), roles=[role], email=f"{name}@comteco.example", phone_e164="",
            password="un-turno-de-noche-27", at=AT,
        )  # fmt: skip
        return people.actor_for(user=user, at=AT)

    return make("ventas", Role.SALES), make("interconexion", Role.INTERCONNECTION)


def book(**changed) -> bytes:
    return books.simple(**{
        "Contratos": [CONTRACTS, [VALLE, "CT-200", "24/11/2026", "01/12/2026", "01/12/2028", "Marco Vargas; Ana Rojas", "CT-200.pdf", 20]],
        "Servicios": [SERVICES, [VALLE, "TIP-2001", "2 Gbps", "CT-200", "01/12/2026"]],
        "Precios": [PRICES, [VALLE, "CT-200", "TIP-2001", "01/12/2026", "Por Mbps", "11,50"]],
    } | changed)  # fmt: skip


def scans() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("CT-200.pdf", PDF)
    return held.getvalue()


def preview(actor, content=None):
    return operations.preview_hand_over(
        content=content or book(),
        name="entrega.xlsx",
        scans_zip=scans(),
        scans_name="e.zip",
        actor=actor,
        at=AT,
    )


def problems(run) -> list[tuple[str, int, str]]:
    return [(each["sheet"], each["row"], each["message"]) for each in run.problems if not each["warning"]]


class TestHandOverBook:
    def test_a_preview_writes_nothing_and_shows_both_parts(self, actors):
        run = preview(actors[0])
        assert problems(run) == []
        assert [(each["sheet"], each["status"]) for each in run.plan] == [
            ("Contratos", "NEW"),
            ("Clientes", "CHANGED"),
        ]
        assert not Contract.objects.exists()

    def test_its_contracts_are_handed_over_and_the_rest_waits_for_interconexion(self, actors):
        sales, interconnection = actors
        run = preview(sales)
        assert operations.hand_over_book(run_id=run.pk, actor=sales, at=AT, shown_hash=run.plan_hash) == [
            "CT-200"
        ]
        contract = Contract.objects.get(number="CT-200")
        reception = Reception.objects.get(contract=contract)
        assert (reception.state, reception.handed_by_id) == ("HANDED", sales.user_id)
        assert contract.signatories == ["Marco Vargas", "Ana Rojas"]
        assert ContractDocument.objects.get(contract=contract).kind == "CONTRACT"
        assert WorkItem.objects.filter(dossier=contract.dossier, key="receive", done_at=None).exists()
        assert JournalEntry.objects.filter(
            dossier=contract.dossier, text__contains="esperan en Importaciones"
        ).exists()
        assert not Service.objects.exists()
        assert not PriceVersion.objects.exists()

        contracts.receive(contract_id=contract.pk, actor=interconnection, at=AT)
        assert [row.id for row in queries.import_list()] == [run.pk]
        shown = ImportRun.objects.get().plan_hash
        operations.confirm_import(run_id=run.pk, shown_hash=shown, actor=interconnection, at=AT)
        assert PriceVersion.objects.get().service.circuit_code == "TIP-2001"

    def test_ventas_may_not_load_what_waits_nor_interconexion_what_is_not_handed_over(self, actors):
        sales, interconnection = actors
        run = preview(sales)
        assert queries.import_list() == []
        with pytest.raises(NotFound):
            queries.import_page(run_id=run.pk)
        with pytest.raises(Conflict):
            operations.confirm_import(run_id=run.pk, actor=interconnection, at=AT)
        with pytest.raises(NotAllowed):
            operations.hand_over_book(run_id=run.pk, actor=interconnection, at=AT)
        operations.hand_over_book(run_id=run.pk, actor=sales, at=AT)
        with pytest.raises(NotAllowed):
            operations.confirm_import(run_id=run.pk, actor=sales, at=AT)
        with pytest.raises(Conflict, match="entregada"):
            operations.hand_over_book(run_id=run.pk, actor=sales, at=AT)

    def test_what_only_others_may_is_refused_by_its_sheet(self, actors):
        run = preview(actors[0], book(**{
            "Tipos de cambio": [["Fecha", "Fuente", "Tipo de cambio"], ["30/11/2026", "BCB", "6,96"]],
            "Garantías": [["Cliente", "Contrato", "Clase", "Moneda", "Monto", "Vence"], [VALLE, "CT-200", "Boleta", "Bs", "100", "31/12/2027"]],
        }))  # fmt: skip
        assert {sheet for sheet, _row, _text in problems(run)} == {"Tipos de cambio", "Garantías"}
        with pytest.raises(Conflict, match="errores"):
            operations.hand_over_book(run_id=run.pk, actor=actors[0], at=AT)
        assert not Contract.objects.exists()

    def test_errors_are_told_by_sheet_row_and_column(self, actors):
        run = preview(actors[0], book(
            Contratos=[CONTRACTS, [VALLE, "CT-200", None, "01/12/2026", "31/02/2028", None, "CT-200.pdf", 20]],
            Precios=[PRICES, [VALLE, "CT-999", "TIP-2001", "01/12/2026", "Por Mbps", "-3"]],
        ))  # fmt: skip
        places = {
            (each["sheet"], each["row"], each["column"]) for each in run.problems if not each["warning"]
        }
        assert {("Contratos", 2, "Hasta"), ("Precios", 2, "Contrato")} <= places

    def test_a_contract_that_waits_already_is_named(self, actors):
        sales = actors[0]
        operations.hand_over_book(run_id=preview(sales).pk, actor=sales, at=AT)
        again = preview(sales)
        assert any("ya fue entregado" in text for _sheet, _row, text in problems(again))

    def test_a_preview_that_is_stale_is_shown_anew(self, actors):
        sales = actors[0]
        run = preview(sales)
        contracts.save_service(
            customer_id=Customer.objects.get().pk,
            circuit_code="TIP-2001", capacity="2 Gbps", actor=for_job("t"), at=AT,
        )  # fmt: skip
        with pytest.raises(Stale):
            operations.hand_over_book(run_id=run.pk, actor=sales, at=AT, shown_hash=run.plan_hash)
        assert not Contract.objects.exists()
        assert ImportRun.objects.get().plan_hash != run.plan_hash

    def test_a_book_of_contracts_alone_leaves_nothing_waiting(self, actors):
        run = preview(
            actors[0],
            books.simple(Contratos=[CONTRACTS[:6], [VALLE, "CT-201", None, "01/12/2026", None, None]]),
        )
        operations.hand_over_book(run_id=run.pk, actor=actors[0], at=AT)
        assert ImportRun.objects.get().state == "APPLIED"
