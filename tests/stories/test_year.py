"""A year of one ISP with three circuits, from the contract handed over to a December that is paid, the clock moved by hand.

The contract: 2.000, 500 and 300 Mbps at Bs 11,50 a Mbps = Bs 23.000, 5.750 and 3.450 a month; twenty days to pay from
the day the invoice arrives. Every month's amount is computed by hand in `BY_HAND`, and asserted to the cent.
"""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import pypdf
import pytest

from mayorista.apps.billing.models import Amount, CreditProposal, Dispatch, Invoice, Month
from mayorista.apps.billing.operations import (
    credit_months,
    credits,  # noqa: A004 -- the credits of a month, not the interpreter's
    dispatching,
    groups,
    invoices,
    months,
    packets,
)
from mayorista.apps.billing.queries import debts as bill_cards
from mayorista.apps.contracts import operations as contracts
from mayorista.apps.contracts.models import Reception, Service, SpeedChange
from mayorista.apps.contracts.operations import speed
from mayorista.apps.customers import operations as customers
from mayorista.apps.customers import queries as customer_queries
from mayorista.apps.customers.models import Contact
from mayorista.apps.faults.operations import analysis
from mayorista.apps.messaging.models import Message
from mayorista.apps.overview.queries import trace
from mayorista.apps.procedure.models import Dossier, JournalEntry
from mayorista.apps.procedure.operations import files
from mayorista.apps.receivables.models import Objection, Promise, Receipt, Reminder
from mayorista.apps.receivables.operations import (
    charges,
    handovers,
    objections,
    promises,
    receipts,
    reminders,
    suspensions,
)
from mayorista.apps.receivables.queries import balances
from mayorista.rules import periods
from mayorista.rules.errors import Conflict
from tests import billing_world as bills
from tests import collection_world as debts
from tests import fiscal
from tests import receipts_world as money
from tests.incoming_mail import incoming_mail
from tests.rules.mail import letters
from tests.stories import agreements as deal

YEAR = 2027
NIT = "1023456021"
RIGHT = "cobros@vallefibra.example"
JOB = bills.JOB
BANDS = {"model": "percent_bands", "bands": [{"below": "99.9", "credit_pct": "10"}]}

BY_HAND = {
    # 23.000 + 5.750 + 3.450
    1: "32200.00",
    # TIP-2 goes from 500 to 800 Mbps (9.200 a month) on the 11th of 28 days: 5.750 × 10/28 = 2.053,57 and
    # 9.200 × 18/28 = 5.914,29. 23.000 + 2.053,57 + 5.914,29 + 3.450
    2: "34417.86",
    # TIP-1 was down two hours of 744: 99,7311 %, below 99,9: 10 % of 23.000. 23.000 + 9.200 + 3.450 − 2.300
    3: "33350.00",
    # TIP-3 runs at 600 Mbps for 9,00 from the 10th to the 19th: 3.450 × 9/30 = 1.035, 5.400 × 10/30 = 1.800 and
    # 3.450 × 11/30 = 1.265. 23.000 + 9.200 + 4.100
    4: "36300.00",
    # Billed before anybody knew that TIP-1 ran faster: 23.000 + 9.200 + 3.450
    5: "35650.00",
    # TIP-1 has 2.500 Mbps (28.750), since 16 May: May is 23.000 × 15/31 = 11.129,03 and 28.750 × 16/31 = 14.838,71,
    # 25.967,74 instead of 23.000: 2.967,74 more. 28.750 + 9.200 + 3.450 + 2.967,74
    6: "44367.74",
    # 28.750 + 9.200 + 3.450
    7: "41400.00",
    # TIP-3 is cut on the 26th and back on the 30th: the 27th, 28th and 29th are not billed: 3.450 × 26/31 = 2.893,55
    # and 3.450 × 2/31 = 222,58. To connect it costs 350. 28.750 + 9.200 + 3.116,13 + 350
    8: "41416.13",
    9: "41400.00",
    10: "41400.00",
    11: "41400.00",
    12: "41400.00",
}


def act(world, who: str) -> dict:
    return {"actor": world.actor(who), "at": world.at}


def day(world, number: int, month: int, year: int = YEAR) -> None:
    """A day at ten: the clock's acts run, then people come."""
    world.move_to(number, month=month, year=year)
    speed.accept_silent(at=world.at)
    speed.order_returns(at=world.at)
    groups.form_groups(actor=JOB, at=world.at)
    months.open_due(actor=JOB, at=world.at)
    credit_months.sweep(actor=JOB, at=world.at)
    dispatching.settle_deliveries()
    reminders.prepare(at=world.at)
    promises.decide_due(actor=JOB, at=world.at)
    handovers.escalate_due(actor=JOB, at=world.at)
    charges.settle(at=world.at)


