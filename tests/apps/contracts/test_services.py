"""Services, what they ride on, how alarms name them, and which SLA holds, on PostgreSQL."""

from __future__ import annotations

import datetime as dt

import pytest

from mayorista.apps.contracts import operations, queries
from mayorista.apps.contracts.models import NmsName, Resource, Service, SlaProfile, Suspension, WorkOrder
from mayorista.apps.customers import operations as customers
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.models import Dossier, DossierLink, JournalEntry, Unit
from mayorista.apps.procedure.operations import dossiers, people
from mayorista.rules.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from mayorista.rules.procedure import Role

AT = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
JOB = for_job("tests")

pytestmark = pytest.mark.django_db


def fields_of(error: Invalid) -> list[str]:
    return [each.field for each in error.errors]


@pytest.fixture
def customer() -> int:
    return customers.save_customer(name="VALLE FIBRA S.R.L.", code="ISP-014", actor=JOB, at=AT).id


def service(customer: int, code: str = "TIP-0141", **more):
    return operations.save_service(
        customer_id=customer, **{"circuit_code": code, "capacity": "2 Gbps", "actor": JOB, "at": AT, **more}
    )


def resource(code: str, kind: str = "NODE", **more) -> int:
    return operations.save_resource(code=code, kind=kind, name=code, actor=JOB, at=AT, **more).id


def upstream(code: str = "UP-ANDINO") -> int:
    provider = operations.save_provider(code=f"P-{code}", name="TRANSPORTE ANDINO DEMO", actor=JOB, at=AT)
    return resource(code, "UPSTREAM", provider_id=provider.id)


class TestSaveService:
    def test_opens_a_dossier_that_is_found_by_every_number(self, customer):
        saved = service(
            customer,
            asn="AS 64514",
            vlan="1141",
            port="Te0/0/0/3",
            prefixes="198.51.100.0/24, 2001:db8::/32",
            aliases=[operations.AliasWish("TA-CIRC-9", "UPSTREAM")],
        )
        dossier = Dossier.objects.get(pk=saved.dossier_id)
        assert (dossier.kind, dossier.number) == ("SERVICE", "TIP-0141")
        assert dossier.headline == "VALLE FIBRA S.R.L. · TIP-0141 2 Gbps"
        for text in ("as64514", "vlan 1141", "198.51.100.0/24", "ta-circ-9", "te0/0/0/3"):
            assert text in dossier.search_text
        row = Service.objects.get()
        assert (row.capacity_kbps, row.asn, row.vlan) == (2_000_000, 64514, 1141)

    def test_names_every_wrong_field_at_once(self, customer):
        with pytest.raises(Invalid) as caught:
            service(
                customer,
                code="",
                capacity="2 gigabaudio",
                vlan="5000",
                asn="x",
                prefixes="198.51.100.1/24",
                node_id=999_999,
                sla_profile_id=999_999,
                rides=[operations.RideWish(999_999)],
                nms_names=[operations.NameWish({})],
            )
        assert sorted(fields_of(caught.value)) == [
            "asn",
            "capacity",
            "circuit_code",
            "labels",
            "node_id",
            "prefixes",
            "rides",
            "sla_profile_id",
            "vlan",
        ]
        assert all(each.remedy for each in caught.value.errors)
        assert not Service.objects.exists()

    def test_a_circuit_code_is_one_customers(self, customer):
        service(customer)
        other = customers.save_customer(name="ANDESNET", actor=JOB, at=AT).id
        with pytest.raises(Invalid, match="VALLE FIBRA"):
            service(other)

    def test_may_not_take_the_number_of_a_customer(self, customer):
        with pytest.raises(Invalid, match="ya está en uso"):
            service(customer, code="ISP-014")

    def test_writes_nothing_when_nothing_changed(self, customer):
        node = resource("CBBA-BR1")
        wish = {
            "node_id": node,
            "aliases": [operations.AliasWish("TA-9", "UPSTREAM")],
            "rides": [operations.RideWish(node)],
            "nms_names": [operations.NameWish({"instance": "br1", "interface": "Te0/0/0/3"})],
            "prefixes": "198.51.100.0/24",
        }
        saved = service(customer, **wish)
        entries = JournalEntry.objects.count()
        again = operations.save_service(
            service_id=saved.id, circuit_code="tip-0141", capacity="2.000 Mbps", actor=JOB, at=AT, **wish
        )
        assert again.unchanged
        assert (JournalEntry.objects.count(), Service.objects.get().version) == (entries, 1)

    def test_journals_what_changed(self, customer):
        saved = service(customer)
        operations.save_service(service_id=saved.id, capacity="3 Gbps", actor=JOB, at=AT)
        assert (
            JournalEntry.objects.filter(dossier=saved.dossier_id).order_by("-pk")[0].text
            == "Servicio modificado. capacidad: 2 Gbps → 3 Gbps"
        )

    def test_shows_both_versions_of_a_stale_form(self, customer):
        saved = service(customer)
        operations.save_service(service_id=saved.id, version=1, port="Te1", actor=JOB, at=AT)
        with pytest.raises(Stale) as caught:
            operations.save_service(service_id=saved.id, version=1, port="Te2", actor=JOB, at=AT)
        assert (caught.value.mine, caught.value.theirs) == ({"puerto": "Te2"}, {"puerto": "Te1"})

    def test_a_change_of_riding_alone_makes_older_forms_stale(self, customer):
        saved, node = service(customer), resource("CBBA-BR1")
        operations.save_service(service_id=saved.id, rides=[operations.RideWish(node)], actor=JOB, at=AT)
        with pytest.raises(Stale):
            operations.save_service(service_id=saved.id, version=1, port="Te2", actor=JOB, at=AT)

    def test_an_own_alias_names_one_circuit_and_a_customers_may_repeat(self, customer):
        service(
            customer, aliases=[operations.AliasWish("Internet 1", "CUSTOMER"), operations.AliasWish("X-1")]
        )
        second = service(customer, code="TIP-0142", aliases=[operations.AliasWish("internet 1", "CUSTOMER")])
        with pytest.raises(Invalid, match="TIP-0141"):
            operations.save_service(
                service_id=second.id, aliases=[operations.AliasWish("x-1", "UPSTREAM")], actor=JOB, at=AT
            )

    def test_is_refused_to_billing(self, customer):
        user = people.write_user(username="b", full_name="B", roles=["BILLING"], at=AT)
        with pytest.raises(NotAllowed):
            service(customer, actor=people.actor_for(user=user, at=AT))

    def test_ends_with_a_reason_and_a_day(self, customer):
        saved = service(customer)
        with pytest.raises(Invalid, match="motivo"):
            operations.end_service(service_id=saved.id, ended_date=AT.date(), reason=" ", actor=JOB, at=AT)
        operations.end_service(service_id=saved.id, ended_date=AT.date(), reason="baja", actor=JOB, at=AT)
        assert Service.objects.get().status == "ENDED"
        assert queries.services_of([customer]) == []


