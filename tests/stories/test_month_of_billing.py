"""A month of billing from the contract handed over to the invoice in the customer's mailbox, the clock moved by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from mayorista.apps.billing import queries
from mayorista.apps.billing.models import Amount, AmountLine, Dispatch, Invoice, Month, Packet, Run
from mayorista.apps.billing.operations import credits, dispatching, months, notes, packets, runs  # noqa: A004 -- the credits of a month, not the interpreter's
from mayorista.apps.contracts import operations as contracts
from mayorista.apps.contracts.models import CompletenessItem, Service
from mayorista.apps.contracts.operations import speed
from mayorista.apps.messaging import operations as messaging
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.models import JournalEntry, WorkItem
from mayorista.rules import periods
from tests import billing_world as bills
from tests.stories import agreements as deal

JOB = for_job("billing")
NOVEMBER = bills.NOVEMBER


def tasks(role: str) -> set[str]:
    return set(
        WorkItem.objects.filter(role=role, done_at=None, dossier__number="FACTURACION-2026-11").values_list(
            "step", flat=True
        )
    )


def run(world, kind: str, who: str) -> Run:
    return bills.run(world, kind, who)


def test_a_month_of_billing(world, channels):  # noqa: PLR0915 -- one story, told from its beginning to its end
    # October: the contract stands, but its copy is not complete: nobody is billed.
    world.move_to(5, month=10)
    contract = bills.billed(world)
    contracts.hand_over(contract_id=contract, actor=world.actor("ventas"), at=world.at)
    months.open_due(actor=JOB, at=world.at)
    assert not Month.objects.exists()

    # Interconexión takes it and finds it complete: it gets its group.
    contracts.receive(contract_id=contract, actor=world.actor("interconexion"), at=world.at)
    for item in range(1, 11):
        CompletenessItem.objects.update_or_create(
            contract_id=contract, item=item, defaults={"state": "PRESENT"}
        )
    contracts.complete(contract_id=contract, actor=world.actor("interconexion"), at=world.at)

    # November: a change of speed in force from the 16th, and an outage of October earns a credit.
    world.move_to(10)
    change = deal.ask(world, "TIP-0141", 3_000_000, dt.date(2026, 11, 16))
    deal.approve(world, change)
    world.move_to(16)
    deal.carry_out(world, change)
    speed.accept(change_id=change.pk, how="acta firmada", actor=world.actor("interconexion"), at=world.at)
    proposal = credits.propose(
        service_id=Service.objects.get(circuit_code="TIP-0141").pk,
        month=periods.parse_month("2026-10"),
        currency="BOB",
        base=Decimal("23000.00"),
        amount=Decimal("13.58"),
        outage_seconds=1020,
        computation={"how": "17 min / 43.200 min"},
        case_numbers=["DANO-2026-000148"],
        actor=JOB,
        at=world.at,
    )
    credits.decide(credit_ids=[proposal.pk], approve=True, actor=world.actor("gerente"), at=world.at)

    # The 25th: the month opens by itself, with its tasks.
    world.move_to(25)
    months.open_due(actor=JOB, at=world.at)
    row = Month.objects.get(month=dt.date(2026, 11, 1))
    assert tasks("INTERCONNECTION") == {"B.2", "B.3", "B.4"}
    assert (tasks("MANAGER"), tasks("BILLING")) == ({"B.2"}, {"B.5"})

    # Another change, still undecided, holds the group at gate 2.1; the Gerente defers it.
    world.move_to(27)
    pending = deal.ask(world, "TIP-0142", 800_000, dt.date(2026, 11, 29))
    months.defer(
        month_id=row.pk, reason="sin capacidad hasta diciembre", actor=world.actor("gerente"), at=world.at
    )
    world.move_to(1, month=12)
    months.confirm(month_ids=[row.pk], actor=world.actor("interconexion"), at=world.at)
    months.confirm(month_ids=[row.pk], actor=world.actor("gerente"), at=world.at)
    assert tasks("MANAGER") == set()

    # Business day 2: the amount, each line a sentence.
    world.move_to(2, month=12)
    run(world, "DEFINE", "interconexion")
    amount = Amount.objects.get()
    assert amount.total == Decimal("34486.42")
    said = list(AmountLine.objects.order_by("position").values_list("text", flat=True))
    assert "3.000 Mbps × Bs 11,50 × 15/30 días = Bs 17.250,00" in said[1]
    assert f"velocidad según {change.dossier.number}" in said[1]
    assert "octubre de 2026" in said[3]
    assert "DANO-2026-000148" in said[3]
    assert pending.dossier.number not in " ".join(said)

    # Business day 3: the packet, the mail to the Encargada, her acknowledgement.
    world.move_to(3, month=12)
    run(world, "SEND", "interconexion")
    packet = Packet.objects.get()
    assert packet.content["pending"] == "sin capacidad hasta diciembre"
    assert packet.content["credits"][0]["carried"] == "descuento en esta factura"
    packets.acknowledge(packet_ids=[packet.pk], actor=world.actor("facturacion"), at=world.at)

    # Business day 4: the invoice, and its mail, which can be taken back for ten seconds.
    world.move_to(4, month=12)
    run(world, "ISSUE", "facturacion")
    invoice = Invoice.objects.get()
    done = run(world, "DISPATCH", "facturacion")
    assert runs.undo(run_id=done.pk, actor=world.actor("facturacion"), at=world.at) == 1
    run(world, "DISPATCH", "facturacion")
    world.pass_minutes(1)
    messaging.deliver(message_id=Dispatch.objects.latest("pk").message_id, at=world.at)
    mails = channels.mails_to(bills.PAYS)
    assert len(mails) == 1
    assert "Factura N.º FAC-INT-2026-000001" in mails[0].subject
    assert "Bs 34.486,42" in mails[0].body
    assert [file.name for file in mails[0].attachments] == ["FAC-INT-2026-000001.pdf"]
    dispatching.settle_deliveries()
    card = queries.invoice_card([invoice.pk])[invoice.pk]
    assert (card.due_date, card.owed) == (dt.date(2027, 1, 3), Decimal("34486.42"))
    assert tasks("BILLING") == tasks("INTERCONNECTION") == set()

    # Later a mistake is found: the invoice stays, a note lowers what is owed.
    world.move_to(9, month=12)
    notes.issue(
        invoice_id=invoice.pk,
        kind="CREDIT",
        total=Decimal("486.42"),
        reason="acuerdo comercial",
        actor=world.actor("facturacion"),
        at=world.at,
    )
    assert queries.open_invoices(card.customer_id)[0].owed == Decimal("34000.00")

    # Everything is in the journal of the month, by who did it.
    row.refresh_from_db()
    acts = list(
        JournalEntry.objects.filter(dossier_id=row.dossier_id).order_by("id").values_list("act", flat=True)
    )
    assert [act for act in acts if act in {"CONFIRM_MONTH", "DEFINE_AMOUNT", "SEND_PACKET", "ISSUE_INVOICE"}] == [
        "CONFIRM_MONTH", "DEFINE_AMOUNT", "SEND_PACKET", "ISSUE_INVOICE",
    ]  # fmt: skip
    assert row.state == "DISPATCHED"