def calendar(month: int):
    return periods.parse_month(f"{YEAR}-{month:02}")


def row_of(month: int) -> Month:
    return Month.objects.get(month=dt.date(YEAR, month, 1))


def invoice_of(month: int) -> Invoice:
    return Invoice.objects.select_related("dossier").get(month=dt.date(YEAR, month, 1))


def agreed(world) -> int:
    """January: Ventas hands over, both sides acknowledge, something is missing, the copy is complete."""
    deal.people(world)
    debts.people(world)
    customer = world.isp("VALLE FIBRA S.R.L.", "TIP-1", "TIP-2", "TIP-3", mobile="70000014")
    card = customer_queries.customer(customer_id=customer)
    customers.save_customer(
        customer_id=customer, version=card.version, name=card.name, nit=NIT, **act(world, "admin")
    )
    customers.save_contact(
        full_name="Pagos de VALLE FIBRA",
        email=bills.PAYS,
        phone="60000014",
        roles=[customers.ContactRoleWish(customer, "BILLING")],
        **act(world, "admin"),
    )
    kinds = ("CONTRACT", "TECHNICAL", "ECONOMIC", "SLA", "POWER")
    made = contracts.hand_over(
        customer_id=customer,
        number="CT-100",
        signed_date=dt.date(2026, 12, 20),
        starts_date=dt.date(YEAR, 1, 1),
        ends_date=dt.date(YEAR + 2, 1, 1),
        signatories=["Ing. Ana Rojas"],
        papers=[(kind, "", deal.paper(f"{kind.lower()}.pdf")) for kind in kinds],
        items=[contracts.ItemWish(7, "NA", note="sin garantía"), contracts.ItemWish(8, "MISSING")],
        **act(world, "ventas"),
    ).id
    contracts.receive(contract_id=made, **act(world, "interconexion"))
    contracts.observe(contract_id=made, observation="faltan los contactos", **act(world, "interconexion"))
    world.move_to(6, month=1, year=YEAR)
    more = [("CONTACTS", "", deal.paper("contactos.pdf")), ("ACTIVATION", "", deal.paper("acta.pdf"))]
    contracts.hand_over(contract_id=made, papers=more, **act(world, "ventas"))
    contracts.receive(contract_id=made, **act(world, "interconexion"))
    contracts.complete(contract_id=made, **act(world, "interconexion"))
    contracts.agree_terms(
        contract_id=made,
        starts_date=dt.date(YEAR, 1, 1),
        payment_days=20,
        payment_from="DELIVERY",
        suspension_bills="none",
        suspension_after_days=30,
        reconnection_fee=Decimal("350.00"),
        objection_days=30,
        sla_credit=BANDS,
        **act(world, "admin"),
    )
    for code, mbps in (("TIP-1", 2000), ("TIP-2", 500), ("TIP-3", 300)):
        deal.hold(world, made, code, starts=dt.date(YEAR, 1, 1), kbps=mbps * 1000)
    return made


def bill(world, month: int, issue=None) -> Invoice:
    """The month on the screens of its roles, on the second of the next: coordinated, defined, sent, acknowledged, invoiced, mailed."""
    after = calendar(month).next
    day(world, 2, after.number, after.year)
    row = row_of(month)
    months.confirm(month_ids=[row.pk], **act(world, "interconexion"))
    months.confirm(month_ids=[row.pk], **act(world, "gerente"))
    bills.run(world, "DEFINE", "interconexion", calendar(month))
    bills.run(world, "SEND", "interconexion", calendar(month))
    packet = packets.newest_packets([row.pk])[row.pk]
    packets.acknowledge(packet_ids=[packet.pk], **act(world, "facturacion"))
    if issue is None:
        bills.run(world, "ISSUE", "facturacion", calendar(month))
    else:
        issue(world, row)
    bills.run(world, "DISPATCH", "facturacion", calendar(month))
    deliver(world)
    return invoice_of(month)


def deliver(world) -> None:
    world.pass_minutes(1)
    world.settle()
    dispatching.settle_deliveries()


def by_hand(world, row: Month) -> None:
    """The invoice of the system in use, typed by the Encargada; a cent off is refused."""
    said = {
        "month_id": row.pk,
        "number": "4711",
        "issued_date": world.today,
        "pdf": invoices.Paper("factura.pdf", deal.PDF),
    }
    with pytest.raises(Conflict, match=r"difieren en 0,01"):
        invoices.register(total=Decimal("34417.87"), **said, **act(world, "facturacion"))
    invoices.register(total=Decimal("34417.86"), **said, **act(world, "facturacion"))


