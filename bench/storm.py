"""From alarm to case: a storm under one upstream, and the latency of 200 alarms a second.

Asked: 20,000 alarms on 2,000 circuits of 300 ISPs under one upstream are one fault, 300 cases, 2,000
outages and 300 notices to preview in under 30 s; posted to case on the board in under 1 s at the 99th
percentile at 200 alarms/s. The board is looked at as a browser does: a logged-in session asks /vivo at the
page's own pace and fetches the board when a version moved. Beside it stands when the rows were committed.

`python -m bench.storm [storm|latency]`: one of the two alone.
"""

from __future__ import annotations

import datetime as dt
import http.client
import json
import random
import re
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from bench import carrier, intake, machine, platform
from mayorista.interfaces.lab import bodies

if TYPE_CHECKING:
    from collections.abc import Callable

CIRCUITS, ISPS, KINDS, GROUPED = 2_000, 300, 10, 200
RATE, SECONDS, ROUNDS = 200, 20, 3
# Those of the page with the board, interfaces/desk/static/js/mayorista.js: sooner while the board moves.
POLL_SECONDS, BUSY_SECONDS = 0.5, 0.2
PAGES_MOST = 30
CODE = re.compile(r"TIP-\d{4}")
CIRCUITS_OF_ROW = re.compile(r"clientes · ([\d.]+) circuitos")
PATIENCE_SECONDS = 180.0


def main(words: list[str]) -> None:
    """Measure and print."""
    print("## De la alarma al caso (granian, trabajador y PostgreSQL)\n")
    print(machine.describe(), "\n")
    if "latency" not in words:
        storm()
    if "storm" not in words:
        for shared in (True, False):
            kind = "bajo un mismo upstream" if shared else "sin elemento común (un daño por alarma)"
            print(f"{RATE * SECONDS} alarmas a {RATE}/s, {kind}; pedido: p99 menos de 1.000 ms en el tablero")
            for turn in range(ROUNDS):
                print(f"  vuelta {turn + 1}: {latency(shared=shared)}", flush=True)


def storm() -> None:
    """20,000 alarms on 2,000 circuits of 300 ISPs under one upstream."""
    with platform.running(worker=True) as running:
        intake.make_source()
        _network(circuits=CIRCUITS, isps=ISPS, nodes=20, ride_upstream=True)
        alerts = [_alert(circuit, kind) for circuit in range(CIRCUITS) for kind in range(KINDS)]
        random.Random(7).shuffle(alerts)
        posts = [bodies.post(alerts[k : k + GROUPED]) for k in range(0, len(alerts), GROUPED)]
        client = intake.Client(running.port)
        begun = time.perf_counter()
        client.post_all(posts)
        posted = time.perf_counter() - begun
        _until(lambda: _waiting() == 0 and _shape()["outages"] == CIRCUITS)
        correlated = time.perf_counter() - begun
        previews, composed = _previews()
        print(
            f"tormenta de {len(alerts)} alarmas: recibidas en {posted:.1f} s, correlacionadas a los {correlated:.1f} s"
        )
        print(f"quedan: {_shape()}")
        print(f"{previews} avisos para revisar, compuestos en {composed:.1f} s")
        print(
            f"en total {correlated + composed:.1f} s (pedido: menos de 30 s); respuestas {dict(client.answers)}\n"
        )


def latency(*, shared: bool) -> str:
    """Post one alarm at a time at a fixed rate; when was its case committed, and when was it on the board?"""
    with platform.running(worker=True) as running:
        intake.make_source()
        alarms = RATE * SECONDS
        network = _network(circuits=alarms, isps=ISPS, nodes=20 if shared else 0, ride_upstream=shared)
        codes = {service.pk: service.circuit_code for service in network.services}
        _warm(running.port)
        posted: dict[str, float] = {}
        committed: dict[str, float] = {}
        board = _Board(running.port, _cookie(), shared=shared)
        ended = threading.Event()
        watchers = [
            threading.Thread(target=_watch, args=(codes, committed, ended)),
            threading.Thread(target=board.watch, args=(ended,)),
        ]
        for watcher in watchers:
            watcher.start()
        _post_steadily(running.port, posted)
        _until(lambda: board.count >= len(posted), patience=60, step=0.1, strict=False)
        ended.set()
        for watcher in watchers:
            watcher.join()
        rows = [committed[code] - at for code, at in posted.items() if code in committed]
        return (
            f"guardado {_ms(rows)}; en el tablero {_ms(board.waits(posted))}, "
            f"vistas {board.count} de {len(posted)}, quedan {_shape()}"
        )


def _ms(waits: list[float]) -> str:
    if not waits:
        return "nada"
    return f"p50 {machine.median(waits) * 1000:.0f} ms, p99 {machine.percentile(waits, 0.99) * 1000:.0f} ms"


