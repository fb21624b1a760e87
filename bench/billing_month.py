"""A month of billing: 10,000 contracts from nothing to amounts with sheets, then packets, invoices, and their PDFs.

Memory: a run goes in portions, so what a process needs for it must not grow with the contracts. The contracts are
written by another process; before each run the peak is set back, and it is told at a quarter, at half and at the end.

Contracts are written in bulk as their operations leave them: each has a circuit per Mbps, every fifth a change of
speed in the month, every tenth a graduated price, every twentieth a second circuit.
"""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

from bench import machine, platform

CONTRACTS = 10_000
PAPERS = 600
AT = dt.datetime(2026, 12, 2, 14, 0, tzinfo=dt.UTC)
ASKED = {"define": 20.0, "issue": 40.0, "pdf": 60.0}


def main() -> None:
    """Measure and print."""
    if "write" in sys.argv:
        _write(int(sys.argv[2]))
        return
    contracts = int(sys.argv[1]) if len(sys.argv) > 1 else CONTRACTS
    print(f"## Un mes de {contracts:,} contratos\n".replace(",", "."))
    print(machine.describe(), "\n")
    with platform.running(web=False):
        measure(contracts)


def measure(contracts: int) -> None:
    """Write the contracts, do the month, print each step's time and memory."""
    from mayorista.apps.billing.models import Amount, AmountLine, Invoice, Month, Packet
    from mayorista.apps.billing.operations import months, runs
    from mayorista.apps.billing.queries import papers
    from mayorista.apps.procedure.operations import people
    from mayorista.rules import periods
    from mayorista.rules.procedure import Role

    november = periods.parse_month("2026-11")
    users = {}
    for role in (Role.INTERCONNECTION, Role.MANAGER, Role.BILLING):
        users[role] = people.write_user(
            username=f"bench-{role.lower()}",
            full_name=f"Bench {role}",
            roles=[role],
            email=f"{role.lower()}@bench.example",
            phone_e164="",
            password="un-banco-de-pruebas-27",
            at=AT,
        )

    def actor(role: Role) -> object:
        return people.actor_for(user=users[role], at=AT)

    subprocess.run([sys.executable, "-m", "bench.billing_month", "write", str(contracts)], check=True)
    print("| paso | segundos | por segundo | memoria pico a 1/4, a 1/2, al final, MB |")
    print("|---|---|---|---|")
    peaks: list[float] = []

    def timed(name: str, act: object) -> float:
        peaks.clear()
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        begun = time.perf_counter()
        act()  # type: ignore[operator]
        spent = time.perf_counter() - begun
        peaks.append(_peak())
        told = ", ".join(f"{peaks[int((len(peaks) - 1) * share)]:.0f}" for share in (0.25, 0.5, 1.0))
        print(f"| {name} | {spent:.1f} | {contracts / spent:.0f} | {told} |", flush=True)
        return spent

    def run(kind: str, role: Role) -> None:
        pk = runs.start(kind=kind, month=november, actor=actor(role), at=AT)
        while runs.advance(run_id=pk, at=AT):
            peaks.append(_peak())

    opened = timed(
        "abrir el mes", lambda: months.open_months(month=november, actor=actor(Role.INTERCONNECTION), at=AT)
    )
    ids = list(Month.objects.values_list("id", flat=True))
    sides = timed(
        "confirmar por ambas partes",
        lambda: [
            months.confirm_side(month_ids=ids, manager=manager, actor=actor(role), at=AT)
            for manager, role in ((False, Role.INTERCONNECTION), (True, Role.MANAGER))
        ],
    )
    defined = timed("definir montos con hojas", lambda: run("DEFINE", Role.INTERCONNECTION))
    sent = timed("remitir paquetes", lambda: run("SEND", Role.INTERCONNECTION))
    issued = timed("emitir facturas propias", lambda: run("ISSUE", Role.BILLING))
    assert Amount.objects.count() == Packet.objects.count() == Invoice.objects.count() == contracts
    lines = AmountLine.objects.count()
    invoices = list(
        Invoice.objects.select_related("packet", "dossier", "group").order_by("id")[: PAPERS + 20]
    )
    facts = papers.Facts.read(invoices, at=AT)
    for invoice in invoices[:20]:
        facts.pdf(invoice)
    begun = time.process_time()
    for invoice in invoices[20:]:
        facts.pdf(invoice)
    pdfs = len(invoices[20:]) / (time.process_time() - begun)
    total = sum(Amount.objects.values_list("total", flat=True), Decimal(0))
    print(f"\n{lines} líneas, Bs {total}; de nada a montos definidos {opened + sides + defined:.1f} s "
          f"(pedido {ASKED['define']:.0f}), solo definir {defined:.1f} s; paquetes y facturas {sent + issued:.1f} s "
          f"(pedido {ASKED['issue']:.0f}); PDF {pdfs:.0f} por segundo y núcleo (pedido {ASKED['pdf']:.0f})\n")  # fmt: skip


def _write(contracts: int) -> None:
    """Write the contracts: in a process of its own, that its memory is not counted."""
    import django

    django.setup()
    from mayorista.apps.onboarding.operations import scale_contracts

    scale_contracts.load_contracts(at=AT - dt.timedelta(days=60), contracts=contracts)


def _peak() -> float:
    """The most memory that this process held since its peak was set back, in MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024


if __name__ == "__main__":
    main()