def by_archive(world, _row: Month) -> None:
    """The invoice of the system in use, from its ZIP of PDF and XML."""
    issued = f"{world.today.isoformat()}T10:00:00.000"
    packed = fiscal.archive(
        f1__xml=fiscal.xml(NIT, "36300.00", number="4712", issued=issued), f1__pdf=fiscal.PDF
    )
    (found,) = invoices.import_archive(archive=packed, **act(world, "facturacion"))
    assert found.outcome == "REGISTERED", found.text


def pay(world, invoice: Invoice, amount: str | Decimal) -> None:
    """The receipt by e-mail, put on its invoice, told to accounting, found in the bank."""
    receipt = money.register(
        world, invoice, str(amount), reference=f"TRF-{invoice.month:%m}-{world.today:%d}", paid_on=world.today
    )
    money.allocate(world, receipt, (invoice, str(amount)))
    money.inform(world, receipt)
    deliver(world)
    money.reconcile(world, receipt)


def paid_month(world, month: int, issue=None) -> Invoice:
    invoice = bill(world, month, issue)
    world.pass_minutes(2 * 24 * 60)
    pay(world, invoice, invoice.total)
    return invoice


def remind(world) -> str:
    debts.remind(world)
    deliver(world)
    return debts.mails()[-1].body


def first_change(world) -> SpeedChange:
    """February: 500 to 800 Mbps from the 11th; nobody answers for 48 hours, which confirms that day."""
    day(world, 8, 2)
    change = deal.ask(world, "TIP-2", 800_000, dt.date(YEAR, 2, 11))
    deal.approve(world, change)
    day(world, 11, 2)
    deal.carry_out(world, change)
    day(world, 15, 2)
    change.refresh_from_db()
    assert (change.state, change.effective_date) == ("IN_FORCE", dt.date(YEAR, 2, 11))
    return change


def outage(world):
    """12 March, eight o'clock: the alarm, Soporte's diagnosis, the NOC and its D.A.C., the Gerente's notice; two hours."""
    world.move_to(12, month=3, year=YEAR, hour=8)
    started = world.at
    world.alarm(circuit="TIP-1")
    fault = world.fault()
    world.pass_minutes(5)
    analysis.acknowledge(fault_id=fault.pk, **act(world, "noc"))
    world.protocols(fault)
    world.diagnose(fault, "INTERNAL", "I-FIB")
    world.coordinate(fault)
    world.open_dac(fault)
    world.at = started + dt.timedelta(hours=2)
    world.alarm(started=started, ended=world.at, circuit="TIP-1")
    world.restore_and_verify(fault)
    world.close_dac(fault)
    case = world.case(Service.objects.get(circuit_code="TIP-1").customer_id)
    world.tell(case)
    case.refresh_from_db()
    assert case.state == "TOLD"
    return fault


def credited(world) -> CreditProposal:
    day(world, 1, 4)
    made = CreditProposal.objects.select_related("dossier").get()
    assert (made.amount, made.outage_seconds) == (Decimal("2300.00"), 7200)
    credits.decide(credit_ids=[made.pk], approve=True, **act(world, "gerente"))
    return made


def boost(world) -> None:
    """April: 600 Mbps from the 10th until the 20th, for 9,00 a Mbps; it comes back by itself."""
    day(world, 6, 4)
    change = deal.ask(
        world, "TIP-3", 600_000, dt.date(YEAR, 4, 10),
        temporary_until=dt.date(YEAR, 4, 20), own_price={"model": "per_mbps", "unit_price": "9.00"},
    )  # fmt: skip
    deal.approve(world, change)
    day(world, 10, 4)
    deal.carry_out(world, change)
    speed.accept(change_id=change.pk, how="correo", **act(world, "interconexion"))
    day(world, 20, 4)
    back = SpeedChange.objects.get(returns=change)
    speed.execute(
        change_id=back.pk, executed_at=world.at, evidence="policer 600M → 300M", **act(world, "noc")
    )
    assert [mbps for _from, _to, mbps in deal.line("TIP-3")] == [300, 600, 300]


