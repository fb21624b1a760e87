"""Pages at full size: 1,000 services, 100,000 alarms, 20,000 cases, asked of the real server one by one.

Asked: median under 50 ms and 99th percentile under 150 ms on the server. The time is that from the
request's first byte to the answer's last, over loopback; each person is logged in as in life.
"""

from __future__ import annotations

import datetime as dt
import http.client
import time
from dataclasses import dataclass

from bench import machine, platform

ROUNDS = 60
WARM = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """The times of one page in milliseconds."""

    title: str
    path: str
    times: list[float]
    size: int

    def __str__(self) -> str:
        ordered = sorted(self.times)
        median = ordered[len(ordered) // 2]
        worst = ordered[max(0, -(-99 * len(ordered) // 100) - 1)]
        return f"{self.title:<34} mediana {median:6.1f} ms   p99 {worst:6.1f} ms   {self.size / 1024:6.0f} kB"


def main() -> None:
    """Load the carrier, log in, and print the figures."""
    print(machine.describe())
    with platform.running(threads=2) as running:
        cookie = _prepare()
        pages = _pages()
        for title, path in pages:
            print(_measure(running, title, path, cookie))


def _prepare() -> str:
    """Load examples and scale; return the cookie of a session of the NOC with support."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from mayorista.apps.onboarding.operations import examples, scale
    from mayorista.apps.procedure.models import User
    from mayorista.interfaces import clock

    at = clock.now()
    examples.load_examples(at=at)
    begun = time.perf_counter()
    made = scale.load_scale(at=at)
    print(f"{made} en {time.perf_counter() - begun:.0f} s")
    _analyse()
    user = User.objects.get(username="admin")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["account_authentication_methods"] = [
        {"method": "password", "at": dt.datetime.now(dt.UTC).timestamp()}
    ]
    session.create()
    return f"sessionid={session.session_key}"


def _analyse() -> None:
    """What autovacuum would have done by the next morning."""
    import os

    import psycopg

    with psycopg.connect(os.environ["MAYORISTA_OWNER_DATABASE_URL"], autocommit=True) as connection:
        connection.execute("ANALYZE")


def _pages() -> list[tuple[str, str]]:
    from mayorista.apps.faults.models import Case

    number = Case.objects.order_by("-pk").values_list("dossier__number", flat=True)[0]
    return [
        ("Bandeja", "/"),
        ("Daños abiertos", "/danos/"),
        ("Daños cerrados", "/danos/?estado=cerrados"),
        ("Caso", f"/danos/{number}/"),
        ("Pizarra", "/pizarra"),
        ("Alarmas", "/alarmas/"),
        ("Clientes", "/clientes/"),
        ("Cliente (360)", "/clientes/ESCALA-0001/"),
        ("Servicios", "/servicios/"),
        ("Servicios, búsqueda", "/servicios/?texto=escala-00042"),
        ("Servicio", "/servicios/ESCALA-00001/"),
        ("Contactos", "/contactos/"),
        ("Red y proveedores", "/administracion/red/"),
        ("Elemento con 250 servicios", "/administracion/red/elementos/UP-ESCALA-1/"),
        ("Búsqueda por texto", "/buscar/?q=guardia"),
        ("Búsqueda por número", "/buscar/?q=ESCALA-0007"),
    ]


def _measure(running: platform.Platform, title: str, path: str, cookie: str) -> Figure:
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)
    times: list[float] = []
    size = 0
    for turn in range(ROUNDS + WARM):
        begun = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
        size = len(answer.read())
        spent = (time.perf_counter() - begun) * 1000
        if answer.status not in {200, 302}:
            raise RuntimeError(f"{path}: {answer.status}")
        if turn >= WARM:
            times.append(spent)
    connection.close()
    return Figure(title, path, times, size)


if __name__ == "__main__":
    main()
