"""Holidays that a decree adds, moves or takes away, over those of the law. See Note [Holidays of the law and of decrees]."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.procedure import queries
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.models import HolidayChange
from mayorista.apps.procedure.operations import dossiers, journal
from mayorista.rules import formats, lapaz
from mayorista.rules.errors import Conflict, FieldError, Invalid
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    import datetime as dt

Kind, Scope = HolidayChange.Kind, HolidayChange.Scope
YEARS_AHEAD = 3


@transaction.atomic
def change_holiday(
    *,
    on: dt.date,
    kind: str,
    name: str,
    scope: str,
    reason: str,
    actor: Actor,
    at: dt.datetime,
    valid_from: dt.datetime | None = None,
) -> HolidayChange:
    """Add a holiday, take one away, or let a day be again what the law says, from `valid_from` (now) on.

    Only days to come: what was sent, and each due date and task that is written down, keeps its day. Raises Invalid
    with every wrong field, Conflict when the day is so already, NotAllowed.
    """
    require(actor, Act.EDIT_PARAMETERS)
    since = valid_from or at
    name, reason = " ".join(name.split())[:120], " ".join(reason.split())[:300]
    _check(on, kind, name, scope, reason, since, at)
    works = queries.calendar(at=since)
    if on.weekday() >= 5:
        raise Invalid(_("Ese día es fin de semana: ya no se trabaja."), field="on")
    if (kind == Kind.ADDED and not works(on)) or (kind == Kind.REMOVED and works(on)):
        words = _("El %(d)s ya es feriado.") if kind == Kind.ADDED else _("El %(d)s no es feriado.")
        raise Conflict(words % {"d": formats.date(on)}, field="on")
    if kind == Kind.LAW and on not in {each.on for each in queries.changed_days(at=since)}:
        raise Conflict(_("Ese día ya es como dice la ley."), field="on")
    row, _made = HolidayChange.objects.update_or_create(
        on=on,
        valid_from=since,
        defaults={
            "kind": kind,
            "name": name,
            "scope": scope,
            "reason": reason,
            "recorded_at": at,
            "recorded_by_id": actor.user_id,
        },
    )
    journal.record(
        dossier_id=dossiers.standing(kind="PARAMETERS").id,
        act=Act.EDIT_PARAMETERS,
        text=_("Calendario: %(d)s «%(n)s» (%(s)s): %(k)s desde el %(f)s. %(r)s")
        % {
            "d": formats.date(on),
            "n": name,
            "s": Scope(scope).label,
            "k": Kind(kind).label,
            "f": formats.date(lapaz.local(since).date()),
            "r": reason,
        },
        actor=actor,
        at=at,
        payload={"on": on.isoformat(), "kind": kind, "valid_from": since.isoformat()},
    )
    return row


@transaction.atomic
def move_holiday(
    *,
    on: dt.date,
    to: dt.date,
    reason: str,
    actor: Actor,
    at: dt.datetime,
    valid_from: dt.datetime | None = None,
) -> None:
    """Let a holiday be on another day, with its name and scope. Raises as `change_holiday`."""
    known = {each.on: each for each in queries.holidays(year=on.year, at=valid_from or at)}
    holiday = known.get(on)
    if holiday is None or not holiday.free:
        raise Conflict(_("El %(d)s no es feriado.") % {"d": formats.date(on)}, field="on")
    for day, kind in ((to, Kind.ADDED), (on, Kind.REMOVED)):
        change_holiday(
            on=day,
            kind=kind,
            name=holiday.name,
            scope=holiday.scope,
            reason=reason,
            actor=actor,
            at=at,
            valid_from=valid_from,
        )


def _check(
    on: dt.date, kind: str, name: str, scope: str, reason: str, since: dt.datetime, at: dt.datetime
) -> None:
    today = lapaz.local(at).date()
    wrong = []
    if on <= today:
        wrong.append(
            FieldError(
                "on", _("Ese día ya pasó o es hoy."), _("Lo ya calculado no cambia: elija un día por venir.")
            )
        )
    elif on.year > today.year + YEARS_AHEAD:
        wrong.append(FieldError("on", _("Ese día está demasiado lejos."), _("Revise el año.")))
    if kind not in Kind.values:
        wrong.append(FieldError("kind", _("Elija qué pasa ese día."), ""))
    if scope not in Scope.values:
        wrong.append(FieldError("scope", _("Elija el alcance."), ""))
    if not name:
        wrong.append(
            FieldError(
                "name", _("Falta el nombre."), _("Escriba por ejemplo «Día del Estado Plurinacional».")
            )
        )
    if not reason:
        wrong.append(FieldError("reason", _("Falta la norma."), _("Escriba por ejemplo «D.S. 5432».")))
    if since < at:
        wrong.append(
            FieldError(
                "valid_from", _("La vigencia no puede empezar en el pasado."), _("De hoy en adelante.")
            )
        )
    elif lapaz.local(since).date() >= on:
        wrong.append(FieldError("valid_from", _("La vigencia debe empezar antes de ese día."), ""))
    if wrong:
        raise Invalid.of(wrong)