class TestNetwork:
    def test_an_upstream_needs_its_provider(self):
        with pytest.raises(Invalid, match="necesita su proveedor"):
            resource("UP-1", "UPSTREAM")

    def test_an_element_is_not_part_of_itself_through_others(self):
        router = resource("BR1", "DEVICE")
        card = resource("BR1-LC2", "DEVICE", part_of_id=router)
        with pytest.raises(Invalid, match="parte de sí mismo"):
            operations.save_resource(resource_id=router, part_of_id=card, actor=JOB, at=AT)

    def test_a_providers_escalation_is_kept_in_order(self):
        saved = operations.save_provider(
            code="TAD",
            name="TRANSPORTE ANDINO DEMO",
            email="NOC@tad.example",
            phone="70000009",
            escalation=[
                {"name": "NOC", "phone": "70000001", "after_minutes": "0"},
                {"name": ""},
                {"name": "Jefe", "email": "jefe@tad.example", "after_minutes": 120},
            ],
            actor=JOB,
            at=AT,
        )
        levels = queries_provider(saved.id).escalation
        assert [(level["level"], level["name"], level["after_minutes"]) for level in levels] == [
            (1, "NOC", 0),
            (2, "Jefe", 120),
        ]
        assert operations.save_provider(
            provider_id=saved.id, name="TRANSPORTE ANDINO DEMO", actor=JOB, at=AT
        ).unchanged

    def test_labels_that_name_something_else_are_refused_with_its_name(self, customer):
        service(customer, nms_names=[operations.NameWish({"circuit": "x"})])
        with pytest.raises(Invalid, match="TIP-0141"):
            resource("BR1", nms_names=[{"circuit": "x"}])


def queries_provider(pk: int):
    from mayorista.apps.contracts.models import Provider

    return Provider.objects.get(pk=pk)


