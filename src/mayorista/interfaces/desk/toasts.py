"""Short words after an act, with "Deshacer" where the act can still be undone."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mayorista.interfaces.desk.request import DeskRequest

KEY = "toasts"


@dataclass(frozen=True, slots=True)
class Toast:
    """What is said; `undo_url` takes a POST within `seconds`."""

    text: str
    css: str = ""
    seconds: int = 0
    undo_url: str = ""


def say(request: DeskRequest, text: str, *, undo_url: str = "", seconds: int = 0, bad: bool = False) -> None:
    """Show `text` on the next page; with `undo_url`, offer to undo for `seconds`."""
    toast = Toast(text, "bad" if bad else "", seconds, undo_url)
    request.session[KEY] = [*request.session.get(KEY, []), asdict(toast)]


def take(request: DeskRequest) -> list[Toast]:
    """Return what waits to be said, once."""
    if not hasattr(request, "session") or not request.session.get(KEY):
        return []
    return [Toast(**values) for values in request.session.pop(KEY)]
