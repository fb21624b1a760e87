"""What each dated parameter may be: its kind, its unit and the lowest and highest value that make sense.

A bound keeps out what cannot be meant (day 45, minus three minutes, 130 %). It says nothing of what is wise: that is
the carrier's to decide, dated and with a reason. Values that contradict each other within one parameter are refused
too: a graver severity with more time than a lighter one, a later step due before an earlier one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from mayorista.rules import spanish_dates
from mayorista.rules.agreements import ITEMS
from mayorista.rules.alarms.values import Severity
from mayorista.rules.errors import FieldError, Invalid
from mayorista.rules.records import LONGEST_YEARS


class Kind(StrEnum):
    """What a single value is."""

    WHOLE = "WHOLE"
    FLAG = "FLAG"
    TEXT = "TEXT"
    MAIL = "MAIL"
    ADDRESS = "ADDRESS"
    CHOICE = "CHOICE"
    DAY = "DAY"


@dataclass(frozen=True, slots=True)
class Bound:
    """What one value may be: a whole number `lowest` to `highest` of `unit`; for texts the bounds count characters."""

    kind: Kind
    unit: str = ""
    lowest: int = 0
    highest: int = 0
    choices: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The range as a person reads it."""
        if self.kind is Kind.FLAG:
            return "Sí o No"
        if self.kind is Kind.CHOICE:
            return "una de: " + ", ".join(self.choices)
        if self.kind is Kind.MAIL:
            return "una dirección de correo"
        if self.kind is Kind.DAY:
            return "un día como 24/11/2026, o nada"
        if self.kind is Kind.ADDRESS:
            return "una dirección que empieza con http:// o https://"
        if self.kind is Kind.TEXT:
            return f"un texto de {self.lowest} a {self.highest} caracteres"
        return f"un número entero de {self.lowest} a {self.highest} ({self.unit})"


@dataclass(frozen=True, slots=True)
class Limit:
    """What a parameter may be. `each`: the bound of every value in it, `by_key` where a key has its own.

    Of a list `fewest` and `most` count the entries, `distinct` asks that none comes twice, `rising` that none is less
    than the one before. `ordered` names keys of a mapping whose values must rise so.
    """

    each: Bound
    by_key: Mapping[str, Bound] | None = None
    fewest: int = 0
    most: int = 0
    distinct: bool = False
    rising: bool = False
    ordered: tuple[tuple[str, ...], ...] = ()

    def of(self, key: str) -> Bound:
        """Return the bound of a key."""
        return (self.by_key or {}).get(key, self.each)


def _whole(unit: str, lowest: int, highest: int) -> Bound:
    return Bound(Kind.WHOLE, unit, lowest, highest)


_MONTH_MINUTES = 31 * 24 * 60
_MINUTES = _whole("minutos", 1, _MONTH_MINUTES)
_HOURS = _whole("horas", 1, 31 * 24)
_BUSINESS = _whole("días hábiles", 1, 60)
_DAYS = _whole("días", 1, 366)
_DAY_OF_MONTH = _whole("día del mes", 1, 28)
_PERCENT = _whole("%", 0, 100)
_NAME = Limit(Bound(Kind.TEXT, lowest=1, highest=120))
_MAIL = Bound(Kind.MAIL, lowest=3, highest=254)
_FLAG = Limit(Bound(Kind.FLAG))
_GRAVEST_FIRST = (("1", "2", "3"),)
_BY_SEVERITY = Limit(_MINUTES, ordered=_GRAVEST_FIRST)

