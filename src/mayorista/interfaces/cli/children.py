"""The supervisor's children: started, watched, restarted with back-off, and ended with all they started."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mayorista.adapters.host import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

FIRST_DELAY, LONGEST_DELAY, STEADY_AFTER = 0.5, 30.0, 60.0
GRACE_SECONDS = 12.0
LEFTOVER_SECONDS = 4.0


@dataclass
class Child:
    """One process of the platform, in a session and process group of its own."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restart_at: float = 0.0
    delay: float = FIRST_DELAY
    stop_sign: int = signal.SIGTERM

    def launch(self, now: float) -> None:
        """Start it."""
        self.process = self.start()
        self.started_at, self.restart_at = now, 0.0

    def check(self, now: float) -> str:
        """Note a death and plan the restart, or restart when it is due; what there is to say, or nothing."""
        if self.process is not None and self.process.poll() is not None:
            code = self.process.returncode
            _end_group(self.process.pid)
            self.delay = FIRST_DELAY if now - self.started_at > STEADY_AFTER else self.delay
            self.restart_at, self.process = now + self.delay, None
            said = f"«{self.name}» terminó ({_how(code)}); vuelve a arrancar en {self.delay:g} s"
            self.delay = min(self.delay * 2, LONGEST_DELAY)
            return said
        if self.process is None and now >= self.restart_at:
            try:
                self.launch(now)
            except Exception as error:  # noqa: BLE001 - whatever kept it from starting is said and tried again
                self.restart_at = now + self.delay
                self.delay = min(self.delay * 2, LONGEST_DELAY)
                return f"«{self.name}» no arrancó: {error}"
            return f"«{self.name}» arrancó de nuevo"
        return ""


@dataclass
class Children:
    """All of them, and the note on disk by which the next start finds what a killed supervisor left."""

    note: Path
    all: list[Child] = field(default_factory=list)

    def add(self, child: Child) -> None:
        """Start a child and remember it."""
        self.all.append(child)
        child.launch(time.monotonic())
        self.write_note()

    def died(self, name: str) -> bool:
        """Whether that child has ended by itself."""
        return any(
            c.name == name and c.process is not None and c.process.poll() is not None for c in self.all
        )

    def check(self) -> list[str]:
        """Look after each; what happened, in words."""
        now = time.monotonic()
        said = [words for child in self.all if (words := child.check(now))]
        if said:
            self.write_note()
        return said

    def write_note(self) -> None:
        """Who runs, and by which signal each ends, for the next start."""
        running = [(c.process.pid, int(c.stop_sign)) for c in self.all if c.process is not None]
        groups = [[pid, _started(pid), sign] for pid, sign in running]
        self.note.parent.mkdir(parents=True, exist_ok=True)
        draft = self.note.with_suffix(".draft")
        draft.write_text(json.dumps({"boot": _boot(), "groups": groups}), encoding="ascii")
        draft.replace(self.note)

    def stop(self, *, quickly: Callable[[], bool]) -> None:
        """End all, the last started first; a group that does not end in time is killed."""
        for child in reversed(self.all):
            if child.process is None:
                continue
            child.process.send_signal(child.stop_sign)
            _wait(child.process, GRACE_SECONDS, quickly)
            _end_group(child.process.pid)
            child.process.wait()
        self.note.unlink(missing_ok=True)


def note_path(data: Path) -> Path:
    """Where the note lies in a data folder."""
    return data / "run" / "children.json"


def at_work(note: Path) -> list[int]:
    """The children that a note names and that are alive, the first started first."""
    return [pid for pid, _sign in _noted(note)]


def _noted(note: Path) -> list[tuple[int, int]]:
    """Living children and the signal by which each ends."""
    try:
        found = json.loads(note.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return []
    groups = found["groups"] if found.get("boot") == _boot() else []
    return [(pid, sign) for pid, started, sign in groups if _started(pid) == started and processes.alive(pid)]


def stop_leftovers(note: Path) -> int:
    """End the process groups that a killed supervisor left; how many there were.

    The database is told last, so that the others can still finish what they do.
    """
    left = _noted(note)
    for pid, sign in reversed(left):
        processes.stop(pid, [sign], within=LEFTOVER_SECONDS)
        _end_group(pid)
    note.unlink(missing_ok=True)
    return len(left)


def starter(
    words: Sequence[str], *, environ: Mapping[str, str], log: Path
) -> Callable[[], subprocess.Popen[bytes]]:
    """How to start one of our own programs; its loose words go to the end of `log`."""

    def start() -> subprocess.Popen[bytes]:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            return subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(environ),
                start_new_session=True,
                preexec_fn=processes.fall_with_parent(),
            )

    return start


def _wait(process: subprocess.Popen[bytes], seconds: float, quickly: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline and not quickly():
        time.sleep(0.02)


def _end_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _how(code: int) -> str:
    return f"señal {-code}" if code < 0 else f"código {code}"


def _boot() -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return ""


def _started(pid: int) -> int:
    with contextlib.suppress(OSError, IndexError, ValueError):
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        return int(stat.rpartition(")")[2].split()[19])
    return 0
