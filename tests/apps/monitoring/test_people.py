"""What people do with alarms: link, ignore, review, and administer sources."""

from __future__ import annotations

import pytest

from mayorista.apps.contracts.models import NmsName
from mayorista.apps.faults.models import Fault, Outage
from mayorista.apps.monitoring import queries
from mayorista.apps.monitoring.models import Alarm, AlarmSource, Outcome, Quarantine, Verdict
from mayorista.apps.monitoring.operations import quarantine, sources, unknown
from mayorista.apps.procedure.actors import Actor, for_job
from mayorista.apps.procedure.models import JournalEntry, User, WorkItem
from mayorista.rules.errors import Invalid, NotAllowed, NotFound, Stale
from mayorista.rules.procedure import Role
from tests import alarms, network
from tests.alarms import T0, alert, correlate, later, post

pytestmark = pytest.mark.django_db


def person(*roles: Role) -> Actor:
    user = User.objects.create(username="-".join(roles).lower() or "nadie", full_name="Persona")
    return Actor(user_id=user.pk, roles=frozenset(roles))


@pytest.fixture
def noc() -> Actor:
    return person(Role.NOC)


@pytest.fixture
def net() -> network.Network:
    return network.build()


@pytest.fixture
def source(net) -> int:
    return alarms.make_source()


@pytest.fixture
def stranger_alarm(source) -> Alarm:
    post(source, alert(T0, instance="pe9", interface="xe-1"), at=T0)
    correlate(T0)
    return Alarm.objects.get()


class TestLink:
    def test_opens_the_case_and_is_remembered(self, net, source, stranger_alarm, noc):
        labels = {"instance": "pe9", "interface": "xe-1"}
        again = unknown.link_alarm(
            alarm_id=stranger_alarm.pk, labels=labels, service_id=net.services[2].pk, actor=noc, at=later(1)
        )
        assert again == 1
        correlate(later(1))
        assert Outage.objects.get().service_id == net.services[2].pk
        assert NmsName.objects.get().source_code == "nms"
        post(source, alert(later(9), name="OtherAlarm", **labels), at=later(9))
        correlate(later(9))
        assert Outage.objects.count() == 1
        assert Verdict.objects.filter(outcome=Outcome.OUTAGE).count() == 2

    def test_of_one_port_to_a_whole_router_is_refused(self, net, stranger_alarm, noc):
        with pytest.raises(Invalid, match="elemento entero"):
            unknown.link_alarm(
                alarm_id=stranger_alarm.pk,
                labels={"instance": "pe9"},
                resource_id=net.nodes[0].pk,
                actor=noc,
                at=later(1),
            )

    def test_to_an_element_takes_all_on_it_down(self, net, stranger_alarm, noc):
        unknown.link_alarm(
            alarm_id=stranger_alarm.pk,
            labels={"instance": "pe9", "interface": "xe-1"},
            resource_id=net.upstream.pk,
            actor=noc,
            at=later(1),
            any_source=True,
        )
        correlate(later(1))
        assert Outage.objects.count() == 6
        assert NmsName.objects.get().source_code == ""

    def test_looks_again_at_all_that_bear_the_labels(self, net, source, stranger_alarm, noc):
        post(source, alert(T0, name="Second", instance="pe9", interface="xe-1"), at=T0)
        correlate(T0)
        assert (
            unknown.link_alarm(
                alarm_id=stranger_alarm.pk,
                labels={"instance": "pe9", "interface": "xe-1"},
                service_id=net.services[0].pk,
                actor=noc,
                at=later(1),
            )
            == 2
        )

    @pytest.mark.parametrize(
        ("labels", "why"),
        [
            ({"instance": "pe1"}, "no tiene esas etiquetas"),
            ({"alertname": "BGPSessionDown"}, "no identifican"),
            ({}, "Faltan las etiquetas"),
        ],
    )
    def test_refuses_labels_that_are_not_the_alarms_or_say_nothing(
        self, net, stranger_alarm, noc, labels, why
    ):
        with pytest.raises(Invalid, match=why):
            unknown.link_alarm(
                alarm_id=stranger_alarm.pk, labels=labels, service_id=net.services[0].pk, actor=noc, at=T0
            )
        assert not NmsName.objects.exists()

    def test_is_not_for_other_roles(self, net, stranger_alarm):
        with pytest.raises(NotAllowed):
            unknown.link_alarm(
                alarm_id=stranger_alarm.pk,
                labels={"instance": "pe9"},
                service_id=net.services[0].pk,
                actor=person(Role.BILLING),
                at=T0,
            )

    def test_of_no_alarm_is_not_found(self, net, noc):
        with pytest.raises(NotFound):
            unknown.link_alarm(
                alarm_id=99, labels={"a": "b"}, service_id=net.services[0].pk, actor=noc, at=T0
            )


