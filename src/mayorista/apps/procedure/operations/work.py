"""Work items: open, claim, set aside, complete, escalate."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.procedure.models import WorkItem
from mayorista.apps.procedure.operations import journal, live
from mayorista.rules.errors import Conflict, Invalid, NotAllowed, NotFound
from mayorista.rules.procedure import ROLE_SHORT, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mayorista.apps.procedure.actors import Actor


@dataclass(frozen=True, slots=True)
class NewItem:
    """A thing due: what, from whom, by when. `key` tells items of one step apart."""

    dossier_id: int
    step: str
    role: Role
    title: str
    due_at: dt.datetime
    key: str = ""


def open_items(*, items: Sequence[NewItem], at: dt.datetime) -> None:
    """Open each item unless its dossier, step and key already have an open one."""
    WorkItem.objects.bulk_create(
        (
            WorkItem(
                dossier_id=item.dossier_id,
                step=item.step,
                key=item.key,
                role=item.role,
                title=item.title,
                opened_at=at,
                due_at=item.due_at,
            )
            for item in items
        ),
        ignore_conflicts=True,
        batch_size=2000,
    )
    live.bump("tray")


def open_item(
    *, dossier_id: int, step: str, role: Role, title: str, due_at: dt.datetime, at: dt.datetime, key: str = ""
) -> None:
    """Open one item (nothing happens when the same one is open already)."""
    open_items(items=[NewItem(dossier_id, step, role, title, due_at, key)], at=at)


def complete(
    *,
    dossier_ids: Iterable[int],
    actor: Actor,
    at: dt.datetime,
    steps: Iterable[str] | None = None,
    keys: Iterable[str] | None = None,
    withdrawn: bool = False,
) -> int:
    """Close the open items of the dossiers, narrowed to `steps` and `keys`; return how many.

    `withdrawn` says that the item fell away instead of being done.
    """
    items = WorkItem.objects.filter(dossier_id__in=list(dossier_ids), done_at=None)
    if steps is not None:
        items = items.filter(step__in=list(steps))
    if keys is not None:
        items = items.filter(key__in=list(keys))
    closed = items.update(done_at=at, done_by_id=actor.user_id, withdrawn=withdrawn)
    if closed:
        live.bump("tray")
    return closed


def move(*, former_ids: Iterable[int], dossier_id: int, keys: Iterable[str]) -> None:
    """Hang the open items with these keys on another dossier, where what they are about went."""
    items = WorkItem.objects.filter(dossier_id__in=list(former_ids), key__in=list(keys), done_at=None)
    if items.update(dossier_id=dossier_id):
        live.bump("tray")


def reschedule(*, dossier_id: int, step: str, due_at: dt.datetime, key: str = "") -> None:
    """Move the due time of an open item; its escalation begins anew."""
    WorkItem.objects.filter(dossier_id=dossier_id, step=step, key=key, done_at=None).update(
        due_at=due_at, escalation=0
    )


def restate(*, dossier_id: int, key: str, title: str, due_at: dt.datetime) -> None:
    """Write the title and time of an open item anew where they differ; it keeps its place and who took it."""
    items = WorkItem.objects.filter(dossier_id=dossier_id, key=key, done_at=None)
    if items.exclude(title=title, due_at=due_at).update(title=title, due_at=due_at):
        live.bump("tray")


def overdue(*, dossier_ids: Iterable[int], at: dt.datetime) -> list[WorkItem]:
    """Return the open items of these dossiers whose time has passed and that nobody set aside."""
    return list(
        WorkItem.objects.filter(dossier_id__in=list(dossier_ids), done_at=None, due_at__lte=at)
        .exclude(snoozed_until__gt=at)
        .order_by("due_at", "id")
    )


def escalate(*, item_id: int, level: int) -> WorkItem | None:
    """Mark an open item as told at `level`; None when it is done or was told so already."""
    item = (
        WorkItem.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("dossier")
        .filter(id=item_id, done_at=None, escalation__lt=level)
        .first()
    )
    if item is not None:
        item.escalation = level
        item.save(update_fields=["escalation"])
    return item


def _locked_open(item_id: int) -> WorkItem:
    item = WorkItem.objects.select_for_update().filter(id=item_id).first()
    if item is None:
        raise NotFound(_("No existe esa tarea."))
    if item.done_at is not None:
        raise Conflict(_("Esa tarea ya fue concluida."), remedy=_("Actualice la bandeja."))
    return item


@transaction.atomic
def claim(*, item_id: int, actor: Actor, at: dt.datetime) -> None:
    """Take an item for oneself; taking it again is harmless, taking another's is a Conflict."""
    item = _locked_open(item_id)
    if Role(item.role) not in actor.roles:
        raise NotAllowed(
            _("Esa tarea es de otro rol."),
            remedy=_("Corresponde a: %(who)s.") % {"who": ROLE_SHORT[Role(item.role)]},
        )
    if item.claimed_by_id not in (None, actor.user_id):
        raise Conflict(
            _("La tarea ya la tomó %(name)s.") % {"name": item.claimed_by},
            remedy=_("Coordine con esa persona o pídale que la libere."),
        )
    item.claimed_by_id, item.claimed_at = actor.user_id, at
    item.save(update_fields=["claimed_by", "claimed_at"])
    journal.record(
        dossier_id=item.dossier_id,
        act="CLAIM_ITEM",
        text=_("Toma la tarea: %(title)s") % {"title": item.title},
        actor=actor,
        at=at,
        step=item.step,
    )
    live.bump("tray")


