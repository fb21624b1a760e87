"""SLA credits (G-32, R17): computed and proposed, decided by the Gerente, then frozen with their computation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from mayorista.apps.billing.models import CreditProposal
from mayorista.apps.contracts import queries as contracts
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, links, live, serials, work
from mayorista.rules import formats, money, periods
from mayorista.rules.errors import Conflict, Invalid, NotFound
from mayorista.rules.periods import Month as Calendar
from mayorista.rules.procedure import Act, Role

State = CreditProposal.State
STEP = "B.3"
NOTHING = "NOTHING"
"""How an approved proposal of zero is carried: it stands on no amount."""


@transaction.atomic
def propose(
    *,
    service_id: int,
    month: Calendar,
    currency: str,
    base: Decimal,
    amount: Decimal,
    outage_seconds: int,
    computation: Mapping[str, Any],
    actor: Actor,
    at: dt.datetime,
    case_numbers: Sequence[str] = (),
    contract_id: int | None = None,
) -> CreditProposal | None:
    """Propose what the outages of one service and month earn its holder, or compute an open proposal again.

    A decided one stays as it is: what differs from it becomes a proposal of the signed difference. None where
    nothing is left to propose; an open proposal that earns nothing any more is rejected by the system. One whose
    computation asks for a `review` is put before the Gerente also where it earns nothing: that all of it was left out
    is her decision.
    """
    first = dt.date.fromordinal(month.first)
    rows = list(
        CreditProposal.objects.select_for_update()
        .filter(service_id=service_id, contract=contract_id, month=first)
        .order_by("sequence")
    )
    decided = sum((row.amount for row in rows if row.state == State.APPROVED), Decimal(0))
    rejected_same = any(
        row.state == State.REJECTED and row.decided_by_id and row.computation == dict(computation)
        for row in rows
    )
    left = amount - decided
    shown = bool(left) or (
        "review" in computation
        and not decided
        and all(row.state == State.PROPOSED or row.computation != dict(computation) for row in rows)
    )
    open_ = next((row for row in rows if row.state == State.PROPOSED), None)
    if open_ is not None:
        if not shown:
            _decide(open_, State.REJECTED, _("Los cortes ya no ganan crédito."), None, at)
            work.complete(dossier_ids=[open_.dossier_id], actor=actor, at=at, withdrawn=True)
            return None
        if (open_.amount, open_.computation) != (left, dict(computation)):
            _again(open_, currency, base, left, outage_seconds, computation, case_numbers, actor, at)
        return open_
    if not shown or rejected_same:
        return None
    if rows and not amount:
        currency = rows[-1].currency
    return _open(
        service_id,
        contract_id,
        first,
        rows,
        currency,
        base,
        left,
        outage_seconds,
        computation,
        case_numbers,
        actor,
        at,
    )


def _again(
    row: CreditProposal,
    currency: str,
    base: Decimal,
    amount: Decimal,
    outage_seconds: int,
    computation: Mapping[str, Any],
    case_numbers: Sequence[str],
    actor: Actor,
    at: dt.datetime,
) -> None:
    before = row.amount
    row.base, row.amount, row.outage_seconds, row.currency = base, amount, outage_seconds, currency
    row.computation, row.case_numbers = dict(computation), list(case_numbers)
    row.save()
    _link_cases(row, at_home=row.dossier_id)
    if before != amount:
        work.complete(dossier_ids=[row.dossier_id], keys=["credit"], actor=actor, at=at, withdrawn=True)
        _ask(row, at)
        text = _("Se calcula de nuevo: %(before)s, ahora %(now)s.") % {
            "before": _words(currency, before),
            "now": _words(currency, amount),
        }
        journal.record(
            dossier_id=row.dossier_id, act="PROPOSE_CREDIT", text=text, actor=actor, at=at, step=STEP
        )
        live.bump("billing")


def _words(currency: str, amount: Decimal) -> str:
    sign = "−" if amount < 0 else ""
    return f"{sign}{money.currency_sign(currency)} {formats.number(abs(amount))}"


def _link_cases(row: CreditProposal, *, at_home: int) -> None:
    for number in row.case_numbers:
        case = procedure.dossier_by_number(number)
        if case is not None:
            links.link(source_id=case.pk, target_id=at_home, kind="CREDIT")


def _ask(row: CreditProposal, at: dt.datetime) -> None:
    circuit = contracts.service_briefs([row.service_id])[0].circuit_code
    what = (
        _("Decidir ajuste de crédito de %(c)s por %(t)s")
        if row.sequence > 1
        else _("Decidir crédito de %(c)s por %(t)s")
    )
    work.open_item(
        dossier_id=row.dossier_id,
        step=STEP,
        key="credit",
        role=Role.MANAGER,
        title=what % {"c": circuit, "t": _words(row.currency, row.amount)},
        due_at=procedure.calendar(at=at).after(at, 2),
        at=at,
    )


def _open(
    service_id: int,
    contract_id: int | None,
    first: dt.date,
    rows: Sequence[CreditProposal],
    currency: str,
    base: Decimal,
    amount: Decimal,
    outage_seconds: int,
    computation: Mapping[str, Any],
    case_numbers: Sequence[str],
    actor: Actor,
    at: dt.datetime,
) -> CreditProposal:
    brief = contracts.service_briefs([service_id])[0]
    words = periods.month_of(first).words
    home = dossiers.open_dossier(
        kind="CREDIT",
        number=serials.next_number(series="CRE", at=at),
        customer_id=brief.customer_dossier_id,
        headline=f"Crédito por disponibilidad de {brief.circuit_code}, {words}",
        state=str(State.PROPOSED.label),
        at=at,
        search=" ".join(case_numbers),
    )
    proposal = CreditProposal.objects.create(
        dossier=home,
        service_id=service_id,
        contract_id=contract_id,
        month=first,
        currency=currency,
        base=base,
        amount=amount,
        outage_seconds=outage_seconds,
        computation=dict(computation),
        case_numbers=list(case_numbers),
        sequence=len(rows) + 1,
    )
    _link_cases(proposal, at_home=home.pk)
    _ask(proposal, at)
    journal.record(
        dossier_id=home.pk, act="PROPOSE_CREDIT", text=_("Crédito propuesto."), actor=actor, at=at, step=STEP
    )
    live.bump("billing")
    return proposal


@transaction.atomic
def decide(
    *, credit_ids: Sequence[int], approve: bool, actor: Actor, at: dt.datetime, reason: str = ""
) -> int:
    """The Gerente approves or rejects proposals; return how many. A rejection needs a reason.

    Raises Invalid, Conflict when one is decided already, NotFound, NotAllowed.
    """
    require(actor, Act.DECIDE_CREDIT)
    if not approve and not reason.strip():
        raise Invalid(_("Falta el motivo del rechazo."), field="reason")
    rows = list(CreditProposal.objects.select_for_update().filter(id__in=list(credit_ids)).order_by("id"))
    if not rows:
        raise NotFound(_("No existe ese crédito."))
    if any(row.state != State.PROPOSED for row in rows):
        raise Conflict(_("Ese crédito ya fue decidido."), remedy=_("Actualice la página."))
    state = State.APPROVED if approve else State.REJECTED
    for row in rows:
        if approve and not row.amount:
            row.carried_how = NOTHING
            row.save(update_fields=["carried_how"])
        _decide(row, state, reason.strip(), actor.person, at)
    work.complete(dossier_ids=[row.dossier_id for row in rows], keys=["credit"], actor=actor, at=at)
    journal.record_many(
        lines=[
            journal.Line(
                row.dossier_id,
                Act.DECIDE_CREDIT,
                (_("Crédito %(s)s. %(why)s") % {"s": state.label, "why": reason.strip()}).strip(),
                STEP,
            )
            for row in rows
        ],
        actor=actor,
        at=at,
    )
    live.bump("billing")
    return len(rows)


def _decide(
    row: CreditProposal, state: CreditProposal.State, reason: str, person: int | None, at: dt.datetime
) -> None:
    row.state, row.decision, row.decided_by_id, row.decided_at = state, reason[:300], person, at
    row.save(update_fields=["state", "decision", "decided_by", "decided_at"])
    dossiers.change(dossier_id=row.dossier_id, state=str(state.label), closed_at=at)


def approved_sum(service_id: int, month: dt.date) -> Decimal:
    """Return what approved credits of a service and month come to."""
    rows = CreditProposal.objects.filter(service_id=service_id, month=month, state=State.APPROVED)
    return rows.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
