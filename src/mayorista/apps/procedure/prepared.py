"""Reads that a page makes each time it is shown: the statement is written once, then only filled in.

Building the statement of a read with many joins costs Django more than PostgreSQL needs to answer it. What is
given back are the same rows that the query set would give.
"""

from __future__ import annotations

import copy
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.db import connection
from django.db.models import Field, ForeignObject, Lookup

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row")
# Stand for the values while the statement is written; no row has such a key, nothing happened then.
_KEY = 7_301_000_000_000_000
_MOMENT = dt.datetime(1901, 1, 1, tzinfo=dt.UTC)


@ForeignObject.register_lookup
@Field.register_lookup
class AnyOf(Lookup):
    """`field__any=[…]`: one of a list given as one value, however long."""

    lookup_name = "any"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> Any:
        """`column = ANY(list)`."""
        left, params = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s)", [*params, list(self.rhs)]


@dataclass(frozen=True, slots=True)
class _Written:
    """A statement as written: its parameters, and which of them is which value of a call."""

    rows: Any
    compiler: SQLCompiler
    sql: str
    params: tuple[Any, ...]
    places: dict[int, int]


class Prepared(Generic[Row]):
    """A query set as a function of its values: integers, lists (with `__any`), moments.

    `build` is called once, with values that stand for those of the calls; it must not look at them.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Row]]) -> None:
        self._build = build
        self._written: _Written | None = None

    def __call__(self, *values: Any) -> list[Row]:
        """Return the rows for these values."""
        written = self._written or self._write(values)
        filled = tuple(
            values[written.places[at]] if at in written.places else param
            for at, param in enumerate(written.params)
        )
        compiler: Any = copy.copy(written.compiler)
        compiler.as_sql = lambda *_args, **_options: (written.sql, filled)
        query = copy.copy(written.rows.query)
        query.get_compiler = lambda *_args, **_options: compiler
        rows = type(written.rows)(written.rows.model, query)
        rows._fields = written.rows._fields
        return list(written.rows._iterable_class(rows))  # noqa: SLF001 - as its own iteration does

    def _write(self, values: tuple[Any, ...]) -> _Written:
        signs = [_sign(value, at) for at, value in enumerate(values)]
        rows = self._build(*signs)
        compiler = rows.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        places = {
            at: signs.index(param)
            for at, param in enumerate(params)
            if isinstance(param, (int, list, dt.datetime)) and param in signs
        }
        if set(places.values()) != set(range(len(values))):
            raise ValueError("a value does not stand in the statement as it was given")
        self._written = _Written(rows, compiler, sql, tuple(params), places)
        return self._written


def _sign(value: Any, at: int) -> Any:
    if isinstance(value, dt.datetime):
        return _MOMENT + dt.timedelta(seconds=at)
    return [_KEY + at] if isinstance(value, list) else _KEY + at