class TestServicesRiding:
    def test_goes_down_from_the_whole_to_the_part_and_over_the_node(self, customer):
        router = resource("BR1", "DEVICE")
        card = resource("BR1-LC2", "DEVICE", part_of_id=router)
        on_card = service(customer, rides=[operations.RideWish(card)]).id
        at_node = service(customer, code="TIP-0142", node_id=router).id
        service(customer, code="TIP-0143")
        assert [row.service_id for row in queries.services_riding([router])] == [on_card, at_node]
        assert [row.service_id for row in queries.services_riding([card])] == [on_card]

    def test_tells_protection_from_the_only_path(self, customer):
        one, two = upstream("UP-1"), upstream("UP-2")
        service(customer, rides=[operations.RideWish(one), operations.RideWish(two, primary=False)])
        (row,) = queries.services_riding([one])
        assert (row.primary, row.protected) == (True, True)
        (row,) = queries.services_riding([two])
        assert (row.primary, row.protected) == (False, False)
        assert {row.protected for row in queries.services_riding([one, two])} == {False}

    def test_leaves_out_what_has_ended(self, customer):
        one = upstream("UP-1")
        saved = service(customer, rides=[operations.RideWish(one)])
        operations.end_service(service_id=saved.id, ended_date=AT.date(), reason="baja", actor=JOB, at=AT)
        assert queries.services_riding([one]) == []

    def test_knows_all_that_a_service_rides_on(self, customer):
        router = resource("BR1", "DEVICE")
        card, one = resource("BR1-LC2", "DEVICE", part_of_id=router), upstream("UP-1")
        saved = service(customer, node_id=card, rides=[operations.RideWish(one)])
        assert queries.resources_of([saved.id]) == {saved.id: frozenset([router, card, one])}


class TestServicesForLabels:
    def test_names_by_labels_code_alias_and_element(self, customer):
        saved = service(
            customer,
            aliases=[operations.AliasWish("TA-CIRC-9", "UPSTREAM")],
            nms_names=[operations.NameWish({"instance": "br1", "interface": "Te0/0/0/3"})],
        )
        element = upstream()
        found = queries.services_for_labels(
            [
                ("prometheus", {"alertname": "Down", "instance": "br1", "interface": "Te0/0/0/3"}),
                ("prometheus", {"service": "TIP-0141", "upstream": "UP-ANDINO"}),
                ("prometheus", {"circuit": "TA-CIRC-9"}),
                ("prometheus", {"upstream": "UP-ANDINO"}),
                ("prometheus", {"instance": "br1"}),
            ]
        )
        assert [sorted(match.service_ids) for match in found] == [[saved.id]] * 3 + [[], []]
        assert [sorted(match.resource_ids) for match in found] == [[], [], [], [element], []]

    def test_a_persons_link_holds_at_once_and_for_its_source_only(self, customer):
        saved = service(customer)
        assert not queries.services_for_labels([("zbx", {"host": "h1"})])[0]
        operations.add_nms_name(
            labels={"host": "h1"}, source_code="zbx", service_id=saved.id, actor=JOB, at=AT
        )
        assert queries.services_for_labels([("zbx", {"host": "h1"})])[0].service_ids == {saved.id}
        assert not queries.services_for_labels([("prom", {"host": "h1"})])[0]
        operations.remove_nms_name(name_id=NmsName.objects.get().pk, actor=JOB, at=AT)
        assert not queries.services_for_labels([("zbx", {"host": "h1"})])[0]

    def test_the_same_link_twice_is_one_and_another_is_refused(self, customer):
        first, second = service(customer), service(customer, code="TIP-0142")
        for _turn in range(2):
            operations.add_nms_name(labels={"host": "h1"}, service_id=first.id, actor=JOB, at=AT)
        assert NmsName.objects.count() == 1
        with pytest.raises(Invalid, match="TIP-0141"):
            operations.add_nms_name(labels={"host": "h1"}, service_id=second.id, actor=JOB, at=AT)

    def test_an_ended_service_is_not_named(self, customer):
        saved = service(customer)
        assert queries.services_for_labels([("p", {"service": "TIP-0141"})])[0]
        operations.end_service(service_id=saved.id, ended_date=AT.date(), reason="baja", actor=JOB, at=AT)
        assert not queries.services_for_labels([("p", {"service": "TIP-0141"})])[0]

    def test_matches_twenty_thousand_with_as_many_reads_as_one(self, customer, django_assert_max_num_queries):
        for number in range(50):
            service(
                customer, code=f"TIP-{number:04d}", nms_names=[operations.NameWish({"port": f"p{number}"})]
            )
        alarms = [("prom", {"alertname": "Down", "port": f"p{number % 60}"}) for number in range(20_000)]
        with django_assert_max_num_queries(6):
            found = queries.services_for_labels(alarms)
        assert sum(bool(match) for match in found) == sum(number % 60 < 50 for number in range(20_000))

    def test_a_line_of_labels_is_read_or_refused_in_words(self):
        from mayorista.apps.contracts.operations import naming

        assert naming.parse_labels('instance="br1", interface = Te0/0/0/3') == {
            "instance": "br1",
            "interface": "Te0/0/0/3",
        }
        with pytest.raises(Invalid, match="no es una etiqueta"):
            naming.parse_labels("instance")


