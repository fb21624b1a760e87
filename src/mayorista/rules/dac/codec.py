"""The form as JSON and back, and the seal: SHA-256 over one canonical spelling.

Canonical = UTF-8, keys sorted, no spaces, moments in UTC (`…Z`), dates `AAAA-MM-DD`, no floats. Two
contents that say the same have the same bytes, whatever database or machine they passed through.
"""

from __future__ import annotations

import hashlib
import json
import types
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from mayorista.rules import lapaz
from mayorista.rules.dac.content import DacContent

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

Built = TypeVar("Built")


def to_json(value: Any) -> Any:
    """A dataclass, tuple, moment, date, enum or plain value as JSON types."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    if isinstance(value, datetime):
        return lapaz.utc(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if value is None or isinstance(value, str | bool | int):
        return value
    msg = f"{type(value).__name__} has no place in a sealed document"
    raise TypeError(msg)


def from_json(data: Mapping[str, Any]) -> DacContent:
    """The content once stored; raises ValueError, KeyError or TypeError on anything else."""
    return _build(DacContent, data)


def canonical(content: DacContent) -> bytes:
    """The one spelling that is hashed."""
    return json.dumps(to_json(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def content_hash(content: DacContent) -> str:
    """SHA-256 of the canonical spelling, 64 hexadecimal digits (field 31)."""
    return hashlib.sha256(canonical(content)).hexdigest()


@cache
def _hints(cls: Any) -> dict[str, Any]:
    return get_type_hints(cls)


def _build(cls: type[Built], data: Mapping[str, Any]) -> Built:
    names = {field.name for field in fields(cls)}  # type: ignore[arg-type]
    unknown = set(data) - names
    if unknown:
        msg = f"{cls.__name__} has no {', '.join(sorted(unknown))}"
        raise ValueError(msg)
    required = {
        field.name
        for field in fields(cls)  # type: ignore[arg-type]
        if field.default is MISSING and field.default_factory is MISSING
    }
    absent = required - set(data)
    if absent:
        msg = f"{cls.__name__} lacks {', '.join(sorted(absent))}"
        raise ValueError(msg)
    hints = _hints(cast("Hashable", cls))
    return cls(**{name: _read(hints[name], value) for name, value in data.items()})


def _read(hint: Any, value: Any) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in get_args(hint):
            return None
        (hint,) = (option for option in get_args(hint) if option is not type(None))
        return _read(hint, value)
    if origin is tuple:
        return tuple(_read(get_args(hint)[0], item) for item in value)
    if is_dataclass(hint):
        return _build(hint, value)  # type: ignore[arg-type]
    if hint is datetime:
        return datetime.fromisoformat(value)
    if hint is date:
        return date.fromisoformat(value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        msg = f"{value!r} is not {hint.__name__}"
        raise TypeError(msg)
    return value
