"""The shadow month: our amounts beside real invoices, each difference by its cause, nothing written."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from mayorista.apps.billing.models import Amount, Month
from mayorista.apps.billing.operations import groups
from mayorista.apps.customers.models import Customer
from mayorista.apps.onboarding import shadow, shadow_file
from mayorista.apps.procedure.models import JournalEntry, Serial
from mayorista.rules.errors import Invalid
from mayorista.rules.shadow import Cause
from tests import billing_world as bills
from tests.apps.onboarding import books
from tests.stories import agreements as deal
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture
def carrier(world):  # noqa: F811
    """Two circuits, one that went from 2 to 3 Gbps on the 16th: Bs 11.500 + 17.250 + 5.750."""
    world.move_to(3)
    bills.billed(world)
    Customer.objects.filter(name__startswith="VALLE").update(nit="1028627025")
    change = deal.ask(world, "TIP-0141", 3_000_000, dt.date(2026, 11, 16))
    deal.approve(world, change)
    world.move_to(16)
    deal.carry_out(world, change)
    deal.speed.accept(change_id=change.pk, how="acta", actor=world.actor("interconexion"), at=world.at)
    groups.form_groups(actor=bills.JOB, at=world.at)
    bills.after(world)
    return world


def beside(carrier, *totals: str, nit: str = "1028627025") -> shadow.Shadow:
    real = [
        shadow_file.RealInvoice(nit, str(4417 + place), Decimal(total)) for place, total in enumerate(totals)
    ]
    return shadow.compare(month=bills.NOVEMBER, real=real, at=carrier.at)


@pytest.mark.parametrize(
    ("theirs", "cause", "words"),
    [
        ("34500.00", Cause.EQUAL, "Iguales"),
        ("34500.02", Cause.ROUNDING, "Redondeo"),
        # The same figure comes out without TIP-0142 and with TIP-0141 at its old speed: both are told.
        ("28750.00", Cause.CIRCUIT, "O bien: TIP-0141: la factura cobra el mes entero a 2.000 Mbps"),
        ("40250.00", Cause.SPEED, "a 3.000 Mbps"),
        ("5750.00", Cause.CIRCUIT, "no trae TIP-0141"),
        ("30015.00", Cause.TAX, "87 %"),
        ("34250.00", Cause.PRICE, "11,00"),
        ("12345.67", Cause.UNKNOWN, "revise"),
    ],
)
def test_each_difference_has_its_cause(carrier, theirs, cause, words):
    [row] = beside(carrier, theirs).rows
    assert (row.ours, row.cause) == (Decimal("34500.00"), cause), row.words
    assert words in row.words
    if cause is not Cause.UNKNOWN:
        assert abs(row.left) <= Decimal("0.05")


def test_an_invoice_without_group_and_a_group_without_invoice_are_told(carrier):
    page = beside(carrier, "100.00", nit="999999")
    assert sorted((row.cause, row.ours, row.theirs) for row in page.rows if row.theirs) == [
        (Cause.ABSENT, None, Decimal("100.00"))
    ]
    assert [row.ours for row in page.rows if row.theirs is None] == [Decimal("34500.00")]


def test_nothing_is_written(carrier):
    before = (JournalEntry.objects.count(), list(Serial.objects.values_list("series", "last")))
    beside(carrier, "34500.00")
    assert not Month.objects.exists()
    assert not Amount.objects.exists()
    assert (JournalEntry.objects.count(), list(Serial.objects.values_list("series", "last"))) == before


class TestTheFile:
    def test_a_csv_as_people_export_it(self):
        text = "Reporte de ventas;;\nNIT;Nro factura;Importe total\n1.028.627.025;4417;34.500,00\n0175842024;;6400\n"
        rows, problems = shadow_file.read(content=text.encode("cp1252"), name="ventas.csv")
        assert problems == []
        assert [(row.nit, row.number, row.total) for row in rows] == [
            ("1028627025", "4417", Decimal("34500.00")),
            ("175842024", "", Decimal(6400)),
        ]

    def test_a_workbook(self):
        content = books.simple(
            Ventas=[["NIT", "Factura", "Total", "Moneda"], [1028627025, 4417, 34500.5, "USD"]]
        )
        rows, _problems = shadow_file.read(content=content, name="ventas.xlsx")
        assert rows == [shadow_file.RealInvoice("1028627025", "4417", Decimal("34500.5"), "USD")]

    def test_rows_that_can_not_be_read_are_named(self):
        text = "NIT,Importe\nabc,5\n1028627025,cinco\n1028627025,=1+1\n1028627025,-34500\n"
        rows, problems = shadow_file.read(content=text.encode(), name="x.csv")
        assert rows == []
        assert [(each.row, each.column) for each in problems] == [
            (2, "NIT"),
            (3, "Importe"),
            (4, "Importe"),
            (5, "Importe"),
        ]

    @pytest.mark.parametrize("content", [b"", b"\0\1\2", b"hola", b"PK\x03\x04 nada"])
    def test_what_is_no_table_is_refused(self, content):
        with pytest.raises(Invalid) as error:
            shadow_file.read(content=content, name="x")
        assert error.value.errors[0].field == "file"


def test_the_screen_and_the_workbook(carrier):
    client = Client()
    client.force_login(carrier.users["interconexion"])
    address = reverse("desk:billing-shadow", args=["2026-11"])

    def send(button: str):
        file = io.BytesIO(b"NIT;Factura;Importe\n1028627025;4417;28750,00\n")
        file.name = "ventas.csv"
        return client.post(address, {"file": file, button: "1"})

    page = send("comparar").content.decode()
    assert "La factura no trae TIP-0142" in page
    sheet = openpyxl.load_workbook(io.BytesIO(send("excel").content)).active
    assert [cell.value for cell in sheet[5]][5:9] == [34500, 28750, -5750, "falta un circuito"]
    assert "No hay facturas externas" in client.post(address, {"comparar": "1"}).content.decode()
