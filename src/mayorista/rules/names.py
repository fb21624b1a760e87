"""Names of firms: one ISP spelled three ways is one ISP.

``normal_key`` drops accents, case, punctuation, spaces and the legal form (S.R.L., LTDA., …), so
"VALLE FIBRA S.R.L.", "Valle Fibra SRL" and "VALLEFIBRA Ltda." have one key. Near misses are only
*proposed* to a person (`proposals`), never joined.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mayorista.rules import text as texts

if TYPE_CHECKING:
    from collections.abc import Iterable

CLOSE_ENOUGH = 800  # per mille

_LEGAL_FORMS = (
    ("sociedad", "de", "responsabilidad", "limitada"),
    ("sociedad", "anonima", "mixta"),
    ("sociedad", "anonima"),
    ("empresa", "unipersonal"),
    ("responsabilidad", "limitada"),
    ("s", "r", "l"),
    ("e", "i", "r", "l"),
    ("s", "a", "m"),
    ("s", "a", "s"),
    ("s", "a"),
    ("r", "l"),
    ("srl",),
    ("eirl",),
    ("ltda",),
    ("limitada",),
    ("sam",),
    ("sas",),
    ("sa",),
    ("rl",),
    ("unipersonal",),
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A known name that looks like the one asked for; `per_mille` says how much."""

    name: str
    per_mille: int


def sort_key(text: str) -> str:
    """Return the text as it is sorted and searched: no accents, lower case, single spaces."""
    return texts.searchable(text)


def normal_key(name: str) -> str:
    """Return the key under which all spellings of one firm fall; "" for a name without letters."""
    return "".join(_words(name))


def similarity(one: str, other: str) -> int:
    """Return how alike two names are, 0 to 1000: 1000 less edits per thousand letters.

    Word order does not matter ("FIBRA VALLE" is "VALLE FIBRA").
    """
    if normal_key(one) == normal_key(other):
        return 1000
    straight = _alike("".join(_words(one)), "".join(_words(other)))
    sorted_words = _alike("".join(sorted(_words(one))), "".join(sorted(_words(other))))
    return max(straight, sorted_words)


def proposals(name: str, known: Iterable[str], at_least: int = CLOSE_ENOUGH) -> list[Proposal]:
    """Return the known names that look like `name`, the likeliest first."""
    scored = [Proposal(candidate, similarity(name, candidate)) for candidate in known]
    close = [proposal for proposal in scored if proposal.per_mille >= at_least]
    return sorted(close, key=lambda proposal: (-proposal.per_mille, proposal.name))


def _words(name: str) -> list[str]:
    """Return the words of a name without punctuation and without its legal form at the end."""
    text = sort_key(name).replace("&", " y ")
    words = re.sub(r"[^a-z0-9]+", " ", text).split()
    stripped = True
    # A name that is nothing but a legal form keeps it: "S.R.L." is not "S".
    while stripped and tuple(words) not in _LEGAL_FORMS:
        stripped = False
        for form in _LEGAL_FORMS:
            size = len(form)
            if len(words) > size and tuple(words[-size:]) == form:
                words = words[:-size]
                stripped = True
                break
    return words


def _alike(one: str, other: str) -> int:
    longest = max(len(one), len(other))
    if longest == 0:
        return 0
    return 1000 - 1000 * _edits(one, other) // longest


def _edits(one: str, other: str) -> int:
    """Edit distance with swaps of neighbours (optimal string alignment)."""
    before: list[int] = []
    previous = list(range(len(other) + 1))
    for row, left in enumerate(one, start=1):
        current = [row]
        for column, right in enumerate(other, start=1):
            cost = min(
                previous[column] + 1,
                current[column - 1] + 1,
                previous[column - 1] + (left != right),
            )
            swapped = row > 1 and column > 1 and left == other[column - 2] and one[row - 2] == right
            if swapped:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        before, previous = previous, current
    return previous[-1]
