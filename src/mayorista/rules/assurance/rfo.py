"""The reason for outage (RFO): its timeline as lines a person edits, and no customer named to another."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from mayorista.rules import lapaz, names
from mayorista.rules.assurance.report import ATTRIBUTION_WORDS
from mayorista.rules.errors import FieldError, Invalid

FIELDS: dict[str, str] = {
    "summary": "Resumen",
    "root_cause": "Causa raíz",
    "timeline": "Línea de tiempo",
    "actions": "Acciones realizadas",
    "prevention": "Prevención",
}
_LINE = re.compile(r"^(\d{2}/\d{2}/\d{4} \d{2}:\d{2})\s+(\S.*)$")
_SUFFIX = re.compile(r"\s+(s\s?r\s?l|s\s?a|ltda|r\s?l|cia)$")
_SIGNS = re.compile(r"[^\w\s]")
_LEAST = 5


def timeline(text: str, *, at: dt.datetime) -> list[tuple[str, str]]:
    """Return the lines `23/11/2026 21:55 what happened` as (moment, text). Raises Invalid (field "timeline")."""
    found: list[tuple[str, str]] = []
    before = None
    for number, line in enumerate((each.strip() for each in text.splitlines()), start=1):
        if not line:
            continue
        told = _LINE.match(line)
        moment = _moment(told[1]) if told else None
        if told is None or moment is None:
            raise Invalid(
                f"La línea {number} no empieza con fecha y hora.",
                field="timeline",
                remedy="Escriba por ejemplo «23/11/2026 21:55 Se detecta la caída».",
            )
        if moment > at:
            raise Invalid(f"La línea {number} está en el futuro ({told[1]}).", field="timeline")
        if before is not None and moment < before:
            raise Invalid(
                f"La línea {number} ({told[1]}) está antes que la anterior.",
                field="timeline",
                remedy="Ordene la línea de tiempo.",
            )
        before = moment
        found.append((told[1], told[2]))
    return found


def _moment(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=lapaz.LA_PAZ)
    except ValueError:
        return None


def leaks(said: Mapping[str, str], forbidden: Iterable[str]) -> list[FieldError]:
    """Return where a text names somebody who may not be named: customers with or without S.R.L., circuits, cases."""
    wrong: list[FieldError] = []
    plain = {field: _words(text) for field, text in said.items()}
    for name in dict.fromkeys(forbidden):
        full = _words(name).strip()
        wanted = {each for each in (full, _SUFFIX.sub("", full)) if len(each) >= _LEAST}
        for field, text in plain.items():
            if any(f" {each} " in text for each in wanted):
                wrong.append(
                    FieldError(field, f"Nombra a «{name}»: el informe va a varios clientes.", "Quítelo.")
                )
    return wrong


def _words(text: str) -> str:
    return f" {' '.join(names.sort_key(_SIGNS.sub(' ', text)).split())} "


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return what a version says otherwise than the one before: whose it was, and which parts are written anew.

    Versions of before attributions were kept in them say nothing of it.
    """
    said = []
    if "attribution" in before and before["attribution"] != now["attribution"]:
        said.append(
            f"La atribución era «{ATTRIBUTION_WORDS[before['attribution']]}», "
            f"ahora es «{ATTRIBUTION_WORDS[now['attribution']]}»."
        )
    elif "cause" in before and before["cause"] != now["cause"]:
        said.append(f"La causa era {before['cause'] or '—'}, ahora es {now['cause'] or '—'}.")
    old, new = before["text"], now["text"]
    return said + [
        f"Cambia {title.lower()}." for field, title in FIELDS.items() if old.get(field) != new.get(field)
    ]
