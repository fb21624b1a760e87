"""What can be asked of the spine. Everything returned is a value or a read-only row."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection

from mayorista.apps.procedure.models import (
    Delegation,
    Dossier,
    HolidayChange,
    JournalEntry,
    LiveTopic,
    Protocol,
    RoleGrant,
    StoredFile,
    User,
    WorkItem,
)
from mayorista.apps.procedure.parameters import DEFAULTS
from mayorista.apps.procedure.prepared import Prepared
from mayorista.rules import lapaz, spanish_dates, workdays

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from mayorista.rules.procedure import Role

PUBLIC_URL = "public.base_url"
_SATURDAY = 5


def parameter(name: str, *, at: dt.datetime) -> Any:
    """Return the value of parameter `name` in force at `at`."""
    with connection.cursor() as cursor:
        cursor.execute(_PARAMETER, {"name": name, "at": at})
        row = cursor.fetchone()
    return _default(name) if row is None else json.loads(row[0])


def _default(name: str) -> Any:
    """The value when no row says otherwise; the public address is that of this installation."""
    return settings.PUBLIC_URL if name == PUBLIC_URL else DEFAULTS[name].value


def parameters(*, at: dt.datetime, prefix: str = "") -> dict[str, Any]:
    """Return all parameters in force at `at` whose name starts with `prefix`; one read."""
    values = {name: _default(name) for name in DEFAULTS if name.startswith(prefix)}
    with connection.cursor() as cursor:
        cursor.execute(_PARAMETERS, {"prefix": prefix, "at": at})
        values.update({name: json.loads(value) for name, value in cursor.fetchall() if name in values})
    return values


# Most screens ask these: building the statement anew each time cost more than asking.
_PARAMETER = """
SELECT value::text FROM procedure_parameter WHERE name = %(name)s AND valid_from <= %(at)s
ORDER BY valid_from DESC LIMIT 1
"""
_PARAMETERS = """
SELECT DISTINCT ON (name) name, value::text FROM procedure_parameter
WHERE starts_with(name, %(prefix)s) AND valid_from <= %(at)s ORDER BY name, valid_from DESC
"""


def calendar(*, at: dt.datetime) -> workdays.Calendar:
    """Return on which dates offices work, as was known at `at`; one read."""
    kinds = dict(_HOLIDAYS(at))
    return workdays.Calendar(
        frozenset(on for on, kind in kinds.items() if kind == "ADDED"),
        frozenset(on for on, kind in kinds.items() if kind == "REMOVED"),
    )


@dataclass(frozen=True, slots=True)
class HolidayLine:
    """A day of the calendar: a holiday when `free`; `kind` '' when only the law speaks of it."""

    on: dt.date
    name: str
    scope: str
    free: bool
    kind: str = ""
    reason: str = ""
    valid_from: dt.datetime | None = None

    @property
    def scope_title(self) -> str:
        """The scope in words."""
        return str(HolidayChange.Scope(self.scope).label)


def holidays(*, year: int, at: dt.datetime) -> list[HolidayLine]:
    """Return the holidays of a year as known at `at`, with those that a decree took away; one read."""
    lines = {
        each.on: HolidayLine(
            each.on,
            each.name,
            "DEPARTMENT" if each.departmental else "NATIONAL",
            each.on.weekday() < _SATURDAY,
        )
        for each in workdays.of_law(year)
    }
    for row in _holiday_changes(at).filter(on__year=year):
        if row.kind == "LAW":
            continue
        lines[row.on] = HolidayLine(
            row.on, row.name, row.scope, row.kind == "ADDED", row.kind, row.reason, row.valid_from
        )
    return [lines[on] for on in sorted(lines)]


def holidays_ahead(*, at: dt.datetime) -> list[HolidayLine]:
    """Return the changes written down that do not count yet, by the moment from which they will."""
    rows = HolidayChange.objects.filter(valid_from__gt=at).order_by("valid_from", "on")
    return [
        HolidayLine(row.on, row.name, row.scope, row.kind == "ADDED", row.kind, row.reason, row.valid_from)
        for row in rows
    ]


def changed_days(*, at: dt.datetime) -> list[HolidayLine]:
    """Return what decrees say at `at`, over all years, by day."""
    return [
        HolidayLine(row.on, row.name, row.scope, row.kind == "ADDED", row.kind, row.reason, row.valid_from)
        for row in _holiday_changes(at)
        if row.kind != "LAW"
    ]


def _holiday_changes(at: dt.datetime) -> QuerySet[HolidayChange]:
    """Of each day the change in force at `at`."""
    rows = HolidayChange.objects.filter(valid_from__lte=at)
    return rows.order_by("on", "-valid_from").distinct("on")


_HOLIDAYS = Prepared(lambda at: _holiday_changes(at).values_list("on", "kind"))


def by_severity(name: str, severity: int, *, at: dt.datetime) -> Any:
    """Return the entry for a severity of a parameter kept per severity."""
    return parameter(name, at=at)[str(severity)]


def step_due(step: str, *, at: dt.datetime) -> dt.datetime:
    """Return when a step opened at `at` is due, by the parameter `step.minutes`."""
    minutes = parameter("step.minutes", at=at).get(step, 60)
    return at + dt.timedelta(minutes=minutes)


def dossier_by_number(number: str) -> Dossier | None:
    """Return the dossier with that number, whatever the case it was typed in."""
    return Dossier.objects.filter(number=number.strip().upper()).first()


def homes_with(word: str, *, kind: str, most: int = 3_000) -> list[int] | None:
    """Return the dossiers of a kind whose text has a word, None where they are more than `most`; one read.

    A long list that is asked by these few ids need not be read whole.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WITH, {"like": f"%{_plain(word)}%", "kind": kind, "most": most + 1})
        found = [row[0] for row in cursor.fetchall()]
    return found if len(found) <= most else None


