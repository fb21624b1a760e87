"""One timeline of everything: alarms, claims, messages with their marks, acts, documents; newest last."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.messaging.queries import Bubble
from mayorista.apps.overview.queries.case_facts import Facts
from mayorista.rules import lapaz
from mayorista.rules.procedure import ROLE_SHORT, Role

# What the journal says of messages and alarms stands in the timeline as the message or alarm itself.
TOLD_ELSEWHERE = frozenset(
    {
        "MESSAGE_QUEUED",
        "RECEIVED",
        "MESSAGE_CANCELLED",
        "ALARM",
        "ALARM_STARTED",
        "ALARM_ENDED",
        "REOPEN_FAULT",
    }
)
ICONS = {
    "OPEN_FAULT": "bell-ringing",
    "OPEN_CASE": "plus",
    "EXTEND_FAULT": "affiliate",
    "ACKNOWLEDGE": "eye",
    "CHECK_PROTOCOLS": "checklist",
    "DIAGNOSE": "stethoscope",
    "DISPUTE": "hand-stop",
    "DECIDE_DISPUTE": "hand-stop",
    "CORRECT_ATTRIBUTION": "pencil",
    "CONFIRM_ATTRIBUTION": "checks",
    "HAND_OVER": "arrow-right",
    "ACCEPT_HAND_OVER": "check",
    "MANAGE_REPAIR": "tool",
    "RESTORE": "plug-connected",
    "STOP_CLOCK": "clock-pause",
    "RESUME_CLOCK": "clock-play",
    "ISSUE_DAC": "file-certificate",
    "ACKNOWLEDGE_DAC": "checks",
    "TELL_CUSTOMER": "brand-whatsapp",
    "NOTIFY_PROGRESS": "brand-whatsapp",
    "CONCLUDE": "flag",
    "CLOSE_SUPPORT": "flag",
    "REOPEN": "rotate",
    "NOTE": "note",
    "REGISTER_CLAIM": "message-report",
    "MARK_MESSAGE": "tag",
    "REGROUP": "arrows-split",
    "VOID_CASE": "ban",
    "UNDO_NOTICE": "arrow-back-up",
    "CLAIM_ITEM": "user-check",
    "RELEASE_ITEM": "user-off",
    "SNOOZE_ITEM": "clock-pause",
    "WAKE_ITEM": "clock-play",
    "ESCALATE": "trending-up",
    "MESSAGE_FAILED": "alert-triangle",
    "MESSAGE_UNCERTAIN": "help",
    "MESSAGE_LATE": "hourglass",
    "CUSTOMER_ANSWER": "message-2",
    "OVERRUN": "tool",
    "RELAPSE": "rotate",
    "WORSEN": "trending-up",
    "REPRINT_DAC": "printer",
    "FILE_MESSAGE": "inbox",
}
CSS = {"READ": "read", "FAILED": "failed", "UNCERTAIN": "failed", "HELD": "held"}


@dataclass(frozen=True, slots=True)
class EntryFile:
    """A file that came with an act."""

    id: int
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `kind`: act, whatsapp, mail, alarm or document."""

    at: dt.datetime
    kind: str
    icon: str
    title: str
    text: str
    who: str
    step: str
    message: Bubble | None = None
    ongoing: bool = False
    key: str = ""
    files: tuple[EntryFile, ...] = ()

    @property
    def css(self) -> str:
        """The class of a message's marks."""
        return CSS.get(self.message.state, "") if self.message else ""


@dataclass(frozen=True, slots=True)
class Day:
    """The entries of a day of La Paz."""

    on: dt.date
    entries: tuple[Entry, ...]


def _messages(facts: Facts) -> list[Entry]:
    return [
        Entry(
            bubble.at,
            "whatsapp" if bubble.channel == "WHATSAPP" else "mail",
            "brand-whatsapp" if bubble.channel == "WHATSAPP" else "mail",
            "",
            "",
            bubble.who,
            bubble.cause if bubble.cause.startswith("A.") else "",
            bubble,
            key=f"m{bubble.id}",
        )
        for bubble in facts.thread.bubbles
    ]