LIMITS: Mapping[str, Limit] = {
    "carrier.name": _NAME,
    "carrier.short_name": _NAME,
    "carrier.support_phone": Limit(Bound(Kind.TEXT, lowest=7, highest=30)),
    "carrier.city": _NAME,
    "carrier.domain": _NAME,
    "manager.signature": _NAME,
    "manager.title": _NAME,
    "procedure.code": Limit(Bound(Kind.TEXT, lowest=1, highest=40)),
    "procedure.revision": Limit(Bound(Kind.TEXT, lowest=1, highest=40)),
    "procedure.title": _NAME,
    "procedure.process": _NAME,
    "procedure.header": _NAME,
    "documents.retention_years": Limit(_whole("años, 0 = siempre", 0, LONGEST_YEARS)),
    "dac.copies": Limit(_MAIL, most=20),
    "dac.opening_minutes": _BY_SEVERITY,
    "dac.progress_minutes": _BY_SEVERITY,
    "dac.closing_minutes": _BY_SEVERITY,
    "notice.solution_minutes": _BY_SEVERITY,
    "sla.repair_minutes": _BY_SEVERITY,
    "sla.counted_effects": Limit(
        Bound(Kind.CHOICE, choices=("TOTAL", "PARTIAL", "INTERMITTENT")), fewest=1, most=3, distinct=True
    ),
    "escalation.minutes": Limit(_MINUTES, fewest=3, most=3, rising=True),
    "escalation.contacts": Limit(_MAIL, most=20),
    "step.minutes": Limit(_MINUTES),
    "correlation.window_seconds": Limit(_whole("segundos", 1, 3600)),
    "correlation.minimum_circuits": Limit(_whole("circuitos", 2, 1000)),
    "correlation.severity_threshold": Limit(
        Bound(
            Kind.CHOICE,
            choices=tuple(each.value.lower() for each in Severity if each is not Severity.CLEARED),
        )
    ),
    "alarms.body_days": Limit(_whole("días", 1, 3650)),
    "flap.minutes": Limit(_whole("minutos", 0, 60)),
    "notice.opening_default": _FLAG,
    "notice.progress_default": _FLAG,
    "notice.undo_seconds": Limit(_whole("segundos", 0, 300)),
    "notice.auto_send_minutes": Limit(_whole("minutos, 0 = nunca", 0, 7 * 24 * 60)),
    "support.silence_hours": Limit(_HOURS),
    "support.reopen_hours": Limit(_HOURS),
    "reopen.same_cause_hours": Limit(_HOURS),
    "rfo.business_days": Limit(_BUSINESS),
    "correction.business_days": Limit(_BUSINESS),
    "claim.reply_seconds": Limit(_whole("segundos", 1, 3600)),
    "verification.stable_minutes": Limit(_whole("minutos", 0, 24 * 60)),
    "att.report_minutes": Limit(_MINUTES),
    "att.further_hours": Limit(_HOURS),
    "att.report_days": Limit(_BUSINESS),
    "att.notice_days": Limit(_DAYS),
    "att.active": _FLAG,
    "billing.email": Limit(_MAIL),
    "contract.alert_days": Limit(_DAYS, fewest=1, most=12, distinct=True),
    "contract.mandatory_items": Limit(
        _whole("ítem de la copia de contrato", 1, len(ITEMS)), most=len(ITEMS), distinct=True
    ),
    "contract.business_days": Limit(_BUSINESS),
    "speed.business_days": Limit(_BUSINESS),
    "speed.silence_hours": Limit(_HOURS),
    "speed.addendum_debt_days": Limit(_DAYS),
    "billing.limit_days": Limit(
        _whole("día hábil del mes siguiente", 1, 20),
        by_key={
            "advance_coordinated": _whole("día del mes anterior", 1, 31),
            "advance_defined": _whole("día del mes anterior", 1, 31),
        },
        ordered=(
            ("coordinated", "defined", "remitted", "invoiced"),
            ("advance_coordinated", "advance_defined"),
        ),
    ),
    "billing.open_days": Limit(_DAY_OF_MONTH),
    "billing.adjustment_percent": Limit(_PERCENT),
    "billing.invoicers": Limit(
        Bound(Kind.CHOICE, choices=("EXTERNAL", "INTERNAL")), fewest=1, most=2, distinct=True
    ),
    "billing.invoice_series": Limit(Bound(Kind.TEXT, lowest=1, highest=20)),
    "billing.signature": _NAME,
    "billing.accounts": Limit(Bound(Kind.TEXT, lowest=1, highest=10_000)),
    "accounting.email": Limit(_MAIL),
    "accounting.notice": Limit(Bound(Kind.CHOICE, choices=("SINGLE", "DAILY"))),
    "accounting.iva_percent": Limit(_PERCENT),
    "accounting.it_percent": Limit(_PERCENT),
    "accounting.plan": _NAME,
    "receipts.business_days": Limit(_BUSINESS),
    "collection.reminder_days": Limit(
        _whole("días desde el vencimiento", -60, 365), fewest=1, most=12, distinct=True, rising=True
    ),
    "collection.release_from_days": Limit(_whole("días de mora", 0, 366)),
    "collection.automatic": _FLAG,
    "collection.hour": Limit(_whole("hora del día", 0, 23)),
    "collection.answer_business_days": Limit(_BUSINESS),
    "collection.final_business_days": Limit(_BUSINESS),
    "collection.portfolio_days": Limit(_DAYS),
    "collection.objection_days": Limit(_DAYS),
    "collection.suspension_days": Limit(_DAYS),
    "collection.signature": _NAME,
    "assurance.internal_minutes": _BY_SEVERITY,
    "indicators.first_day": Limit(Bound(Kind.DAY, highest=30)),
    "indicators.snapshot_day": Limit(_DAY_OF_MONTH),
    "shift.acknowledge_minutes": Limit(_MINUTES),
    "shift.warn_days": Limit(_whole("días", 1, 60)),
    "public.base_url": Limit(Bound(Kind.ADDRESS, lowest=8, highest=200)),
}
"""By the name of the parameter; one without an entry is not known."""

