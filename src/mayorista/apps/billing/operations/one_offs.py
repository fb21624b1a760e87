"""One-offs of a month (R15): charges, reconnections, interest; and manual adjustments.

What a person adds needs a reason and, above a share of the month's amount, the Gerente (G-36). After a side has
confirmed the month, a charge always needs him: it is no adjustment of B.3, and nobody has seen it at gate 2.1.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.billing.models import Month, OneOff
from mayorista.apps.billing.operations import months
from mayorista.apps.billing.queries import confirmed, inputs
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import journal, live, work
from mayorista.rules import formats, money, periods
from mayorista.rules.errors import Conflict, Invalid, NotFound
from mayorista.rules.procedure import Act, Role
from mayorista.rules.rating import groups

State, Kind = Month.State, OneOff.Kind
OPEN = (State.PENDING, State.COORDINATED, State.OBSERVED)


@transaction.atomic
def add(
    *,
    month_id: int,
    kind: str,
    text: str,
    amount: Decimal,
    actor: Actor,
    at: dt.datetime,
    reason: str = "",
    service_id: int | None = None,
) -> OneOff:
    """Add a charge (or, negative, a deduction) to a month that is not defined. Raises Invalid, Conflict, NotAllowed.

    A job (receivables: interest, reconnection) may add one too.
    """
    require(actor, Act.DEFINE_AMOUNT)
    row = months.locked(month_id)
    if row.state not in OPEN:
        raise Conflict(
            _("Ese mes está %(s)s.") % {"s": row.get_state_display()},
            remedy=_("Agréguelo al mes siguiente, u observe este."),
        )
    wanted = Kind(kind)
    if not text.strip():
        raise Invalid(_("Falta el concepto."), field="text")
    if not money.scaled(amount, 2, field="amount"):
        raise Invalid(_("El importe no puede ser cero."), field="amount")
    if wanted is not Kind.ADJUSTMENT and amount < 0:
        raise Invalid(
            _("Un descuento es un ajuste manual."), field="amount", remedy=_("Elija «ajuste manual».")
        )
    if not actor.is_job and not reason.strip():
        raise Invalid(
            _("Un cargo o ajuste necesita motivo."),
            field="reason",
            remedy=_("Escriba por qué se cobra o descuenta."),
        )
    needs = wanted is not Kind.ADJUSTMENT and confirmed.is_confirmed(row)
    needs = needs or (not actor.is_job and _is_large(row, amount, at))
    made = OneOff.objects.create(
        month=row,
        service_id=service_id,
        kind=wanted,
        text=text.strip()[:200],
        amount=amount,
        reason=reason.strip()[:300],
        author_id=actor.user_id,
        made_at=at,
        needs_approval=needs,
    )
    if needs:
        work.open_item(
            dossier_id=row.dossier_id,
            step="B.3",
            key=f"adjustment-{made.pk}",
            role=Role.MANAGER,
            title=_("Decidir %(kind)s de %(t)s: %(what)s")
            % {
                "kind": _("ajuste") if wanted is Kind.ADJUSTMENT else wanted.label,
                "t": formats.number(amount),
                "what": made.text,
            },
            due_at=months.end_of(
                months.limits(periods.month_of(row.month), advance=row.group.in_advance, at=at).defined
            ),
            at=at,
        )
    _tell(
        row,
        Act.DEFINE_AMOUNT,
        _("%(kind)s: %(text)s por %(t)s. %(why)s")
        % {
            "kind": wanted.label,
            "text": made.text,
            "t": formats.number(amount),
            "why": made.reason,
        },
        actor,
        at,
    )
    return made


def _is_large(row: Month, amount: Decimal, at: dt.datetime) -> bool:
    """Whether a one-off is above the share of the month's amount that one department may set by itself."""
    percent = Decimal(str(procedure.parameter("billing.adjustment_percent", at=at)))
    prepared = inputs.prepare([row], as_of=at)[row.pk]
    if prepared.group is None:
        return True
    try:
        base = groups.rate(prepared.group).answer
    except Invalid:
        return True
    # A sum of cents: what persons added earlier counts with this one, so that many small ones are a large one.
    earlier = sum(
        OneOff.objects.filter(
            month=row, author__isnull=False, withdrawn_at=None, approved_at=None
        ).values_list("amount", flat=True),
        Decimal(0),
    )
    untouched = money.amount(base.contract_total) - earlier
    return abs(amount + earlier) * 100 > percent * max(untouched, Decimal(0))


@transaction.atomic
def approve(*, one_off_id: int, actor: Actor, at: dt.datetime) -> str:
    """The Gerente approves a one-off of somebody else that waits for him; return the month's number. Raises Conflict, NotFound, NotAllowed."""
    require(actor, Act.APPROVE_ADJUSTMENT)
    made, row = _locked(one_off_id)
    if not made.needs_approval or made.approved_at is not None:
        raise Conflict(_("Ese cargo o ajuste no espera aprobación."))
    if made.author_id == actor.user_id:
        raise Conflict(_("Quien lo agregó no lo aprueba (G-36)."))
    made.approved_by_id, made.approved_at = actor.person, at
    made.save(update_fields=["approved_by", "approved_at"])
    if confirmed.is_confirmed(row):
        row.seen_one_offs = sorted({*row.seen_one_offs, made.pk})
        row.save(update_fields=["seen_one_offs"])
    work.complete(dossier_ids=[row.dossier_id], keys=[f"adjustment-{made.pk}"], actor=actor, at=at)
    _tell(row, Act.APPROVE_ADJUSTMENT, _("Aprobado: %(t)s") % {"t": made.text}, actor, at)
    return row.dossier.number


@transaction.atomic
def withdraw(*, one_off_id: int, actor: Actor, at: dt.datetime) -> str:
    """Take a one-off back before the month is defined; the Gerente may so reject an adjustment. Return the month's number."""
    if not actor.may(Act.APPROVE_ADJUSTMENT):
        require(actor, Act.DEFINE_AMOUNT)
    made, row = _locked(one_off_id)
    if row.state not in OPEN:
        raise Conflict(_("Ese mes ya está definido."))
    made.withdrawn_at = at
    made.save(update_fields=["withdrawn_at"])
    work.complete(
        dossier_ids=[row.dossier_id], keys=[f"adjustment-{made.pk}"], actor=actor, at=at, withdrawn=True
    )
    _tell(row, "WITHDRAW_ONE_OFF", _("Se retira: %(t)s") % {"t": made.text}, actor, at)
    months.recheck_months(month_ids=[row.pk], actor=actor, at=at)
    return row.dossier.number


def _locked(one_off_id: int) -> tuple[OneOff, Month]:
    found = OneOff.objects.filter(pk=one_off_id, withdrawn_at=None).first()
    if found is None:
        raise NotFound(_("No existe ese cargo."))
    row = months.locked(found.month_id)
    found.refresh_from_db()
    if found.withdrawn_at is not None:
        raise Conflict(_("Ese cargo ya se retiró."))
    return found, row


def _tell(row: Month, act: Act | str, text: str, actor: Actor, at: dt.datetime) -> None:
    journal.record(dossier_id=row.dossier_id, act=act, text=text.strip(), actor=actor, at=at, step="B.3")
    live.bump("billing")