def _plain(word: str) -> str:
    """A word as a pattern of LIKE that means itself."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


# The words come first: each kind has too many for its own index to help.
_WITH = """
WITH found AS MATERIALIZED (SELECT id, kind FROM procedure_dossier WHERE search_text LIKE %(like)s)
SELECT id FROM found WHERE kind = %(kind)s LIMIT %(most)s
"""


def journal_of(dossier_ids: Iterable[int]) -> QuerySet[JournalEntry]:
    """Return the journal of these dossiers, oldest first, with authors."""
    return (
        JournalEntry.objects.filter(dossier_id__in=list(dossier_ids))
        .select_related("user", "on_behalf_of")
        .order_by("at", "id")
    )


def first_day_of_use(*, at: dt.datetime) -> dt.date | None:
    """Return the day from which the measure holds: that of the parameter, else of the journal's first line (La Paz).

    None of an installation that never wrote one. A carrier that brings its history along says when it began.
    """
    said = parameter("indicators.first_day", at=at).strip()
    if said:
        return spanish_dates.parse(said)
    first = JournalEntry.objects.order_by("pk").values_list("at", flat=True).first()
    return lapaz.local(first).date() if first else None


def open_items_for(roles: Iterable[Role]) -> QuerySet[WorkItem]:
    """Return the open work items of these roles, most urgent first."""
    return (
        WorkItem.objects.filter(role__in=list(roles), done_at=None)
        .select_related("dossier", "dossier__customer", "claimed_by")
        .order_by("due_at", "id")
    )


def open_items_of(dossier_ids: Iterable[int]) -> QuerySet[WorkItem]:
    """Return the open work items of these dossiers, most urgent first."""
    return (
        WorkItem.objects.filter(dossier_id__in=list(dossier_ids), done_at=None)
        .select_related("claimed_by")
        .order_by("due_at", "id")
    )


def open_items_with_key(key: str, *, step: str) -> QuerySet[WorkItem]:
    """Return the open work items of a step with a key, whatever dossier they hang on."""
    return WorkItem.objects.filter(key=key, step=step, done_at=None)


def files_of(dossier_ids: Iterable[int]) -> QuerySet[StoredFile]:
    """Return the files that hang on these dossiers, oldest first."""
    return StoredFile.objects.filter(dossier_id__in=list(dossier_ids)).order_by("stored_at", "id")


def has_user_with_email(address: str) -> bool:
    """Whether somebody of the house has that mail address."""
    return User.objects.filter(email__iexact=address, is_active=True).exists()


def holders_of(role: Role, *, at: dt.datetime) -> list[User]:
    """Return the active users who act in `role` at `at`: holders and their delegates."""
    own = RoleGrant.objects.filter(role=role, revoked_at=None).values("user_id")
    lent = Delegation.objects.filter(role=role, revoked_at=None, starts_at__lte=at, ends_at__gt=at).values(
        "delegate_id"
    )
    users = User.objects.filter(is_active=True)
    return list((users.filter(id__in=own) | users.filter(id__in=lent)).distinct().order_by("id"))


def protocols_in_force(*, at: dt.datetime) -> list[Protocol]:
    """Return the newest version of each protocol valid at `at` (step A.2)."""
    rows = Protocol.objects.filter(valid_from__lte=at).order_by("code", "-version").distinct("code")
    return list(rows)


def live_versions(names: Iterable[str]) -> dict[str, int]:
    """Return the version numbers of the topics asked for (0 when nothing happened yet)."""
    wanted = list(names)
    found = dict(LiveTopic.objects.filter(name__in=wanted).values_list("name", "version"))
    return {name: found.get(name, 0) for name in wanted}


def user_by_id(user_id: int) -> User | None:
    """Return a user, active or not, or None."""
    return User.objects.filter(pk=user_id).first()


def dossiers_by_id(dossier_ids: Iterable[int]) -> dict[int, Dossier]:
    """Return these dossiers by id; one that does not exist is missing."""
    return Dossier.objects.in_bulk(list(dossier_ids))


def open_dossiers_of(customer_dossier_ids: Iterable[int], *, kind: str) -> list[Dossier]:
    """Return the open dossiers of a kind that concern these customers, oldest first."""
    rows = Dossier.objects.filter(customer_id__in=list(customer_dossier_ids), kind=kind, closed_at=None)
    return list(rows.order_by("opened_at", "id"))


def files_by_id(file_ids: Iterable[int]) -> list[StoredFile]:
    """Return these stored files in no order; one that does not exist is missing."""
    return list(StoredFile.objects.filter(id__in=list(file_ids)))


def known_keys(dossier_ids: Iterable[int], *, step: str) -> set[tuple[int, str]]:
    """Return (dossier, key) of every item a step ever had there, done or not: what must be told once only."""
    rows = WorkItem.objects.filter(dossier_id__in=list(dossier_ids), step=step)
    return set(rows.values_list("dossier_id", "key"))


def dossiers_acted_on(
    *, since: dt.datetime, kinds: Iterable[str], acts: Iterable[str] | None = None
) -> set[int]:
    """Return the dossiers of these kinds in whose journal something (of these acts) was written since an instant."""
    rows = JournalEntry.objects.filter(at__gte=since, dossier__kind__in=list(kinds))
    if acts is not None:
        rows = rows.filter(act__in=list(acts))
    return set(rows.values_list("dossier_id", flat=True).distinct())
