"""Contracts of full size, for figures: clauses, prices, circuits and changes of speed, written in bulk.

Deterministic, like `scale`: rows are what the operations leave.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from mayorista.apps.contracts.models import (
    BandwidthPeriod,
    Contract,
    PriceVersion,
    Service,
    ServiceHolding,
    SpeedChange,
    Terms,
)
from mayorista.apps.customers.models import Contact, ContactRole, Customer
from mayorista.apps.procedure.operations import dossiers
from mayorista.rules import names

PREFIX = "CONTRATOS"
BATCH = 2_000
STARTS = dt.date(2026, 1, 1)
CHANGED = dt.date(2026, 11, 16)
GRADUATED = {"tiers": [{"up_to": "1000", "unit_price": "12.00"}, {"up_to": None, "unit_price": "10.50"}]}
PER_MBPS = {"unit_price": "11.50"}


@transaction.atomic
def load_contracts(*, at: dt.datetime, contracts: int) -> int:
    """Write `contracts` contracts of as many customers once; return how many there are."""
    if Customer.objects.filter(code__startswith=f"{PREFIX}-").exists():
        return Contract.objects.filter(number__startswith=f"{PREFIX}-").count()
    firms = _customers(contracts, at)
    homes = _homes("CONTRACT", "CT", firms, at)
    made = Contract.objects.bulk_create(
        [
            Contract(
                dossier=home,
                customer=firm,
                number=f"{PREFIX}-{number:05d}",
                signed_date=STARTS,
                starts_date=STARTS,
            )
            for number, (home, firm) in enumerate(zip(homes, firms, strict=True))
        ],
        batch_size=BATCH,
    )
    Terms.objects.bulk_create(
        [
            Terms(
                contract=contract,
                starts_date=STARTS,
                payment_days=30,
                upgrade_policy="prorated",
                agreed_at=at,
            )
            for contract in made
        ],
        batch_size=BATCH,
    )
    circuits = [(number, contract) for number, contract in enumerate(made)]
    circuits += [(number, contract) for number, contract in enumerate(made) if number % 20 == 0]
    _circuits(circuits, at)
    return len(made)


def _homes(kind: str, prefix: str, firms: list[Customer], at: dt.datetime) -> list:  # type: ignore[type-arg]
    return dossiers.open_dossiers(
        new=[
            dossiers.NewDossier(
                kind, f"{prefix}-{PREFIX}-{number:05d}", firm.name, "vigente", firm.dossier_id
            )
            for number, firm in enumerate(firms)
        ],
        at=at,
    )


def _customers(count: int, at: dt.datetime) -> list[Customer]:
    titles = [f"{PREFIX} NET {number:05d} S.R.L." for number in range(count)]
    homes = dossiers.open_dossiers(
        new=[
            dossiers.NewDossier("CUSTOMER", f"{PREFIX}-{number:05d}", title, "activo")
            for number, title in enumerate(titles)
        ],
        at=at,
    )
    firms = Customer.objects.bulk_create(
        [
            Customer(
                dossier=home,
                code=home.number,
                name=title,
                nit=f"8{number:09d}",
                sort_key=names.sort_key(title),
                name_key=names.normal_key(title),
            )
            for number, (home, title) in enumerate(zip(homes, titles, strict=True))
        ],
        batch_size=BATCH,
    )
    people = Contact.objects.bulk_create(
        [
            Contact(
                full_name=f"Pagos {firm.code}",
                sort_key=names.sort_key(firm.code),
                email=f"pagos@{firm.code.lower()}.example",
            )
            for firm in firms
        ],
        batch_size=BATCH,
    )
    ContactRole.objects.bulk_create(
        [
            ContactRole(contact=person, customer=firm, role="BILLING")
            for person, firm in zip(people, firms, strict=True)
        ],
        batch_size=BATCH,
    )
    return firms


def _circuits(circuits: list[tuple[int, Contract]], at: dt.datetime) -> None:
    homes = dossiers.open_dossiers(
        new=[
            dossiers.NewDossier("SERVICE", f"{PREFIX}-C-{place:05d}", "circuito", "activo")
            for place in range(len(circuits))
        ],
        at=at,
    )
    services = Service.objects.bulk_create(
        [
            Service(
                dossier=home,
                customer_id=contract.customer_id,
                contract=contract,
                circuit_code=f"{PREFIX}-C-{place:05d}",
                capacity_kbps=_kbps(number),
            )
            for place, (home, (number, contract)) in enumerate(zip(homes, circuits, strict=True))
        ],
        batch_size=BATCH,
    )
    pairs = list(zip(services, circuits, strict=True))
    ServiceHolding.objects.bulk_create(
        [
            ServiceHolding(service=service, contract=contract, starts_date=STARTS)
            for service, (_n, contract) in pairs
        ],
        batch_size=BATCH,
    )
    PriceVersion.objects.bulk_create(
        [
            PriceVersion(
                service=service,
                contract=contract,
                effective_date=STARTS,
                price_model="graduated" if number % 10 == 0 else "per_mbps",
                terms=GRADUATED if number % 10 == 0 else PER_MBPS,
                clause="4.2",
                agreed_at=at - dt.timedelta(days=300),
            )
            for service, (number, contract) in pairs
        ],
        batch_size=BATCH,
    )
    changed = [(service, number) for service, (number, _c) in pairs if number % 5 == 0]
    moved = {service.pk for service, _n in changed}
    BandwidthPeriod.objects.bulk_create(
        [
            BandwidthPeriod(
                service=service,
                starts_date=STARTS,
                ends_date=CHANGED if service.pk in moved else None,
                kbps=_kbps(number),
                first=True,
            )
            for service, (number, _c) in pairs
        ],
        batch_size=BATCH,
    )
    _changes(changed, at)


def _changes(changed: list[tuple[Service, int]], at: dt.datetime) -> None:
    homes = dossiers.open_dossiers(
        new=[
            dossiers.NewDossier("SPEED", f"SCV-{PREFIX}-{place:05d}", "cambio", "vigente")
            for place in range(len(changed))
        ],
        at=at,
    )
    made = SpeedChange.objects.bulk_create(
        [
            SpeedChange(
                dossier=home,
                service=service,
                state="IN_FORCE",
                door="LETTER",
                requested_by="cliente",
                requested_date=CHANGED,
                from_kbps=_kbps(number),
                to_kbps=_kbps(number) * 3 // 2,
                wanted_date=CHANGED,
                effective_date=CHANGED,
                in_force_at=at,
                own_price={},
            )
            for home, (service, number) in zip(homes, changed, strict=True)
        ],
        batch_size=BATCH,
    )
    BandwidthPeriod.objects.bulk_create(
        [
            BandwidthPeriod(
                service=service, starts_date=CHANGED, kbps=change.to_kbps, follows_end=CHANGED, change=change
            )
            for change, (service, _n) in zip(made, changed, strict=True)
        ],
        batch_size=BATCH,
    )


def _kbps(number: int) -> int:
    return 100_000 * (1 + number % 40)
