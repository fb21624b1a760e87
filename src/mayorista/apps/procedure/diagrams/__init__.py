"""The procedure's drawing as it is stored."""

from __future__ import annotations

from functools import cache
from importlib import resources

from mayorista.rules import process_map


@cache
def source() -> str:
    """Return the BPMN 2.0 file of the procedure, as anybody may have it."""
    return (resources.files(__package__ or "") / "procedure.bpmn").read_text("utf-8")


@cache
def drawing() -> process_map.ProcessMap:
    """Return the drawing read."""
    return process_map.read(source())
