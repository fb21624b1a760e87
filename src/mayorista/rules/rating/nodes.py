"""A parsed JSON document with the path of each value, so that what is wrong can be named."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from contextlib import contextmanager
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from mayorista.rules import periods
from mayorista.rules.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

Choice = TypeVar("Choice", bound=StrEnum)

_MOST_DIGITS = 30
_NUMBER = re.compile(rf"[+-]?\d{{1,{_MOST_DIGITS}}}(?:\.\d{{1,{_MOST_DIGITS}}})?", re.ASCII)
_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})", re.ASCII
)
_NOTES = frozenset(
    {"id", "title", "text", "tags", "note", "notes", "comment", "name", "number", "circuit", "source"}
)
_LONGEST = 200


class Node:
    """A value and where it stands: `contract.prices[1].tiers[0].unit_price`."""

    __slots__ = ("path", "value")

    def __init__(self, value: Any, path: str = "") -> None:
        self.value = value
        self.path = path

    def wrong(self, message: str, remedy: str = "") -> Invalid:
        """Return the error that names this place."""
        return Invalid(message, field=self.path, remedy=remedy)

    def known(self, *names: str) -> Node:
        """Check that this is an object with no other fields than these (and notes). Raises Invalid."""
        if not isinstance(self.value, dict):
            raise self.wrong("Aquí va un objeto { … }.", "Revise el formato del caso.")
        for name in self.value:
            if name not in names and name not in _NOTES and not name.startswith("_"):
                close = difflib.get_close_matches(name, names, 1)
                remedy = (
                    f"¿Quiso decir «{close[0]}»?"
                    if close
                    else "Quítelo, o escríbalo en «note» si es un comentario."
                )
                raise self.at(name).wrong("Campo desconocido: no se sabe qué haría con el dinero.", remedy)
        return self

    def at(self, name: str) -> Node:
        """Return a field, whether or not it is there."""
        inner = self.value.get(name) if isinstance(self.value, dict) else None
        return Node(inner, f"{self.path}.{name}" if self.path else name)

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return isinstance(self.value, dict) and self.value.get(name) is not None

    def need(self, name: str) -> Node:
        """Return a field that must be there. Raises Invalid."""
        if not self.has(name):
            raise self.at(name).wrong("Falta este dato.", "Agréguelo.")
        return self.at(name)

    def items(self) -> list[Node]:
        """Return the entries of a list. Raises Invalid."""
        if not isinstance(self.value, list):
            raise self.wrong("Aquí va una lista [ … ].", "Revise el formato del caso.")
        return [Node(value, f"{self.path}[{number}]") for number, value in enumerate(self.value)]

    def list_of(self, name: str) -> list[Node]:
        """Return the entries of a list that may be absent."""
        return self.at(name).items() if self.has(name) else []

    def text(self) -> str:
        """Return a string, or a whole number as one. Raises Invalid."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return str(self.value)
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.wrong("Aquí va un texto.", "Escríbalo entre comillas.")
        if len(self.value) > _LONGEST:
            raise self.wrong(f"El texto pasa de {_LONGEST} letras.", "Acórtelo.")
        return self.value

    def decimal(self) -> Decimal:
        """Return an exact number, written as a string or as a JSON number. Raises Invalid.

        It has 30 digits at most on each side of the point: 1E+99999999 is a JSON number too.
        """
        if isinstance(self.value, int | Decimal) and not isinstance(self.value, bool):
            return self._within(Decimal(self.value))
        if isinstance(self.value, str) and _NUMBER.fullmatch(self.value):
            return Decimal(self.value)
        shown = self.value if isinstance(self.value, str) else type(self.value).__name__
        raise self.wrong(f"«{str(shown)[:40]}» no es un número.", 'Escriba por ejemplo "11.50".')

    def _within(self, value: Decimal) -> Decimal:
        exponent = value.as_tuple().exponent
        if not isinstance(exponent, int):
            raise self.wrong("No es un número.", 'Escriba por ejemplo "11.50".')
        if value.adjusted() >= _MOST_DIGITS or exponent < -_MOST_DIGITS:
            raise self.wrong(f"El número tiene más de {_MOST_DIGITS} cifras.", "Revise la cifra.")
        return value

    def whole(self) -> int:
        """Return a whole number. Raises Invalid."""
        value = self.decimal()
        if value != value.to_integral_value():
            raise self.wrong(f"«{value}» no es un número entero.", "Quite los decimales.")
        return int(value)

    def day(self) -> dt.date:
        """Return a date AAAA-MM-DD. Raises Invalid."""
        return periods.parse_day(self.text(), field=self.path)

    def instant(self) -> dt.datetime:
        """Return an instant with its zone. Raises Invalid."""
        match = _INSTANT.fullmatch(self.text())
        if not match:
            raise self.wrong(
                f"«{self.text()[:40]}» no es una fecha con hora y zona.",
                "Escriba por ejemplo 2026-05-01T08:00:00-04:00.",
            )
        periods.parse_day(match[1], field=self.path)
        try:
            return dt.datetime.fromisoformat(self.text())
        except ValueError:
            raise self.wrong(f"«{self.text()}» no existe en el reloj.", "Revise la hora.") from None

    def day_or_instant(self) -> dt.date | dt.datetime:
        """Return a date or an instant, by how it is written. Raises Invalid."""
        return self.instant() if len(self.text()) > len("2026-05-01") else self.day()

    def choice(self, of: type[Choice]) -> Choice:
        """Return one of the words of an enumeration. Raises Invalid."""
        words = [each.value for each in of]
        if self.value not in words:
            raise self.wrong(f"«{str(self.value)[:40]}» no es una opción.", f"Opciones: {', '.join(words)}.")
        return of(self.value)

    def one_of(self, words: Collection[str]) -> str:
        """Return one of some words. Raises Invalid."""
        if not isinstance(self.value, str) or self.value not in words:
            raise self.wrong(f"«{str(self.value)[:40]}» no es una opción.", f"Opciones: {', '.join(words)}.")
        return self.value

    @contextmanager
    def naming(self) -> Iterator[None]:
        """Have what the values inside refuse named with this place before it."""
        try:
            yield
        except Invalid as error:
            if self.path and not error.field.startswith(self.path):
                field = f"{self.path}.{error.field}" if error.field else self.path
                raise Invalid(error.message, field=field, remedy=error.remedy) from None
            raise
