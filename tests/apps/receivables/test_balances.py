"""What is open of each invoice, after notes and live allocations."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from mayorista.apps.billing.operations import notes
from mayorista.apps.contracts.models import Terms
from mayorista.apps.messaging.models import Message
from mayorista.apps.procedure.models import WorkItem
from mayorista.apps.procedure.operations import dossiers
from mayorista.apps.receivables import queries
from mayorista.apps.receivables.models import Allocation, Receipt
from mayorista.apps.receivables.operations import allocations, noted
from mayorista.apps.receivables.queries import ageing
from tests import billing_world as bills
from tests import collection_world as collect
from tests import receipts_world as money


def settle(world, invoice, amount: str, *, state: str = "REGISTERED", reference: str = "1") -> Allocation:
    home = dossiers.open_dossier(
        kind="RECEIPT", number=f"CP-{reference}", headline="comprobante", state="registrado", at=world.at
    )
    receipt = Receipt.objects.create(
        dossier=home,
        customer_id=invoice.customer_id,
        door="HAND",
        bank="Banco Demo",
        bank_key="bancodemo",
        reference=reference,
        reference_key=reference,
        paid_on=dt.date(2026, 12, 2),
        currency="BOB",
        amount=Decimal(amount),
        state=state,
        registered_by=world.users["interconexion"],
        registered_at=world.at,
    )
    return Allocation.objects.create(
        receipt=receipt,
        invoice=invoice,
        amount=Decimal(amount),
        amount_receipt_currency=Decimal(amount),
        made_by=world.users["interconexion"],
        made_at=world.at,
    )


def test_an_invoice_is_open_by_what_receipts_and_notes_leave_of_it(carrier, django_assert_num_queries):
    (invoice,) = bills.invoiced(carrier)
    settle(carrier, invoice, "10000.00", state="RECONCILED")
    settle(carrier, invoice, "750.00", reference="2")
    notes.issue(
        invoice_id=invoice.pk,
        kind="CREDIT",
        total=Decimal("1000.00"),
        reason="acuerdo",
        actor=carrier.actor("facturacion"),
        at=carrier.at,
    )
    with django_assert_num_queries(2):
        (balance,) = queries.open_balances(invoice.customer_id)
    assert balance.invoice.number == invoice.number
    assert (balance.invoice.owed, balance.settled, balance.provisional) == (
        Decimal("27750.00"),
        Decimal("10750.00"),
        Decimal("750.00"),
    )
    assert balance.open == Decimal("17000.00")
    assert queries.open_balances(invoice.customer_id + 999) == []


def test_what_is_paid_is_not_open_and_what_is_undone_opens_it_again(carrier):
    (invoice,) = bills.invoiced(carrier)
    whole = settle(carrier, invoice, "28750.00")
    assert queries.open_balances() == []
    assert queries.balances_of([invoice.pk])[invoice.pk].open == 0
    whole.undone_at = carrier.at
    whole.save(update_fields=["undone_at"])
    assert queries.balances_of([invoice.pk, 999999])[invoice.pk].open == Decimal("28750.00")
    assert [each.open for each in queries.open_balances()] == [Decimal("28750.00")]


def test_a_credit_note_after_the_payment_leaves_an_excess(carrier):
    (invoice,) = bills.invoiced(carrier)
    settle(carrier, invoice, "28750.00")
    notes.issue(
        invoice_id=invoice.pk,
        kind="CREDIT",
        total=Decimal("50.00"),
        reason="acuerdo",
        actor=carrier.actor("facturacion"),
        at=carrier.at,
    )
    balance = queries.balances_of([invoice.pk])[invoice.pk]
    assert (balance.open, balance.excess) == (0, Decimal("50.00"))


def test_what_a_note_leaves_paid_too_much_stands_on_account_again(carrier):
    (invoice,) = bills.invoiced(carrier)
    money.people(carrier)
    first = money.register(carrier, invoice, "20000.00")
    money.allocate(carrier, first, (invoice, "20000.00"))
    second = money.register(carrier, invoice, "8750.00", reference="TRF-2")
    money.allocate(carrier, second, (invoice, "8750.00"))
    money.inform(carrier, first, second)
    said = {"kind": "CREDIT", "total": Decimal("10000.00"), "reason": "acuerdo", "number_external": ""}
    noted.issue(invoice_id=invoice.pk, actor=carrier.actor("facturacion"), at=carrier.at, **said)
    balance = queries.balances_of([invoice.pk])[invoice.pk]
    assert (balance.open, balance.excess, balance.settled) == (0, 0, Decimal("18750.00"))
    assert [allocations.on_account(each) for each in (first, second)] == [
        Decimal("1250.00"),
        Decimal("8750.00"),
    ]
    # Interconexión says where it goes; accounting, which knew of both, is told.
    waiting = WorkItem.objects.filter(key="imputar", done_at=None).values_list("dossier_id", flat=True)
    assert set(waiting) == {first.dossier_id, second.dossier_id}
    assert Message.objects.filter(template=None, cause="B.8", body__contains="a cuenta").count() == 2
    # A note on what is not paid moves no money.
    other = money.register(carrier, invoice.customer_id, "1.00", reference="TRF-3")
    noted.issue(
        invoice_id=invoice.pk, actor=carrier.actor("facturacion"), at=carrier.at,
        kind="DEBIT", total=Decimal("5.00"), reason="faltó", number_external="",
    )  # fmt: skip
    assert allocations.on_account(other) == Decimal("1.00")
    assert queries.balances_of([invoice.pk])[invoice.pk].open == Decimal("5.00")


def test_what_is_due_from_its_delivery_is_as_late_on_the_desk_as_in_the_collection(carrier, world):
    Terms.objects.update(payment_days=20, payment_from="DELIVERY")
    (invoice,) = bills.invoiced(world)
    collect.dispatch(world)
    assert invoice.due_date is None
    on = dt.date(2027, 1, 25)
    desk = ageing.summed(on=on)["BOB"]
    assert {name: amount for name, (_count, amount) in desk.items()} == ageing.totals(ageing.aged(on=on))[
        "BOB"
    ]
    assert desk[ageing.NAMES[0]] == (0, 0)
