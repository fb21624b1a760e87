"""A contract with its clauses, prices and circuits, for stories of the billing side."""

from __future__ import annotations

import datetime as dt

from mayorista.apps.contracts import operations as contracts
from mayorista.apps.contracts.models import BandwidthPeriod, Contract, Service, SpeedChange
from mayorista.apps.contracts.operations import speed
from mayorista.rules.procedure import Role

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PER_MBPS = {"unit_price": "11.50"}


def paper(name: str = "carta.pdf", content: bytes = PDF) -> contracts.Upload:
    return contracts.Upload(name, content)


def people(world) -> None:
    """Those whom the billing side needs beside the night's people."""
    for name, role in (
        ("interconexion", Role.INTERCONNECTION),
        ("ventas", Role.SALES),
        ("legal", Role.LEGAL),
        ("facturacion", Role.BILLING),
    ):
        if name not in world.users:
            world.person(name, role)


def contract(
    world,
    customer_id: int,
    number: str = "CT-100",
    *,
    starts=dt.date(2026, 1, 1),
    ends=dt.date(2028, 1, 1),
    **clauses,
) -> int:
    """A contract with its clauses in force."""
    made = contracts.save_contract(
        customer_id=customer_id,
        number=number,
        signed_date=starts,
        starts_date=starts,
        ends_date=ends,
        signatories=["Ing. Ana Rojas"],
        actor=world.actor("admin"),
        at=world.at,
    ).id
    contracts.agree_terms(
        contract_id=made, starts_date=starts, actor=world.actor("admin"), at=world.at, **clauses
    )
    return made


def hold(
    world,
    contract_id: int,
    code: str,
    *,
    starts=dt.date(2026, 1, 1),
    kbps: int = 2_000_000,
    model: str = "per_mbps",
    price=None,
    **more,
) -> int:
    """A circuit of the contract with its first speed and price."""
    service = Service.objects.get(circuit_code=code).pk
    contracts.hold_service(
        contract_id=contract_id,
        service_id=service,
        starts_date=starts,
        kbps=kbps,
        actor=world.actor("admin"),
        at=world.at,
    )
    contracts.agree_price(
        contract_id=contract_id,
        service_id=service,
        effective_date=starts,
        model=model,
        price=price or PER_MBPS,
        clause="4.2",
        actor=world.actor("admin"),
        at=world.at,
        **more,
    )
    return service


def ask(world, code: str, kbps: int, wanted: dt.date, **more) -> SpeedChange:
    """The customer asks for a speed by letter."""
    said = {
        "requested_by": "Ana Rojas",
        "door": "LETTER",
        "upload": paper(),
        "requested_date": world.today,
        **more,
    }
    return speed.request_change(
        service_id=Service.objects.get(circuit_code=code).pk,
        to_kbps=kbps,
        wanted_date=wanted,
        actor=world.actor("interconexion"),
        at=world.at,
        **said,
    )


CHECKED = {
    key: {"state": "OK", "note": ""}
    for key in ("port", "lag", "uplink", "backbone", "upstream", "licences", "router", "policer", "prefixes")
}


def approve(world, change: SpeedChange) -> None:
    """The NOC says yes, the Gerente approves."""
    from decimal import Decimal

    if change.to_kbps > change.from_kbps:
        speed.check_capacity(
            change_id=change.pk,
            answers=CHECKED,
            verdict="YES",
            margin=Decimal(35),
            actor=world.actor("noc"),
            at=world.at,
        )
    speed.decide(change_id=change.pk, approve=True, actor=world.actor("gerente"), at=world.at)


def carry_out(world, change: SpeedChange, when: dt.datetime | None = None, why: str = "") -> None:
    """The order goes out and the network runs at the new speed."""
    if SpeedChange.objects.get(pk=change.pk).state == SpeedChange.State.APPROVED:
        speed.order(
            change_id=change.pk,
            window_at=world.at,
            rollback="volver al policer anterior",
            actor=world.actor("interconexion"),
            at=world.at,
        )
    speed.execute(
        change_id=change.pk,
        executed_at=when or world.at,
        evidence="policer 2G → 3G, prueba 2,97 Gbps",
        why_other_day=why,
        actor=world.actor("noc"),
        at=world.at,
    )


def line(code: str) -> list[tuple[dt.date, dt.date | None, int]]:
    """The bandwidth of a circuit over time: (from, to, Mbps)."""
    rows = BandwidthPeriod.objects.filter(service__circuit_code=code).order_by("starts_date")
    return [(row.starts_date, row.ends_date, row.kbps // 1000) for row in rows]


def number_of(contract_id: int) -> str:
    return Contract.objects.get(pk=contract_id).number
