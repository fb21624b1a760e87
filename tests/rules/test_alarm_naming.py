"""Which circuit or element an alarm names: a table, and what must never be guessed."""

from __future__ import annotations

import pytest

from mayorista.rules.alarms.naming import Name, NameIndex


def name(service: int | None = None, resource: int | None = None, source: str = "", **labels: str) -> Name:
    return Name(frozenset(labels.items()), source, service, resource)


INDEX = NameIndex(
    [
        name(service=1, instance="br1", interface="Te3"),
        name(service=2, service_label="x"),
        name(service=3, source="zbx", host="h1"),
        name(resource=10, instance="br1"),
        name(resource=11, alertname="NodeDown", instance="br2"),
        name(resource=20, upstream="UP-1"),
        name(resource=21, instance="br1", slot="2"),
    ]
)


@pytest.mark.parametrize(
    ("labels", "source", "services", "resources"),
    [
        ({"instance": "br1", "interface": "Te3"}, "p", {1}, set()),
        ({"instance": "br1", "interface": "Te3", "upstream": "UP-1"}, "p", {1}, set()),
        ({"instance": "br1"}, "p", set(), {10}),
        ({"instance": "br1", "severity": "critical", "alertname": "NodeDown"}, "p", set(), {10}),
        ({"instance": "br2", "alertname": "NodeDown"}, "p", set(), {11}),
        ({"instance": "br1", "slot": "2"}, "p", set(), {21}),
        ({"upstream": "UP-1", "peer": "192.0.2.1"}, "p", set(), {20}),
        ({"host": "h1"}, "zbx", {3}, set()),
        ({"host": "h1"}, "p", set(), set()),
        ({}, "p", set(), set()),
    ],
)
def test_the_most_specific_name_wins_and_a_service_goes_before_a_resource(
    labels, source, services, resources
):
    match = INDEX.match(labels, source)
    assert (match.service_ids, match.resource_ids) == (services, resources)


@pytest.mark.parametrize(
    "labels",
    [
        {"instance": "br1", "interface": "Te9"},
        {"instance": "br1", "peer": "192.0.2.9"},
        {"instance": "br2", "alertname": "NodeDown", "ifName": "Te1"},
        {"service": "TIP-9999", "upstream": "UP-1"},
        {"circuito": "TIP-9999", "instance": "br1"},
    ],
)
def test_an_unknown_part_does_not_take_the_whole_down(labels):
    assert not INDEX.match(labels, "p")