_MAIL_SHAPE = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
_ADDRESS_SHAPE = re.compile(r"https?://[^\s/]+(/\S*)?")


def wrong(name: str, value: Any) -> list[FieldError]:
    """Return all that a parameter's value may not be, each naming the parameter, the value and the range."""
    limit = LIMITS[name]
    found = [
        _refused(place, each, bound)
        for place, each, bound in _leaves(name, value, limit)
        if not fits(each, bound)
    ]
    return found or [*_counted(name, value, limit), *_disordered(name, value, limit)]


def words(name: str) -> str:
    """Return what a parameter may be, as a person reads it."""
    limit = LIMITS[name]
    special = [f"{bound.words} en «{key}»" for key, bound in (limit.by_key or {}).items()]
    return "; ".join([limit.each.words, *special])


def fits(value: Any, bound: Bound) -> bool:
    """Return whether a single value is of the bound's kind and within it."""
    if bound.kind is Kind.FLAG:
        return isinstance(value, bool)
    if bound.kind is Kind.WHOLE:
        return type(value) is int and bound.lowest <= value <= bound.highest
    if not isinstance(value, str):
        return False
    if bound.kind is Kind.CHOICE:
        return value in bound.choices
    if not bound.lowest <= len(value.strip()) <= bound.highest:
        return False
    if bound.kind is Kind.DAY:
        return not value.strip() or _is_day(value)
    shape = {Kind.MAIL: _MAIL_SHAPE, Kind.ADDRESS: _ADDRESS_SHAPE}.get(bound.kind)
    return shape is None or shape.fullmatch(value.strip()) is not None


def _is_day(text: str) -> bool:
    try:
        spanish_dates.parse(text)
    except Invalid:
        return False
    return True


def _leaves(name: str, value: Any, limit: Limit) -> Iterator[tuple[str, Any, Bound]]:
    """Yield every single value with its place in words and its bound."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _entries(f"{name} «{key}»", each, limit.of(str(key)))
    else:
        yield from _entries(name, value, limit.each)


def _entries(place: str, value: Any, bound: Bound) -> Iterator[tuple[str, Any, Bound]]:
    if isinstance(value, list):
        yield from ((place, each, bound) for each in value)
    else:
        yield place, value, bound


def _refused(place: str, value: Any, bound: Bound) -> FieldError:
    shown = "Sí" if value is True else "No" if value is False else str(value)[:60]
    return FieldError("value", f"{place}: «{shown}» no es posible.", f"Escriba {bound.words}.")


def _lists(name: str, value: Any) -> list[tuple[str, Sequence[Any]]]:
    """Every list of a parameter with its place in words."""
    if isinstance(value, Mapping):
        return [(f"{name} «{key}»", each) for key, each in value.items() if isinstance(each, list)]
    return [(name, value)] if isinstance(value, list) else []


def _counted(name: str, value: Any, limit: Limit) -> Iterator[FieldError]:
    for place, entries in _lists(name, value):
        if not limit.fewest <= len(entries) <= limit.most:
            yield FieldError(
                "value",
                f"{place}: {len(entries)} valores no son posibles.",
                f"Escriba de {limit.fewest} a {limit.most} valores.",
            )


def _disordered(name: str, value: Any, limit: Limit) -> Iterator[FieldError]:
    for place, entries in _lists(name, value):
        if limit.distinct and len(set(entries)) < len(entries):
            yield FieldError("value", f"{place}: hay un valor repetido.", "Escriba cada valor una vez.")
        elif limit.rising:
            yield from _falls(place, [(str(each), each) for each in entries])
    if isinstance(value, Mapping):
        for keys in limit.ordered:
            yield from _falls(name, [(f"«{key}» = {value[key]}", value[key]) for key in keys if key in value])


def _falls(place: str, steps: Sequence[tuple[str, int]]) -> Iterator[FieldError]:
    for (before, less), (after, more) in pairwise(steps):
        if more < less:
            yield FieldError(
                "value",
                f"{place}: {after} no puede ser menor que {before}, que va antes.",
                "Escriba los valores de menor a mayor.",
            )
