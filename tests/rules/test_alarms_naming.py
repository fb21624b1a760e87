"""Which circuit or element an alarm names."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mayorista.rules.alarms.naming import Match, Name, NameIndex, identifying, keys


def name(service=None, resource=None, source="", **labels):
    return Name(frozenset(labels.items()), source, service, resource)


INDEX = NameIndex(
    [
        name(service=1, service_="x", instance="pe1", interface="xe-1"),
        name(service=2, circuit="TIP-0002"),
        name(resource=10, instance="pe1"),
        name(resource=11, upstream="UP-1"),
        name(service=3, source="zabbix", circuit="TIP-0003"),
        name(service=4, bundle="b"),
        name(service=5, bundle="b"),
    ]
)


class TestMatch:
    def test_needs_all_labels_of_the_name(self):
        assert INDEX.match({"instance": "pe1", "interface": "xe-1", "service_": "x"}, "").service_ids == {1}
        assert INDEX.match({"interface": "xe-1", "service_": "x"}, "") == Match()

    def test_the_interface_of_a_router_is_not_the_router(self):
        match = INDEX.match({"instance": "pe1", "interface": "xe-1", "service_": "x"}, "")
        assert match.resource_ids == frozenset()

    def test_an_alarm_of_a_circuit_that_tells_its_upstream_is_of_the_circuit_only(self):
        assert INDEX.match({"circuit": "TIP-0002", "upstream": "UP-1"}, "") == Match(frozenset({2}))

    def test_an_alarm_of_an_element_names_the_element(self):
        assert INDEX.match({"upstream": "UP-1", "severity": "critical"}, "").resource_ids == {11}

    def test_a_name_of_one_source_holds_for_that_source_only(self):
        assert INDEX.match({"circuit": "TIP-0003"}, "prometheus") == Match()
        assert INDEX.match({"circuit": "TIP-0003"}, "zabbix").service_ids == {3}

    def test_two_services_of_equal_names_are_both_hit(self):
        assert INDEX.match({"bundle": "b"}, "").service_ids == {4, 5}

    def test_nothing_known_is_nothing(self):
        assert not INDEX.match({"instance": "pe9"}, "")

    @given(st.permutations([name(service=n, a="1", **{f"l{n}": "x"}) for n in range(4)]))
    def test_does_not_depend_on_the_order_of_names(self, names):
        labels = {"a": "1", "l0": "x", "l2": "x"}
        assert NameIndex(names).match(labels, "").service_ids == {0, 2}


class TestIdentifying:
    def test_leaves_out_what_says_how_and_not_what(self):
        labels = {
            "alertname": "X",
            "severity": "critical",
            "job": "bgp",
            "service": "TIP-1",
            "peer": "",
            "instance": "pe1",
        }
        assert identifying(labels) == {"instance": "pe1", "service": "TIP-1"}
        assert keys(labels) == ["instance=pe1", "service=TIP-1"]
