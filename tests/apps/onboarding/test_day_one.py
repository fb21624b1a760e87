"""Day one: contracts with their money, histories, and what the former books left open, from one workbook."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from decimal import Decimal

import pytest

from mayorista.apps.billing.models import ExchangeRate, Invoice
from mayorista.apps.billing.operations import amounts, groups, months
from mayorista.apps.billing.queries import open_invoices
from mayorista.apps.contracts.models import (
    BandwidthPeriod,
    Contract,
    ContractDocument,
    Guarantee,
    PriceVersion,
    Service,
    ServiceHolding,
    Terms,
    TrafficDay,
)
from mayorista.apps.customers.models import Customer
from mayorista.apps.onboarding import operations, template
from mayorista.apps.onboarding.models import ImportRun
from mayorista.apps.procedure.models import JournalEntry, StoredFile
from mayorista.apps.procedure.operations import people
from mayorista.apps.receivables.models import Allocation, Objection, Receipt
from mayorista.apps.receivables.queries import balances
from mayorista.rules import periods
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import Role
from tests.apps.onboarding import books

AT = dt.datetime(2026, 12, 2, 14, 0, tzinfo=dt.UTC)
PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\n%%EOF\n"
SAMPLES = " ".join(["812000/94000"] * 287 + ["-"])

pytestmark = pytest.mark.django_db


@pytest.fixture
def who():
    user = people.write_user(
        username="interconexion",
        full_name="Iván Condori",
        roles=[Role.INTERCONNECTION],
        email="i@comteco.example",
        phone_e164="",
        password="un-turno-de-noche-27",
        at=AT,
    )
    return people.actor_for(user=user, at=AT)


CONTRACTS = ["Cliente", "Número", "Desde", "Hasta", "Moneda", "Días para pagar", "Un aumento factura", "Créditos SLA", "Archivo"]  # fmt: skip
SERVICES = ["Cliente", "Circuito", "Capacidad", "Contrato", "Factura desde"]
ADDENDA = ["Cliente", "Contrato", "Número", "Rige desde", "Días para pagar", "Archivo"]
SPEEDS = ["Cliente", "Circuito", "Desde", "Velocidad", "Hasta", "Documento"]
PRICES = ["Cliente", "Contrato", "Circuito", "Desde", "Modelo", "Precio", "Tramos", "Cláusula"]
GUARANTEES = ["Cliente", "Contrato", "Clase", "Moneda", "Monto", "Vence"]
OPENING = ["Cliente", "Factura", "Mes", "Emitida", "Vence", "Moneda", "Saldo", "Importe original", "Archivo"]
DISPUTES = ["Cliente", "Factura", "Importe objetado", "Presentada", "Motivo"]
ADVANCES = ["Cliente", "Fecha", "Banco", "Referencia", "Moneda", "Importe"]
RATES = ["Fecha", "Fuente", "Tipo de cambio"]
TRAFFIC = ["Cliente", "Circuito", "Día", "Muestras"]
VALLE = "VALLE FIBRA S.R.L."


def book(**changed) -> bytes:
    """Two customers with everything of day one; `changed` replaces whole sheets."""
    sheets = {
        "Clientes": [["Código", "Nombre", "NIT"], ["ISP-014", VALLE, "1028627025"], ["ISP-003", "ANDESNET", "175842024"]],
        "Contratos": [
            CONTRACTS,
            ["VALLE FIBRA SRL", "CT-014", "01/12/2025", "01/12/2027", "Bs", 30, "Prorrateado", "99,9: 5; 99,5: 10", "CT-014.pdf"],
            ["Andesnet", "CT-003", "01/01/2026", None, "Bs", 20, None, None, None],
        ],
        "Adendas": [ADDENDA, [VALLE, "CT-014", "Adenda 1", "01/06/2026", 45, "adenda 1 valle"]],
        "Servicios": [
            SERVICES,
            [VALLE, "TIP-0141", "3 Gbps", "CT-014", "01/12/2025"],
            [VALLE, "TIP-0142", "500 Mbps", "CT-014", "01/12/2025"],
            ["ANDESNET", "TIP-0032", "1 Gbps", "CT-003", "01/01/2026"],
        ],
        "Velocidades": [
            SPEEDS,
            [VALLE, "TIP-0141", "01/12/2025", "2 Gbps", None, "Contrato"],
            [VALLE, "TIP-0141", "16/11/2026", "3 Gbps", None, "Carta VF-231"],
        ],
        "Precios": [
            PRICES,
            [VALLE, "CT-014", "TIP-0141", "01/12/2025", "Por Mbps", "11,50", None, "4.2"],
            [VALLE, "CT-014", "TIP-0142", "01/12/2025", "Escalonado", None, "300: 13,00; más: 12,20", "4.3"],
            ["ANDESNET", "CT-003", "TIP-0032", "01/01/2026", "Cuota fija", "6.400,00", None, None],
        ],
        "Garantías": [GUARANTEES, [VALLE, "CT-014", "Boleta bancaria", "USD", "20.000,00", "31/12/2027"]],
        "Saldos iniciales": [
            OPENING,
            [VALLE, "4417", "10/2026", "02/11/2026", "02/12/2026", "Bs", "34.500,00", "36.000,00", "4417.pdf"],
            ["ANDESNET", 991, None, "05/10/2026", "25/10/2026", "Bs", 6400, None, None],
        ],
        "Disputas": [DISPUTES, [VALLE, "4417", "1.200,00", "10/11/2026", "Objeta dos días sin servicio"]],
        "Anticipos": [ADVANCES, ["ANDESNET", "28/10/2026", "Banco Unión", "00918273", "Bs", "5.000,00"]],
        "Tipos de cambio": [RATES, ["30/11/2026", "BCB", "6,96"]],
        "Tráfico": [TRAFFIC, [VALLE, "TIP-0141", "01/11/2026", SAMPLES], [VALLE, "TIP-0141", "02/11/2026", SAMPLES]],
    } | changed  # fmt: skip
    return books.simple(**sheets)


def papers(**files: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (files or {"CT-014": PDF, "4417": PDF + b"x"}).items():
            archive.writestr(f"escaneos/{name}.pdf", content)
        archive.writestr("escaneos/Adenda 1 VALLE.PDF", PDF + b"adenda")
    return held.getvalue()


def preview(actor, content: bytes | None = None, scans: bytes | None = None) -> ImportRun:
    return operations.preview_import(
        content=content or book(),
        name="dia-uno.xlsx",
        scans_zip=papers() if scans is None else scans,
        scans_name="escaneos.zip",
        actor=actor,
        at=AT,
    )


def load(
    actor, content: bytes | None = None, *, partial: bool = False, scans: bytes | None = None
) -> ImportRun:
    run = preview(actor, content, scans)
    return operations.confirm_import(run_id=run.pk, actor=actor, at=AT, partial=partial)


def problems(run: ImportRun) -> list[tuple[str, int, str]]:
    return [(each["sheet"], each["row"], each["column"]) for each in run.problems if not each["warning"]]


def said(run: ImportRun) -> str:
    return "\n".join(
        f"{each['sheet']} {each['row']}: {each['message']} {each['remedy']}" for each in run.problems
    )


class TestADayOne:
    def test_loads_all_of_it(self, who):
        run = load(who)
        assert problems(run) == [], said(run)
        terms = {row.starts_date: row for row in Terms.objects.filter(contract__number="CT-014")}
        assert sorted(terms) == [dt.date(2025, 12, 1), dt.date(2026, 6, 1)]
        first, second = (terms[day] for day in sorted(terms))
        assert (first.payment_days, second.payment_days, second.upgrade_policy) == (30, 45, "prorated")
        assert first.sla_credit["bands"] == [
            {"below": "99.9", "credit_pct": "5"},
            {"below": "99.5", "credit_pct": "10"},
        ]
        assert second.document.number == "Adenda 1"
        assert list(
            BandwidthPeriod.objects.filter(service__circuit_code="TIP-0141")
            .order_by("starts_date")
            .values_list("starts_date", "kbps")
        ) == [(dt.date(2025, 12, 1), 2_000_000), (dt.date(2026, 11, 16), 3_000_000)]
        assert dict(PriceVersion.objects.values_list("service__circuit_code", "terms")) == {
            "TIP-0141": {"unit_price": "11.50"},
            "TIP-0142": {
                "tiers": [{"up_to": "300", "unit_price": "13.00"}, {"up_to": None, "unit_price": "12.20"}]
            },
            "TIP-0032": {"monthly_fee": "6400.00"},
        }
        assert Guarantee.objects.get().amount == Decimal(20000)
        assert ExchangeRate.objects.get().rate == Decimal("6.96")
        assert list(TrafficDay.objects.values_list("present", flat=True)) == [287, 287]
        assert set(ContractDocument.objects.values_list("kind", flat=True)) == {"CONTRACT", "ADDENDUM"}

    def test_old_invoices_are_owed_and_never_issued_here(self, who):
        load(who)
        valle = Customer.objects.get(code="ISP-014")
        [card] = open_invoices(valle.pk)
        assert (card.number, card.origin, card.owed, card.due_date) == (
            "4417",
            "OPENING",
            Decimal("34500.00"),
            dt.date(2026, 12, 2),
        )
        [balance] = balances.open_balances(valle.pk)
        assert balance.open == Decimal("34500.00")
        assert Invoice.objects.get(number="4417").pdf.name == "4417.pdf"
        assert Objection.objects.get().amount == Decimal("1200.00")
        receipt = Receipt.objects.get()
        assert (receipt.state, receipt.door) == ("RECONCILED", "OPENING")
        assert Allocation.objects.get().invoice_id is None
        assert Invoice.objects.get(number="991").month == dt.date(2026, 10, 1)

    def test_the_month_after_is_rated_to_the_cent(self, who):
        load(who)
        job_at = AT
        groups.form_groups(actor=who, at=job_at)
        manager = people.write_user(
            username="gerente", full_name="G", roles=[Role.MANAGER], email="g@comteco.example",
            phone_e164="", password="un-turno-de-noche-27", at=AT,
        )  # fmt: skip
        november = periods.parse_month("2026-11")
        rows = months.open_months(month=november, actor=who, at=AT)
        assert rows
        ids = list(months.Month.objects.values_list("id", flat=True))
        months.confirm(month_ids=ids, actor=who, at=AT)
        months.confirm(month_ids=ids, actor=people.actor_for(user=manager, at=AT), at=AT)
        totals = sorted(amounts.define_amount(month_id=pk, actor=who, at=AT).total for pk in ids)
        # 2.000 × 11,50 × 15/30 + 3.000 × 11,50 × 15/30 + (300 × 13,00 + 200 × 12,20); and the flat fee.
        assert totals == [Decimal("6400.00"), Decimal("35090.00")]

    def test_a_second_time_changes_nothing(self, who):
        load(who)
        before = _counts()
        run = load(who)
        assert problems(run) == [], said(run)
        assert {entry["status"] for entry in run.plan} == {"SAME"}, [
            e for e in run.plan if e["status"] != "SAME"
        ]
        assert _counts() == before

    def test_the_capacity_rules_until_the_history_begins(self, who):
        history = [SPEEDS, ["ANDESNET", "TIP-0032", "01/06/2026", "2 Gbps", None, "Carta"]]
        load(who, book(Velocidades=history))
        rows = BandwidthPeriod.objects.filter(service__circuit_code="TIP-0032").order_by("starts_date")
        assert list(rows.values_list("starts_date", "kbps")) == [
            (dt.date(2026, 1, 1), 1_000_000),
            (dt.date(2026, 6, 1), 2_000_000),
        ]
        assert Service.objects.get(circuit_code="TIP-0032").capacity_kbps == 2_000_000

    def test_the_administration_loads_all_its_sheets(self):
        user = people.write_user(username="admin", full_name="Ada Rojas", roles=[Role.ADMIN], at=AT)
        load(people.actor_for(user=user, at=AT))
        assert ExchangeRate.objects.get().rate == Decimal("6.96")
        assert Customer.objects.count() == 2

    def test_a_preview_writes_nothing(self, who):
        before = _counts()
        run = preview(who)
        assert run.outcome["counts"]["new"] == 3
        assert _counts() == before


def _counts():
    models = (
        Contract,
        Terms,
        Service,
        ServiceHolding,
        BandwidthPeriod,
        PriceVersion,
        Guarantee,
        Invoice,
        Receipt,
    )
    more = (Objection, ExchangeRate, TrafficDay, ContractDocument, Allocation)
    lines = JournalEntry.objects.exclude(act="IMPORT", text__startswith="Importación «").count()
    return [model.objects.count() for model in (*models, *more)] + [lines]


class TestWhatIsWrong:
    def test_is_named_at_once_and_the_good_customer_loads_whole(self, who):
        changed = {
            "Precios": [
                PRICES,
                [VALLE, "CT-014", "TIP-0141", "01/12/2025", "Por Mbps", "-11,50", None, None],
                [
                    VALLE,
                    "CT-014",
                    "TIP-0142",
                    "31/02/2026",
                    "Por tramo",
                    None,
                    "300: 13,00; doscientos",
                    None,
                ],
                [VALLE, "CT-999", "TIP-0999", "01/12/2025", "Por Mbps", "1", None, None],
                ["ANDESNET", "CT-003", "TIP-0032", "01/01/2026", "Cuota fija", "6.400,00", None, None],
            ],
            "Saldos iniciales": [
                OPENING,
                [VALLE, "4417", "13/2026", "02/11/2026", "01/10/2026", "Bs", "-5", None, "no-esta.pdf"],
                ["ANDESNET", "991", None, "05/10/2026", "25/10/2026", "Bs", 6400, None, None],
            ],
            "Tráfico": [TRAFFIC, [VALLE, "TIP-0141", "01/11/2026", "1/2 3/4"]],
        }
        wrong = book(**changed)
        run = load(who, wrong, partial=True)
        assert set(problems(run)) >= {
            ("Precios", 2, "Precio"),
            ("Precios", 3, "Desde"),
            ("Precios", 3, "Tramos"),
            ("Precios", 4, "Contrato"),
            ("Precios", 4, "Circuito"),
            ("Saldos iniciales", 2, "Mes"),
            ("Tráfico", 2, "Muestras"),
        }, said(run)
        assert list(Customer.objects.values_list("name", flat=True)) == ["ANDESNET"]
        assert list(Invoice.objects.values_list("number", flat=True)) == ["991"]
        assert run.correction_file_id is not None
        assert not Contract.objects.filter(number="CT-014").exists()

    @pytest.mark.parametrize(
        ("row", "column"),
        [
            ([VALLE, "4417", None, "02/11/2026", "01/10/2026", "Bs", "100", None, None], "Vence"),
            ([VALLE, "4417", None, "02/11/2027", "02/12/2027", "Bs", "100", None, None], "Emitida"),
            ([VALLE, "4417", None, "02/11/2026", "02/12/2026", "Bs", "-100", None, None], "Saldo"),
            ([VALLE, "4417", None, "02/11/2026", "02/12/2026", "Bs", "100,005", None, None], "Saldo"),
            ([VALLE, "4417", None, "02/11/2026", "02/12/2026", "Euros", "100", None, None], "Moneda"),
            ([VALLE, "4417", None, "02/11/2026", "02/12/2026", "Bs", "100", "50", None], "Importe original"),
            ([VALLE, None, None, "02/11/2026", "02/12/2026", "Bs", "100", None, None], "Factura"),
            ([VALLE, "4417", None, "02/11/2026", "02/12/2026", "Bs", "100", None, "otra.pdf"], "Archivo"),
        ],
    )
    def test_an_old_invoice_that_can_not_be(self, who, row, column):
        run = preview(who, book(**{"Saldos iniciales": [OPENING, row], "Disputas": [DISPUTES]}))
        assert ("Saldos iniciales", 2, column) in problems(run), said(run)

    def test_an_old_invoice_is_not_edited_by_a_second_import(self, who):
        load(who)
        other = [VALLE, "4417", "10/2026", "02/11/2026", "02/12/2026", "Bs", "30.000,00", None, None]
        run = preview(who, book(**{"Saldos iniciales": [OPENING, other]}))
        assert ("Saldos iniciales", 2, "Saldo") in problems(run), said(run)

    def test_scans_that_are_none(self, who):
        run = preview(who, scans=papers(**{"CT-014": b"MZ not a pdf", "4417": PDF}))
        assert ("Contratos", 2, "Archivo") in problems(run), said(run)
        for bad in (b"no zip", _bomb()):
            with pytest.raises(Invalid) as error:
                preview(who, scans=bad)
            assert error.value.errors[0].field == "scans"
        assert StoredFile.objects.filter(kind="CONTRACT").count() == 0

    def test_a_scan_that_no_cell_names_is_a_warning(self, who):
        run = preview(who, scans=papers(**{"CT-014": PDF, "4417": PDF, "sobra": PDF}))
        assert problems(run) == []
        assert "sobra" in said(run)


def _bomb() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.pdf", b"\0" * (60 * 1024 * 1024))
    return held.getvalue()


class TestTheTemplate:
    def test_example_loads_as_it_is(self, who):
        run = preview(who, template.example(), b"")
        assert problems(run) == [], said(run)