def _alarms(facts: Facts) -> list[Entry]:
    """One entry for each alarm, with how often it repeated; its end is an entry of its own."""
    grouped: dict[int, list[Any]] = defaultdict(list)
    for interval in facts.intervals:
        if interval.occurrence is not None:
            grouped[interval.occurrence.alarm_id].append(interval.occurrence)
    entries = []
    for rows in grouped.values():
        occurrences = list({row.pk: row for row in rows}.values())
        first = min(occurrences, key=lambda row: row.starts_at)
        alarm = first.alarm
        labels = alarm.labels
        name = labels.get("alertname", alarm.fingerprint[:12])
        place = " · ".join(
            str(labels[key])
            for key in ("instance", "device", "interface", "ifName", "peer", "neighbor", "circuit")
            if labels.get(key)
        )
        times = sum(row.repeats for row in occurrences)
        text = " · ".join(
            part
            for part in (
                str(alarm.annotations.get("summary") or alarm.annotations.get("description") or ""),
                alarm.source.name,
                _("%(times)d avisos") % {"times": times} if times > 1 else "",
                _("%(count)d veces") % {"count": len(occurrences)} if len(occurrences) > 1 else "",
            )
            if part
        )
        ongoing = any(row.ends_at is None for row in occurrences)
        entries.append(
            Entry(
                first.starts_at,
                "alarm",
                "bell-ringing",
                f"{_('Alarma')} {name}" + (f" · {place}" if place else ""),
                text,
                "",
                "A.1",
                None,
                ongoing,
                key=f"a{alarm.pk}",
            )
        )
        if not ongoing:
            end = max(row.ends_at for row in occurrences)
            entries.append(
                Entry(
                    end,
                    "alarm",
                    "bell-off",
                    f"{_('Cesa la alarma')} {name}",
                    place,
                    "",
                    "A.1",
                    key=f"e{alarm.pk}",
                )
            )
    return entries


def _acts(facts: Facts) -> list[Entry]:
    entries = []
    files = {row.pk: EntryFile(row.pk, row.name, row.size) for row in facts.files}
    for line in facts.journal:
        if line.act in TOLD_ELSEWHERE:
            continue
        who = line.user.full_name if line.user else _("Mayorista (%(job)s)") % {"job": line.job}
        if line.role:
            who += f" · {ROLE_SHORT[Role(line.role)]}"
        if line.on_behalf_of:
            who += " · " + _("por delegación de %(name)s") % {"name": line.on_behalf_of.full_name}
        title, _sep, text = line.text.partition("\n")
        kind = "document" if line.act in {"ISSUE_DAC", "ACKNOWLEDGE_DAC", "STORE_FILE"} else "act"
        entries.append(
            Entry(
                line.at,
                kind,
                ICONS.get(line.act, "point"),
                title,
                text,
                who,
                line.step,
                key=f"j{line.pk}",
                files=tuple(files[each] for each in line.payload.get("files") or () if each in files),
            )
        )
    return entries


def days(facts: Facts) -> tuple[Day, ...]:
    """Return the whole timeline by days of La Paz, oldest first."""
    entries = sorted([*_acts(facts), *_messages(facts), *_alarms(facts)], key=lambda entry: entry.at)
    grouped: dict[dt.date, list[Entry]] = {}
    for entry in entries:
        grouped.setdefault(lapaz.local(entry.at).date(), []).append(entry)
    return tuple(Day(on, tuple(rows)) for on, rows in grouped.items())


def first_of_each_step(days_told: tuple[Day, ...]) -> dict[str, str]:
    """Return the key of the first entry of each step."""
    found: dict[str, str] = {}
    for day in days_told:
        for entry in day.entries:
            if entry.step and entry.key:
                found.setdefault(entry.step, entry.key)
    return found
