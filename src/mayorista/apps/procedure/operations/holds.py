"""Legal holds: Asesoría Legal keeps the records of a customer, a contract or a case whatever their age, with a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.models import LegalHold
from mayorista.apps.procedure.operations import journal
from mayorista.apps.procedure.queries import dossier_by_number
from mayorista.rules.errors import Conflict, FieldError, Invalid, NotFound
from mayorista.rules.procedure import Act

KINDS = frozenset({"CUSTOMER", "CONTRACT", "FAULT", "CASE"})
Origin = LegalHold.Origin


@transaction.atomic
def place(*, number: str, reason: str, actor: Actor, at: dt.datetime) -> LegalHold:
    """Hold what belongs to a dossier. Raises Invalid naming each field, Conflict when it is held by hand already."""
    require(actor, Act.HOLD_RECORDS)
    dossier = dossier_by_number(number)
    wrong = []
    if dossier is None or dossier.kind not in KINDS:
        wrong.append(
            FieldError(
                "number",
                _("«%(n)s» no es un cliente, un contrato, un daño ni un caso.") % {"n": number.strip()[:40]},
                _("Escriba su número como aparece en su página."),
            )
        )
    if not reason.strip():
        wrong.append(FieldError("reason", _("Falta el motivo."), _("Escriba por qué se retiene.")))
    if wrong or dossier is None:
        raise Invalid.of(wrong)
    made, new = LegalHold.objects.get_or_create(
        dossier=dossier,
        origin=Origin.HAND,
        lifted_at=None,
        defaults={"reason": reason.strip()[:300], "set_by_id": actor.person, "set_at": at},
    )
    if not new:
        raise Conflict(
            _("%(n)s ya está retenido.") % {"n": dossier.number},
            field="number",
            remedy=_("Está en la lista."),
        )
    _record(made, _("Retención legal de sus documentos. Motivo: %(why)s") % {"why": made.reason}, actor, at)
    return made


@transaction.atomic
def lift(*, hold_id: int, reason: str, actor: Actor, at: dt.datetime) -> None:
    """End a hold that was set by hand; the records fall back to their years. Raises Invalid, NotFound, Conflict."""
    require(actor, Act.HOLD_RECORDS)
    row = LegalHold.objects.select_for_update().filter(pk=hold_id).first()
    if row is None:
        raise NotFound(_("No existe esa retención."))
    if row.lifted_at is not None:
        raise Conflict(_("Esa retención ya se levantó."), remedy=_("Actualice la página."))
    if row.origin == Origin.DEBT:
        raise Conflict(
            _("Esa retención es de una deuda en Asesoría Legal."),
            remedy=_("Termina sola cuando la deuda vuelve o se paga."),
        )
    if not reason.strip():
        raise Invalid(
            _("Falta el motivo."), field="reason", remedy=_("Escriba por qué ya no hace falta retener.")
        )
    row.lifted_by_id, row.lifted_at, row.lift_reason = actor.person, at, reason.strip()[:300]
    row.save(update_fields=["lifted_by", "lifted_at", "lift_reason"])
    _record(row, _("Levantada la retención legal. Motivo: %(why)s") % {"why": row.lift_reason}, actor, at)


def place_for_debt(*, dossier_id: int, actor: Actor, at: dt.datetime) -> None:
    """Hold a customer's records while Asesoría Legal has its debt; once, and part of the act that hands it over."""
    LegalHold.objects.get_or_create(
        dossier_id=dossier_id,
        origin=Origin.DEBT,
        lifted_at=None,
        defaults={"reason": _("deuda en Asesoría Legal"), "set_by_id": actor.user_id, "set_at": at},
    )


def lift_for_debt(*, dossier_ids: Iterable[int], actor: Actor, at: dt.datetime) -> None:
    """End the holds of customers whose debt Asesoría Legal has no more."""
    LegalHold.objects.filter(dossier_id__in=list(dossier_ids), origin=Origin.DEBT, lifted_at=None).update(
        lifted_at=at, lifted_by_id=actor.user_id, lift_reason=_("sin deuda en Asesoría Legal")
    )


def _record(row: LegalHold, text: str, actor: Actor, at: dt.datetime) -> None:
    journal.record(
        dossier_id=row.dossier_id,
        act=Act.HOLD_RECORDS,
        text=text,
        actor=actor,
        at=at,
        payload={"hold": row.pk},
    )