def bounced(world) -> Invoice:
    """May's mail comes back: no due date, until it leaves again for the right address and arrives."""
    invoice = bill(world, 5)
    mail = Message.objects.get(pk=Dispatch.objects.get(invoice=invoice).message_id)
    world.pass_minutes(60)
    incoming_mail(letters.dsn(to=bills.PAYS, original=mail.message_id_header), at=world.at)
    dispatching.settle_deliveries()
    assert bill_cards.invoice_card([invoice.pk])[invoice.pk].due_date is None
    day(world, 7, 6)
    contact = Contact.objects.get(email=bills.PAYS)
    customers.save_contact(
        contact_id=contact.pk, version=contact.version, full_name=contact.full_name, email=RIGHT, phone=contact.phone_e164,
        roles=[customers.ContactRoleWish(invoice.customer_id, "BILLING")], **act(world, "admin"),
    )  # fmt: skip
    dispatching.dispatch(invoice_id=invoice.pk, **act(world, "facturacion"))
    deliver(world)
    assert bill_cards.invoice_card([invoice.pk])[invoice.pk].due_date == dt.date(YEAR, 6, 27)
    return invoice


def backdated(world) -> SpeedChange:
    """8 June: the network runs at 2.500 Mbps since 16 May, which nobody had written down; May was billed on 2 June."""
    day(world, 8, 6)
    change = deal.ask(world, "TIP-1", 2_500_000, dt.date(YEAR, 5, 16))
    deal.approve(world, change)
    deal.carry_out(world, change, when=dt.datetime(YEAR, 5, 16, 14, tzinfo=dt.UTC))
    speed.accept(change_id=change.pk, how="acta firmada", **act(world, "interconexion"))
    return change


def june_is_collected(world, invoice: Invoice) -> None:
    """Reminded by the calendar, objected to in part, paid in part, released by Legal and handed to it in one PDF."""
    # 17 July is a Saturday: D-5 leaves on Monday.
    day(world, 19, 7)
    assert "Cordialmente" in remind(world)
    objection = objections.object_to(
        invoice_id=invoice.pk, amount=Decimal("2967.74"), words="el aumento de mayo no se avisó", raised_on=world.today,
        **act(world, "interconexion"),
    )  # fmt: skip
    day(world, 22, 7)
    # Without the disputed part: 44.367,74 − 2.967,74.
    assert "Bs 41.400,00" in remind(world)

    # The next day Bs 20.000 come; the same paper again, under another name, is refused.
    day(world, 23, 7)
    paper = money.pdf("transferencia de julio")
    first = money.register(world, invoice, "20000.00", reference="TRF-07", paid_on=world.today, upload=paper)
    again = receipts.Paper("otro.pdf", paper.content)
    with pytest.raises(receipts.Duplicate):
        money.register(
            world,
            invoice,
            "20000.00",
            reference="TRF-X",
            paid_on=world.today,
            upload=again,
            who="facturacion",
        )
    with pytest.raises(receipts.Duplicate):
        money.register(
            world, invoice, "20000.00", reference="trf 07", paid_on=world.today, upload=money.pdf("otro")
        )
    money.allocate(world, first, (invoice, "20000.00"))
    money.inform(world, first)
    deliver(world)
    money.reconcile(world, first)

    day(world, 27, 7)
    assert "Bs 21.400,00" in remind(world)
    paid_month(world, 7)
    # 6 August is a holiday and a Friday: D+15 leaves on Monday the 9th.
    day(world, 6, 8)
    assert Reminder.objects.filter(stage=15).count() == 0
    day(world, 9, 8)
    assert "Bs 21.400,00" in remind(world)

    # The Gerente grants Bs 1.000; the rest of the objection is owed again: 21.400 + 2.967,74 − 1.000.
    day(world, 10, 8)
    objections.decide(
        objection_id=objection.pk, granted=Decimal("1000.00"), decision="un tercio", **act(world, "gerente")
    )
    objections.issue_note(objection_id=objection.pk, **act(world, "facturacion"))
    day(world, 23, 8)
    reminders.release(invoice_ids=[invoice.pk], **act(world, "legal"))
    assert "Bs 23.367,74" in remind(world)
    assert list(Reminder.objects.order_by("stage").values_list("stage", flat=True)) == [-5, 0, 5, 15, 30]

    day(world, 25, 8)
    kept = handovers.hand_to_legal(customer_id=invoice.customer_id, **act(world, "cartera"))
    _row, content = files.read(file_id=kept.pk)
    read = pypdf.PdfReader(io.BytesIO(content))
    words = " ".join(page.extract_text() for page in read.pages)
    for said in (invoice.number, "un tercio", "20.000,00", "23.367,74"):
        assert said in words, said
    assert words.count("Recordatorio D") >= 5


