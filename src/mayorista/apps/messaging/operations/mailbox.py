"""The mailbox: every mail is stored as it lies there, once, and read by a job; nothing there is changed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from mayorista.apps.messaging import jobs
from mayorista.apps.messaging.models import ChannelHealth, IncomingMail, MailboxPosition, MailReading
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.operations import dossiers, journal, live, work
from mayorista.apps.procedure.wiring import adapter
from mayorista.rules.delivery import back_off
from mayorista.rules.procedure import Role

if TYPE_CHECKING:
    from mayorista.rules.ports import mailbox as port

JOB = "buzón"
HEALTH = "MAILBOX"
MAX_MAIL_BYTES = 30 * 1024 * 1024
"""What a mail may weigh to be taken; a heavier one is named and left in the mailbox."""

FIRST_DAYS = 7
"""How far back a mailbox is read that was never read, or whose numbers began anew; copies are recognised."""

TOLD_AFTER_FAILURES = 3
_OVERLAP = dt.timedelta(days=1)
_SUCCESS_RESOLUTION = dt.timedelta(seconds=30)


def collect(*, session: port.Session, name: str, at: dt.datetime) -> int:
    """Take every mail that was not taken yet; return how many. Safe to run twice, also at once.

    Raises MailboxAway when the connection is lost; what was taken until then stays taken.
    """
    position = MailboxPosition.objects.filter(pk=name).first()
    if position is not None and position.uidvalidity == session.uidvalidity:
        numbers = session.above(position.last_uid)
    else:
        since = position.read_at - _OVERLAP if position is not None else at - dt.timedelta(days=FIRST_DAYS)
        highest = max(session.above(0), default=0)  # asked first: what arrives meanwhile is above it
        numbers = session.since(since.date() - _OVERLAP)
        _begin(session, name, numbers[0] - 1 if numbers else highest, at)
    taken = 0
    for uid in numbers:
        arrival = session.fetch(uid, limit=MAX_MAIL_BYTES)
        if arrival is not None:
            taken += _take(arrival, session.uidvalidity, name, at)
        MailboxPosition.objects.filter(pk=name, uidvalidity=session.uidvalidity).update(
            last_uid=Greatest(F("last_uid"), uid), read_at=at
        )
    return taken


@transaction.atomic
def _begin(session: port.Session, name: str, last_uid: int, at: dt.datetime) -> None:
    """The numbers of this mailbox begin (anew)."""
    former = MailboxPosition.objects.select_for_update().filter(pk=name).first()
    MailboxPosition.objects.update_or_create(
        mailbox=name,
        defaults={"uidvalidity": session.uidvalidity, "last_uid": last_uid, "read_at": at},
    )
    text = (
        _("Se empieza a leer el buzón %(name)s.")
        if former is None
        else _("El buzón %(name)s fue reconstruido: se vuelve a leer lo reciente; las copias se reconocen.")
    )
    journal.record(
        dossier_id=_dossier_id(), act="MAILBOX_BEGUN", text=text % {"name": name}, actor=for_job(JOB), at=at
    )


def _take(arrival: port.Arrival, uidvalidity: int, name: str, at: dt.datetime) -> bool:
    """Store one mail and defer its reading; False when it was stored before."""
    sha256 = adapter("files").put(arrival.content)
    arrived = arrival.arrived_at if arrival.arrived_at is not None and arrival.arrived_at <= at else at
    with transaction.atomic():
        IncomingMail.objects.bulk_create(
            [
                IncomingMail(
                    mailbox=name,
                    uidvalidity=uidvalidity,
                    uid=arrival.uid,
                    received_at=at,
                    arrived_at=arrived,
                    size=arrival.size,
                    left=arrival.left,
                    sha256=sha256,
                )
            ],
            ignore_conflicts=True,
        )
        mail = IncomingMail.objects.get(mailbox=name, uidvalidity=uidvalidity, uid=arrival.uid)
        _reading, new = MailReading.objects.get_or_create(mail=mail, defaults={"received_at": at})
        if new:
            jobs.read_mail([mail.pk])
    return new


def unread(*, at: dt.datetime, limit: int = 500) -> list[int]:
    """Mails that no job has read for a minute: their jobs are lost, or PostgreSQL was away."""
    rows = MailReading.objects.filter(outcome="WAITING", received_at__lt=at - dt.timedelta(seconds=60))
    return list(rows.order_by("id").values_list("mail_id", flat=True)[:limit])


# Health -------------------------------------------------------------------------------------------


def mailbox_worked(*, waits_by: str, at: dt.datetime) -> None:
    """The mailbox was looked at (at most a row twice a minute); what was opened while it was away falls away."""
    row = _row()
    if row.state == "OK" and row.checked_at is not None and row.checked_at > at - _SUCCESS_RESOLUTION:
        return
    with transaction.atomic():
        before = ChannelHealth.objects.select_for_update().get(pk=HEALTH)
        ChannelHealth.objects.filter(pk=HEALTH).update(
            state="OK",
            failures=0,
            code=waits_by,
            reason="",
            since=None,
            until=None,
            last_success_at=at,
            checked_at=at,
        )
        if before.state != "OK":
            work.complete(dossier_ids=[_dossier_id()], actor=for_job(JOB), at=at, keys=[_KEY], withdrawn=True)
            live.bump("channels")


@transaction.atomic
def mailbox_failed(*, problem: port.MailboxProblem, closed: bool, at: dt.datetime) -> dt.timedelta:
    """The mailbox can not be read; return how long to wait. A person is told when it is refused, or stays away."""
    _row()
    row = ChannelHealth.objects.select_for_update().get(pk=HEALTH)
    row.failures = min(row.failures + 1, 1000)
    pause = back_off(row.failures, seed=f"{HEALTH}:{row.failures}")
    pause = max(pause, dt.timedelta(minutes=1)) if closed else min(pause / 5, dt.timedelta(minutes=2))
    pause = min(pause, dt.timedelta(minutes=10))
    if row.state == "OK":
        row.since = at
    row.state, row.code, row.reason = "STOPPED" if closed else "PAUSED", problem.code[:40], problem.text[:500]
    row.until, row.checked_at = at + pause, at
    row.save()
    if closed or row.failures == TOLD_AFTER_FAILURES:
        work.open_item(
            dossier_id=_dossier_id(),
            step="",
            role=Role.ADMIN,
            title=(_("El buzón no se puede leer: %(reason)s") % {"reason": problem.text})[:200],
            due_at=at,
            at=at,
            key=_KEY,
        )
    live.bump("channels")
    return pause


_KEY = "canal:MAILBOX"


def _row() -> ChannelHealth:
    row, _made = ChannelHealth.objects.get_or_create(channel=HEALTH)
    return row


def _dossier_id() -> int:
    return dossiers.standing(kind="CHANNELS").id
