"""Seals of the journal: each day's rows hashed together with the seal before, so that nothing can be altered unseen.

A seal is SHA-256 over the former seal and the canonical spelling of each row, in the order of their
ids. Whoever changes, removes or adds a row changes the seal of its day and, through the chain, every
later one; the seals that were mailed away cannot be changed any more.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mayorista.rules import lapaz

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

FIRST = "0" * 64


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the journal with everything it says."""

    id: int
    dossier_id: int
    at: dt.datetime
    act: str
    step: str
    text: str
    user_id: int | None
    role: str
    on_behalf_of_id: int | None
    job: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Seal:
    """What a day's rows come to: their hash, how many, from which id to which (None: a day without rows)."""

    digest: str
    rows: int
    first_id: int | None
    last_id: int | None


def spelled(row: Row) -> bytes:
    """Return the one canonical spelling of a row."""
    parts = [
        row.id, row.dossier_id, lapaz.utc(row.at), row.act, row.step, row.text, row.user_id, row.role,
        row.on_behalf_of_id, row.job, row.payload,
    ]  # fmt: skip
    return json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def seal(previous: str, rows: Iterable[Row]) -> Seal:
    """Seal `rows` (by id) upon the seal before; one row at a time, so any number of them."""
    held = hashlib.sha256(previous.encode())
    count, first, last = 0, None, None
    for row in rows:
        held.update(b"\n" + spelled(row))
        count += 1
        first = row.id if first is None else first
        last = row.id
    return Seal(held.hexdigest(), count, first, last)