class _Board:
    """A screen with the board: what it showed, and since when."""

    def __init__(self, port: int, cookie: str, *, shared: bool) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookie = cookie
        self.shared = shared
        self.seen: dict[str, float] = {}
        self.growth: list[tuple[float, int]] = []
        self.version = -1

    @property
    def count(self) -> int:
        """How many circuits were on it."""
        return (self.growth[-1][1] if self.growth else 0) if self.shared else len(self.seen)

    def watch(self, ended: threading.Event) -> None:
        """Ask as the page's script does."""
        while not ended.is_set():
            news = json.loads(self._get(f"/vivo?v=board:{self.version}"))
            busy = news["versions"]["board"] != self.version
            if busy:
                self.version = news["versions"]["board"]
                self._fetch()
            time.sleep(BUSY_SECONDS if busy else POLL_SECONDS)

    def waits(self, posted: dict[str, float]) -> list[float]:
        """From each post to the moment at which the board showed it.

        Under one upstream all are one row that says how many circuits it has: the n-th post is shown when
        the row says n.
        """
        if not self.shared:
            return [self.seen[code] - at for code, at in posted.items() if code in self.seen]
        found, grown = [], iter(self.growth)
        at, shown = next(grown, (0.0, 0))
        for place, begun in enumerate(sorted(posted.values()), start=1):
            while shown < place and (following := next(grown, None)):
                at, shown = following
            if shown >= place:
                found.append(at - begun)
        return found

    def _fetch(self) -> None:
        """The newest faults first, page by page as far as they are new."""
        for page in range(1, PAGES_MOST + 1):
            text = self._get(f"/danos/?orden=-edad&pagina={page}")
            now = time.perf_counter()
            rows = text.split("<tr data-href=")[1:]
            if self.shared:
                several = [CIRCUITS_OF_ROW.search(row) for row in rows]
                self.growth.append(
                    (now, sum(int(each[1].replace(".", "")) if each else 1 for each in several))
                )
                return
            found = {code for row in rows for code in CODE.findall(row)}
            new = found - self.seen.keys()
            self.seen.update(dict.fromkeys(new, now))
            if len(new) < len(found) or not found:
                return

    def _get(self, path: str) -> str:
        self.connection.request("GET", path, headers={"Cookie": self.cookie})
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
        return text


def _cookie() -> str:
    from mayorista.apps.procedure.operations import people
    from mayorista.interfaces import clock
    from mayorista.rules.procedure import Role

    people.write_user(
        username="noc",
        full_name="Noelia Ortega",
        roles=[Role.NOC],
        email="noc@comteco.example",
        password="un-turno-de-noche-27",
        at=clock.now(),
    )
    return carrier.cookie_of("noc")


def _network(**size: Any) -> Any:
    from tests import network

    return network.build(**size)


def _alert(circuit: int, kind: int) -> dict[str, Any]:
    labels = {
        "alertname": f"WholesaleAlarm{kind}",
        "severity": "critical" if kind < 5 else "major",
        "job": "bgp",
        "instance": f"pe{circuit % 20:02d}.cbba.example:9100",
        "service": f"TIP-{circuit:04d}",
    }
    start = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=30 - (circuit % 20))
    return bodies.alert(labels, starts_at=start, annotations={"summary": f"Circuito {circuit} sin servicio"})


def _warm(port: int) -> None:
    """Wait until the worker correlates: what is measured is a platform that runs."""
    intake.Client(port).post_all([bodies.post([_alert(9_999, 9) | {"annotations": {}}])])
    _until(lambda: _waiting() == 0)


def _post_steadily(port: int, posted: dict[str, float]) -> None:
    """RATE posts a second over a few connections, each on its own beat."""
    lanes = 4
    begin = time.perf_counter() + 0.2

    def lane(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"Authorization": f"Bearer {intake.TOKEN}", "Content-Type": "application/json"}
        for k in range(number, RATE * SECONDS, lanes):
            body = bodies.post([_alert(k, 0)])
            time.sleep(max(0.0, begin + k / RATE - time.perf_counter()))
            posted[f"TIP-{k:04d}"] = time.perf_counter()
            connection.request("POST", f"/hooks/alertmanager/{intake.SOURCE}", body, headers)
            connection.getresponse().read()

    threads = [threading.Thread(target=lane, args=(number,)) for number in range(lanes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _watch(codes: dict[int, str], seen: dict[str, float], ended: threading.Event) -> None:
    """Look at the open outages as the board does, and note when each circuit is first there."""
    from django.db import connection

    last = 0
    while not ended.is_set():
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, service_id FROM faults_outage WHERE id > %s ORDER BY id", [last])
            rows = cursor.fetchall()
        now = time.perf_counter()
        for outage_id, service_id in rows:
            seen.setdefault(codes[service_id], now)
            last = outage_id
        time.sleep(0.02)
    connection.close()


def _waiting() -> int:
    from mayorista.apps.monitoring.models import Change

    return Change.objects.count()


def _shape() -> dict[str, int]:
    from mayorista.apps.faults.models import Case, Fault, Outage

    return {
        "faults": Fault.objects.exclude(state="VOID").count(),
        "cases": Case.objects.filter(closed_at=None).count(),
        "outages": Outage.objects.filter(closed_at=None).count(),
    }


def _previews() -> tuple[int, float]:
    from mayorista.apps.faults.models import Case
    from mayorista.apps.faults.operations import notices

    begun = time.perf_counter()
    ids = list(Case.objects.filter(closed_at=None).values_list("id", flat=True))
    composed = notices.compose(case_ids=ids, kind="OPENING", at=dt.datetime.now(dt.UTC))
    return len(composed), time.perf_counter() - begun


def _until(
    done: Callable[[], bool], *, patience: float = PATIENCE_SECONDS, step: float = 0.2, strict: bool = True
) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if done():
            return
        time.sleep(step)
    if strict:
        raise TimeoutError(str(_shape()))


if __name__ == "__main__":
    main(sys.argv[1:])
