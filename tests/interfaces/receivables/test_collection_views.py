"""Every address of collection tried by a stranger and by each role, and what its screens say."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import ClassVar

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mayorista.apps.contracts.models import Service
from mayorista.apps.customers.models import Customer
from mayorista.apps.receivables.models import Promise, Receipt, SuspensionOrder
from mayorista.apps.receivables.operations import objections, promises, suspensions
from mayorista.interfaces.desk import urls_collection
from mayorista.rules.procedure import WHO_MAY, Act, Role
from tests import collection_world as debts
from tests import receipts_world as receipts
from tests import who_may
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures
from tests.who_may import Try

SEE = WHO_MAY[Act.VIEW_COLLECTION]


def act(who: Act) -> frozenset[Role]:
    return WHO_MAY[who]


C = ("CODE",)
S = ("NUMBER",)
PERIOD = {"currency": "BOB", "since": "01/01/2026", "until": "25/01/2027"}
LOG = {"channel": "PHONE", "person": "Ana", "result": "INFORMED"}
PROPOSERS = act(Act.PROPOSE_SUSPENSION) | act(Act.APPROVE_SUSPENSION)
VIEWS: dict[str, Try] = {
    "collection": Try(get=SEE),
    "collection-objections": Try(get=SEE),
    "objection-decide": Try(
        ("OBJECTION",), post=act(Act.DECIDE_OBJECTION), said={"granted": "0", "decision": "no procede"}
    ),
    "objection-note": Try(("GRANTED",), post=act(Act.ISSUE_NOTE)),
    "promise-withdraw": Try(("PROMISE",), post=act(Act.LOG_CONTACT), said={"reason": "error"}),
    "suspensions": Try(get=WHO_MAY[Act.VIEW_SUSPENSION]),
    "suspension": Try(S, get=WHO_MAY[Act.VIEW_SUSPENSION]),
    "suspension-act": Try((*S, "detener"), post=PROPOSERS, said={"reason": "acuerdo"}),
    "collection-customer": Try(C, get=SEE),
    "collection-contact": Try(C, post=act(Act.LOG_CONTACT), said=LOG),
    "collection-promise": Try(
        C,
        post=act(Act.LOG_CONTACT),
        said={
            "invoice_id": "INVOICE",
            "amount": "100",
            "promised_on": "29/01/2027",
            "who": "Ana",
            "channel": "PHONE",
        },
    ),
    "collection-objection": Try(
        C,
        post=act(Act.RAISE_OBJECTION),
        said={"invoice_id": "INVOICE", "amount": "1", "raised_on": "10/12/2026", "words": "de más"},
    ),
    "collection-pause": Try(
        C, post=act(Act.PAUSE_REMINDERS), said={"until": "01/02/2027", "reason": "acuerdo"}
    ),
    "collection-interest": Try(C, post=act(Act.CHARGE_INTEREST), said={"row": "INVOICE"}),
    "suspension-propose": Try(
        C, post=act(Act.PROPOSE_SUSPENSION), said={"service_ids": "SERVICE", "reason": "mora"}
    ),
    "account-statement": Try(C, get=SEE),
    "account-statement-pdf": Try(C, get=SEE),
    "account-statement-send": Try(C, post=act(Act.SEND_STATEMENT), said=PERIOD),
    "proofs": Try(C, get=act(Act.HAND_OVER_DEBT) | act(Act.TAKE_LEGAL_ACTION)),
    "hand-to-legal": Try(C, post=act(Act.HAND_OVER_DEBT)),
    "legal-close": Try(C, post=act(Act.TAKE_LEGAL_ACTION), said={"outcome": "acuerdo"}),
    "reminders": Try(get=SEE, post=act(Act.SEND_REMINDER), said={"row": "CUSTOMER"}),
    "reminder-release": Try(post=act(Act.RELEASE_REMINDER), said={"row": "INVOICE"}),
    "reminder-undo": Try(("MAIL",), post=act(Act.SEND_REMINDER)),
}


@pytest.fixture
def debtor(world):  # noqa: F811
    world.move_to(3)
    invoice = world.invoice = debts.owed(world, late_interest_yearly=Decimal("0.06"))
    world.move_to(17, month=12)
    sent = debts.remind(world)
    world.pass_minutes(1)
    world.settle()
    world.move_to(25, month=1, year=2027)
    said = {"actor": world.actor("interconexion"), "at": world.at}
    objected = [
        objections.object_to(
            invoice_id=invoice.pk,
            amount=Decimal(amount),
            words="de más",
            raised_on=dt.date(2026, 12, 10),
            **said,
        )
        for amount in ("10.00", "20.00")
    ]
    objections.decide(
        objection_id=objected[1].pk,
        granted=Decimal("20.00"),
        decision="procede",
        actor=world.actor("gerente"),
        at=world.at,
    )
    service = Service.objects.get(circuit_code="TIP-0141").pk
    order = suspensions.propose(
        customer_id=invoice.customer_id, service_ids=[service], reason="sin respuesta", **said
    )
    promise = promises.make(
        invoice_id=invoice.pk,
        amount=Decimal("100.00"),
        promised_on=dt.date(2027, 1, 29),
        who="Ana",
        **said,
    )
    world.rows = {
        "CUSTOMER": invoice.customer_id,
        "CODE": Customer.objects.get(pk=invoice.customer_id).code,
        "INVOICE": invoice.pk,
        "MAIL": sent.mail_ids[0],
        "OBJECTION": objected[0].pk,
        "GRANTED": objected[1].pk,
        "PROMISE": promise.pk,
        "NUMBER": order.dossier.number,
        "SERVICE": service,
    }
    for role in Role:
        world.person(f"rol-{role.value.lower()}", role)
    return world


def address(debtor, name: str) -> str:
    return reverse(f"desk:{name}", args=[debtor.rows.get(arg, arg) for arg in VIEWS[name].args])


def test_the_table_names_every_address_of_collection():
    assert {pattern.name for pattern in urls_collection.urlpatterns} == set(VIEWS)


def test_a_stranger_sees_nothing(debtor):
    assert not who_may.wrong_for_a_stranger(VIEWS, debtor.rows)


def test_a_role_does_only_what_is_its(debtor):
    assert not who_may.wrong_for_any_role(debtor, VIEWS, debtor.rows)


@pytest.fixture
def here(debtor, monkeypatch):
    """The desk's clock stands where the world's does."""
    monkeypatch.setattr("mayorista.interfaces.clock.now", lambda: debtor.at)
    return debtor


@pytest.mark.usefixtures("here")
class TestScreens:
    def test_the_ageing_says_who_owes_what_and_exports_it(self, debtor):
        client = who_may.client_of(debtor, Role.PORTFOLIO)
        words = client.get(address(debtor, "collection")).content.decode()
        assert "28.750,00" in words
        assert "31-60" in words
        answer = client.get(address(debtor, "collection") + "?formato=xlsx")
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        values = [cell for row in sheet.iter_rows(values_only=True) for cell in row]
        assert 28750 in values

    def test_money_on_account_is_named_beside_the_debt(self, debtor):
        receipts.register(debtor, debtor.invoice, "1234.00", reference="TRF-9")
        words = (
            who_may.client_of(debtor, Role.PORTFOLIO)
            .get(address(debtor, "collection-customer"))
            .content.decode()
        )
        assert "A cuenta, sin imputar" in words
        assert "1.234,00" in words

    def test_a_wrong_amount_is_said_beside_its_field(self, debtor):
        said = {"invoice_id": debtor.rows["INVOICE"], "amount": "99999", "promised_on": "29/01/2027", "who": "Ana", "channel": "PHONE"}  # fmt: skip
        answer = who_may.client_of(debtor, Role.PORTFOLIO).post(address(debtor, "collection-promise"), said)
        assert answer.status_code == 422
        assert "se deben 28.750,00" in answer.content.decode()

    def test_cells_of_the_statement_start_no_formula(self, debtor):
        debts.paid(debtor, debtor.invoice, "1.00", reference="=1+1")
        Receipt.objects.update(bank="=HYPERLINK(1)")
        answer = who_may.client_of(debtor, Role.LEGAL).get(
            address(debtor, "account-statement") + "?formato=xlsx"
        )
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        texts = [cell for row in sheet.iter_rows(values_only=True) for cell in row if isinstance(cell, str)]
        assert any(text.startswith("'=HYPERLINK") for text in texts)
        assert not any(text.startswith("=") for text in texts)

    def test_the_noc_sees_a_suspension_and_not_the_debts(self, debtor):
        client = who_may.client_of(debtor, Role.NOC)
        words = client.get(address(debtor, "suspension")).content.decode()
        assert "TIP-0141" in words
        assert "/cobranza/clientes/" not in words

    def test_a_cut_at_an_impossible_hour_stays_on_the_form(self, debtor):
        number = debtor.rows["NUMBER"]
        Promise.objects.update(state="WITHDRAWN")
        order = SuspensionOrder.objects.get(dossier__number=number)
        suspensions.approve(order_id=order.pk, actor=debtor.actor("gerente"), at=debtor.at)
        url = reverse("desk:suspension-act", args=[number, "ejecutar"])
        answer = who_may.client_of(debtor, Role.NOC).post(url, {"moment": "24/01/2027 03:15"})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "El corte es entre la aprobación y ahora" in page
        assert "24/01/2027 03:15" in page

    def test_a_reminder_can_be_undone_from_its_toast(self, debtor):
        debtor.move_to(28, month=12)
        Promise.objects.update(state="WITHDRAWN")
        client = who_may.client_of(debtor, Role.INTERCONNECTION)
        client.post(address(debtor, "reminders"), {"row": debtor.rows["CUSTOMER"]})
        words = client.get(address(debtor, "reminders")).content.decode()
        assert "Deshacer" in words

    def test_all_reminders_of_the_day_leave_without_a_row_ticked(self, debtor):
        debtor.move_to(28, month=12)
        Promise.objects.update(state="WITHDRAWN")
        client = who_may.client_of(debtor, Role.INTERCONNECTION)
        before = debts.live_mails()
        client.post(address(debtor, "reminders"), {"todos": "1"})
        assert debts.live_mails() == before + 1


@pytest.mark.usefixtures("here")
class TestQueries:
    """A screen of collection asks the same number of times, however many owe."""

    MOST: ClassVar = {"collection": 34, "reminders": 40}

    @pytest.mark.parametrize("name", MOST)
    def test_do_not_grow_with_the_debtors(self, debtor, name):
        client = who_may.client_of(debtor, Role.PORTFOLIO)
        Promise.objects.update(state="WITHDRAWN")
        few = self.asked(client, address(debtor, name))
        for number in range(6):
            debts.another(debtor, number)
        many = self.asked(client, address(debtor, name))
        assert many <= few + 1, f"{few} con poco, {many} con mucho"
        assert many <= self.MOST[name]

    @staticmethod
    def asked(client, path: str) -> int:
        client.get(path)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(path).status_code == 200
        return len(seen.captured_queries)