class TestIgnore:
    def test_needs_a_reason_and_stays_visible(self, stranger_alarm, noc):
        with pytest.raises(Invalid, match="motivo"):
            unknown.ignore_alarm(alarm_id=stranger_alarm.pk, reason=" ", actor=noc, at=T0)
        unknown.ignore_alarm(alarm_id=stranger_alarm.pk, reason="equipo de pruebas", actor=noc, at=later(1))
        correlate(later(1))
        [row] = queries.alarm_page(chosen="IGNORED").rows
        assert (row.ignored, row.ignore_reason) == (True, "equipo de pruebas")
        assert queries.open_unknown() == 0
        assert JournalEntry.objects.filter(text__contains="equipo de pruebas").exists()

    def test_can_be_taken_back(self, stranger_alarm, noc):
        unknown.ignore_alarm(alarm_id=stranger_alarm.pk, reason="x", actor=noc, at=later(1))
        correlate(later(1))
        unknown.heed_alarm(alarm_id=stranger_alarm.pk, actor=noc, at=later(2))
        correlate(later(2))
        assert queries.open_unknown() == 1

    def test_an_alarm_ignored_opens_nothing_even_when_it_names_a_circuit(self, source, noc):
        post(source, alert(T0, severity="info", service="TIP-0001"), at=T0)
        correlate(T0)
        unknown.ignore_alarm(alarm_id=Alarm.objects.get().pk, reason="x", actor=noc, at=T0)
        Alarm.objects.update(severity="CRITICAL")
        post(source, alert(later(5), severity="info", service="TIP-0001"), at=later(5))
        correlate(later(5))
        assert not Fault.objects.exists()


class TestQuarantine:
    def test_is_one_work_item_until_all_is_reviewed(self, source, noc):
        post(source, {**alert(T0), "status": "x"}, {**alert(T0), "labels": {}}, at=T0)
        quarantine.tell(at=T0)
        assert WorkItem.objects.get(key="quarantine").done_at is None
        ids = list(Quarantine.objects.values_list("id", flat=True))
        assert quarantine.review(quarantine_ids=ids, note="se avisó al NMS", actor=noc, at=later(1)) == 2
        assert WorkItem.objects.get(key="quarantine").done_at == later(1)
        assert queries.quarantine() == []
        assert queries.quarantine(reviewed=True)[0].review_note == "se avisó al NMS"

    def test_reviewing_twice_is_harmless_and_nothing_is_not_found(self, source, noc):
        post(source, {**alert(T0), "status": "x"}, at=T0)
        held = Quarantine.objects.get().pk
        assert quarantine.review(quarantine_ids=[held], note="", actor=noc, at=T0) == 1
        assert quarantine.review(quarantine_ids=[held], note="", actor=noc, at=T0) == 0
        with pytest.raises(NotFound):
            quarantine.review(quarantine_ids=[held + 1], note="", actor=noc, at=T0)


class TestSources:
    def test_the_token_is_shown_once_and_only_its_hash_is_kept(self):
        made = sources.create_source(code="nuevo", name="Nuevo", actor=for_job("tests"), at=T0)
        assert len(made.token) >= 40
        assert AlarmSource.objects.get().token_hash == sources.hash_token(made.token)
        assert made.token not in str(JournalEntry.objects.values_list("text", "payload"))

    def test_names_every_wrong_field_at_once(self):
        with pytest.raises(Invalid) as caught:
            sources.create_source(
                code="Ñ x",
                name="",
                silence_after_seconds=3,
                severity_threshold="LOUD",
                severity_words={"p1": "LOUD"},
                token="short",
                actor=for_job("tests"),
                at=T0,
            )
        assert {each.field for each in caught.value.errors} == {
            "code",
            "name",
            "silence_after_seconds",
            "severity_threshold",
            "severity_words",
            "token",
        }

    def test_refuses_a_code_that_is_taken(self):
        alarms.make_source("uno")
        with pytest.raises(Invalid, match="Ya existe"):
            alarms.make_source("uno")

    def test_is_for_the_administrator(self):
        with pytest.raises(NotAllowed):
            sources.create_source(code="x", name="x", actor=person(Role.NOC), at=T0)

    def test_a_stale_change_is_refused(self):
        source_id = alarms.make_source()
        given = {
            "source_id": source_id,
            "name": "Otro",
            "silence_after_seconds": 60,
            "severity_threshold": "",
            "severity_words": {"P1": "CRITICAL"},
            "active": True,
            "actor": for_job("tests"),
            "at": T0,
        }
        sources.change_source(version=1, **given)
        with pytest.raises(Stale):
            sources.change_source(version=1, **given)
        assert AlarmSource.objects.get().severity_words == {"p1": "CRITICAL"}

    def test_the_sources_own_threshold_and_words_rule(self, net):
        source = alarms.make_source(severity_threshold="CRITICAL", severity_words={"p2": "MAJOR"})
        post(source, alert(T0, severity="major", service="TIP-0001"), at=T0)
        correlate(T0)
        assert Verdict.objects.get().outcome == Outcome.BELOW
