"""The port through which documents on paper are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


class DocumentUnrenderable(Exception):
    """The document could not be made from these data: a defect of template or data, not of the person."""


@dataclass(frozen=True, slots=True)
class BundlePart:
    """A document of a bundle: its title and detail in the index, and its PDF."""

    title: str
    detail: str
    content: bytes


class DocumentPort(Protocol):
    """Makes the PDF of a template from plain data."""

    def render(self, template: str, data: Mapping[str, Any], *, at: datetime) -> bytes:
        """The PDF (PDF/A-2b) of `template` filled with `data` (JSON types only), dated `at`.

        The same template, data and moment give the same bytes on every machine. Text in `data` is
        text: no markup of any kind is understood. Raises DocumentUnrenderable.
        """
        ...

    def page_count(self, content: bytes) -> int | None:
        """How many pages a PDF has; None when it can not be read (damaged, encrypted)."""
        ...

    def mark(self, content: bytes, words: str, *, at: datetime) -> bytes:
        """The same PDF with `words` at the foot of every page. Raises DocumentUnrenderable for one that can not be read."""
        ...

    def scan_page(self, content: bytes, kind: str) -> bytes | None:
        """A PDF of one page with a scan (image/jpeg, image/png) on it; None when it can not be read or is another kind."""
        ...

    def bind(
        self, template: str, data: Mapping[str, Any], parts: Sequence[BundlePart], *, at: datetime
    ) -> bytes:
        """One PDF of all `parts` behind an index made by `template`, with its page numbers on every page.

        The template gets `data` and `entries` (title, detail, page, pages). Raises DocumentUnrenderable for a part
        that can not be read.
        """
        ...
