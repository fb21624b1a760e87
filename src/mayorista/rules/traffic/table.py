"""A table of samples read: one row per circuit and instant, rates or counters of octets, in and out.

# Note [Columns]
`circuito`, `puerto` (optional), `hora`, and one pair: `entrada`/`salida` with their unit (`_bps`, `_kbps`, `_mbps`)
or `entrada_octetos`/`salida_octetos` (counters of an interface). English names (`circuit`, `port`, `at`, `in_bps`,
`out_octets`, …) are read as well. An hour carries its offset, or is one of the zone that was told; an hour that a
zone has twice, or not at all, is refused. An empty value is a sample that is missing, never zero.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import NamedTuple
from zoneinfo import ZoneInfo

from mayorista.rules.errors import FieldError, Invalid
from mayorista.rules.percentile import LARGEST

MAX_ROWS = 300_000
MAX_ERRORS = 30
OLDEST = dt.timedelta(days=800)
AHEAD = dt.timedelta(minutes=10)
_NAMES = {
    "circuito": "circuit", "circuit": "circuit", "servicio": "circuit",
    "puerto": "port", "port": "port", "interfaz": "port",
    "hora": "at", "fecha_hora": "at", "at": "at", "timestamp": "at", "time": "at",
    **{f"{way}_{unit}": f"{side}_{unit}" for side, ways in (("in", ("entrada", "in")), ("out", ("salida", "out")))
       for way in ways for unit in ("bps", "kbps", "mbps")},
    **{name: f"{name.partition('_')[0]}_octets" for name in ("in_octets", "out_octets")},
    "entrada_octetos": "in_octets", "salida_octetos": "out_octets",
}  # fmt: skip
_SCALE = {"bps": 1, "kbps": 1_000, "mbps": 1_000_000}
_LOCAL = re.compile(
    r"(?:(\d{4})-(\d{2})-(\d{2})|(\d{2})/(\d{2})/(\d{4}))[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?"
    r"(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_EPOCH = re.compile(r"\d{9,10}", re.ASCII)
_DIGITS = re.compile(r"\d{1,24}", re.ASCII)
_MOST_DIGITS = 24

Cell = str | int | Decimal | dt.datetime | dt.date | dt.time | None


class Reading(NamedTuple):
    """One row. `inward` and `outward` are bit/s, or octets of a counter; None where the sample is missing."""

    row: int
    circuit: str
    port: str
    at: dt.datetime
    inward: int | None
    outward: int | None


class Table(NamedTuple):
    """All rows; `counters` says which of the two their values are."""

    readings: tuple[Reading, ...]
    counters: bool


class _Columns(NamedTuple):
    at: Mapping[str, int]
    titles: Mapping[str, str]
    unit: str


def read(rows: Iterable[Sequence[Cell]], *, zone: ZoneInfo, now: dt.datetime) -> Table:
    """Return the readings of a table whose first row names its columns. See Note [Columns].

    Raises Invalid with every wrong cell, `field` "fila 7, hora", at most some thirty of them.
    """
    every = iter(rows)
    columns = _columns(next(every, ()))
    readings: list[Reading] = []
    errors: list[FieldError] = []
    for number, row in enumerate(every, start=2):
        if number > MAX_ROWS + 1:
            raise Invalid(
                f"Son más de {MAX_ROWS} filas.",
                field="archivo",
                remedy="Divida el archivo por puertos o por días.",
            )
        if all(cell is None or cell == "" for cell in row):
            continue
        made = _reading(number, row, columns, zone, now, errors)
        if made is not None:
            readings.append(made)
        if len(errors) >= MAX_ERRORS:
            break
    if errors:
        raise Invalid.of(errors)
    if not readings:
        raise Invalid("No hay ninguna muestra.", field="archivo", remedy="Agregue filas bajo los títulos.")
    return Table(tuple(readings), columns.unit == "octets")


def _columns(heading: Sequence[Cell]) -> _Columns:
    at: dict[str, int] = {}
    titles: dict[str, str] = {}
    for position, cell in enumerate(heading):
        title = str(cell or "").strip()
        known = _NAMES.get(title.lower().replace(" ", "_"))
        if known in at:
            raise Invalid(
                f"La columna «{title}» está dos veces.", field=f"fila 1, {title}", remedy="Deje una."
            )
        if known is not None:
            at[known], titles[known] = position, title
    units = {name.partition("_")[2] for name in at if name.startswith(("in_", "out_"))}
    if (
        len(units) != 1
        or {f"in_{unit}" for unit in units} - set(at)
        or {f"out_{unit}" for unit in units} - set(at)
    ):
        raise Invalid(
            "Falta un par de columnas de tráfico en la misma unidad.",
            field="fila 1",
            remedy="Use entrada_mbps y salida_mbps (o _kbps, _bps), o entrada_octetos y salida_octetos.",
        )
    for name, title in (("circuit", "circuito"), ("at", "hora")):
        if name not in at:
            raise Invalid(
                f"Falta la columna «{title}».", field="fila 1", remedy=f"Agregue la columna {title}."
            )
    return _Columns(at, titles, units.pop())


def _reading(
    number: int,
    row: Sequence[Cell],
    columns: _Columns,
    zone: ZoneInfo,
    now: dt.datetime,
    errors: list[FieldError],
) -> Reading | None:
    def cell(name: str) -> Cell:
        position = columns.at.get(name)
        return row[position] if position is not None and position < len(row) else None

    def wrong(name: str, message: str, remedy: str) -> None:
        errors.append(FieldError(f"fila {number}, {columns.titles[name]}", message, remedy))

    before = len(errors)
    circuit = str(cell("circuit") or "").strip()
    if not circuit:
        wrong("circuit", "Falta el circuito.", "Escriba su código.")
    moment = None
    try:
        moment = instant(cell("at"), zone)
        if moment > now + AHEAD:
            wrong("at", "La hora está en el futuro.", "Revise la hora y su zona.")
        elif moment < now - OLDEST:
            wrong("at", "La hora tiene más de dos años.", "Cargue a lo sumo los últimos 24 meses.")
    except Invalid as error:
        wrong("at", error.message, error.remedy)
    values: dict[str, int | None] = {}
    for side in ("in", "out"):
        name = f"{side}_{columns.unit}"
        try:
            values[side] = (
                _octets(cell(name)) if columns.unit == "octets" else _rate(cell(name), _SCALE[columns.unit])
            )
        except Invalid as error:
            wrong(name, error.message, error.remedy)
    if len(errors) > before or moment is None:
        return None
    both = None not in values.values()
    return Reading(
        number,
        circuit,
        str(cell("port") or "").strip(),
        moment,
        values["in"] if both else None,
        values["out"] if both else None,
    )


def instant(cell: Cell, zone: ZoneInfo) -> dt.datetime:
    """Return the instant of a cell, aware. Raises Invalid."""
    if isinstance(cell, dt.datetime):
        return _placed(cell, zone) if cell.tzinfo is None else cell
    text = str(cell if cell is not None else "").strip()
    if _EPOCH.fullmatch(text):
        return dt.datetime.fromtimestamp(int(text), tz=dt.UTC)
    match = _LOCAL.fullmatch(text)
    if match is None:
        raise Invalid(
            f"«{text[:40]}» no es una hora." if text else "Falta la hora.",
            remedy="Escriba AAAA-MM-DD HH:MM, con su desfase si no es de la zona indicada.",
        )
    year, month, day = (match[1], match[2], match[3]) if match[1] else (match[6], match[5], match[4])
    try:
        bare = dt.datetime(int(year), int(month), int(day), int(match[7]), int(match[8]), int(match[9] or 0))  # noqa: DTZ001 - its zone follows
    except ValueError:
        raise Invalid(
            f"«{text[:40]}» no existe en el calendario.", remedy="Revise la fecha y la hora."
        ) from None
    offset = match[10]
    if offset is None:
        return _placed(bare, zone)
    return bare.replace(tzinfo=_offset(offset))


def _offset(text: str) -> dt.timezone:
    if text == "Z":
        return dt.UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 14 or minutes > 59:
        raise Invalid(f"«{text}» no es un desfase.", remedy="Escriba por ejemplo -04:00.")
    ahead = dt.timedelta(hours=hours, minutes=minutes)
    return dt.timezone(-ahead if text[0] == "-" else ahead)


def _placed(bare: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    first, second = bare.replace(tzinfo=zone, fold=0), bare.replace(tzinfo=zone, fold=1)
    if first.utcoffset() != second.utcoffset():
        raise Invalid(
            f"Las {bare:%H:%M} del {bare:%d/%m/%Y} existen dos veces o ninguna en {zone.key} (cambio de hora).",
            remedy="Escriba la hora con su desfase, por ejemplo 02:30-04:00.",
        )
    return first


def _number(cell: Cell) -> Decimal | None:
    if cell is None or cell == "":
        return None
    text = str(cell).strip()
    try:
        value = Decimal(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    except InvalidOperation:
        raise Invalid(
            f"«{text[:40]}» no es un número.", remedy="Escriba el número sin miles, vacío si falta."
        ) from None
    if not value.is_finite():
        raise Invalid(f"«{text[:40]}» no es un número.", remedy="Deje vacío lo que falta.")
    if value < 0:
        raise Invalid("No puede ser negativo.", remedy="Revise la cifra; vacío si falta.")
    if value and abs(value.adjusted()) > _MOST_DIGITS:
        raise Invalid(f"El número tiene más de {_MOST_DIGITS} cifras.", remedy="Revise la cifra y su unidad.")
    return value


def _rate(cell: Cell, scale: int) -> int | None:
    value = _number(cell)
    if value is None:
        return None
    bps = int(value * scale)
    if bps > LARGEST:
        raise Invalid("Es más de un petabit por segundo.", remedy="Revise la unidad de la columna.")
    return bps


def _octets(cell: Cell) -> int | None:
    if cell is None or cell == "":
        return None
    text = str(cell).strip()
    if not _DIGITS.fullmatch(text) or int(text) >= 2**64:
        raise Invalid(
            f"«{text[:40]}» no es un contador.", remedy="Escriba los octetos, enteros, hasta 2⁶⁴ − 1."
        )
    return int(text)
