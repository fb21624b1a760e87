"""The signed addendum, or the Gerente's dispensation with a debt of fifteen days (B.2, step 6, G-22)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts.operations import documents
from mayorista.apps.contracts.operations.documents import Upload
from mayorista.apps.contracts.operations.speed import force, support
from mayorista.apps.contracts.queries import checks
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.rules import formats, lapaz
from mayorista.rules.errors import Conflict, Invalid
from mayorista.rules.procedure import Act, Role

State = support.State
DEBT = "addendum-debt"
OPEN = (State.APPROVED, State.ORDERED, State.EXECUTED, State.ACCEPTED)


@transaction.atomic
def attach_addendum(
    *,
    change_id: int,
    number: str,
    signed_date: dt.date | None,
    upload: Upload | None,
    actor: Actor,
    at: dt.datetime,
) -> None:
    """File the signed addendum of a change with its contract; an accepted change then comes into force.

    Raises Invalid, Conflict (it has one, or is rejected or cancelled), NotFound, NotAllowed.
    """
    require(actor, Act.ORDER_SPEED)
    change = support.locked(change_id, *OPEN, State.IN_FORCE)
    if change.addendum_id is not None:
        raise Conflict(_("El cambio ya tiene su adenda."))
    contract_id, _terms = checks.terms_of(change.service_id, change.effective_date or change.wanted_date)
    if contract_id is None:
        raise Conflict(_("El servicio no está en ningún contrato."), remedy=_("Vincúlelo primero."))
    if signed_date is None:
        raise Invalid(_("Falta cuándo se firmó."), field="signed_date", remedy=_("Escriba dd/mm/aaaa."))
    if signed_date > lapaz.local(at).date():
        raise Invalid(
            _("La firma no puede ser del futuro."), field="signed_date", remedy=_("Revise la fecha.")
        )
    document = documents.add_document(
        contract_id=contract_id,
        kind="ADDENDUM",
        number=number,
        signed_date=signed_date,
        upload=upload,
        actor=actor,
        at=at,
    )
    change.addendum = document
    text = _("Adenda firmada: %(what)s.") % {"what": documents.title(document)}
    support.move(change, State(change.state), act=Act.ORDER_SPEED, text=text, actor=actor, at=at)
    support.done(change, support.ADDENDUM, DEBT, actor=actor, at=at)
    if change.state == State.ACCEPTED:
        force.put_in_force(change, actor=actor, at=at)


@transaction.atomic
def waive_addendum(*, change_id: int, reason: str, actor: Actor, at: dt.datetime) -> None:
    """Let a change come into force before its addendum is signed: an emergency of the Gerente, owed within 15 days.

    Raises Invalid without a reason or need, Conflict, NotFound, NotAllowed.
    """
    require(actor, Act.WAIVE_ADDENDUM)
    change = support.locked(change_id, *OPEN)
    if not reason.strip():
        raise Invalid(
            _("Falta el motivo de la excepción."),
            field="reason",
            remedy=_("Escríbalo: queda en la bitácora."),
        )
    if not support.needs_addendum(change):
        raise Conflict(_("Este cambio no espera ninguna adenda."))
    days = int(procedure.parameter("speed.addendum_debt_days", at=at))
    change.addendum_waived_until = lapaz.local(at).date() + dt.timedelta(days=days)
    text = _("La Gerencia dispensa la adenda hasta el %(day)s. %(why)s") % {
        "day": formats.date(change.addendum_waived_until),
        "why": reason.strip(),
    }
    support.move(change, State(change.state), act=Act.WAIVE_ADDENDUM, text=text, actor=actor, at=at)
    support.done(change, support.ADDENDUM, actor=actor, at=at, withdrawn=True)
    due = dt.datetime.combine(change.addendum_waived_until, dt.time(18), tzinfo=lapaz.LA_PAZ)
    support.hand_to(change, DEBT, Role.INTERCONNECTION, _("Adenda pendiente de"), at, due_at=due)
    if change.state == State.ACCEPTED:
        force.put_in_force(change, actor=actor, at=at)
