"""The machine the figures were measured on, the CPU time of processes, and what is done with samples."""

from __future__ import annotations

import os
import platform
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

from mayorista.adapters.host import processes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TICKS = os.sysconf("SC_CLK_TCK")


def describe() -> str:
    """Processor, cores, memory, kernel, Python and how busy the machine was before."""
    model = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        "?",
    )
    memory = next(
        (int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0
    )
    cores = len(os.sched_getaffinity(0))
    load = ", ".join(f"{each:.2f}" for each in os.getloadavg())
    return (
        f"{model}, {cores} núcleos, {memory / 1024 / 1024:.1f} GB, Linux {platform.release()}, "
        f"Python {platform.python_version()}, carga previa {load}"
    )


def cpu_seconds(roots: Iterable[int]) -> float:
    """User and system time of these processes and all under them, those that ended included."""
    total = 0
    for root in roots:
        for pid in processes.descendants(root):
            try:
                stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
            except OSError:
                continue
            fields = stat.rpartition(")")[2].split()
            own, ended = fields[11:13], fields[13:15]
            total += sum(map(int, own)) + (sum(map(int, ended)) if pid == root else 0)
    return total / TICKS


def median(samples: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(samples)


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least `share` of all do not exceed (nearest rank)."""
    ordered = sorted(samples)
    return ordered[max(0, -(-int(share * len(ordered) * 1000) // 1000) - 1)]


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
