"""One box for everything: circuits and elements of the network by each of their numbers."""

from __future__ import annotations

import pytest

from mayorista.apps.contracts import operations as contracts


@pytest.fixture
def found(world, visit):
    """Return what a search shows, or where it leads at once."""
    customer = world.isp("VALLE FIBRA S.R.L.")
    node = contracts.save_resource(
        actor=world.actor("admin"),
        at=world.at,
        code="PE-COCH-02",
        kind="NODE",
        name="Router de borde Cochabamba",
    ).id
    contracts.save_service(
        actor=world.actor("admin"), at=world.at, customer_id=customer, circuit_code="TIP-0141", capacity="2 Gbps",
        description="tránsito", port="Te0/0/0/37", vlan="3117", asn="65017", prefixes="203.0.113.0/24", node_id=node,
        aliases=[contracts.AliasWish("ENL-778-X")], rides=[contracts.RideWish(world.resource("UP-TAD-1"))],
        nms_names=[contracts.NameWish({"instance": "10.9.8.7:9116", "ifName": "xe-1/0/5"})],
    )  # fmt: skip

    def look(text: str) -> str:
        return visit("noc").get("/buscar/", {"q": text}, follow=True).content.decode()

    return look


@pytest.mark.parametrize(
    "text",
    ["TIP-0141", "ENL-778-X", "3117", "VLAN 3117", "Te0/0/0/37", "65017", "AS65017", "203.0.113.0/24", "203.0.113.9",
     "10.9.8.7", "xe-1/0/5"],
)  # fmt: skip
def test_circuit_is_found_by(found, text):
    assert "/servicios/TIP-0141/" in found(text)


@pytest.mark.parametrize("text", ["UP-TAD-1", "up-tad-1", "PE-COCH-02"])
def test_element_opens_at_once_by_its_code(found, text):
    html = found(text)
    assert "Servicios que van por aquí" in html
    assert text.upper() in html


@pytest.mark.parametrize("text", ["UP-TAD", "router de borde", "COCH-02"])
def test_element_is_listed_by_a_part_of_its_code_or_name(found, text):
    html = found(text)
    assert "Elemento de red" in html
    assert f"/administracion/red/elementos/{'UP-TAD-1' if 'TAD' in text else 'PE-COCH-02'}/" in html
