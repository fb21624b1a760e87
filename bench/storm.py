"""From alarm to case: a storm under one upstream, and the latency of 200 alarms a second.

Asked: 20,000 alarms on 2,000 circuits of 300 ISPs under one upstream are one fault, 300 cases, 2,000
outages and 300 notices to preview in under 30 s; posted to case on the board in under 1 s at the 99th
percentile at 200 alarms/s.
"""

from __future__ import annotations

import datetime as dt
import http.client
import random
import threading
import time
from typing import TYPE_CHECKING, Any

from bench import intake, machine, platform
from mayorista.interfaces.lab import bodies

if TYPE_CHECKING:
    from collections.abc import Callable

CIRCUITS, ISPS, KINDS, GROUPED = 2_000, 300, 10, 200
RATE, SECONDS = 200, 8
PATIENCE_SECONDS = 180.0


def main() -> None:
    """Measure and print."""
    print("## De la alarma al caso (granian, trabajador y PostgreSQL)\n")
    print(machine.describe(), "\n")
    storm()
    latency(shared=True)
    latency(shared=False)


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


def latency(*, shared: bool) -> None:
    """Post one alarm at a time at a fixed rate and see when its case is there for the board."""
    with platform.running(worker=True) as running:
        intake.make_source()
        network = _network(circuits=CIRCUITS, isps=ISPS, nodes=20 if shared else 0, ride_upstream=shared)
        codes = {service.pk: service.circuit_code for service in network.services}
        _warm(running.port)
        posted: dict[str, float] = {}
        seen: dict[str, float] = {}
        ended = threading.Event()
        watcher = threading.Thread(target=_watch, args=(codes, seen, ended))
        watcher.start()
        _post_steadily(running.port, posted)
        _until(lambda: len(seen) >= len(posted), patience=60, step=0.1, strict=False)
        ended.set()
        watcher.join()
        waits = sorted(seen[code] - posted[code] for code in posted if code in seen)
        kind = "bajo un mismo upstream" if shared else "sin elemento común (un daño por alarma)"
        print(
            f"{len(posted)} alarmas a {RATE}/s, {kind}: mediana {machine.median(waits) * 1000:.0f} ms, "
            f"p99 {machine.percentile(waits, 0.99) * 1000:.0f} ms (pedido: menos de 1.000), "
            f"vistas {len(seen)}, quedan {_shape()}"
        )


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
    intake.Client(port).post_all([bodies.post([_alert(CIRCUITS, 9) | {"annotations": {}}])])
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
    main()
