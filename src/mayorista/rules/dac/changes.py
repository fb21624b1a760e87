"""What a correcting version says differently, found by comparing, never typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mayorista.rules.dac import codec
from mayorista.rules.dac.content import Change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mayorista.rules.dac.content import DacContent

HISTORY = ("version", "corrections", "acknowledgements")


def between(before: DacContent, after: DacContent) -> tuple[Change, ...]:
    """Every leaf that differs, by its path (`opening.diagnosis`, `services.2.port`), sorted."""
    old, new = dict(_leaves(codec.to_json(before))), dict(_leaves(codec.to_json(after)))
    return tuple(
        Change(field=path, before=old.get(path, ""), after=new.get(path, ""))
        for path in sorted(old.keys() | new.keys())
        if old.get(path, "") != new.get(path, "") and path.split(".")[0] not in HISTORY
    )


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, item in enumerate(value, 1):
            yield from _leaves(item, f"{path}.{index}")
    elif value is not None:
        yield (
            path,
            {True: "sí", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value),
        )
