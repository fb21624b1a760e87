"""The one place where apps meet adapters: by name, through settings."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


@cache
def _build(path: str) -> Any:
    return import_string(path)()


def adapter(name: str) -> Any:
    """Return the adapter configured for port `name` ("mail", "whatsapp", "documents", "files").

    `settings.ADAPTERS[name]` is the dotted path of a class without arguments; one instance serves
    the process.
    """
    return _build(settings.ADAPTERS[name])
