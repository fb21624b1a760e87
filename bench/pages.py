"""Pages at full size: 1,000 services, 100,000 alarms, 20,000 cases, asked of the real server one by one.

Asked: median under 50 ms and 99th percentile under 150 ms on the server. The time is that from the
request's first byte to the answer's last, over loopback; each person is logged in as in life. Beside
it the CPU time of web server and database together, which a busy machine does not spoil.

`python -m bench.pages [ROUNDS [WORD]]` asks each page ROUNDS times, only those whose title has WORD.
"""

from __future__ import annotations

import http.client
import sys
import time
from dataclasses import dataclass

from bench import carrier, machine, platform

ROUNDS = 300
WARM = 5
MEDIAN_MS, WORST_MS = 50, 150
ROLES = ("noc", "soporte", "gerente", "ventas", "interconexion", "facturacion", "cartera", "auditor", "admin")


@dataclass(frozen=True, slots=True)
class Figure:
    """The times of one page in milliseconds, and its CPU time per request."""

    title: str
    times: list[float]
    cpu: float
    size: int

    @property
    def median(self) -> float:
        """The middle one."""
        return machine.median(self.times)

    @property
    def worst(self) -> float:
        """What 99 of 100 do not exceed."""
        return machine.percentile(self.times, 0.99)

    @property
    def kept(self) -> bool:
        """Whether it is as fast as asked."""
        return self.median < MEDIAN_MS and self.worst < WORST_MS

    def __str__(self) -> str:
        return (
            f"{self.title:<34} mediana {self.median:6.1f} ms   p99 {self.worst:6.1f} ms"
            f"   CPU {self.cpu:5.1f} ms   {self.size / 1024:5.0f} kB{'' if self.kept else '   EXCEDE'}"
        )


def main(words: list[str]) -> None:
    """Load the carrier, log in, and print the figures."""
    rounds = int(words[0]) if words else ROUNDS
    wanted = words[1].lower() if len(words) > 1 else ""
    print("## Páginas (granian y PostgreSQL)\n")
    print(machine.describe(), "\n")
    with platform.running(threads=2) as running:
        loaded = carrier.load()
        print(loaded.made)
        cookies = {name: carrier.cookie_of(name) for name in ROLES}
        tell(running, _pages(loaded), cookies, rounds=rounds, wanted=wanted)


def tell(
    running: platform.Platform,
    asked: list[tuple[str, str, str]],
    cookies: dict[str, str],
    *,
    rounds: int,
    wanted: str,
) -> None:
    """Ask each page (title, who looks, address) and print its figures, at the end how many kept to them."""
    print(f"{rounds} veces cada una; pedido: mediana < {MEDIAN_MS} ms, p99 < {WORST_MS} ms\n")
    figures = []
    for title, who, path in asked:
        if wanted in title.lower():
            figures.append(_measure(running, title, path, cookies[who], rounds))
            print(figures[-1], flush=True)
    over = [figure.title for figure in figures if not figure.kept]
    print(f"\n{len(figures) - len(over)} de {len(figures)} páginas dentro de lo pedido")
    print(machine.describe(), "\n")


def _pages(loaded: carrier.Carrier) -> list[tuple[str, str, str]]:
    """Title, who looks, address."""
    repair, closing = loaded.cases["REPAIR"], loaded.cases["VERIFIED"]
    return [
        *((f"Bandeja de {name}", name, "/") for name in ROLES),
        ("Daños abiertos", "noc", "/danos/"),
        ("Daños cerrados", "noc", "/danos/?estado=cerrados"),
        ("Daños cerrados, última hoja", "noc", "/danos/?estado=cerrados&pagina=400"),
        ("Daños, búsqueda", "noc", "/danos/?estado=todos&texto=escala-00042"),
        ("Pizarra", "noc", "/pizarra"),
        ("Vivo", "noc", "/vivo?v=board:-1,tray:-1"),
        ("Caso cerrado", "soporte", f"/danos/{loaded.closed}/"),
        *((f"Caso {state}", "soporte", f"/danos/{number}/") for state, number in loaded.cases.items()),
        ("Daño de muchos clientes", "noc", f"/danos/{loaded.mass}/"),
        ("Acto: diagnosticar", "soporte", f"/danos/{loaded.cases['ANALYSIS']}/diagnosticar/"),
        ("Acto: restablecer", "noc", f"/danos/{repair}/restablecer/"),
        ("Acto: D.A.C. de cierre", "noc", f"/danos/{closing}/dac/"),
        ("D.A.C.", "gerente", f"/dac/{loaded.dac}/"),
        ("Comunicar al cliente (A.7)", "gerente", f"/danos/{loaded.cases['DAC_CLOSED']}/avisar/"),
        ("Avisos de solución", "gerente", "/avisos/"),
        ("Avisos de un daño de muchos", "noc", f"/avisos/?dano={loaded.mass}&clase=OPENING"),
        ("Mensajes", "soporte", "/mensajes/"),
        ("Alarmas", "noc", "/alarmas/"),
        ("Alarmas, todas", "noc", "/alarmas/?ver=todas"),
        ("Mantenimientos", "noc", "/mantenimientos/"),
        ("Mantenimiento nuevo", "noc", "/mantenimientos/nuevo/"),
        ("Abrir caso", "noc", "/danos/nuevo/?buscar=escala"),
        ("Clientes", "ventas", "/clientes/"),
        ("Cliente (360)", "ventas", "/clientes/ESCALA-0001/"),
        ("Servicios", "interconexion", "/servicios/"),
        ("Servicios, búsqueda", "interconexion", "/servicios/?texto=escala-00042"),
        ("Servicio", "interconexion", "/servicios/ESCALA-00001/"),
        ("Contactos", "ventas", "/contactos/"),
        ("Contratos", "ventas", "/contratos/"),
        ("Cambios de velocidad", "interconexion", "/velocidad/"),
        ("Mes de facturación", "facturacion", "/facturacion/2026-11/"),
        ("Facturas", "facturacion", "/facturas/"),
        ("Red y proveedores", "admin", "/administracion/red/"),
        ("Elemento con 250 servicios", "admin", f"/administracion/red/elementos/{carrier.UPSTREAM}/"),
        ("Búsqueda por texto", "noc", "/buscar/?q=guardia"),
        ("Búsqueda por número", "noc", "/buscar/?q=ESCALA-0007"),
    ]


def _measure(running: platform.Platform, title: str, path: str, cookie: str, rounds: int) -> Figure:
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)
    times: list[float] = []
    size = 0
    before = 0.0
    for turn in range(rounds + WARM):
        if turn == WARM:
            before = machine.cpu_seconds(running.server_pids())
        begun = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
        size = len(answer.read())
        spent = (time.perf_counter() - begun) * 1000
        landed = answer.getheader("Location", "")
        if answer.status not in {200, 302} or "login" in landed:
            raise RuntimeError(f"{path}: {answer.status} {landed}")
        if turn >= WARM:
            times.append(spent)
    connection.close()
    cpu = (machine.cpu_seconds(running.server_pids()) - before) * 1000 / rounds
    return Figure(title, times, cpu, size)


if __name__ == "__main__":
    main(sys.argv[1:])
