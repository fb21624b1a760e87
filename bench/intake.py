"""Alarm intake through HTTP: CPU per alarm of web server and database together, and what was stored.

Asked: at most 2 ms one by one and 0.25 ms in bodies of 20, the same for duplicates, one body of
20,000, no answer of 5xx. CPU is read from /proc for granian and PostgreSQL with all their processes.
"""

from __future__ import annotations

import datetime as dt
import http.client
import itertools
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench import machine, platform
from mayorista.interfaces.lab import bodies

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SOURCE, TOKEN = "bench", "token-of-the-bench-only"
CLIENTS = 4
ROUNDS = 5
ONE_BY_ONE, BY_TWENTY, HUGE = 1500, 400, 20_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement: CPU and wall milliseconds per alarm."""

    cpu: float
    wall: float


def alerts(numbers: Sequence[int], *, resolved: bool = False) -> bytes:
    """A body as an Alertmanager of a wholesale network posts it, one alert per circuit."""
    start = dt.datetime(2026, 11, 23, 6, 3, 11, 482_000, tzinfo=dt.UTC)
    return bodies.post(
        [
            bodies.alert(
                {
                    "alertname": "WholesaleBgpPeerDown",
                    "severity": "critical",
                    "job": "bgp",
                    "instance": f"pe{n % 20:02d}.cbba.example:9100",
                    "interface": f"xe-0/0/{n % 8}.{n}",
                    "peer": f"192.0.2.{n % 250}",
                    "peer_as": str(64512 + n % 1000),
                    "service": f"IPT-{n:06d}",
                    "customer": f"ISP-{n % 300:03d}",
                    "upstream": "UP-LUMEN-1",
                },
                starts_at=start,
                ends_at=start + dt.timedelta(minutes=7) if resolved else None,
                annotations={
                    "summary": f"BGP 192.0.2.{n % 250} caída en pe{n % 20:02d}.cbba",
                    "description": "Session left Established: hold timer expired",
                    "runbook_url": "https://wiki.noc.example/bgp-down",
                },
            )
            for n in numbers
        ]
    )


class Client:
    """Posts bodies over connections that are kept open, as Alertmanager does, and counts answers."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answers: Counter[int] = Counter()

    def post_all(self, posts: Sequence[bytes], *, clients: int = CLIENTS) -> None:
        """Post every body once, from `clients` connections."""
        shares = [posts[k::clients] for k in range(clients)]
        threads = [threading.Thread(target=self._post, args=(share,)) for share in shares if share]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _post(self, posts: Sequence[bytes]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        for body in posts:
            connection.request("POST", f"/hooks/alertmanager/{SOURCE}", body, headers)
            response = connection.getresponse()
            response.read()
            self.answers[response.status] += 1
        connection.close()


def make_source() -> None:
    """Make the source that the bench posts as."""
    from mayorista.apps.monitoring.operations import sources
    from mayorista.apps.procedure import actors

    sources.create_source(
        code=SOURCE,
        name="Banco de pruebas",
        token=TOKEN,
        actor=actors.for_job("bench"),
        at=dt.datetime.now(dt.UTC),
    )


def measure(running: platform.Platform, client: Client, posts: Sequence[bytes], alarms: int) -> Figure:
    """CPU and wall time per alarm of posting `posts`, which hold `alarms` alarms."""
    before, begun = machine.cpu_seconds(running.server_pids()), time.perf_counter()
    client.post_all(posts)
    wall = time.perf_counter() - begun
    cpu = machine.cpu_seconds(running.server_pids()) - before
    return Figure(cpu / alarms * 1000, wall / alarms * 1000)


def main() -> None:
    """Measure and print."""
    print("## Recepción de alarmas por HTTP (granian + PostgreSQL, CPU de ambos)\n")
    print(machine.describe(), "\n")
    with platform.running() as running:
        make_source()
        client = Client(running.port)
        client.post_all([alerts([n]) for n in range(10_000_000, 10_000_200)])  # warm
        found: dict[str, list[Figure]] = {}
        for name, figure in _rounds(running, client):
            found.setdefault(name, []).append(figure)
        print("| cuerpos | pedido, ms CPU | mediana, ms CPU por alarma | mín-máx | ms de reloj |")
        print("|---|---|---|---|---|")
        for name, figures in found.items():
            cpu, wall = [each.cpu for each in figures], [each.wall for each in figures]
            asked = "2" if name.startswith("de una") else "0,25"
            print(
                f"| {name} | {asked} | {machine.median(cpu):.3f} | {min(cpu):.3f}-{max(cpu):.3f} "
                f"| {machine.median(wall):.3f} |"
            )
        print(f"\nrespuestas: {dict(client.answers)} · filas: {_rows()}\n")


def _rounds(running: platform.Platform, client: Client) -> Iterator[tuple[str, Figure]]:
    numbers = itertools.count()
    for _round in range(ROUNDS):
        ones = [next(numbers) for _ in range(ONE_BY_ONE)]
        singles = [alerts([n]) for n in ones]
        yield "de una", measure(running, client, singles, len(ones))
        yield "de una, repetidas", measure(running, client, singles, len(ones))
        yield (
            "de una, resueltas",
            measure(running, client, [alerts([n], resolved=True) for n in ones], len(ones)),
        )
        groups = [[next(numbers) for _ in range(20)] for _ in range(BY_TWENTY)]
        twenties = [alerts(group) for group in groups]
        yield "de 20", measure(running, client, twenties, 20 * BY_TWENTY)
        yield "de 20, repetidas", measure(running, client, twenties, 20 * BY_TWENTY)
        huge = [alerts([next(numbers) for _ in range(HUGE)])]
        yield "uno de 20.000", measure(running, client, huge, HUGE)
        yield "uno de 20.000, repetido", measure(running, client, huge, HUGE)


def _rows() -> str:
    from mayorista.apps.monitoring import queries

    return str(queries.counts())


if __name__ == "__main__":
    main()
