"""A wholesale network in rows, as small or as large as a test or a bench wants it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from mayorista.apps.contracts.models import Provider, Resource, Ride, Service
from mayorista.apps.customers.models import Customer
from mayorista.apps.procedure.operations import dossiers

BEGIN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Network:
    """What was made: services in order of their circuit codes, customers, the upstream and the nodes."""

    services: list[Service]
    customers: list[Customer]
    upstream: Resource
    nodes: list[Resource]


def build(*, circuits: int = 6, isps: int = 3, nodes: int = 2, ride_upstream: bool = True) -> Network:
    """`circuits` services of `isps` customers, spread over `nodes`, all under one upstream.

    Circuit k is `TIP-{k:04d}` of ISP k modulo `isps` at node k modulo `nodes`.
    """
    provider = Provider.objects.create(code="TA", name="TRANSPORTE ANDINO DEMO")
    upstream = Resource.objects.create(
        code="UP-ANDINO-1",
        kind="UPSTREAM",
        name="Tránsito Andino 1",
        provider=provider,
        contract_reference="TA-2026",
    )
    places = Resource.objects.bulk_create(
        Resource(code=f"CBBA-BR{k + 1}", kind="NODE", name=f"Borde {k + 1}") for k in range(nodes)
    )
    customers = _customers(isps)
    homes = dossiers.open_dossiers(
        new=[
            dossiers.NewDossier(
                "SERVICE", f"TIP-{k:04d}", f"Circuito {k}", "activo", customers[k % isps].dossier_id
            )
            for k in range(circuits)
        ],
        at=BEGIN,
    )
    services = Service.objects.bulk_create(
        Service(
            dossier=home,
            customer=customers[k % isps],
            circuit_code=f"TIP-{k:04d}",
            description=f"Tránsito IP {k}",
            capacity_kbps=1_000_000,
            node=places[k % nodes] if nodes else None,
        )
        for k, home in enumerate(homes)
    )
    if ride_upstream:
        Ride.objects.bulk_create(
            Ride(service=service, resource=upstream, primary=True) for service in services
        )
    return Network(services, customers, upstream, places)


def _customers(count: int) -> list[Customer]:
    names = [f"ISP DEMO {k:03d}" for k in range(count)]
    homes = dossiers.open_dossiers(
        new=[
            dossiers.NewDossier("CUSTOMER", f"ISP-{900 + k:03d}", name, "activo")
            for k, name in enumerate(names)
        ],
        at=BEGIN,
    )
    return Customer.objects.bulk_create(
        Customer(
            dossier=home,
            code=f"ISP-{900 + k:03d}",
            name=name,
            legal_name=f"{name} S.R.L.",
            sort_key=name.lower(),
            name_key=name.lower(),
        )
        for k, (home, name) in enumerate(zip(homes, names, strict=True))
    )