class TestSlaFor:
    def gold(self, **more):
        return operations.save_sla_profile(
            **{
                "code": "ORO",
                "name": "SLA Oro",
                "availability": "99,95",
                "targets": [operations.TargetWish(1, 10, 120), operations.TargetWish(2, 20, 240)],
                "actor": JOB,
                "at": AT,
                **more,
            }
        )

    def test_is_the_default_when_the_contract_is_silent(self, customer):
        saved = service(customer)
        for severity, minutes in ((1, 240), (2, 480), (3, 2880)):
            term = queries.sla_for([saved.id], severity=severity, at=AT)[saved.id]
            assert (term.repair_minutes, term.source, term.is_default) == (minutes, "SLA por defecto", True)

    def test_goes_from_the_service_to_the_contract_to_the_default(self, customer):
        gold = self.gold()
        silver = self.gold(code="PLATA", name="SLA Plata", targets=[operations.TargetWish(1, 15, 180)])
        contract = operations.save_contract(
            customer_id=customer, number="CT-014", sla_profile_id=silver.id, actor=JOB, at=AT
        )
        own = service(customer, contract_id=contract.id, sla_profile_id=gold.id)
        inherited = service(customer, code="TIP-0142", contract_id=contract.id)
        found = queries.sla_for([own.id, inherited.id], severity=1, at=AT)
        assert (found[own.id].source, found[own.id].repair_minutes) == ("SLA Oro", 120)
        assert (found[inherited.id].source, found[inherited.id].repair_minutes) == ("SLA Plata", 180)
        # What the profile does not say is the default's.
        assert queries.sla_for([own.id], severity=3, at=AT)[own.id].repair_minutes == 2880

    def test_takes_the_revision_in_force_on_the_day_of_la_paz(self, customer):
        gold = self.gold()
        saved = service(customer, sla_profile_id=gold.id)
        operations.save_sla_profile(
            profile_id=gold.id,
            valid_from=dt.date(2026, 12, 1),
            targets=[operations.TargetWish(1, 10, 60)],
            actor=JOB,
            at=AT,
        )
        assert SlaProfile.objects.count() == 2
        before = dt.datetime(2026, 12, 1, 3, 59, tzinfo=dt.UTC)  # still 30 November in La Paz
        assert queries.sla_for([saved.id], severity=1, at=before)[saved.id].repair_minutes == 120
        after = dt.datetime(2026, 12, 1, 4, 0, tzinfo=dt.UTC)
        assert queries.sla_for([saved.id], severity=1, at=after)[saved.id].repair_minutes == 60

    def test_costs_four_reads_for_any_number(self, customer, django_assert_max_num_queries):
        gold = self.gold()
        ids = [service(customer, code=f"T-{n}", sla_profile_id=gold.id).id for n in range(20)]
        with django_assert_max_num_queries(4):
            queries.sla_for(ids, severity=1, at=AT)

    def test_names_every_wrong_field_of_a_profile(self):
        with pytest.raises(Invalid) as caught:
            self.gold(
                code="",
                name="",
                availability="100,5",
                clock_start="NEVER",
                excluded_causes="E-DDO, X-1",
                ignore_below_seconds="-1",
                targets=[operations.TargetWish(1, 200, 100)],
            )
        assert sorted(fields_of(caught.value)) == [
            "availability",
            "clock_start",
            "code",
            "excluded_causes",
            "ignore_below_seconds",
            "name",
            "targets_1",
        ]

    @pytest.mark.parametrize(
        ("typed", "kept"), [("99,9", "99.9"), ("99.950", "99.95"), ("99,9 %", "99.9"), ("100", "100")]
    )
    def test_reads_a_percentage_with_comma_or_point(self, typed, kept):
        from decimal import Decimal

        self.gold(availability=typed)
        assert SlaProfile.objects.get().availability == Decimal(kept)


