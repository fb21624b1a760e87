"""Shifts of the roles that attend day and night: their roster, its gaps, and the hand-over (R-A4.1)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.procedure import roster_queries
from mayorista.apps.procedure.actors import for_job, require
from mayorista.apps.procedure.models import RoleGrant, RosterException, RosterSlot, ShiftHandover
from mayorista.apps.procedure.operations import dossiers, journal, live, work
from mayorista.apps.procedure.queries import open_items_with_key, parameter
from mayorista.rules import lapaz
from mayorista.rules.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound
from mayorista.rules.procedure import ROLE_SHORT, Act, Role

if TYPE_CHECKING:
    from mayorista.apps.procedure.actors import Actor

HOME = "SHIFTS"
NO_ROSTER = "roster-none"
DAY_MINUTES = 1440
WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")


def _home() -> int:
    return dossiers.standing(kind=HOME).pk


def _role(text: str) -> Role:
    if text not in roster_queries.ROLES:
        raise Invalid(_("Ese rol no tiene turnos."), field="role", remedy=_("Elija NOC o Soporte."))
    return Role(text)


def _holder(user_id: int, role: Role) -> list[FieldError]:
    held = RoleGrant.objects.filter(user_id=user_id, role=role, revoked_at=None, user__is_active=True)
    return [] if held.exists() else [FieldError("user_id", _("Esa persona no tiene ese rol."))]


@transaction.atomic
def add_slots(
    *,
    role: str,
    user_id: int,
    weekdays: list[int],
    starts: dt.time,
    hours: int,
    actor: Actor,
    at: dt.datetime,
) -> None:
    """Add a weekly turn on each of `weekdays`, from now on. Raises Invalid."""
    require(actor, Act.PLAN_ROSTER)
    wanted = _role(role)
    errors = _holder(user_id, wanted)
    if not weekdays or not set(weekdays) <= set(range(7)):
        errors.append(FieldError("weekdays", _("Elija al menos un día.")))
    if not 0 < hours * 60 <= DAY_MINUTES:
        errors.append(FieldError("hours", _("Un turno dura de 1 a 24 horas.")))
    if errors:
        raise Invalid.of(errors)
    made = RosterSlot.objects.bulk_create(
        RosterSlot(
            role=wanted, user_id=user_id, weekday=day, starts=starts, minutes=hours * 60, valid_from=at
        )
        for day in sorted(set(weekdays))
    )
    text = _("Turno de %(role)s: %(days)s desde las %(starts)s, %(hours)d h, %(who)s") % {
        "role": ROLE_SHORT[wanted],
        "days": ", ".join(WEEKDAYS[slot.weekday] for slot in made),
        "starts": f"{starts:%H:%M}",
        "hours": hours,
        "who": RosterSlot.objects.select_related("user").get(pk=made[0].pk).user,
    }
    journal.record(dossier_id=_home(), act=Act.PLAN_ROSTER, text=text, actor=actor, at=at)
    _settle(wanted, at)


@transaction.atomic
def drop_slot(*, slot_id: int, actor: Actor, at: dt.datetime) -> None:
    """End a weekly turn now; what was stays."""
    require(actor, Act.PLAN_ROSTER)
    slot = RosterSlot.objects.select_for_update().filter(pk=slot_id, valid_until=None).first()
    if slot is None:
        raise NotFound(_("No existe ese turno o ya terminó."))
    slot.valid_until = at
    slot.save(update_fields=["valid_until"])
    text = _("Deja de regir el turno de %(role)s: %(day)s desde las %(starts)s, %(who)s") % {
        "role": ROLE_SHORT[Role(slot.role)],
        "day": WEEKDAYS[slot.weekday],
        "starts": f"{slot.starts:%H:%M}",
        "who": slot.user,
    }
    journal.record(dossier_id=_home(), act=Act.PLAN_ROSTER, text=text, actor=actor, at=at)
    _settle(Role(slot.role), at)


@transaction.atomic
def add_exception(
    *,
    role: str,
    user_id: int,
    kind: str,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    reason: str,
    actor: Actor,
    at: dt.datetime,
) -> None:
    """Note that somebody covers or is absent between two instants. Raises Invalid."""
    require(actor, Act.PLAN_ROSTER)
    wanted = _role(role)
    errors = _holder(user_id, wanted)
    if ends_at <= starts_at:
        errors.append(FieldError("ends_at", _("El fin debe ser posterior al inicio.")))
    elif ends_at <= at:
        errors.append(FieldError("ends_at", _("Ese tiempo ya pasó.")))
    if kind not in RosterException.Kind:
        errors.append(FieldError("kind", _("Elija si cubre o está ausente.")))
    if not reason.strip():
        errors.append(FieldError("reason", _("Escriba el motivo.")))
    if errors:
        raise Invalid.of(errors)
    made = RosterException.objects.create(
        role=wanted,
        user_id=user_id,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason.strip()[:200],
    )
    _say_exception(made, "", actor, at)


@transaction.atomic
def drop_exception(*, exception_id: int, actor: Actor, at: dt.datetime) -> None:
    """Withdraw a dated change."""
    require(actor, Act.PLAN_ROSTER)
    row = RosterException.objects.select_for_update().filter(pk=exception_id, withdrawn_at=None).first()
    if row is None:
        raise NotFound(_("No existe ese cambio o ya se retiró."))
    row.withdrawn_at = at
    row.save(update_fields=["withdrawn_at"])
    _say_exception(row, _("Se retira: "), actor, at)


def _say_exception(row: RosterException, before: str, actor: Actor, at: dt.datetime) -> None:
    text = _("%(before)s%(who)s %(kind)s en %(role)s del %(since)s al %(until)s: %(reason)s") % {
        "before": before,
        "who": row.user,
        "kind": RosterException.Kind(row.kind).label,
        "role": ROLE_SHORT[Role(row.role)],
        "since": lapaz.moment(row.starts_at),
        "until": lapaz.moment(row.ends_at),
        "reason": row.reason,
    }
    journal.record(dossier_id=_home(), act=Act.PLAN_ROSTER, text=text, actor=actor, at=at)
    _settle(Role(row.role), at)


@transaction.atomic
def hand_over(*, role: str, notes: str, actor: Actor, at: dt.datetime) -> ShiftHandover:
    """Write the hand-over of a shift; the incoming has some minutes to acknowledge it. Raises Invalid, Conflict."""
    require(actor, Act.HAND_OVER_SHIFT)
    wanted = _role(role)
    if wanted not in actor.roles:
        raise NotAllowed(_("Entrega el turno quien atiende en ese rol."))
    if not notes.strip():
        raise Invalid(_("Faltan las novedades."), field="notes", remedy=_("Escriba al menos «sin novedad»."))
    if ShiftHandover.objects.filter(role=wanted, received_at=None).exists():
        raise Conflict(
            _("Ya hay una entrega de %(role)s sin recibir.") % {"role": ROLE_SHORT[wanted]},
            remedy=_("Primero debe recibirla el turno entrante."),
        )
    made = ShiftHandover.objects.create(
        role=wanted, notes=notes.strip()[:20_000], written_by_id=actor.person, written_at=at
    )
    text = _("Entrega el turno de %(role)s") % {"role": ROLE_SHORT[wanted]}
    journal.record(
        dossier_id=_home(), act=Act.HAND_OVER_SHIFT, text=text, actor=actor, at=at, payload={"shift": made.pk}
    )
    work.open_item(
        dossier_id=_home(),
        step="",
        key=f"shift-{made.pk}",
        role=wanted,
        title=_("Recibir la entrega de turno de %(role)s") % {"role": ROLE_SHORT[wanted]},
        due_at=at + dt.timedelta(minutes=parameter("shift.acknowledge_minutes", at=at)),
        at=at,
    )
    return made


@transaction.atomic
def receive(*, handover_id: int, remark: str, actor: Actor, at: dt.datetime) -> None:
    """Acknowledge a hand-over, by somebody else of the same role. Raises NotFound, NotAllowed, Conflict."""
    require(actor, Act.HAND_OVER_SHIFT)
    row = ShiftHandover.objects.select_for_update(of=("self",)).filter(pk=handover_id).first()
    if row is None:
        raise NotFound(_("No existe esa entrega de turno."))
    if row.received_at is not None:
        raise Conflict(_("Esa entrega ya se recibió."), remedy=_("Actualice la página."))
    if Role(row.role) not in actor.roles:
        raise NotAllowed(_("Recibe el turno alguien del mismo rol."))
    if row.written_by_id == actor.person:
        raise Conflict(
            _("Usted escribió esa entrega."), remedy=_("La recibe otra persona, la del turno entrante.")
        )
    row.received_by_id, row.received_at, row.remark = actor.person, at, remark.strip()[:2000]
    row.save(update_fields=["received_by", "received_at", "remark"])
    text = _("Recibe el turno de %(role)s de %(who)s. %(remark)s") % {
        "role": ROLE_SHORT[Role(row.role)],
        "who": row.written_by,
        "remark": row.remark,
    }
    journal.record(
        dossier_id=_home(),
        act=Act.HAND_OVER_SHIFT,
        text=text.strip(),
        actor=actor,
        at=at,
        payload={"shift": row.pk},
    )
    work.complete(dossier_ids=[_home()], keys=[f"shift-{row.pk}"], actor=actor, at=at)
    live.bump("tray")


def watch(*, at: dt.datetime) -> int:
    """Bring the trays' warnings of unattended hours in line; how many roles have a gap ahead."""
    return sum(_settle(role, at) for role in roster_queries.ROLES)


