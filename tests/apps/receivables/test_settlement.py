"""What the database keeps of each invoice is the sum of its rows, whatever was done and however it ended."""

from __future__ import annotations

import importlib
import random
import threading
from decimal import Decimal

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction

from mayorista.apps.billing.models import Invoice
from mayorista.apps.billing.operations import notes
from mayorista.apps.receivables import queries
from mayorista.apps.receivables.models import Allocation, Receipt, Settlement
from mayorista.apps.receivables.operations import allocations
from mayorista.apps.receivables.queries import balances, dunning
from tests import billing_world as bills
from tests import receipts_world as money

ADDED_UP = """
SELECT invoice.id, invoice.customer_id,
    invoice.total + coalesce((SELECT sum(CASE WHEN kind = 'DEBIT' THEN total ELSE -total END) FROM billing_note
        WHERE invoice_id = invoice.id), 0),
    coalesce((SELECT sum(amount) FROM receivables_allocation WHERE invoice_id = invoice.id AND undone_at IS NULL), 0)
FROM billing_invoice invoice ORDER BY invoice.id
"""
LEFT = """
SELECT receipt.customer_id, receipt.currency, sum(receipt.amount - coalesce((SELECT sum(amount_receipt_currency)
    FROM receivables_allocation WHERE receipt_id = receipt.id AND undone_at IS NULL AND invoice_id IS NOT NULL
    AND kind = 'PAYMENT'), 0)) AS rest
FROM receivables_receipt receipt WHERE state <> 'REJECTED' GROUP BY 1, 2
"""


def added_up() -> list[tuple[int, int, Decimal, Decimal]]:
    with connection.cursor() as cursor:
        cursor.execute(ADDED_UP)
        return cursor.fetchall()


def kept() -> list[tuple[int, int, Decimal, Decimal]]:
    return list(
        Settlement.objects.order_by("invoice_id").values_list("invoice_id", "customer_id", "owed", "settled")
    )


def holds() -> None:
    """The kept sums, what is open by them, and what stands on account, each against its rows."""
    rows = added_up()
    assert kept() == rows
    open_ = {pk: owed - settled for pk, _customer, owed, settled in rows if owed > settled}
    assert {each.invoice.id: each.open for each in queries.open_balances()} == open_
    assert {each.invoice_id: each.open for each in balances.open_debts()} == open_
    assert all(
        (each.invoice.owed, each.settled) == (owed, settled)
        for pk, _customer, owed, settled in rows
        for each in queries.balances_of([pk]).values()
    )
    with connection.cursor() as cursor:
        cursor.execute(LEFT)
        left = {(customer, currency): rest for customer, currency, rest in cursor.fetchall() if rest}
    assert dunning.on_account([row[1] for row in rows]) == left


def note(world, invoice: Invoice, kind: str, total: str) -> None:
    notes.issue(
        invoice_id=invoice.pk,
        kind=kind,
        total=Decimal(total),
        reason="acuerdo",
        actor=world.actor("facturacion"),
        at=world.at,
    )


def undo(world, receipt: Receipt) -> None:
    row = Allocation.objects.filter(receipt=receipt, undone_at=None, invoice__isnull=False).earliest("id")
    allocations.undo(allocation_id=row.pk, reason="era otra", actor=world.actor("interconexion"), at=world.at)


def test_holds_after_each_way_money_or_debt_changes(carrier, invoice):
    holds()
    first = money.register(carrier, invoice, amount="10000.00")
    holds()
    money.allocate(carrier, first, (invoice, "8000.00"), (invoice, "150.00", "WITHHOLDING", "certificado 7"))
    holds()
    note(carrier, invoice, "CREDIT", "1000.00")
    holds()
    note(carrier, invoice, "DEBIT", "250.00")
    holds()
    undo(carrier, first)
    holds()
    second = money.register(carrier, invoice, amount="28000.00", reference="TRF-2")
    money.allocate(carrier, second, (invoice, "27850.00"))
    assert queries.open_balances() == []
    holds()
    money.inform(carrier, first, second)
    money.reconcile(carrier, first)
    holds()
    note(carrier, invoice, "CREDIT", "100.00")  # after its payment: an excess, nothing open
    assert queries.balances_of([invoice.pk])[invoice.pk].excess == Decimal("100.00")
    holds()
    money.reject(carrier, second)
    assert [each.open for each in queries.open_balances()] == [Decimal("27750.00")]
    holds()


def test_holds_whatever_rows_one_statement_changes(carrier):
    bills.billed(carrier, "CABLE 1 S.R.L.", "TIP-8001", contract="CT-801", mail="pagos@x.example")
    invoice = money.billed(carrier)
    other = Invoice.objects.exclude(pk=invoice.pk).get()
    receipt = money.register(carrier, invoice, amount="20000.00")
    chance = random.Random(7)
    person = carrier.users["interconexion"].pk
    for _turn in range(12):
        Allocation.objects.bulk_create(
            Allocation(
                receipt=receipt,
                invoice=chance.choice([invoice, other]),
                amount=Decimal(chance.choice([-300, 100, 700, 1100])) / 100,
                amount_receipt_currency=0,
                kind="ROUNDING",
                explanation="redondeo",
                made_by_id=person,
                made_at=carrier.at,
            )
            for _row in range(chance.randint(1, 5))
        )
        live = Allocation.objects.filter(kind="ROUNDING", undone_at=None)
        some = [pk for pk in live.values_list("pk", flat=True) if chance.random() < 0.4]
        Allocation.objects.filter(pk__in=some).update(undone_at=carrier.at)
        Allocation.objects.filter(pk__in=some[:1]).update(undone_at=None)
        Allocation.objects.filter(pk__in=some[1:2]).delete()
        assert kept() == added_up()


def test_nobody_writes_it_but_the_database(carrier, invoice):
    for act in (
        lambda: Settlement.objects.filter(pk=invoice.pk).update(settled=1),
        lambda: Settlement.objects.filter(pk=invoice.pk).delete(),
        lambda: Settlement.objects.bulk_create(
            [Settlement(invoice=invoice, customer_id=1, owed=1, settled=0)]
        ),
    ):
        with pytest.raises(ProgrammingError), transaction.atomic():
            act()
    holds()


INSERT = (
    "INSERT INTO receivables_allocation (receipt_id, invoice_id, kind, amount, amount_receipt_currency, explanation,"
    " made_by_id, made_at, undone_reason) VALUES (%s, %s, 'ROUNDING', %s, 0, 'redondeo', %s, now(), '')"
)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_both_count_one_that_fell_does_not_and_old_rows_are_filled_in(
    carrier, invoice, throwaway_database
):
    receipt = money.register(carrier, invoice, amount="20000.00")
    given = [receipt.pk, invoice.pk, Decimal("3.00"), carrier.users["interconexion"].pk]

    def second() -> None:
        with psycopg.connect(throwaway_database.app_url) as late:
            late.execute(INSERT, given)  # waits for the row that the first one holds

    with psycopg.connect(throwaway_database.app_url) as fallen:
        fallen.execute(INSERT, given)
        fallen.rollback()
    with psycopg.connect(throwaway_database.app_url) as first:
        first.execute(INSERT, given)
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        first.commit()
    thread.join(10)
    assert Settlement.objects.get(pk=invoice.pk).settled == Decimal("6.00")
    holds()
    migration = importlib.import_module("mayorista.apps.receivables.migrations.0006_settlement")
    with psycopg.connect(throwaway_database.owner_url) as owner:
        owner.execute("DELETE FROM receivables_settlement")
        owner.execute(migration.FILL)
    holds()
