"""Debts handed over: to U.T. Cartera by the clock (G-27), to Asesoría Legal by a person with the file of proofs (G-28)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.customers import queries as customers
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, files, holds, journal, live, work
from mayorista.apps.receivables.models import Handover
from mayorista.apps.receivables.operations.reminders import STEP, end_of
from mayorista.apps.receivables.queries import dunning as facts
from mayorista.apps.receivables.queries.balances import balances_of
from mayorista.apps.receivables.queries.proofs import proofs
from mayorista.rules import due_dates, dunning, lapaz
from mayorista.rules.errors import Conflict, Invalid
from mayorista.rules.procedure import Act, Role

if TYPE_CHECKING:
    from mayorista.apps.procedure.models import StoredFile

To = Handover.To
PORTFOLIO_KEY, LEGAL_KEY = "portfolio", "legal-file"
FILE_KIND = "LEGAL_FILE"
_STOPS = {
    dunning.Stop.PAID,
    dunning.Stop.RECEIPT,
    dunning.Stop.DISPUTE,
    dunning.Stop.PROMISE,
    dunning.Stop.NOT_DELIVERED,
}


def late_debts(standing: facts.Standing, *, days: int, customer_id: int | None = None) -> list[dunning.Debt]:
    """Return the debts past so many days that nothing stops (R25)."""
    return [
        debt
        for debt in standing.debts
        if debt.due_on is not None
        and due_dates.days_late(debt.due_on, standing.on) > days
        and dunning.stop(debt, standing.on) not in _STOPS
        and (customer_id is None or debt.customer == str(customer_id))
    ]


@transaction.atomic
def escalate_due(*, actor: Actor, at: dt.datetime) -> int:
    """Hand what is late beyond the parameter to U.T. Cartera, close what was paid; return the debts handed over.

    A periodic act; one task per customer.
    """
    on = lapaz.local(at).date()
    _close_paid(actor, at)
    standing = facts.standing(on=on, at=at)
    days = int(procedure.parameter("collection.portfolio_days", at=at))
    known = set(Handover.objects.filter(to=To.PORTFOLIO, closed_at=None).values_list("invoice_id", flat=True))
    new = [debt for debt in late_debts(standing, days=days) if int(debt.invoice) not in known]
    if not new:
        return 0
    Handover.objects.bulk_create(
        (
            Handover(customer_id=int(debt.customer), invoice_id=int(debt.invoice), to=To.PORTFOLIO, at=at)
            for debt in new
        ),
        ignore_conflicts=True,
    )
    cards = customers.customers_by_id({int(debt.customer) for debt in new})
    journal.record_many(
        lines=[
            journal.Line(
                standing.card(debt).dossier_id,
                "HAND_OVER_DEBT",
                _("Pasa a U.T. Cartera: más de %(n)s días de mora.") % {"n": days},
                STEP,
            )
            for debt in new
        ],
        actor=actor,
        at=at,
    )
    due = end_of(due_dates.plus_business_days(on, 2, procedure.calendar(at=at)))
    work.open_items(
        items=[
            work.NewItem(
                card.dossier_id,
                STEP,
                Role.PORTFOLIO,
                _("Gestionar la mora de %(c)s") % {"c": card.name},
                due,
                PORTFOLIO_KEY,
            )
            for card in cards.values()
        ],
        at=at,
    )
    live.bump("collection")
    return len(new)


def _close_paid(actor: Actor, at: dt.datetime) -> None:
    rows = list(Handover.objects.filter(closed_at=None).order_by("id"))
    if not rows:
        return
    balances = balances_of({row.invoice_id for row in rows})
    paid = [row for row in rows if balances[row.invoice_id].open <= 0]
    Handover.objects.filter(pk__in=[row.pk for row in paid]).update(closed_at=at)
    legal = {row.customer_id for row in paid if row.to == To.LEGAL} - {
        row.customer_id for row in rows if row.to == To.LEGAL and balances[row.invoice_id].open > 0
    }
    if legal:
        freed = [card.dossier_id for card in customers.customers_by_id(legal).values()]
        holds.lift_for_debt(dossier_ids=freed, actor=actor, at=at)
    left = {row.customer_id for row in rows if balances[row.invoice_id].open > 0}
    done = {row.customer_id for row in paid} - left
    if done:
        homes = [card.dossier_id for card in customers.customers_by_id(done).values()]
        work.complete(dossier_ids=homes, keys=[PORTFOLIO_KEY, LEGAL_KEY], actor=actor, at=at, withdrawn=True)


@transaction.atomic
def hand_to_legal(*, customer_id: int, actor: Actor, at: dt.datetime) -> StoredFile:
    """Hand a customer's late debts to Asesoría Legal with their file of proofs; return the file.

    Raises Conflict when nothing is late enough or all was handed over, NotFound, NotAllowed.
    """
    require(actor, Act.HAND_OVER_DEBT)
    card = customers.customer(customer_id=customer_id)
    dossiers.lock(dossier_id=card.dossier_id)
    ids = _ripe(customer_id, at)
    if not ids:
        raise Conflict(
            _("Ese cliente no tiene facturas que derivar a Asesoría Legal."),
            remedy=_(
                "Se derivan las vencidas hace más de los días del parámetro, no objetadas ni prometidas."
            ),
        )
    open_ = Handover.objects.filter(customer_id=customer_id, to=To.LEGAL, closed_at=None)
    if set(ids) <= set(open_.values_list("invoice_id", flat=True)):
        raise Conflict(_("Asesoría Legal ya tiene esas facturas."))
    kept = _file(customer_id, ids, card.dossier_id, actor, at)
    open_.filter(invoice_id__in=ids).update(closed_at=at)
    Handover.objects.bulk_create(
        Handover(
            customer_id=customer_id, invoice_id=pk, to=To.LEGAL, at=at, by_id=actor.user_id, file_id=kept.pk
        )
        for pk in ids
    )
    holds.place_for_debt(dossier_id=card.dossier_id, actor=actor, at=at)
    text = _("Derivado a Asesoría Legal con su expediente: %(n)s factura(s).") % {"n": len(ids)}
    homes = [each.invoice.dossier_id for each in balances_of(ids).values()]
    journal.record_many(
        lines=[
            journal.Line(home, Act.HAND_OVER_DEBT, text, STEP, {"file": kept.pk})
            for home in (card.dossier_id, *homes)
        ],
        actor=actor,
        at=at,
    )
    work.open_item(
        dossier_id=card.dossier_id,
        step=STEP,
        key=LEGAL_KEY,
        role=Role.LEGAL,
        title=_("Revisar el expediente de %(c)s") % {"c": card.name},
        due_at=end_of(due_dates.plus_business_days(lapaz.local(at).date(), 3, procedure.calendar(at=at))),
        at=at,
    )
    live.bump("collection")
    return kept


def _ripe(customer_id: int, at: dt.datetime) -> list[int]:
    standing = facts.standing(on=lapaz.local(at).date(), at=at, customer_ids=[customer_id])
    days = int(procedure.parameter("collection.portfolio_days", at=at))
    return [int(debt.invoice) for debt in late_debts(standing, days=days)]


def _file(customer_id: int, ids: Iterable[int], home: int, actor: Actor, at: dt.datetime) -> StoredFile:
    name, content = proofs(customer_id=customer_id, invoice_ids=ids, by=actor.name, at=at)
    return files.store(
        dossier_id=home,
        name=name,
        content=content,
        content_type="application/pdf",
        actor=actor,
        at=at,
        kind=FILE_KIND,
    )


def preview(*, customer_id: int, actor: Actor, at: dt.datetime) -> tuple[str, bytes]:
    """Return the file of proofs as it would be now, kept nowhere: of the late debts, else of all that is open.

    Raises Conflict when nothing is owed, NotFound, NotAllowed.
    """
    if not actor.may(Act.TAKE_LEGAL_ACTION):
        require(actor, Act.HAND_OVER_DEBT)
    customers.customer(customer_id=customer_id)
    ids = _ripe(customer_id, at)
    if not ids:
        standing = facts.standing(on=lapaz.local(at).date(), at=at, customer_ids=[customer_id])
        ids = [int(debt.invoice) for debt in standing.debts]
    if not ids:
        raise Conflict(_("Ese cliente no debe nada: no hay expediente que formar."))
    return proofs(customer_id=customer_id, invoice_ids=ids, by=actor.name, at=at)


@transaction.atomic
def close_legal(*, customer_id: int, outcome: str, actor: Actor, at: dt.datetime) -> None:
    """Legal ends its part with an outcome in words. Raises Conflict when it has nothing, Invalid, NotFound, NotAllowed."""
    require(actor, Act.TAKE_LEGAL_ACTION)
    card = customers.customer(customer_id=customer_id)
    if not outcome.strip():
        raise Invalid(_("Falta el resultado."), field="outcome", remedy=_("Escriba en qué terminó."))
    closed = Handover.objects.filter(customer_id=customer_id, to=To.LEGAL, closed_at=None).update(
        closed_at=at
    )
    if not closed:
        raise Conflict(_("Asesoría Legal no tiene deudas de ese cliente."))
    holds.lift_for_debt(dossier_ids=[card.dossier_id], actor=actor, at=at)
    work.complete(dossier_ids=[card.dossier_id], keys=[LEGAL_KEY], actor=actor, at=at)
    journal.record(
        dossier_id=card.dossier_id,
        act=Act.TAKE_LEGAL_ACTION,
        text=_("Asesoría Legal concluye: %(o)s") % {"o": outcome.strip()},
        actor=actor,
        at=at,
        step=STEP,
    )
    live.bump("collection")
