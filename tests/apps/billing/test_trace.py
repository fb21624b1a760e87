"""The chain of a month both ways: fault, case, credit, amount, packet, invoice, mail; contract and change of speed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client

from mayorista.apps.billing.models import CreditProposal, Invoice, Note
from mayorista.apps.billing.operations import credit_months, credits, dispatching, notes  # noqa: A004 -- the credits of a month, not the interpreter's
from mayorista.apps.faults.operations import restoration
from mayorista.apps.messaging.models import Message
from mayorista.apps.overview.queries import trace
from mayorista.apps.procedure.models import Dossier
from mayorista.rules.errors import NotFound
from tests import billing_world as bills
from tests.stories import agreements as deal

BANDS = {"model": "percent_bands", "bands": [{"below": "99.9", "credit_pct": "10"}]}


@pytest.fixture
def chained(world):
    """A month whose invoice carries a credit of an outage and a change of speed."""
    world.move_to(3)
    world.contract = bills.billed(world, sla_credit=BANDS)
    change = deal.ask(world, "TIP-0142", 800_000, dt.date(2026, 11, 10))
    deal.approve(world, change)
    world.move_to(10)
    deal.carry_out(world, change)
    world.move_to(12, hour=8)
    world.alarm(circuit="TIP-0141")
    fault = world.fault()
    world.pass_minutes(10)
    world.diagnose(fault, "INTERNAL", "I-FIB")
    world.pass_minutes(110)
    restoration.restore(fault_id=fault.pk, restored_at=world.at, actor=world.actor("noc"), at=world.at)
    bills.after(world)
    credit_months.compute(month=bills.NOVEMBER, actor=world.actor("interconexion"), at=world.at)
    credits.decide(
        credit_ids=list(CreditProposal.objects.values_list("pk", flat=True)),
        approve=True,
        actor=world.actor("gerente"),
        at=world.at,
    )
    world.fault_number = fault.dossier.number
    bills.invoiced(world)
    dispatching.dispatch(invoice_id=Invoice.objects.get().pk, actor=world.actor("facturacion"), at=world.at)
    return world


def kinds(number: str, **more) -> list[str]:
    return [entry.kind for entry in trace.trace_page(number=number, money_too=True, **more).entries]


def number_of(kind: str) -> str:
    return Dossier.objects.filter(kind=kind).latest("id").number


class TestChain:
    def test_from_the_fault_to_the_mail_and_back(self, chained):
        forward = kinds(chained.fault_number)
        for kind in ("FAULT", "CASE", "OUTAGE", "CREDIT", "AMOUNT", "PACKET", "INVOICE", "MESSAGE"):
            assert kind in forward, kind
        invoice = Invoice.objects.get().dossier.number
        page = trace.trace_page(number=invoice, money_too=True)
        sides = {entry.kind: entry.side for entry in page.entries}
        assert sides["INVOICE"] == "HERE"
        assert {sides[kind] for kind in ("FAULT", "CASE", "CREDIT", "AMOUNT", "PACKET", "CONTRACT")} == {
            "BEFORE"
        }
        assert [entry.at for entry in page.entries] == sorted(entry.at for entry in page.entries)
        credit = next(entry for entry in page.entries if entry.kind == "CREDIT")
        assert credit.amount == "Bs 2.300,00"
        assert credit.because == (number_of("CASE"),)

    def test_from_a_mail_by_its_number(self, chained):
        message = Message.objects.get(dossier=Invoice.objects.get().dossier)
        assert trace.start_of(f"MSG-{message.pk}").kind == "INVOICE"
        with pytest.raises(NotFound):
            trace.start_of("MSG-99999999999999999999")

    def test_from_the_contract_over_its_months(self, chained):
        found = kinds("CT-100")
        assert {"CONTRACT", "SPEED_CHANGE", "AMOUNT", "INVOICE"} <= set(found)

    def test_a_note_that_carries_a_credit_follows_from_it(self, chained):
        invoice = Invoice.objects.get()
        made = CreditProposal.objects.create(
            dossier=Dossier.objects.create(
                kind="CREDIT", number="CRE-9", headline="x", state="aprobado", opened_at=chained.at
            ),
            service_id=chained.service("TIP-0142"),
            month=invoice.month,
            state="APPROVED",
            currency="BOB",
            base="100",
            amount="10",
            outage_seconds=1,
            computation={},
        )
        notes.issue(
            invoice_id=invoice.pk,
            kind="CREDIT",
            total=Decimal("10.00"),
            reason="crédito",
            credit_id=made.pk,
            actor=chained.actor("facturacion"),
            at=chained.at,
        )
        assert Note.objects.get().dossier.number in [
            entry.number for entry in trace.trace_page(number="CRE-9", money_too=True).entries
        ]

    def test_reads_a_fixed_number_of_times(self, chained, django_assert_max_num_queries):
        with django_assert_max_num_queries(20):
            trace.trace_page(number=Invoice.objects.get().dossier.number, money_too=True)
        with django_assert_max_num_queries(20):
            trace.trace_page(number=chained.fault_number, money_too=True)


class TestScreen:
    def client(self, world, who: str) -> Client:
        client = Client()
        client.force_login(world.users[who], backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    def test_who_repairs_sees_no_money(self, chained):
        invoice = Invoice.objects.get().dossier.number
        assert self.client(chained, "noc").get(f"/traza/{invoice}/").status_code == 403
        answer = self.client(chained, "noc").get(f"/traza/{chained.fault_number}/")
        text = answer.content.decode()
        assert answer.status_code == 200
        assert "2.300,00" not in text
        assert "no se muestra" in text
        assert (
            "2.300,00"
            in self.client(chained, "gerente").get(f"/traza/{chained.fault_number}/").content.decode()
        )

    def test_a_number_that_is_none_is_said(self, chained):
        assert self.client(chained, "gerente").get("/traza/NADA-1/").status_code == 404