@transaction.atomic
def release(*, item_id: int, actor: Actor, at: dt.datetime) -> None:
    """Give an item back to its role."""
    item = _locked_open(item_id)
    if Role(item.role) not in actor.roles:
        raise NotAllowed(
            _("Esa tarea es de otro rol."),
            remedy=_("Corresponde a: %(who)s.") % {"who": ROLE_SHORT[Role(item.role)]},
        )
    item.claimed_by_id = item.claimed_at = None
    item.save(update_fields=["claimed_by", "claimed_at"])
    journal.record(
        dossier_id=item.dossier_id,
        act="RELEASE_ITEM",
        text=_("Libera la tarea: %(title)s") % {"title": item.title},
        actor=actor,
        at=at,
        step=item.step,
    )
    live.bump("tray")


@transaction.atomic
def snooze(*, item_id: int, until: dt.datetime, reason: str, actor: Actor, at: dt.datetime) -> None:
    """Set an item aside until a time, with a reason that stays visible (24 hours at most)."""
    item = _locked_open(item_id)
    if Role(item.role) not in actor.roles:
        raise NotAllowed(
            _("Esa tarea es de otro rol."),
            remedy=_("Corresponde a: %(who)s.") % {"who": ROLE_SHORT[Role(item.role)]},
        )
    if not reason.strip():
        raise Invalid(_("Falta el motivo."), field="reason", remedy=_("Escriba por qué se pospone."))
    if not at < until <= at + dt.timedelta(hours=24):
        raise Invalid(
            _("La hora debe estar dentro de las próximas 24 horas."),
            field="until",
            remedy=_("Elija un tiempo de la lista."),
        )
    item.snoozed_until, item.snooze_reason = until, reason.strip()[:200]
    item.save(update_fields=["snoozed_until", "snooze_reason"])
    journal.record(
        dossier_id=item.dossier_id,
        act="SNOOZE_ITEM",
        text=_("Pospone la tarea «%(title)s»: %(reason)s") % {"title": item.title, "reason": reason.strip()},
        actor=actor,
        at=at,
        step=item.step,
    )
    live.bump("tray")


@transaction.atomic
def wake(*, item_id: int, actor: Actor, at: dt.datetime) -> None:
    """Take an item up again before its time; an item that is not set aside stays as it is."""
    item = _locked_open(item_id)
    if Role(item.role) not in actor.roles:
        raise NotAllowed(
            _("Esa tarea es de otro rol."),
            remedy=_("Corresponde a: %(who)s.") % {"who": ROLE_SHORT[Role(item.role)]},
        )
    if item.snoozed_until is None or item.snoozed_until <= at:
        return
    item.snoozed_until, item.snooze_reason = None, ""
    item.save(update_fields=["snoozed_until", "snooze_reason"])
    journal.record(
        dossier_id=item.dossier_id,
        act="WAKE_ITEM",
        text=_("Retoma la tarea pospuesta: %(title)s") % {"title": item.title},
        actor=actor,
        at=at,
        step=item.step,
    )
    live.bump("tray")
