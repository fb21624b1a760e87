"""Late interest where the contract agrees it: a person charges it, the next month's invoice carries it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, live
from mayorista.apps.receivables.models import InterestCharge, LaterCharge
from mayorista.apps.receivables.operations import charges
from mayorista.apps.receivables.operations.reminders import STEP
from mayorista.apps.receivables.queries.balances import balances_of
from mayorista.apps.receivables.queries.interests import LateInvoice, late_invoices
from mayorista.rules import formats, lapaz, money
from mayorista.rules.errors import Conflict, NotFound
from mayorista.rules.procedure import Act

KIND = "INTEREST"


@transaction.atomic
def charge(*, customer_id: int, invoice_ids: Iterable[int], actor: Actor, at: dt.datetime) -> Decimal:
    """Charge the interest that these invoices owe up to today; return the sum. Twice the same day charges nothing.

    Raises Conflict when none owes any (no clause, charged already), NotFound, NotAllowed.
    """
    require(actor, Act.CHARGE_INTEREST)
    wanted = sorted(set(invoice_ids))
    found = balances_of(wanted)
    if len(found) != len(wanted) or any(each.invoice.customer_id != customer_id for each in found.values()):
        raise NotFound(_("Esa factura no es de ese cliente."))
    for each in sorted(found.values(), key=lambda one: one.invoice.dossier_id):
        dossiers.lock(dossier_id=each.invoice.dossier_id)
    until = lapaz.local(at).date()
    late = [
        each
        for each in late_invoices(customer_id=customer_id, until=until, invoice_ids=wanted)
        if each.amount > 0
    ]
    if not late:
        raise Conflict(
            _("Ninguna de esas facturas debe interés por cobrar."),
            remedy=_("Lo pacta el contrato; lo ya cobrado no se repite."),
        )
    for one in late:
        _write(one, until, actor, at)
    charges.settle(at=at)
    live.bump("collection")
    return sum((each.amount for each in late), Decimal(0))


def _write(each: LateInvoice, until: dt.date, actor: Actor, at: dt.datetime) -> None:
    text = _("Interés por mora de la factura %(n)s al %(d)s (%(r)s %% anual)") % {
        "n": each.card.number,
        "d": formats.date(until),
        "r": formats.shortest(each.rate * 100),
    }
    made = LaterCharge.objects.create(
        group_id=each.card.group_id,
        kind=KIND,
        text=text[:200],
        amount=each.amount,
        made_by_id=actor.person,
        made_at=at,
    )
    InterestCharge.objects.create(invoice_id=each.card.id, until=until, amount=each.amount, charge_id=made.pk)
    journal.record(
        dossier_id=each.card.dossier_id,
        act=Act.CHARGE_INTEREST,
        text=f"{text}: {money.currency_sign(each.card.currency)} {formats.number(each.amount)}",
        actor=actor,
        at=at,
        step=STEP,
    )