class TestSuspend:
    def test_mutes_half_open(self, customer):
        saved = service(customer)
        pk = operations.suspend_service(service_id=saved.id, starts_at=AT, reason="mora", actor=JOB, at=AT)
        later = AT + dt.timedelta(hours=1)
        operations.end_suspension(suspension_id=pk, ends_at=later, actor=JOB, at=later)
        assert queries.suspended_service_ids(AT) == {saved.id}
        assert queries.suspended_service_ids(later) == set()
        assert queries.suspensions_of([saved.id]) == {saved.id: [(pk, AT, later)]}

    def test_does_not_overlap(self, customer):
        saved = service(customer)
        operations.suspend_service(service_id=saved.id, starts_at=AT, reason="mora", actor=JOB, at=AT)
        with pytest.raises(Invalid, match="ya está suspendido"):
            operations.suspend_service(
                service_id=saved.id, starts_at=AT + dt.timedelta(days=1), reason="mora", actor=JOB, at=AT
            )
        assert Suspension.objects.count() == 1

    def test_two_services_may_be_suspended_at_once(self, customer):
        for code in ("TIP-1", "TIP-2"):
            operations.suspend_service(
                service_id=service(customer, code=code).id, starts_at=AT, reason="mora", actor=JOB, at=AT
            )
        assert Suspension.objects.count() == 2


class TestWorkOrder:
    @pytest.fixture
    def unit(self) -> Unit:
        return Unit.objects.first() or Unit.objects.create(code="DAR", name="Div. Aseguramiento")

    def test_is_numbered_linked_and_told(self, unit):
        fault = dossiers.open_dossier(
            kind="FAULT", number="FALLA-2026-000012", headline="x", state="y", at=AT
        )
        order = operations.open_work_order(
            fault_dossier_id=fault.pk, unit_code=unit.code, description="Cambiar tarjeta", actor=JOB, at=AT
        )
        assert order.number == "OT-2026-000001"
        assert DossierLink.objects.filter(source=fault, target=order.dossier_id).exists()
        operations.advance_work_order(
            order_id=order.pk, text="Cuadrilla en camino", etr_at=AT + dt.timedelta(hours=2), actor=JOB, at=AT
        )
        operations.finish_work_order(order_id=order.pk, result="Tarjeta reinsertada", actor=JOB, at=AT)
        assert WorkOrder.objects.get().state == "DONE"
        texts = list(
            JournalEntry.objects.filter(dossier=order.dossier_id)
            .order_by("pk")
            .values_list("text", flat=True)
        )
        assert texts[1] == "Cuadrilla en camino Hora estimada: en evaluación → 24/11/2026 00:00."
        with pytest.raises(Conflict):
            operations.cancel_work_order(order_id=order.pk, reason="x", actor=JOB, at=AT)

    def test_names_what_is_missing(self):
        with pytest.raises(Invalid) as caught:
            operations.open_work_order(unit_code="NADIE", description=" ", actor=JOB, at=AT)
        assert fields_of(caught.value) == ["unit_code", "description"]

    def test_is_refused_to_sales(self, unit):
        user = people.write_user(username="v", full_name="V", roles=[Role.SALES.value], at=AT)
        with pytest.raises(NotAllowed):
            operations.open_work_order(
                unit_code=unit.code, description="x", actor=people.actor_for(user=user, at=AT), at=AT
            )

    def test_a_stale_form_is_told(self, unit):
        order = operations.open_work_order(unit_code=unit.code, description="x", actor=JOB, at=AT)
        operations.advance_work_order(order_id=order.pk, text="a", version=1, actor=JOB, at=AT)
        with pytest.raises(Stale):
            operations.finish_work_order(order_id=order.pk, result="b", version=1, actor=JOB, at=AT)


class TestBriefs:
    def test_finds_a_circuit_by_code_or_alias(self, customer):
        service(customer, aliases=[operations.AliasWish("TA-CIRC-9", "UPSTREAM")])
        for text in ("tip-0141", " TA-circ-9 "):
            assert queries.service_brief(circuit_code=text).circuit_code == "TIP-0141"
        assert queries.service_brief(circuit_code="TIP-9999") is None

    def test_one_read_for_all(self, customer, django_assert_num_queries):
        ids = [service(customer, code=f"T-{n}").id for n in range(5)]
        with django_assert_num_queries(1):
            briefs = queries.service_briefs(ids)
        assert briefs[0].customer_name == "VALLE FIBRA S.R.L."
        assert briefs[0].capacity == "2 Gbps"

    def test_there_is_no_service_of_nobody(self):
        with pytest.raises(NotFound):
            service(999_999)


def test_resource_of_unknown_kind_is_refused_by_the_database():
    from django.db import IntegrityError

    pk = resource("BR9")
    with pytest.raises(IntegrityError, match="contracts_resource_kind_is_known"):
        Resource.objects.filter(pk=pk).update(kind="CLOUD")
