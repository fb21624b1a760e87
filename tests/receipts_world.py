"""A carrier with an invoice to be paid, and the acts of those who take the money in."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from mayorista.apps.billing.models import Invoice
from mayorista.apps.receivables.models import Receipt
from mayorista.apps.receivables.operations import accounting, allocations, receipts
from mayorista.apps.receivables.operations.allocations import Wanted
from mayorista.apps.receivables.operations.receipts import Paper
from mayorista.rules.procedure import Role
from tests import billing_world as bills


def pdf(text: str = "uno") -> Paper:
    return Paper("comprobante.pdf", b"%PDF-1.4\n% " + text.encode() + b"\n%%EOF\n")


def people(world) -> None:
    for name, role in (("contabilidad", Role.ACCOUNTING), ("cartera", Role.PORTFOLIO)):
        if name not in world.users:
            world.person(name, role)


def billed(world) -> Invoice:
    """November's invoice of VALLE FIBRA, Bs 28.750,00, on 2 December."""
    people(world)
    return bills.invoiced(world)[-1]


def register(
    world, invoice_or_customer, amount: str = "28750.00", who: str = "interconexion", **more
) -> Receipt:
    customer = getattr(invoice_or_customer, "customer_id", invoice_or_customer)
    said = {
        "bank": "Banco Unión S.A.",
        "reference": "TRF-000123",
        "paid_on": dt.date(2026, 12, 1),
        "currency": "BOB",
        "upload": pdf(str(more.get("reference", "TRF-000123"))),
        **more,
    }
    return receipts.register(
        customer_id=customer, amount=Decimal(amount), actor=world.actor(who), at=world.at, **said
    )


def allocate(world, receipt: Receipt, *lines, who: str = "interconexion", **more) -> Receipt:
    """Each line: (invoice, amount[, kind, explanation])."""
    return allocations.allocate(
        receipt_id=receipt.pk,
        lines=[Wanted(line[0].pk, Decimal(line[1]), *line[2:]) for line in lines],
        actor=world.actor(who),
        at=world.at,
        **more,
    )


def inform(world, *rows: Receipt, **more):
    return accounting.inform(
        receipt_ids=[row.pk for row in rows], actor=world.actor("interconexion"), at=world.at, **more
    )


def reconcile(world, receipt: Receipt, who: str = "contabilidad") -> Receipt:
    return accounting.reconcile(receipt_id=receipt.pk, actor=world.actor(who), at=world.at)


def reject(world, receipt: Receipt, reason: str = "no figura en el extracto") -> Receipt:
    return accounting.reject(
        receipt_id=receipt.pk, reason=reason, actor=world.actor("contabilidad"), at=world.at
    )
