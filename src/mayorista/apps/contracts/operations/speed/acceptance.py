"""The customer accepts what was executed, by word or by 48 hours of silence, or objects to it (B.2, step 9, G-21)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import SpeedChange
from mayorista.apps.contracts.operations import documents
from mayorista.apps.contracts.operations.documents import Upload
from mayorista.apps.contracts.operations.speed import force, orders, support
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, for_job, require
from mayorista.apps.procedure.operations import work
from mayorista.rules import agreements, formats
from mayorista.rules.errors import FieldError, Invalid
from mayorista.rules.procedure import Act, Role

State = support.State


@transaction.atomic
def accept(*, change_id: int, how: str, actor: Actor, at: dt.datetime, upload: Upload | None = None) -> None:
    """Record that the customer accepts; the change holds from the day it was executed and comes into force.

    `upload` is the signed acceptance. Raises Invalid, Conflict, NotFound, NotAllowed.
    """
    require(actor, Act.ACCEPT_SPEED)
    change = support.locked(change_id, State.EXECUTED)
    errors = (
        []
        if how.strip()
        else [FieldError("how", _("Falta cómo lo aceptó."), _("Escriba por ejemplo «acta firmada»."))]
    )
    if upload is not None:
        errors += documents.check_file(upload, field="document")
    agreements.refuse(errors)
    if upload is not None:
        documents.store(change.dossier_id, upload, actor, at)
    _accept(change, how.strip()[:200], at, actor)


@transaction.atomic
def accept_silent(*, at: dt.datetime) -> int:
    """Accept what was executed and met with silence for as long as the limit says (a periodic act); return how many.

    Silence confirms the day of execution, it never moves it. A change that was objected to is left to people.
    """
    hours = dt.timedelta(hours=procedure.parameter("speed.silence_hours", at=at))
    waiting = SpeedChange.objects.filter(state=State.EXECUTED, objected_at=None, executed_at__lte=at - hours)
    count = 0
    for change_id in list(waiting.order_by("pk").values_list("pk", flat=True)):
        change = support.locked(change_id)
        due = procedure.open_items_of([change.dossier_id]).filter(key=support.ACCEPTANCE).first()
        if (
            change.state != State.EXECUTED
            or change.objected_at is not None
            or (due is not None and due.due_at > at)
        ):
            continue
        _accept(
            change,
            _("silencio de %(h)d horas") % {"h": hours // dt.timedelta(hours=1)},
            at,
            for_job("conformidad"),
        )
        count += 1
    return count


@transaction.atomic
def object_to(*, change_id: int, words: str, actor: Actor, at: dt.datetime) -> None:
    """Record that the customer objects: silence no longer accepts, and people settle it. Raises Invalid, Conflict."""
    require(actor, Act.ACCEPT_SPEED)
    change = support.locked(change_id, State.EXECUTED)
    if not words.strip():
        raise Invalid(_("Falta lo que objeta."), field="words", remedy=_("Escriba lo que dijo el cliente."))
    change.objected_at, change.objection = at, words.strip()
    text = _("El cliente objeta: %(words)s") % {"words": words.strip()}
    support.move(change, State.EXECUTED, act=Act.ACCEPT_SPEED, text=text, actor=actor, at=at)
    support.done(change, support.ACCEPTANCE, actor=actor, at=at)
    support.hand_to(change, support.OBJECTION, Role.INTERCONNECTION, _("Resolver objeción a"), at)


@transaction.atomic
def withdraw_objection(*, change_id: int, words: str, actor: Actor, at: dt.datetime) -> None:
    """Record that the objection was settled; the customer has the hours of silence again. Raises Invalid, Conflict."""
    require(actor, Act.ACCEPT_SPEED)
    change = support.locked(change_id, State.EXECUTED)
    if change.objected_at is None:
        raise Invalid(_("No hay objeción."), field="words")
    if not words.strip():
        raise Invalid(_("Falta cómo se resolvió."), field="words", remedy=_("Escriba qué se acordó."))
    change.objected_at = None
    text = _("Objeción resuelta: %(words)s") % {"words": words.strip()}
    support.move(change, State.EXECUTED, act=Act.ACCEPT_SPEED, text=text, actor=actor, at=at)
    support.done(change, support.OBJECTION, actor=actor, at=at)
    title = _("Recibir conformidad de")
    support.hand_to(
        change, support.ACCEPTANCE, Role.INTERCONNECTION, title, at, due_at=orders.silence_ends(change, at)
    )


def _accept(change: SpeedChange, how: str, at: dt.datetime, actor: Actor) -> None:
    change.accepted_at, change.accepted_how = at, how
    assert change.effective_date is not None
    text = _("Aceptado (%(how)s); rige desde el %(day)s.") % {
        "how": how,
        "day": formats.date(change.effective_date),
    }
    support.move(change, State.ACCEPTED, act=Act.ACCEPT_SPEED, text=text, actor=actor, at=at)
    support.done(change, support.ACCEPTANCE, support.OBJECTION, actor=actor, at=at)
    if support.needs_addendum(change):
        wait = _("Espera la adenda firmada: sin ella no rige.")
        support.tell(change, act=Act.ACCEPT_SPEED, text=wait, actor=actor, at=at)
        work.reschedule(dossier_id=change.dossier_id, step=support.STEP, key=support.ADDENDUM, due_at=at)
        support.hand_to(
            change, support.ADDENDUM, Role.INTERCONNECTION, _("Adjuntar adenda firmada de"), at, due_at=at
        )
        return
    force.put_in_force(change, actor=actor, at=at)
