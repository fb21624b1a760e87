"""The demo as a person has it: how long a start takes until the address answers, and what it holds when idle.

Asked: a second start under 5 s, and idle memory under 400 MB, as the proportional set size (pages that
several processes share are counted in parts) of all processes together.
"""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from bench import machine, platform
from mayorista.adapters.host import processes

STARTS = 3
SECONDS_ASKED, MEGABYTES_ASKED = 5.0, 400
IDLE_SECONDS = 30
PATIENCE_SECONDS = 300.0
PAGES = ("/salud", "/cuentas/login/", "/verificar/")
KINDS = (
    ("interfaces.standins", "correo y WhatsApp locales"),
    ("cli worker", "trabajador"),
    ("granian", "web"),
    ("cli demo", "supervisor"),
    ("postgres", "PostgreSQL"),
)


def main() -> None:
    """Start, stop, start again, look, print."""
    print("## Arranque y memoria de la demostración\n")
    print(machine.describe(), "\n")
    data = Path(tempfile.mkdtemp(prefix="mayorista-bench-"))
    try:
        demo = Demo(data)
        seconds, _cpu = demo.start()
        print(f"primer arranque, con base de datos y ejemplos nuevos: {seconds:.1f} s")
        demo.stop()
        again = []
        for turn in range(STARTS):
            again.append(demo.start())
            if turn + 1 < STARTS:
                demo.stop()
        times = ", ".join(f"{seconds:.1f} s (CPU {cpu:.1f} s)" for seconds, cpu in again)
        middle = machine.median([seconds for seconds, _cpu in again])
        print(
            f"arranques siguientes: {times}; mediana {middle:.1f} s (pedido: menos de {SECONDS_ASKED:.0f} s)"
        )
        demo.look()
        time.sleep(IDLE_SECONDS)
        report(demo.pids())
        demo.stop()
    finally:
        shutil.rmtree(data, ignore_errors=True)


class Demo:
    """`mayorista demo` on ports of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.ports = [platform.free_port() for _each in range(3)]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> tuple[float, float]:
        """Start it; seconds from exec until the address answers, and the CPU time that took."""
        port, smtp, standins = map(str, self.ports)
        words = ["demo", "--data", str(self.data), "--port", port, "--smtp-port", smtp]
        clean = {name: value for name, value in os.environ.items() if not name.endswith("DATABASE_URL")}
        begun = time.perf_counter()
        with (self.data / "demo.out").open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mayorista.interfaces.cli", *words, "--standins-port", standins],
                env=clean,
                stdout=output,
                stderr=output,
                preexec_fn=processes.fall_with_parent(),
            )
        while _status(self.ports[0], "/salud") != 200:
            if self.process.poll() is not None or time.perf_counter() - begun > PATIENCE_SECONDS:
                raise TimeoutError((self.data / "demo.out").read_text(encoding="utf-8")[-2000:])
            time.sleep(0.02)
        return time.perf_counter() - begun, machine.cpu_seconds([self.process.pid])

    def look(self) -> None:
        """Open a few pages, so that what is measured has worked before it idles."""
        for path in PAGES:
            _status(self.ports[0], path)

    def pids(self) -> list[int]:
        """The supervisor and all under it."""
        assert self.process is not None
        return processes.descendants(self.process.pid)

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)


def report(pids: list[int]) -> None:
    """Print the memory by kind of process and in all."""
    held: dict[str, list[float]] = defaultdict(list)
    for pid in pids:
        held[_kind(pid)].append(processes.memory_kib(pid) / 1024)
    for kind, sizes in sorted(held.items(), key=lambda item: -sum(item[1])):
        print(f"  {kind:<28} {len(sizes):3} procesos {sum(sizes):7.1f} MB")
    total = sum(map(sum, held.values()))
    print(f"memoria en reposo: {total:.0f} MB de PSS (pedido: menos de {MEGABYTES_ASKED} MB)\n")


def _kind(pid: int) -> str:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return "otros"
    return next((kind for word, kind in KINDS if word in command), "otros")


def _status(port: int, path: str) -> int:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", path)
        status = connection.getresponse().status
        connection.close()
    except OSError:
        return 0
    return status


if __name__ == "__main__":
    main()