@transaction.atomic
def _settle(role: Role, at: dt.datetime) -> bool:
    """Warn the role of the hours that nobody attends; who makes the roster is asked for one where there is none."""
    _ask_for_roster(at)
    key = f"roster-gap-{role}"
    ahead = roster_queries.ahead(role, at=at)
    if not ahead.gaps or not ahead.planned:
        work.complete(dossier_ids=[_home()], keys=[key], actor=for_job("turnos"), at=at, withdrawn=True)
        return False
    first = ahead.gaps[0]
    title = _("%(role)s sin turno desde el %(when)s") % {
        "role": ROLE_SHORT[role],
        "when": lapaz.moment(first.starts_at),
    }
    _open(key, role, title, first.starts_at, at)
    return True


def _ask_for_roster(at: dt.datetime) -> None:
    """One task for all roles without any roster, of the Gerencia: it ends by itself when each has one."""
    without = [role for role in roster_queries.ROLES if not roster_queries.ahead(role, at=at).planned]
    if not without:
        work.complete(dossier_ids=[_home()], keys=[NO_ROSTER], actor=for_job("turnos"), at=at, withdrawn=True)
        return
    title = _("Hacer el rol de turnos: nadie está en el de %(roles)s") % {
        "roles": _(" ni en el de ").join(ROLE_SHORT[role] for role in without)
    }
    known = open_items_with_key(NO_ROSTER, step="").first()
    _open(NO_ROSTER, Role.MANAGER, title, known.due_at if known else at + dt.timedelta(days=1), at)


def _open(key: str, role: Role, title: str, due_at: dt.datetime, at: dt.datetime) -> None:
    work.open_item(dossier_id=_home(), step="", key=key, role=role, title=title, due_at=due_at, at=at)
    work.restate(dossier_id=_home(), key=key, title=title, due_at=due_at)
