"""All tasks of the platform: every module of this package that is not the worker's own machinery is imported."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from mayorista.interfaces import jobs

MACHINERY = frozenset({"tasks", "worker", "loops"})

for _module in pkgutil.iter_modules(jobs.__path__):
    if _module.name not in MACHINERY:
        import_module(f"{jobs.__name__}.{_module.name}")
