"""The example data of the demonstration, on PostgreSQL."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from mayorista.apps.billing.models import Invoice, Month
from mayorista.apps.contracts import queries as contracts
from mayorista.apps.contracts.models import Contract, Service
from mayorista.apps.customers.models import Contact, Customer
from mayorista.apps.faults.models import Case
from mayorista.apps.messaging.models import Message
from mayorista.apps.onboarding.operations import examples
from mayorista.apps.procedure.models import JournalEntry, User, WorkItem
from mayorista.apps.procedure.operations import people
from mayorista.apps.receivables.models import Objection, Receipt
from mayorista.rules import periods, rating
from mayorista.rules.procedure import Role

AT = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db


class TestLoadExamples:
    def test_gives_a_login_that_works_for_every_role(self):
        logins = examples.load_examples(at=AT)
        roles = set()
        for login in logins:
            user = User.objects.get(username=login.username)
            assert user.check_password(login.password), login.username
            roles |= people.actor_for(user=user, at=AT).roles
        assert roles == set(Role)

    def test_loads_customers_contacts_and_services(self):
        examples.load_examples(at=AT)
        assert set(Customer.objects.values_list("code", flat=True)) == {
            "ISP-014",
            "ISP-003",
            "ISP-007",
            "ISP-009",
            "ISP-010",
        }
        assert dict(Service.objects.values_list("circuit_code", "capacity_kbps")) == {
            "TIP-0141": 2_000_000,
            "TIP-0142": 500_000,
            "TIP-0032": 3_000_000,
            "TIP-0077": 500_000,
            "TIP-0090": 1_000_000,
            "TIP-0105": 800_000,
        }
        assert Contact.objects.filter(whatsapp_opt_in_at__isnull=False).count() >= len(examples.ISPS)

    def test_an_alarm_of_the_upstream_names_the_circuits_on_it(self):
        examples.load_examples(at=AT)
        (match,) = contracts.services_for_labels(
            [
                (
                    "prometheus",
                    {"alertname": "UpstreamDown", "peer": "TRANSPORTE ANDINO DEMO", "severity": "critical"},
                )
            ]
        )
        riding = contracts.services_riding(match.resource_ids)
        briefs = contracts.service_briefs(row.service_id for row in riding if row.primary)
        assert [brief.circuit_code for brief in briefs] == ["TIP-0105", "TIP-0141", "TIP-0142"]

    def test_has_closed_cases_and_leaves_nothing_to_tell_an_isp_or_to_do_about_a_fault(self):
        examples.load_examples(at=AT)
        assert set(Case.objects.values_list("state", flat=True)) == {"CLOSED_SUPPORT"}
        assert Case.objects.count() == len(examples.HISTORY)
        of_contracts = Message.objects.filter(cause="B.1")
        assert [mail.recipients for mail in of_contracts] == [["ventas@comteco.example"]]
        assert not Message.objects.filter(cause__startswith="A.").exists()
        assert not WorkItem.objects.filter(done_at=None, step__startswith="A").exists()

    def test_leaves_agreements_to_look_at_and_to_act_on(self):
        examples.load_examples(at=AT)
        waiting = WorkItem.objects.filter(done_at=None, step__in=["B.1", "B.2"]).order_by("role")
        waiting = waiting.filter(key__in=["decision", "capacity", "complete"])
        assert list(waiting.values_list("role", "key")) == [
            ("MANAGER", "decision"),
            ("MANAGER", "decision"),
            ("NOC", "capacity"),
            ("SALES", "complete"),
        ]
        month = periods.parse_month("2026-11")
        found = contracts.rating_services(
            Contract.objects.values_list("pk", flat=True), month=month, as_of=AT
        )
        totals = {
            row.number: sum(
                rating.rate(rating.Case(each.service, rating.Billing(month, AT, "BOB"))).total
                for each in row.services
            )
            for row in found.values()
        }
        assert totals == {
            "CT-014": 2_934_000, "CT-003": 2_940_000, "CT-007": 640_000, "CT-009": 1_275_000, "CT-010": 1_048_000,
        }  # fmt: skip

    def test_again_changes_nothing(self):
        first = examples.load_examples(at=AT)
        before = (
            JournalEntry.objects.count(),
            User.objects.count(),
            Service.objects.count(),
            Case.objects.count(),
        )
        assert examples.load_examples(at=AT + dt.timedelta(days=40)) == first
        after = (
            JournalEntry.objects.count(),
            User.objects.count(),
            Service.objects.count(),
            Case.objects.count(),
        )
        assert before == after


class TestLoadScale:
    def test_writes_a_carrier_that_the_screens_can_show_and_the_rules_accept(
        self, django_assert_max_num_queries
    ):
        from mayorista.apps.onboarding.operations import scale
        from mayorista.apps.overview.queries import customers as pages
        from mayorista.apps.procedure.actors import Actor

        made = scale.load_scale(at=AT, services=40, alarms=300, cases=200, customers=10)
        assert (made.customers, made.services, made.alarms, made.cases) == (10, 40, 300, 200)
        assert scale.load_scale(at=AT) == made
        assert set(Case.objects.values_list("state", flat=True)) == {"CLOSED_SUPPORT"}
        watcher = Actor(user_id=1, roles=frozenset({Role.AUDITOR}))
        with django_assert_max_num_queries(30):
            page = pages.customer_page(code="ESCALA-0001", actor=watcher, at=AT)
        assert len(page.services) == 4
        (match,) = contracts.services_for_labels([("x", {"instance": "escala-br1", "interface": "Te0/0/0"})])
        assert len(match.service_ids) == 1


class TestBilling:
    def test_two_months_are_billed_and_one_is_in_coordination(self):
        examples.load_examples(at=AT)
        states = list(Month.objects.values_list("month", "state"))
        assert {month for month, _state in states} == {
            dt.date(2026, 9, 1),
            dt.date(2026, 10, 1),
            dt.date(2026, 11, 1),
        }
        assert {state for month, state in states if month.month == 11} == {"PENDING"}
        assert Invoice.objects.filter(month=dt.date(2026, 9, 1)).count() >= 3
        assert Message.objects.filter(cause="B.5", state="FAILED").count() == 1
        assert Receipt.objects.filter(state="RECONCILED").count() == 1
        assert Objection.objects.count() == 1

    def test_a_second_start_writes_nothing_and_is_quick(self):
        examples.load_examples(at=AT)
        before = JournalEntry.objects.count()
        begun = time.process_time()
        examples.load_examples(at=AT + dt.timedelta(hours=1))
        assert time.process_time() - begun < 3
        assert JournalEntry.objects.count() == before
