"""Processes of the machine: children that fall with their parent, leftovers, memory.

Linux only, by /proc and prctl; nothing here imports more than the standard library, for the
supervisor has to stay small.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def fall_with_parent(sign: int = signal.SIGTERM) -> Callable[[], None]:
    """A `preexec_fn`: the kernel sends `sign` to the child when the thread that made it ends, even by kill -9."""
    parent = os.getpid()

    def tell_kernel() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, sign, 0, 0, 0)
        if os.getppid() != parent:  # it fell before the kernel knew
            os._exit(1)

    return tell_kernel


def fall_with_current_parent(sign: int = signal.SIGTERM) -> None:
    """The same for a process that did not choose how it was started (granian's workers)."""
    _libc.prctl(PR_SET_PDEATHSIG, sign, 0, 0, 0)


def runs(pid: int, word: str) -> bool:
    """Whether process `pid` is alive and `word` is in its command line."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        state = (
            Path(f"/proc/{pid}/stat")
            .read_text(encoding="ascii", errors="replace")
            .rpartition(")")[2]
            .split()[0]
        )
    except OSError:
        return False
    return state != "Z" and word.encode() in command


def stop(pid: int, signs: Iterable[int], *, within: float) -> bool:
    """Send each signal in turn, giving the process `within` seconds for each; whether it is gone."""
    for sign in signs:
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            return True
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            if not alive(pid):
                return True
            time.sleep(0.02)
    return not alive(pid)


def alive(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    return runs(pid, "")


def environment(pid: int) -> dict[str, str]:
    """The environment a process was started with; empty when it is gone.

    Raises PermissionError when it is another user's.
    """
    try:
        told = Path(f"/proc/{pid}/environ").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    pairs = (each.decode(errors="surrogateescape").partition("=") for each in told.split(b"\0"))
    return {name: value for name, _, value in pairs if name}


def descendants(pid: int) -> list[int]:
    """All processes under `pid`, itself first."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                stat = (
                    (entry / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
                )
                parents.setdefault(int(stat[1]), []).append(int(entry.name))
    found, queue = [], [pid]
    while queue:
        current = queue.pop(0)
        found.append(current)
        queue.extend(parents.get(current, []))
    return found


def listener(port: int) -> str:
    """Which process listens on a TCP port: "«command line» (proceso 123)"; "" when it is hidden from us."""
    sockets = {f"socket:[{inode}]" for table in ("tcp", "tcp6") for inode in _listening(table, port)}
    for entry in Path("/proc").iterdir() if sockets else ():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if any(str(each.readlink()) in sockets for each in (entry / "fd").iterdir()):
                    words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    return f"«{words.strip()[:120]}» (proceso {entry.name})"
    return ""


def _listening(table: str, port: int) -> list[str]:
    """The inodes of the sockets that listen on a port."""
    with contextlib.suppress(OSError):
        rows = Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]
        fields = [row.split() for row in rows]
        return [each[9] for each in fields if each[3] == "0A" and int(each[1].rpartition(":")[2], 16) == port]
    return []


def memory_kib(pid: int) -> int:
    """The proportional set size of a process (shared pages counted in parts), in KiB; 0 when it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def last_words(log: Path, *, lines: int = 5) -> str:
    """The end of a log file on one line, for an error message."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 4096))
            return " / ".join(file.read().decode(errors="replace").strip().splitlines()[-lines:])
    except OSError:
        return ""
