"""Suspension by two people, stopped by a receipt; interest and reconnection on the next invoice."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from mayorista.apps.billing.models import OneOff
from mayorista.apps.contracts.models import Service, Suspension, WorkOrder
from mayorista.apps.overview.queries import collection as pages
from mayorista.apps.procedure.models import WorkItem
from mayorista.apps.receivables.models import InterestCharge, LaterCharge, Objection, SuspensionOrder
from mayorista.apps.receivables.operations import charges, interests, promises, suspensions
from mayorista.apps.receivables.queries.interests import late_invoices
from mayorista.rules import periods
from mayorista.rules.errors import Conflict, Invalid, NotAllowed
from mayorista.rules.procedure import Role
from tests import billing_world as bills
from tests import collection_world as debts
from tests import receipts_world as money

JANUARY = periods.parse_month("2027-01")


@pytest.fixture
def late(world):
    """Thirty-four days late; the contract suspends from 30, asks Bs 350 to reconnect and 6 % a year."""
    world.move_to(3)
    world.invoice = debts.owed(
        world,
        suspension_after_days=30,
        reconnection_fee=Decimal("350.00"),
        late_interest_yearly=Decimal("0.06"),
    )
    world.person("gerente2", Role.MANAGER, Role.INTERCONNECTION)
    world.move_to(25, month=1, year=2027)
    return world


def act(world, who: str) -> dict:
    return {"actor": world.actor(who), "at": world.at}


def propose(world, who: str = "cartera", *codes: str) -> SuspensionOrder:
    ids = Service.objects.filter(circuit_code__in=codes or ("TIP-0141", "TIP-0142")).values_list(
        "id", flat=True
    )
    return suspensions.propose(
        customer_id=world.invoice.customer_id, service_ids=ids, reason="sin respuesta", **act(world, who)
    )


def cut(world) -> SuspensionOrder:
    order = propose(world)
    suspensions.approve(order_id=order.pk, **act(world, "gerente"))
    world.pass_minutes(30)
    suspensions.execute(order_id=order.pk, cut_at=world.at, **act(world, "noc"))
    order.refresh_from_db()
    return order


def state(order: SuspensionOrder) -> str:
    order.refresh_from_db()
    return order.state


class TestASuspension:
    def test_takes_two_people_and_the_noc(self, late):
        order = propose(late)
        with pytest.raises(NotAllowed):
            suspensions.approve(order_id=order.pk, **act(late, "cartera"))
        suspensions.approve(order_id=order.pk, **act(late, "gerente"))
        work = WorkOrder.objects.get()
        assert work.unit.code == "NOC"
        assert "TIP-0141, TIP-0142" in work.description
        subjects = [mail.subject for mail in debts.mails()]
        assert "[COMTECO] Suspensión del servicio por falta de pago" in subjects
        assert any(subject.startswith("Suspensión aprobada") for subject in subjects)
        with pytest.raises(NotAllowed):
            suspensions.execute(order_id=order.pk, cut_at=late.at, **act(late, "gerente"))
        late.pass_minutes(10)
        suspensions.execute(order_id=order.pk, cut_at=late.at, **act(late, "noc"))
        assert Suspension.objects.filter(ends_at=None).count() == 2
        work.refresh_from_db()
        assert work.state == "DONE"
        assert state(order) == "EXECUTED"

    def test_is_cut_in_the_minute_of_its_approval_which_is_typed_without_seconds(self, late):
        late.at = late.at.replace(second=40)
        order = propose(late)
        suspensions.approve(order_id=order.pk, **act(late, "gerente"))
        minute = late.at.replace(second=0)
        with pytest.raises(Invalid):
            suspensions.execute(
                order_id=order.pk, cut_at=minute - dt.timedelta(minutes=1), **act(late, "noc")
            )
        suspensions.execute(order_id=order.pk, cut_at=minute, **act(late, "noc"))
        order.refresh_from_db()
        assert order.executed_at == order.approved_at

    def test_is_not_approved_by_who_proposed_it(self, late):
        order = propose(late, "gerente2")
        with pytest.raises(Conflict):
            suspensions.approve(order_id=order.pk, **act(late, "gerente2"))
        assert state(order) == "PROPOSED"

    def test_is_one_at_a_time_and_of_own_circuits(self, late):
        with pytest.raises(Invalid):
            suspensions.propose(
                customer_id=late.invoice.customer_id, service_ids=[10**9], reason="x", **act(late, "cartera")
            )
        propose(late)
        with pytest.raises(Conflict):
            propose(late)

    def test_is_stopped_at_once_by_a_receipt(self, late):
        order = propose(late)
        suspensions.approve(order_id=order.pk, **act(late, "gerente"))
        money.register(late, late.invoice, "100.00", paid_on=dt.date(2027, 1, 25))
        assert state(order) == "STOPPED"
        assert WorkOrder.objects.get().state == "CANCELLED"
        assert not WorkItem.objects.filter(dossier=order.dossier, done_at=None).exists()
        with pytest.raises(Conflict):
            suspensions.execute(order_id=order.pk, cut_at=late.at, **act(late, "noc"))

    def test_does_not_go_on_when_the_debt_is_paid_promised_or_disputed(self, late):
        order = propose(late)
        promises.make(
            invoice_id=late.invoice.pk, amount=debts.TOTAL, promised_on=dt.date(2027, 1, 29), who="Ana",
            **act(late, "cartera"),
        )  # fmt: skip
        with pytest.raises(Conflict):
            suspensions.approve(order_id=order.pk, **act(late, "gerente"))
        suspensions.reject(order_id=order.pk, reason="hay promesa", **act(late, "gerente"))
        assert state(order) == "REJECTED"

    def test_needs_days_late_and_undisputed_debt(self, late):
        late.move_to(20, month=1, year=2027)
        with pytest.raises(Conflict, match="29 días"):
            propose(late)
        late.move_to(25, month=1, year=2027)
        Objection.objects.create(
            invoice=late.invoice, amount=debts.TOTAL, words="todo", raised_on=dt.date(2026, 12, 10), timely=True,
            author=late.users["interconexion"],
        )  # fmt: skip
        with pytest.raises(Conflict, match="No hay deuda"):
            propose(late)

    def test_ends_after_the_payment_with_the_reconnection_charge(self, late):
        order = cut(late)
        with pytest.raises(Conflict):
            suspensions.order_return(order_id=order.pk, **act(late, "interconexion"))
        late.pass_minutes(60)
        receipt = money.register(late, late.invoice, "28750.00", paid_on=dt.date(2027, 1, 25))
        money.allocate(late, receipt, (late.invoice, "28750.00"))
        assert WorkItem.objects.get(key="return").role == "INTERCONNECTION"
        with pytest.raises(Conflict):
            suspensions.connect(order_id=order.pk, connected_at=late.at, **act(late, "noc"))
        suspensions.order_return(order_id=order.pk, **act(late, "interconexion"))
        late.pass_minutes(20)
        suspensions.connect(order_id=order.pk, connected_at=late.at, **act(late, "noc"))
        assert state(order) == "REVERSED"
        assert not Suspension.objects.filter(ends_at=None).exists()
        assert debts.mails()[-1].subject == "[COMTECO] Servicio rehabilitado"
        waiting = LaterCharge.objects.get()
        assert (waiting.kind, waiting.amount, waiting.one_off) == ("RECONNECTION", Decimal("350.00"), None)
        bills.opened(late, JANUARY)
        assert charges.settle(at=late.at) == 1
        assert charges.settle(at=late.at) == 0
        made = OneOff.objects.get()
        assert (made.kind, made.amount) == ("RECONNECTION", Decimal("350.00"))
        assert made.month.month == dt.date(2027, 1, 1)

    def test_the_gerente_may_reconnect_a_debtor_with_a_reason(self, late):
        order = cut(late)
        with pytest.raises(Conflict):
            suspensions.order_return(order_id=order.pk, **act(late, "gerente"))
        suspensions.order_return(order_id=order.pk, reason="hospital", **act(late, "gerente"))
        assert pages.suspension_page(number=order.dossier.number, at=late.at).order.return_order is not None


class TestInterest:
    def charge(self, world, who="interconexion"):
        return interests.charge(
            customer_id=world.invoice.customer_id, invoice_ids=[world.invoice.pk], **act(world, who)
        )

    def amount(self, world) -> Decimal:
        return late_invoices(customer_id=world.invoice.customer_id, until=world.today)[0].amount

    def test_is_by_days_of_365_and_charged_once(self, late):
        # From 23 December to 24 January: 33 days of 28.750,00 at 6 % a year.
        assert self.amount(late) == Decimal("155.96")
        with pytest.raises(NotAllowed):
            self.charge(late, "cartera")
        assert self.charge(late) == Decimal("155.96")
        with pytest.raises(Conflict):
            self.charge(late)
        late.move_to(26, month=1, year=2027)
        assert self.charge(late) == Decimal("4.72")  # 34 days come to 160.68 in all
        assert InterestCharge.objects.count() == 2
        bills.opened(late, JANUARY)
        charges.settle(at=late.at)
        assert sorted(OneOff.objects.values_list("kind", "amount")) == [
            ("INTEREST", Decimal("4.72")),
            ("INTEREST", Decimal("155.96")),
        ]

    def test_falls_with_each_payment_from_its_day(self, late):
        debts.paid(late, late.invoice, "18750.00", paid_on=dt.date(2027, 1, 2))
        # Ten days of 28.750,00 and twenty-three of 10.000,00.
        assert self.amount(late) == Decimal("85.07")

    def test_leaves_out_what_is_disputed_until_it_is_lost(self, late):
        row = Objection.objects.create(
            invoice=late.invoice, amount=Decimal("18750.00"), words="parte", raised_on=dt.date(2026, 12, 10), timely=True,
            author=late.users["interconexion"],
        )  # fmt: skip
        assert self.charge(late) == Decimal("54.25")
        row.state = "LOST"
        row.save()
        # From the original due date, what was charged subtracted (R25).
        assert self.amount(late) == Decimal("101.71")

    def test_is_only_where_the_contract_says_so(self, world):
        world.move_to(3)
        world.invoice = debts.owed(world)
        world.move_to(25, month=1, year=2027)
        assert late_invoices(customer_id=world.invoice.customer_id, until=world.today) == []
        with pytest.raises(Conflict):
            self.charge(world)
