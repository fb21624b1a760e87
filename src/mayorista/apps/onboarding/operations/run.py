"""One pass over a workbook: what it found, in a form that can be shown, stored and compared."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from mayorista.apps.customers.saved import Saved
from mayorista.apps.onboarding import columns
from mayorista.apps.onboarding.scans import Scans
from mayorista.apps.onboarding.values import Book, Problem, Row
from mayorista.apps.procedure.actors import Actor

NEW, CHANGED, SAME, BAD = "NEW", "CHANGED", "SAME", "BAD"
_SHEET_ORDER = {sheet.title: place for place, sheet in enumerate(columns.SHOWN)}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that loads whole or not at all: a shared row, or a customer with all that hangs on it."""

    sheet: str
    label: str
    status: str
    rows: tuple[tuple[str, int], ...]
    changes: tuple[tuple[str, int, str], ...]

    @classmethod
    def of(
        cls,
        sheet: str,
        label: str,
        rows: Sequence[Row],
        saved: Sequence[tuple[Row, Saved]],
        problems: Sequence[Problem],
    ) -> _Found:
        """Sum up what happened to some rows."""
        made = tuple(
            (row.sheet.title, row.number, _in_words(result)) for row, result in saved if not result.unchanged
        )
        bad = any(not each.warning for each in problems)
        created = any(result.created for row, result in saved if row.sheet.title == sheet)
        status = BAD if bad else NEW if created else CHANGED if made else SAME
        places = tuple(dict.fromkeys((row.sheet.title, row.number) for row in rows))
        return _Found(cls(sheet, label, status, places, () if bad else made), tuple(problems))


@dataclass(frozen=True, slots=True)
class _Found:
    """An entry with its problems."""

    entry: Entry
    problems: tuple[Problem, ...]


def _in_words(saved: Saved) -> str:
    what = "; ".join(str(change) for change in saved.changes)
    return f"{'+ ' if saved.created else ''}{saved.code}{': ' if what else ''}{what}"


@dataclass(slots=True)
class Run:
    """A pass over a workbook by somebody at an instant."""

    book: Book
    actor: Actor
    at: dt.datetime
    scans: Scans = field(default_factory=Scans)
    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.problems.extend(self.book.problems)

    def add(self, found: _Found) -> None:
        """Take in an entry and its problems."""
        self.entries.append(found.entry)
        self.problems.extend(found.problems)

    def sorted_problems(self) -> list[Problem]:
        """Return the problems by sheet, row and column, each once."""
        unique = dict.fromkeys(self.problems)
        return sorted(
            unique,
            key=lambda each: (
                _SHEET_ORDER.get(each.sheet, 99),
                each.row,
                len(each.letter),
                each.letter,
                each.message,
            ),
        )

    def plan(self) -> list[dict[str, Any]]:
        """Return the entries as plain values, for the database."""
        return [asdict(entry) for entry in self.entries]


def plan_hash(plan: list[dict[str, Any]]) -> str:
    """Return the hash of everything a preview shows; the same hash means the same changes."""
    text = json.dumps(plan, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
