"""The installation that is at work on a data folder, and how it was configured, told by its own processes.

`demo` and `run` get their ports and addresses from options and from the environment of whoever starts them; a command
in another terminal knows neither. The note of the supervisor's children leads to a process whose environment holds it
all, readable for the same user (and root) alone, so that no secret has to be written down a second time.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mayorista.adapters.host import environment, processes
from mayorista.interfaces.cli import children

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from pathlib import Path

OWN_OF_A_PROCESS = {"MAYORISTA_DATA", "MAYORISTA_PROCESS", "MAYORISTA_AS_OWNER", "MAYORISTA_DB_POOL"}


@dataclass(frozen=True, slots=True)
class Running:
    """An installation at work. `differing` names what this terminal's environment says otherwise, and was kept."""

    demo: bool
    address: str
    differing: tuple[str, ...]


def adopt(data: Path, environ: MutableMapping[str, str] | None = None) -> Running | None:
    """Take over the configuration of what runs on `data`; what is given here already stays. None when nothing runs.

    Raises PermissionError, in words, when it runs as another user.
    """
    target = os.environ if environ is None else environ
    for pid in children.at_work(children.note_path(data)):
        try:
            found = processes.environment(pid)
        except PermissionError:
            raise PermissionError(
                f"La plataforma está en marcha sobre {data} con otro usuario: su configuración no se puede leer. "
                f"Remedio: la misma orden con el usuario de la plataforma (sudo -u …)."
            ) from None
        if "MAYORISTA_PROCESS" not in found:  # PostgreSQL, or one that ended meanwhile
            continue
        theirs = {name: value for name, value in found.items() if _is_configuration(name)}
        differing = sorted(name for name in theirs if target.get(name, theirs[name]) != theirs[name])
        for name, value in theirs.items():
            target.setdefault(name, value)
        settings = environment.read(found)
        return Running(settings.demo, settings.own_door, tuple(differing))
    return None


def _is_configuration(name: str) -> bool:
    return (name.startswith("MAYORISTA_") and name not in OWN_OF_A_PROCESS) or name == "DATABASE_URL"
