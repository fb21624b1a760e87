"""Money: service-months a second of one core, the 95th percentile of many ports, a month's availability.

Every service differs (price, speeds, day of the change), nothing is remembered between rounds, and what is timed is
CPU time of one process. The figures of the text: 20,000 service-months a second; 2,000 ports × 8,928 samples under
5 s and 500 MB; availability of 20,000 services under 10 s.
"""

from __future__ import annotations

import datetime as dt
import random
import resource
import time
from decimal import Decimal
from typing import TYPE_CHECKING

from bench import machine
from mayorista.rules import availability, lapaz, percentile
from mayorista.rules.periods import Month
from mayorista.rules.rating import Billing, Case, Prior, Service, SpeedChange, Terms, rate
from mayorista.rules.tariff import Model, Price, Tier, TierScope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SERVICES, ROUNDS = 2_000, 9
PORTS = 2_000
MONTH = Month(2026, 10)
LONG_AGO = dt.datetime(2024, 12, 16, 13, tzinfo=dt.UTC)
BILLING = Billing(MONTH, dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC), "USD")
IN_BOLIVIANOS = Billing(MONTH, BILLING.as_of, "BOB", Decimal("9.9537"))
SINCE = dt.date(2025, 1, 1)


def main() -> None:
    """Measure and print."""
    print("## Importes\n")
    print(machine.describe(), "\n")
    print("| mes de un servicio | µs, mediana | meses-servicio/s por núcleo | con lectura de los datos |")
    print("|---|---|---|---|")
    for name, make in KINDS.items():
        cases = [make(number) for number in range(SERVICES)]
        rated = machine.median(
            [_seconds(lambda cases=cases: [rate(case) for case in cases]) for _ in range(ROUNDS)]
        )
        built = machine.median(
            [_seconds(lambda make=make: [rate(make(number)) for number in range(SERVICES)]) for _ in range(3)]
        )
        print(
            f"| {name} | {rated / SERVICES * 1e6:.1f} | {SERVICES / rated:,.0f} | {SERVICES / built:,.0f} |"
        )
    _percentiles()
    _availability()


def _seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


# ---- rating


def _change(id_: str, on: dt.date, mbps: int, at: dt.datetime = LONG_AGO) -> SpeedChange:
    return SpeedChange(id_, on, Decimal(mbps), at)


def _service(number: int, price: Price, *changes: SpeedChange) -> Service:
    first = _change("a", SINCE, 300 + number)
    return Service(Terms("USD", SINCE, (price,)), (first, *changes), circuit=f"TIP-{number:04d}")


def _per_mbps(number: int) -> Price:
    return Price(SINCE, Model.PER_MBPS, unit_price=Decimal(700 + number % 400) / 100)


def _mid_month(number: int) -> SpeedChange:
    return _change("b", dt.date(2026, 10, 2 + number % 29), 500 + number)


def _plain(number: int) -> Case:
    return Case(_service(number, _per_mbps(number)), BILLING)


def _changed(number: int) -> Case:
    return Case(_service(number, _per_mbps(number), _mid_month(number)), BILLING)


def _converted(number: int) -> Case:
    return Case(
        _service(number, _per_mbps(number), _mid_month(number)), IN_BOLIVIANOS, tax_rate=Decimal("0.13")
    )


def _graduated(number: int) -> Case:
    tiers = tuple(
        Tier(limit, Decimal(unit + number % 7))
        for limit, unit in ((Decimal(500), 9), (Decimal(1500), 7), (None, 6))
    )
    price = Price(SINCE, Model.GRADUATED, tiers=tiers, tier_scope=TierScope.SERVICE)
    return Case(_service(number, price, _mid_month(number)), BILLING)


def _adjusted(number: int) -> Case:
    late = _change(
        "b", dt.date(2026, 9, 2 + number % 28), 500 + number, dt.datetime(2026, 10, 10, 12, tzinfo=dt.UTC)
    )
    prior = Prior(MONTH.previous, dt.datetime(2026, 10, 2, 12, tzinfo=dt.UTC))
    return Case(_service(number, _per_mbps(number), late), BILLING, priors=(prior,))


KINDS: dict[str, Callable[[int], Case]] = {
    "sin cambios": _plain,
    "un cambio en el mes (el caso de la meta)": _changed,
    "un cambio, en bolivianos, con IVA": _converted,
    "por tramos, un cambio": _graduated,
    "con ajuste de un mes ya facturado": _adjusted,
}


# ---- samples


def _stored(port: int) -> list[bytes]:
    """A month of a port as the table holds it, a row per day; some ports have gaps."""
    chance = random.Random(port)
    rows = []
    for _ in range(31):
        day = [
            (
                int(2e9 + 1e9 * abs(stamp - 144) / 144) + chance.randrange(10**8),
                10**8 + chance.randrange(10**8),
            )
            for stamp in range(288)
        ]
        rows.append(
            percentile.pack([None if port % 10 == 0 and chance.random() < 0.01 else pair for pair in day])
        )
    return rows


def _stream(models: list[list[bytes]]) -> Iterator[percentile.PackedDays]:
    """Ports one after another, as a server-side cursor hands them over; each port's rows are copies of their own."""
    for port in range(PORTS):
        rows = models[port % len(models)]
        turn = port // len(models) % 31
        days = {MONTH.first + (day + turn) % 31: bytes(bytearray(row)) for day, row in enumerate(rows)}
        yield percentile.PackedDays(days, (9, 10))


def _percentiles() -> None:
    models = [_stored(port) for port in range(40)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    total = 0
    for port in _stream(models):
        total += port.between(MONTH.first, MONTH.after).billed or 0
    spent = time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert total
    print(
        f"\npercentil 95 de {PORTS:,} puertos × 8.928 muestras (2 sentidos): {spent:.2f} s de CPU, ", end=""
    )
    print(
        f"{spent / PORTS * 1000:.2f} ms por puerto; memoria {peak / 1024:.0f} MB ({(peak - before) / 1024:+.0f} MB)"
    )


# ---- availability


def _availability() -> None:
    chance = random.Random(1)
    begin = dt.datetime(2026, 10, 1, tzinfo=lapaz.LA_PAZ)
    services = [
        [
            availability.Outage(
                begin + dt.timedelta(minutes=at),
                None,
                begin + dt.timedelta(minutes=at + chance.randrange(90)),
            )
            for at in (chance.randrange(44_000) for _ in range(5))
        ]
        for _ in range(20_000)
    ]
    served = [(0, 2**40)]
    begun = time.process_time()
    for outages in services:
        availability.of_month(
            MONTH, served=served, outages=outages, terms=availability.Terms(), until=MONTH.ends_at
        )
    print(
        f"\ndisponibilidad del mes de 20.000 servicios con 5 cortes: {time.process_time() - begun:.2f} s de CPU\n"
    )


if __name__ == "__main__":
    main()
