"""The port through which documents on paper are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class DocumentUnrenderable(Exception):
    """The document could not be made from these data: a defect of template or data, not of the person."""


class DocumentPort(Protocol):
    """Makes the PDF of a template from plain data."""

    def render(self, template: str, data: Mapping[str, Any], *, at: datetime) -> bytes:
        """The PDF (PDF/A-2b) of `template` filled with `data` (JSON types only), dated `at`.

        The same template, data and moment give the same bytes on every machine. Text in `data` is
        text: no markup of any kind is understood. Raises DocumentUnrenderable.
        """
        ...