def suspended_and_back(world, invoice: Invoice) -> None:
    """26 August: Cartera proposes, the Gerente approves, the NOC cuts; on the 30th all is paid and connected."""
    day(world, 26, 8)
    service = Service.objects.get(circuit_code="TIP-3")
    order = suspensions.propose(
        customer_id=invoice.customer_id, service_ids=[service.pk], reason="sin respuesta", **act(world, "cartera")
    )  # fmt: skip
    suspensions.approve(order_id=order.pk, **act(world, "gerente"))
    world.pass_minutes(30)
    suspensions.execute(order_id=order.pk, cut_at=world.at, **act(world, "noc"))
    day(world, 30, 8)
    pay(world, invoice, "23367.74")
    suspensions.order_return(order_id=order.pk, **act(world, "interconexion"))
    world.pass_minutes(30)
    suspensions.connect(order_id=order.pk, connected_at=world.at, **act(world, "noc"))


def test_a_year_of_one_isp(world, channels):
    world.move_to(4, month=1, year=YEAR)
    contract = agreed(world)
    assert Reception.objects.get(contract_id=contract).state == "COMPLETE"
    day(world, 25, 1)
    paid_month(world, 1)

    raised = first_change(world)
    day(world, 25, 2)
    assert paid_month(world, 2, by_hand).origin == "EXTERNAL"

    fault = outage(world)
    day(world, 25, 3)
    credit = credited(world)
    paid_month(world, 3)

    boost(world)
    day(world, 25, 4)
    assert paid_month(world, 4, by_archive).number == "4712"

    day(world, 25, 5)
    may = bounced(world)
    late = backdated(world)
    day(world, 15, 6)
    pay(world, may, may.total)

    day(world, 25, 6)
    june = bill(world, 6)
    assert bill_cards.invoice_card([june.pk])[june.pk].due_date == dt.date(YEAR, 7, 22)
    june_is_collected(world, june)
    suspended_and_back(world, june)
    for month in range(8, 13):
        day(world, 31 if month in {8, 10, 12} else 30, month)
        paid_month(world, month)

    amounts = {row.month.month.month: row.total for row in Amount.objects.select_related("month")}
    assert amounts == {month: Decimal(total) for month, total in BY_HAND.items()}
    nothing_is_left(june)
    the_chain(fault, raised, late, credit, june)


def nothing_is_left(june: Invoice) -> None:
    """Twelve invoices, of which one has a note, and as much money; each procedure is over."""
    rows = list(Invoice.objects.select_related("dossier").order_by("month"))
    assert len(rows) == 12
    assert [row.origin for row in rows].count("EXTERNAL") == 2
    for balance in balances.balances_of([row.pk for row in rows]).values():
        assert (balance.open, balance.provisional) == (0, 0)
    assert {row.dossier.state for row in rows} == {"concluida"}
    paid = sum(Receipt.objects.values_list("amount", flat=True))
    assert paid == sum(Decimal(total) for total in BY_HAND.values()) - Decimal("1000.00")
    assert JournalEntry.objects.filter(dossier=june.dossier, act="SEND_REMINDER").count() == 5
    assert not Promise.objects.exists()
    assert Objection.objects.get().granted == Decimal("1000.00")


def kinds(number: str, side: str) -> set[str]:
    page = trace.trace_page(number=number, money_too=True)
    return {entry.kind for entry in page.entries if entry.side == side}


def the_chain(fault, raised: SpeedChange, late: SpeedChange, credit: CreditProposal, june: Invoice) -> None:
    """The page of the trace, from the outage's minute to accounting and from June's invoice both ways."""
    assert kinds(fault.dossier.number, "AFTER") >= {
        "CASE", "OUTAGE", "DAC", "CREDIT", "AMOUNT", "PACKET", "INVOICE", "RECEIPT", "ACCOUNTING_NOTICE", "MESSAGE",
    }  # fmt: skip
    assert kinds(credit.dossier.number, "BEFORE") >= {"FAULT", "CASE", "OUTAGE"}
    assert kinds(june.dossier.number, "BEFORE") >= {"CONTRACT", "SPEED_CHANGE", "AMOUNT", "PACKET"}
    assert kinds(june.dossier.number, "AFTER") >= {"NOTE", "RECEIPT", "ACCOUNTING_NOTICE", "MESSAGE"}
    of_june = {each.number for each in trace.trace_page(number=june.dossier.number, money_too=True).entries}
    assert late.dossier.number in of_june
    assert fault.dossier.number not in of_june
    of_change = {
        each.number for each in trace.trace_page(number=raised.dossier.number, money_too=True).entries
    }
    assert invoice_of(2).dossier.number in of_change
    receipt = Dossier.objects.filter(kind="RECEIPT").latest("id")
    assert kinds(receipt.number, "BEFORE") >= {"INVOICE", "PACKET", "AMOUNT", "CONTRACT"}
