"""A delivery report finds the mail it speaks of: what bounced is FAILED for those it did not reach, with the reason.

It must name a Message-ID of ours, which nobody knows who did not get that mail, and one of its recipients: an
invented report changes nothing. A delay is noted and changes nothing either.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from mayorista.apps.messaging.models import Channel, Direction, Message
from mayorista.apps.messaging.operations import delivering, troubles
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.operations import dossiers, journal, live, work
from mayorista.rules.delivery import State
from mayorista.rules.mail import bounces
from mayorista.rules.ports.messages import RefusedRecipient
from mayorista.rules.procedure import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mayorista.rules.mail.reading import Letter

JOB = "buzón"
_ON_ITS_WAY = (State.SENDING, State.ACCEPTED, State.SENT, State.UNCERTAIN, State.DELIVERED)


def settle(*, letter: Letter, mail_id: int, at: dt.datetime) -> tuple[Message | None, str]:
    """Let a report act on its mail; return the message and what could not be made of it ('' when all could)."""
    report = letter.report
    assert report is not None
    rows = _rows(report.message_ids)
    if not rows:
        _tell_unmatched(letter, mail_id, at)
        return None, _("No se encuentra el correo del que habla.")
    strangers = []
    for outcome in report.outcomes:
        row, address = _of(rows, outcome.addresses)
        if row is None:
            strangers.append(", ".join(outcome.addresses) or "?")
        elif outcome.action == bounces.FAILED:
            _failed(row, address, outcome, at)
        elif outcome.action == bounces.DELIVERED:
            _delivered(row, at)
        elif outcome.action == bounces.DELAYED:
            _delayed(row, address, outcome, at)
    live.bump("messages")
    if strangers or not report.outcomes:
        who = ", ".join(strangers) or _("nadie por su nombre")
        note = _("El informe habla de %(who)s, que no es destinatario de ese correo.") % {"who": who}
        _journal(rows[0], "REPORT_UNCLEAR", note, at)
        return rows[0], note
    return rows[0], ""


def _rows(message_ids: Sequence[str]) -> list[Message]:
    """Our mail with the first of these ids that we know, locked, with the rows split off it for single recipients."""
    known = Message.objects.filter(direction=Direction.OUT, channel=Channel.EMAIL)
    for each in message_ids[:50]:
        rows = list(
            known.filter(message_id_header=each)
            .select_for_update(of=("self",))
            .select_related("recipient_contact", "dossier")
            .order_by("id")
        )
        if rows:
            return rows
    return []


def _of(rows: Sequence[Message], addresses: Sequence[str]) -> tuple[Message | None, str]:
    """The row on its way to one of these addresses (else one that ended already), and the address as we wrote it."""
    wanted = {each.lower() for each in addresses}
    found = [(row, address) for row in rows for address in row.recipients if address.lower() in wanted]
    found.sort(key=lambda each: each[0].state not in _ON_ITS_WAY)
    return found[0] if found else (None, "")


def _failed(row: Message, address: str, outcome: bounces.Outcome, at: dt.datetime) -> None:
    if row.state not in _ON_ITS_WAY:
        return  # it failed at the door, waits for a new attempt, or is known to have bounced
    code, text = outcome.status or "rebote", outcome.text
    if len(row.recipients) > 1:
        # Others have it: only the one it did not reach becomes a row of its own, which a person may send again.
        gone = RefusedRecipient(address, code, text, temporary=False)
        delivering.refused_recipients(row, [gone], at)
        row.recipients = [each for each in row.recipients if each != address]
        return
    uncertain = row.state == State.UNCERTAIN
    row.state, row.failed_at, row.lease_until = State.FAILED, at, None
    row.error_code, row.error_text = code[:40], text[:500]
    row.save(update_fields=["state", "failed_at", "lease_until", "error_code", "error_text"])
    if uncertain:
        troubles.settled([row], at=at)
    troubles.failed([row], at=at)


def _delivered(row: Message, at: dt.datetime) -> None:
    """The other side says that it arrived: of an uncertain mail that is the proof that was missing."""
    if (
        row.state not in (State.UNCERTAIN, State.SENDING, State.ACCEPTED, State.SENT)
        or len(row.recipients) > 1
    ):
        return
    uncertain = row.state == State.UNCERTAIN
    row.state, row.delivered_at, row.accepted_at = State.DELIVERED, at, row.accepted_at or at
    row.lease_until = None
    row.save(update_fields=["state", "delivered_at", "accepted_at", "lease_until"])
    if uncertain:
        troubles.settled([row], at=at, text=_("El correo incierto sí llegó: el servidor lo confirma."))


def _delayed(row: Message, address: str, outcome: bounces.Outcome, at: dt.datetime) -> None:
    _journal(
        row,
        "MESSAGE_DELAYED",
        _("El servidor sigue intentando entregar a %(who)s: %(text)s")
        % {"who": address, "text": outcome.text or outcome.status or _("demora")},
        at,
    )


def _journal(row: Message, act: str, text: str, at: dt.datetime) -> None:
    if row.dossier_id is not None:
        journal.record(
            dossier_id=row.dossier_id,
            act=act,
            text=text,
            actor=for_job(JOB),
            at=at,
            payload={"message": row.pk},
        )


def _tell_unmatched(letter: Letter, mail_id: int, at: dt.datetime) -> None:
    who = ", ".join(each for one in letter.report.outcomes for each in one.addresses) if letter.report else ""
    work.open_item(
        dossier_id=dossiers.standing(kind="UNKNOWN_WRITERS").id,
        step="",
        role=Role.SUPPORT,
        title=(
            _("Volvió un correo que no se reconoce (%(who)s): mirarlo en el buzón")
            % {"who": who or letter.subject}
        )[:200],
        due_at=at + dt.timedelta(hours=8),
        at=at,
        key=f"rebote:{mail_id}",
    )
