"""The SLA report of a customer's month: medians, times that can not be, and what a version changes of the last.

A report's content is plain JSON (text, whole seconds), so that it can be kept, hashed and compared. Seconds of an outage
belong to the attribution that is in force when the report is made (customer, internal, external, not yet diagnosed).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mayorista.rules import lapaz
from mayorista.rules.procedure import ATTRIBUTION_TITLES, Attribution

Content = Mapping[str, Any]
UNDIAGNOSED = ""
ATTRIBUTIONS: tuple[tuple[str, str], ...] = (
    (Attribution.CUSTOMER.value, ATTRIBUTION_TITLES[Attribution.CUSTOMER]),
    (Attribution.INTERNAL.value, ATTRIBUTION_TITLES[Attribution.INTERNAL]),
    (Attribution.EXTERNAL.value, ATTRIBUTION_TITLES[Attribution.EXTERNAL]),
    (UNDIAGNOSED, "sin diagnóstico"),
)
ATTRIBUTION_WORDS = dict(ATTRIBUTIONS)


def median(seconds: Iterable[int]) -> int | None:
    """Return the median in whole seconds (the mean of the middle two, cut), None of nothing."""
    ordered = sorted(seconds)
    if not ordered:
        return None
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) // 2


def disordered(named: Sequence[tuple[str, dt.datetime | None]], *, at: dt.datetime) -> list[str]:
    """Return what can not be in a row of times that follow each other: one before its forerunner, one after `at`.

    To the second: two clocks of one machine that wrote down one act differ by less.
    """
    wrong = []
    known = [(name, moment.replace(microsecond=0)) for name, moment in named if moment is not None]
    for name, moment in known:
        if moment > at:
            wrong.append(f"{name} ({lapaz.exact(moment)}) está en el futuro")
    for place, (name, moment) in enumerate(known[1:], start=1):
        earlier_name, earlier = known[place - 1]
        if moment < earlier:
            wrong.append(
                f"{name} ({lapaz.exact(moment)}) está antes de {earlier_name} ({lapaz.exact(earlier)})"
            )
    return wrong


def canonical(content: Content) -> bytes:
    """Return the one spelling that is hashed."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(content: Content) -> str:
    """Return the SHA-256 of a content, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(content)).hexdigest()


def changes(before: Content, now: Content) -> list[str]:
    """Return what a content says otherwise than the one before, in sentences; empty when they are the same."""
    if canonical(before) == canonical(now):
        return []
    return [
        *_attributions(before, now),
        *_services(before, now),
        *_credits(before, now),
    ] or ["Cambian detalles de los cortes: las cifras quedan iguales."]


def _attributions(before: Content, now: Content) -> list[str]:
    old = {each["case"]: each for each in before["cases"]}
    said = []
    for each in now["cases"]:
        was = old.pop(each["case"], None)
        if was is None:
            said.append(f"Caso {each['case']}: no figuraba.")
        elif was["attribution"] != each["attribution"]:
            why = f" Motivo: {each['reason']}" if each.get("reason") else ""
            said.append(
                f"Caso {each['case']}: la atribución era «{ATTRIBUTION_WORDS[was['attribution']]}», "
                f"ahora es «{ATTRIBUTION_WORDS[each['attribution']]}».{why}"
            )
        elif was["cause"] != each["cause"]:
            said.append(
                f"Caso {each['case']}: la causa era {was['cause'] or '—'}, ahora es {each['cause'] or '—'}."
            )
    return [*said, *(f"Caso {case}: ya no figura." for case in old)]


def _key(service: Content) -> tuple[str, str]:
    return service["circuit"], service["contract"]


def _services(before: Content, now: Content) -> list[str]:
    old = {_key(each): each for each in before["services"]}
    said = []
    for each in now["services"]:
        was = old.pop(_key(each), None)
        if was is None:
            said.append(f"{each['circuit']}: no figuraba.")
            continue
        if was["percent"] != each["percent"]:
            said.append(
                f"{each['circuit']}: la disponibilidad era {was['percent']}, ahora es {each['percent']}."
            )
        if was["promised"] != each["promised"]:
            said.append(
                f"{each['circuit']}: lo comprometido era {was['promised']}, ahora es {each['promised']}."
            )
        if was["down_seconds"] != each["down_seconds"]:
            said.append(
                f"{each['circuit']}: el corte que cuenta era {lapaz.duration(was['down_seconds'])}, "
                f"ahora es {lapaz.duration(each['down_seconds'])}."
            )
    return [*said, *(f"{circuit}: ya no figura." for circuit, _contract in old)]


def _credits(before: Content, now: Content) -> list[str]:
    def told(content: Content) -> dict[tuple[str, str], tuple[str, str]]:
        return {_key(each): (each["due"], each["approved"]) for each in content["services"]}

    old, said = told(before), []
    for key, (due, approved) in told(now).items():
        if key in old and old[key] != (due, approved):
            was_due, was_approved = old[key]
            said.append(
                f"{key[0]}: el crédito era {was_due or '—'} (aprobado {was_approved or '—'}), "
                f"ahora es {due or '—'} (aprobado {approved or '—'})."
            )
    return said
