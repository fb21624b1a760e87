"""One invoice that nobody pays: reminded by the calendar, promised, disputed, handed over, suspended, paid, reconnected."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import pypdf

from mayorista.apps.billing.models import OneOff
from mayorista.apps.contracts.models import Service, Suspension
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.models import JournalEntry, WorkItem
from mayorista.apps.procedure.operations import files
from mayorista.apps.receivables.models import Handover, Promise, Reminder, SuspensionOrder
from mayorista.apps.receivables.operations import (
    charges,
    handovers,
    interests,
    objections,
    promises,
    reminders,
    suspensions,
)
from mayorista.apps.receivables.queries import balances, statements
from mayorista.rules import periods
from tests import billing_world as bills
from tests import collection_world as debts
from tests import receipts_world as money

JOB = for_job("cobranza")


def day(world, number: int, month: int, year: int = 2027) -> None:
    """A day at ten: the clock's acts run, then people come."""
    world.move_to(number, month=month, year=year)
    reminders.prepare(at=world.at)
    promises.decide_due(actor=JOB, at=world.at)
    handovers.escalate_due(actor=JOB, at=world.at)
    charges.settle(at=world.at)


def act(world, who: str) -> dict:
    return {"actor": world.actor(who), "at": world.at}


def remind(world) -> str:
    """Send what is due today; return the mail's text."""
    debts.remind(world)
    world.pass_minutes(1)
    world.settle()
    return debts.mails()[-1].body


def open_items(role: str) -> list[str]:
    return list(WorkItem.objects.filter(role=role, step="B.6", done_at=None).values_list("key", flat=True))


def test_a_debt_from_its_first_reminder_to_its_reconnection(world):
    world.move_to(3)
    invoice = debts.owed(
        world,
        suspension_after_days=30,
        reconnection_fee=Decimal("350.00"),
        late_interest_yearly=Decimal("0.06"),
        objection_days=30,
    )
    reminded_until_legal(world, invoice)
    order = suspended(world, invoice)
    paid_and_connected(world, invoice, order)


def reminded_until_legal(world, invoice) -> None:
    # D-5 and D0: cordial, then the day itself.
    day(world, 17, 12, 2026)
    assert open_items("INTERCONNECTION") == ["reminders"]
    assert "Cordialmente" in remind(world)
    assert open_items("INTERCONNECTION") == []
    day(world, 22, 12, 2026)
    assert "hoy vence" in remind(world)

    # The customer objects to a part in time: only that part stops. D+5 falls on a Sunday and goes on Monday.
    objection = objections.object_to(
        invoice_id=invoice.pk, amount=Decimal("5750.00"), words="el circuito 2 no se pidió", raised_on=world.today,
        **act(world, "interconexion"),
    )  # fmt: skip
    day(world, 28, 12, 2026)
    assert "Saldo: Bs 23.000,00" in remind(world)

    # A promise holds D+15 back until the day after; broken, it goes out the next business day.
    promises.make(
        invoice_id=invoice.pk, amount=Decimal("23000.00"), promised_on=dt.date(2027, 1, 7), who="Ana Rojas",
        **act(world, "cartera"),
    )  # fmt: skip
    day(world, 6, 1)
    assert "reminders" not in open_items("INTERCONNECTION")
    day(world, 8, 1)
    assert Promise.objects.get().state == "BROKEN"
    assert {"reminders", "broken-promise"} <= set(open_items("INTERCONNECTION"))
    assert "se derivará a U.T. Cartera" in remind(world)

    # The Gerente grants a part; Facturación issues its note; the rest is owed again.
    objections.decide(
        objection_id=objection.pk, granted=Decimal("2750.00"), decision="medio mes", **act(world, "gerente")
    )
    objections.issue_note(objection_id=objection.pk, **act(world, "facturacion"))
    assert balances.balances_of([invoice.pk])[invoice.pk].open == Decimal("26000.00")

    # D+30 waits for Legal.
    day(world, 21, 1)
    assert "reminders" not in open_items("INTERCONNECTION")
    assert open_items("LEGAL") == ["release"]
    reminders.release(invoice_ids=[invoice.pk], **act(world, "legal"))
    body = remind(world)
    assert "último plazo" in body
    assert "17/12/2026, 22/12/2026, 28/12/2026, 08/01/2027" in body
    assert list(Reminder.objects.order_by("stage").values_list("stage", flat=True)) == [-5, 0, 5, 15, 30]


def suspended(world, invoice) -> SuspensionOrder:
    customer = invoice.customer_id
    # The day after thirty it is Cartera's; Legal gets one PDF with everything.
    day(world, 22, 1)
    day(world, 25, 1)
    assert "portfolio" in open_items("PORTFOLIO")
    kept = handovers.hand_to_legal(customer_id=customer, **act(world, "cartera"))
    _row, content = files.read(file_id=kept.pk)
    words = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    assert words.count("Recordatorio D") >= 5
    assert "medio mes" in words

    # Suspended by two people and the NOC.
    ids = list(Service.objects.filter(customer_id=customer).values_list("id", flat=True))
    order = suspensions.propose(
        customer_id=customer, service_ids=ids, reason="sin respuesta", **act(world, "cartera")
    )
    suspensions.approve(order_id=order.pk, **act(world, "gerente"))
    world.pass_minutes(60)
    suspensions.execute(order_id=order.pk, cut_at=world.at, **act(world, "noc"))
    assert Suspension.objects.filter(ends_at=None).count() == len(ids)
    return order


def paid_and_connected(world, invoice, order) -> None:
    customer = invoice.customer_id
    # Two days later it pays all: connected again, with the reconnection and the interest on the next invoice.
    day(world, 27, 1)
    receipt = money.register(world, invoice, "26000.00", paid_on=dt.date(2027, 1, 27))
    money.allocate(world, receipt, (invoice, "26000.00"))
    suspensions.order_return(order_id=order.pk, **act(world, "interconexion"))
    world.pass_minutes(30)
    suspensions.connect(order_id=order.pk, connected_at=world.at, **act(world, "noc"))
    # Thirty-five days, from 23 December to 26 January, of what the note left.
    assert interests.charge(
        customer_id=customer, invoice_ids=[invoice.pk], **act(world, "interconexion")
    ) == Decimal("149.59")
    bills.opened(world, periods.parse_month("2027-01"))
    day(world, 28, 1)
    assert sorted(OneOff.objects.values_list("kind", "amount")) == [
        ("INTEREST", Decimal("149.59")),
        ("RECONNECTION", Decimal("350.00")),
    ]
    assert not Handover.objects.filter(closed_at=None).exists()
    assert "portfolio" not in open_items("PORTFOLIO")
    found = statements.statement(
        customer_id=customer, currency="BOB", since=dt.date(2026, 12, 1), until=world.today
    )
    assert [each.kind for each in found.movements] == ["factura", "nota de crédito", "pago"]
    assert found.closing == Decimal(0)
    assert JournalEntry.objects.filter(dossier=invoice.dossier, act="SEND_REMINDER").count() == 5
