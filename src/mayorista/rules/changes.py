"""What changed in a record, as sentences for the journal, previews and stale forms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from mayorista.rules import formats

NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Label:
    """How a field is called in Spanish, and how its values are shown."""

    text: str
    show: Callable[[object], str] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One field that goes from a value to another, both as shown to people."""

    field: str
    label: str
    before: str
    after: str

    def __str__(self) -> str:
        if self.before == NOTHING:
            return f"{self.label}: {self.after}"
        return f"{self.label}: {self.before} → {self.after}"


def compare(
    before: Mapping[str, object], after: Mapping[str, object], labels: Mapping[str, Label]
) -> tuple[Change, ...]:
    """Return the fields of `after` that differ from `before`, in the order of `labels`.

    Nothing is nothing, whether it is None or an empty text.
    """
    return tuple(
        Change(name, label.text, shown(before.get(name), label), shown(after[name], label))
        for name, label in labels.items()
        if name in after
        and before.get(name) != after[name]
        and not (_nothing(before.get(name)) and _nothing(after[name]))
    )


def sentence(changes: tuple[Change, ...]) -> str:
    """Return the changes as one sentence: "NIT: 1028627025; ciudad: Sacaba → Quillacollo"."""
    return "; ".join(str(change) for change in changes)


def shown(value: object, label: Label | None = None) -> str:
    """Return a value as people read it; nothing is a dash."""
    if _nothing(value):
        return NOTHING
    if label is not None and label.show is not None:
        return label.show(value)
    if isinstance(value, bool):
        return "sí" if value else "no"
    if isinstance(value, dt.datetime):
        return formats.date_time(value)
    if isinstance(value, dt.date):
        return formats.date(value)
    if isinstance(value, Decimal):
        return formats.shortest(value)
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(shown(item) for item in value)
    return str(value)


def _nothing(value: object) -> bool:
    return value is None or value in ("", [], (), {})
