"""The contract control on real rows: what happened in a month, answered item by item (G-03, G-04, G-24, G-45)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mayorista.apps.billing.models import GroupContract, InvoicingGroup, Month
from mayorista.apps.billing.operations import amounts, groups, months
from mayorista.apps.contracts import operations as contracts
from mayorista.apps.contracts.models import Contract, ServiceHolding, Terms
from mayorista.apps.indicators import control_facts
from mayorista.apps.indicators.models import ContractControl
from mayorista.apps.indicators.operations import controls, network_checks, snapshots
from mayorista.apps.indicators.queries import results
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.models import WorkItem
from mayorista.apps.procedure.operations import parameters
from mayorista.apps.receivables.operations import handovers, reminders
from mayorista.rules import periods
from mayorista.rules.errors import Conflict, Invalid, NotAllowed
from mayorista.rules.indicators import terms
from mayorista.rules.indicators.controls import Item, ItemState, check
from tests import billing_world as bills
from tests import collection_world as collect
from tests import receipts_world as money

pytestmark = pytest.mark.django_db
DECEMBER = periods.parse_month("2026-12")
JANUARY = periods.parse_month("2027-01")


def custody(world, contract: int) -> None:
    contracts.move_custody(
        contract_id=contract,
        what="ORIGINAL",
        place="Archivo central",
        holder="Interconexión",
        actor=world.actor("interconexion"),
        at=world.at,
    )


def states(world, month, contract: int | None = None) -> dict[Item, ItemState]:
    pk = contract or world.contract
    control = check(control_facts.read([pk], month, at=world.at).get(pk, ()), at=world.at)
    return {each.item: each.state for each in control.items}


def facts(world, month, item: Item, contract: int | None = None) -> list:
    pk = contract or world.contract
    return [fact for fact in control_facts.read([pk], month, at=world.at).get(pk, ()) if fact.item is item]


def kept(month, contract: int) -> ContractControl:
    return ContractControl.objects.get(month=dt.date.fromordinal(month.first), contract_id=contract)


def month_done(world) -> None:
    """November's amount, all in time: coordinated on 1 December, the rest on the 2nd."""
    custody(world, world.contract)
    bills.coordinated(world)
    world.move_to(1, month=12, hour=9)
    network_checks.confirm(month=DECEMBER, actor=world.actor("noc"), at=world.at)
    bills.after(world)
    for row in Month.objects.filter(month=dt.date(2026, 11, 1)):
        amounts.define_amount(month_id=row.pk, actor=world.actor("interconexion"), at=world.at)
    bills.run(world, "SEND", "interconexion")
    bills.run(world, "ISSUE", "facturacion")
    collect.dispatch(world)


BILLING = (Item.COORDINATED, Item.DEFINED, Item.REMITTED, Item.INVOICED, Item.DISPATCHED)


class TestTheMonthOfTheAmount:
    def test_all_in_time(self, carrier):
        month_done(carrier)
        found = states(carrier, DECEMBER)
        assert {
            item: found[item] for item in (*BILLING, Item.COPY, Item.IN_FORCE, Item.NETWORK_SPEED)
        } == dict.fromkeys((*BILLING, Item.COPY, Item.IN_FORCE, Item.NETWORK_SPEED), ItemState.DONE)
        assert found[Item.ESCALATED] is ItemState.NOT_APPLICABLE

    def test_the_control_of_december_holds_the_amount_of_november(self, carrier):
        bills.coordinated(carrier)
        found = facts(carrier, DECEMBER, Item.DEFINED)
        assert found
        assert all("noviembre" in fact.evidence for fact in found)

    def test_late_and_missed(self, carrier):
        bills.coordinated(carrier)
        carrier.move_to(4, month=12)  # the second business day is over
        assert states(carrier, DECEMBER)[Item.DEFINED] is ItemState.MISSED
        bills.run(carrier, "DEFINE", "interconexion")
        assert states(carrier, DECEMBER)[Item.DEFINED] is ItemState.LATE
        assert states(carrier, DECEMBER)[Item.COORDINATED] is ItemState.DONE
        assert states(carrier, DECEMBER)[Item.INVOICED] is ItemState.DUE

    def test_a_month_without_invoice_has_no_items(self, carrier):
        bills.coordinated(carrier)
        Month.objects.filter(month=dt.date(2026, 11, 1)).update(state="NOTHING")
        assert {states(carrier, DECEMBER)[item] for item in BILLING} == {ItemState.NOT_APPLICABLE}

    def test_what_is_observed_is_not_done_until_it_is_right(self, carrier):
        rows = bills.sent(carrier)
        assert states(carrier, DECEMBER)[Item.REMITTED] is ItemState.DONE
        months.observe(
            month_id=rows[0].pk, reason="falta el crédito", actor=carrier.actor("facturacion"), at=carrier.at
        )
        assert states(carrier, DECEMBER)[Item.DEFINED] is ItemState.DUE
        assert "observado" in facts(carrier, DECEMBER, Item.DEFINED)[0].evidence

    def test_a_mail_that_bounced_is_not_sent(self, carrier):
        month_done(carrier)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE messaging_message SET state = 'FAILED' WHERE id IN (SELECT message_id FROM billing_dispatch)"
            )
        assert states(carrier, DECEMBER)[Item.DISPATCHED] is ItemState.DUE
        assert "rebotó" in facts(carrier, DECEMBER, Item.DISPATCHED)[0].evidence

    def test_in_advance_the_steps_lie_in_the_month_before(self, carrier):
        groups.form_groups(actor=bills.JOB, at=carrier.at)
        InvoicingGroup.objects.update(in_advance=True)
        GroupContract.objects.update(starts_month=dt.date(2026, 12, 1))
        dues = {
            fact.item: fact.due_at.date()
            for fact in control_facts.read([carrier.contract], bills.NOVEMBER, at=carrier.at)[
                carrier.contract
            ]
        }
        assert dues[Item.COORDINATED] == dues[Item.NETWORK_SPEED] == dt.date(2026, 11, 25)
        assert dues[Item.DEFINED] == dt.date(2026, 11, 28)
        assert dues[Item.REMITTED] == dt.date(2026, 11, 30)
        assert Item.INVOICED not in dues
        later = {
            fact.item: fact
            for fact in control_facts.read([carrier.contract], DECEMBER, at=carrier.at)[carrier.contract]
        }
        assert later[Item.INVOICED].due_at.date() == dt.date(2026, 12, 7)
        assert "diciembre" in later[Item.INVOICED].evidence

    def test_a_joint_group_counts_for_each_contract(self, carrier):
        second = bills.billed(
            carrier, "CABLE NORTE S.R.L.", "TIP-0200", contract="CT-200", mail="p2@x.example"
        )
        bills.coordinated(carrier)
        first_group = GroupContract.objects.get(contract_id=carrier.contract).group_id
        GroupContract.objects.filter(contract_id=second).update(group_id=first_group)
        assert states(carrier, DECEMBER, second)[Item.COORDINATED] is ItemState.DONE
        assert (
            facts(carrier, DECEMBER, Item.COORDINATED, second)[0].number
            == facts(carrier, DECEMBER, Item.COORDINATED)[0].number
        )


class TestPapersAndNetwork:
    def test_custody_that_nobody_knows_is_missed_then_late(self, carrier):
        carrier.move_to(2, month=12)
        assert states(carrier, DECEMBER)[Item.COPY] is ItemState.MISSED
        custody(carrier, carrier.contract)
        assert states(carrier, DECEMBER)[Item.COPY] is ItemState.LATE
        assert states(carrier, JANUARY)[Item.COPY] is ItemState.DONE

    def test_a_contract_that_ended_and_is_still_served(self, carrier):
        Contract.objects.filter(pk=carrier.contract).update(ends_date=dt.date(2026, 12, 20))
        carrier.move_to(5, month=1, year=2027)
        assert states(carrier, JANUARY)[Item.IN_FORCE] is ItemState.MISSED
        assert states(carrier, DECEMBER)[Item.IN_FORCE] is ItemState.DONE

    def test_a_contract_that_begins_in_the_month_is_not_asked_of_its_first_day(self, carrier):
        young = bills.billed(
            carrier,
            "NUEVA S.R.L.",
            "TIP-0300",
            contract="CT-300",
            mail="n@x.example",
            starts=dt.date(2026, 1, 1),
        )
        ServiceHolding.objects.filter(contract_id=young).update(starts_date=dt.date(2026, 12, 10))
        assert young not in control_facts.read([young], DECEMBER, at=carrier.at)

    def test_the_noc_confirms_all_at_once_and_only_once(self, carrier):
        carrier.move_to(1, month=12)
        assert network_checks.confirm(month=DECEMBER, actor=carrier.actor("noc"), at=carrier.at) == 1
        assert states(carrier, DECEMBER)[Item.NETWORK_SPEED] is ItemState.DONE
        with pytest.raises(Conflict):
            network_checks.confirm(month=DECEMBER, actor=carrier.actor("noc"), at=carrier.at)
        with pytest.raises(NotAllowed):
            network_checks.confirm(month=JANUARY, actor=carrier.actor("interconexion"), at=carrier.at)

    def test_what_differs_is_a_task_until_it_is_confirmed(self, carrier):
        carrier.move_to(1, month=12)
        network_checks.differ(
            month=DECEMBER,
            contract_id=carrier.contract,
            what="TIP-0141 a 1 Gbps",
            actor=carrier.actor("noc"),
            at=carrier.at,
        )
        assert states(carrier, DECEMBER)[Item.NETWORK_SPEED] is ItemState.DUE
        assert (
            WorkItem.objects.filter(key="network-differs", role="INTERCONNECTION", done_at=None).count() == 1
        )
        with pytest.raises(Conflict):  # all at once leaves out what differs
            network_checks.confirm(month=DECEMBER, actor=carrier.actor("noc"), at=carrier.at)
        network_checks.confirm(
            month=DECEMBER, contract_ids=[carrier.contract], actor=carrier.actor("noc"), at=carrier.at
        )
        assert states(carrier, DECEMBER)[Item.NETWORK_SPEED] is ItemState.DONE
        assert not WorkItem.objects.filter(key="network-differs", done_at=None).exists()

    def test_without_words_nothing_differs(self, carrier):
        with pytest.raises(Invalid):
            network_checks.differ(
                month=bills.NOVEMBER,
                contract_id=carrier.contract,
                what=" ",
                actor=carrier.actor("noc"),
                at=carrier.at,
            )


class TestCollection:
    def test_non_payment_is_nobodys_failure_but_silence_is(self, carrier, world):
        Terms.objects.update(payment_days=20, payment_from="ISSUE")
        collect.people(world)
        invoice = bills.invoiced(world)[0]
        collect.dispatch(world)
        world.move_to(17, month=12)  # D-5 of 22 December
        reminders.send(customer_ids=[invoice.customer_id], actor=world.actor("interconexion"), at=world.at)
        world.move_to(18, month=12)
        found = facts(world, DECEMBER, Item.REMINDED)
        assert [bool(fact.done_at) for fact in found] == [True, False, False]
        world.move_to(31, month=12)
        assert states(world, DECEMBER)[Item.REMINDED] is ItemState.MISSED
        reminders.send(customer_ids=[invoice.customer_id], actor=world.actor("interconexion"), at=world.at)
        assert states(world, DECEMBER)[Item.REMINDED] is ItemState.LATE

    def test_who_paid_is_not_reminded(self, carrier, world):
        Terms.objects.update(payment_days=20, payment_from="ISSUE")
        invoice = money.billed(world)
        world.move_to(15, month=12)
        receipt = money.register(world, invoice)
        assert facts(world, DECEMBER, Item.REMINDED) == []  # on account it covers
        money.allocate(world, receipt, (invoice, "28750.00"))
        assert facts(world, DECEMBER, Item.REMINDED) == []
        assert states(world, DECEMBER)[Item.RECEIPT] is ItemState.DONE
        assert states(world, DECEMBER)[Item.ACCOUNTING] is ItemState.DUE
        world.move_to(17, month=12)
        assert states(world, DECEMBER)[Item.ACCOUNTING] is ItemState.MISSED
        money.inform(world, receipt)
        assert states(world, DECEMBER)[Item.ACCOUNTING] is ItemState.LATE

    def test_what_is_overdue_goes_to_cartera(self, carrier, world):
        Terms.objects.update(payment_days=20, payment_from="ISSUE")
        collect.people(world)
        bills.invoiced(world)
        collect.dispatch(world)
        world.move_to(25, month=1, year=2027)  # D+31 is 22 January, a holiday: the 25th
        assert states(world, JANUARY)[Item.ESCALATED] is ItemState.DUE
        handovers.escalate_due(actor=bills.JOB, at=world.at)
        assert states(world, JANUARY)[Item.ESCALATED] is ItemState.DONE


class TestKept:
    def test_is_counted_by_indicator_2_and_does_not_change_when_repeated(self, carrier):
        month_done(carrier)
        carrier.move_to(20, month=12)
        assert controls.open_month(month=DECEMBER, at=carrier.at) == 1
        row = kept(DECEMBER, carrier.contract)
        before = (row.pk, row.state, row.items, row.checked_at)
        carrier.pass_minutes(15)
        assert controls.open_month(month=DECEMBER, at=carrier.at) == 0
        row = kept(DECEMBER, carrier.contract)
        assert (row.pk, row.state, row.items, row.checked_at) == before
        assert row.state == "OPEN"  # reminders of December are to come

    def test_a_control_is_settled_when_nothing_of_it_waits(self, carrier, world):
        month_done(carrier)
        invoice_row = bills.Invoice.objects.get()
        receipt = money.register(world, invoice_row, str(invoice_row.total))
        money.allocate(world, receipt, (invoice_row, str(invoice_row.total)))
        money.inform(world, receipt)
        world.move_to(5, month=1, year=2027)
        controls.refresh(at=world.at)
        row = kept(DECEMBER, carrier.contract)
        assert (row.state, row.failed, row.settled) == ("ON_TIME", [], False)
        assert results.results(terms.of_month(DECEMBER)).second.denominator == 1
        world.move_to(12, month=1, year=2027)
        controls.refresh(at=world.at)
        assert kept(DECEMBER, carrier.contract).settled

    def test_what_was_missed_says_which(self, carrier):
        carrier.move_to(9, month=12)
        controls.open_month(month=DECEMBER, at=carrier.at)
        row = kept(DECEMBER, carrier.contract)
        assert row.state == "MISSED"
        assert {"COPY", "NETWORK_SPEED"} <= set(row.failed)

    def test_a_month_that_is_far_is_refused(self, carrier):
        with pytest.raises(Invalid):
            controls.open_month(month=periods.parse_month("2027-03"), at=carrier.at)


class TestTheTray:
    def tasks(self, month) -> dict[str, WorkItem]:
        rows = WorkItem.objects.filter(dossier__number=controls.number_of(month), done_at=None)
        return {row.key: row for row in rows}

    def test_one_task_a_month_and_item_before_it_is_missed(self, carrier):
        bills.billed(carrier, "CABLE NORTE S.R.L.", "TIP-0200", contract="CT-200", mail="p2@x.example")
        carrier.move_to(27)
        controls.refresh(at=carrier.at)
        found = self.tasks(DECEMBER)
        assert found["control-COPY"].role == "INTERCONNECTION"
        assert "faltan 2 contratos" in found["control-COPY"].title
        assert found["control-NETWORK_SPEED"].role == "NOC"
        assert "control-REMITTED" not in found

    def test_its_number_follows_and_it_falls_away(self, carrier):
        second = bills.billed(
            carrier, "CABLE NORTE S.R.L.", "TIP-0200", contract="CT-200", mail="p2@x.example"
        )
        carrier.move_to(27)
        controls.refresh(at=carrier.at)
        network_checks.confirm(
            month=DECEMBER, contract_ids=[second], actor=carrier.actor("noc"), at=carrier.at
        )
        assert "falta 1 contrato" in self.tasks(DECEMBER)["control-NETWORK_SPEED"].title
        network_checks.confirm(month=DECEMBER, actor=carrier.actor("noc"), at=carrier.at)
        assert "control-NETWORK_SPEED" not in self.tasks(DECEMBER)


def test_a_portion_asks_as_often_for_many_as_for_one(carrier, world):
    invoice = money.billed(world)
    money.register(world, invoice)
    with CaptureQueriesContext(
        connection,
    ) as few:
        control_facts.read([carrier.contract], DECEMBER, at=carrier.at)
    ids = [
        bills.billed(world, f"CABLE {n} S.R.L.", f"TIP-8{n:03d}", contract=f"CT-8{n}", mail=f"p{n}@x.example")
        for n in range(8)
    ]
    with CaptureQueriesContext(connection) as many:
        control_facts.read([carrier.contract, *ids], DECEMBER, at=carrier.at)
    assert len(many) == len(few) <= 20


class TestBeforeTheFirstDayOfUse:
    def test_a_month_before_has_no_controls_and_is_not_reported(self, carrier):
        boss, october = carrier.actor("gerente"), bills.NOVEMBER.previous
        controls.refresh(at=carrier.at)
        controls.open_month(month=october, at=carrier.at)
        assert not ContractControl.objects.filter(month__lt=dt.date(2026, 11, 1)).exists()
        with pytest.raises(Invalid, match="anterior al primer día de uso"):
            snapshots.take(month=october, actor=boss, at=carrier.at)
        assert not ContractControl.objects.filter(month__lt=dt.date(2026, 11, 1)).exists()
        carrier.move_to(1, month=11)
        carrier.at = carrier.at.replace(day=6)
        assert snapshots.take_due(actor=bills.JOB, at=carrier.at) is None

    def test_a_carrier_that_brings_its_history_says_when_it_began(self, carrier):
        boss, october = carrier.actor("gerente"), bills.NOVEMBER.previous
        said = {"name": "indicators.first_day", "reason": "historia importada", "actor": boss}
        for wrong, words in (("31/02/2026", "no es posible"), ("01/01/2031", "futuro")):
            with pytest.raises(Invalid, match=words):
                parameters.change_parameter(value=wrong, valid_from=carrier.at, at=carrier.at, **said)
        before = carrier.at
        parameters.change_parameter(value="15/09/2026", valid_from=before, at=before, **said)
        assert procedure.first_day_of_use(at=before) == dt.date(2026, 9, 15)
        assert procedure.first_day_of_use(at=before - dt.timedelta(days=1)) != dt.date(2026, 9, 15)
        controls.refresh(at=carrier.at)
        assert ContractControl.objects.filter(month=dt.date(2026, 10, 1)).exists()
        assert not ContractControl.objects.filter(month=dt.date(2026, 8, 1)).exists()
        assert snapshots.take(month=october, actor=boss, at=carrier.at).month == dt.date(2026, 10, 1)

    def test_what_fell_due_before_that_day_is_nobodys_failure(self, carrier):
        begin = procedure.first_day_of_use(at=carrier.at)
        found = [
            fact
            for each in control_facts.read([carrier.contract], bills.NOVEMBER, at=carrier.at).values()
            for fact in each
        ]
        assert begin is not None
        assert all(fact.due_at.date() >= begin for fact in found)
        assert not any(fact.item is Item.COPY for fact in found)  # due on 1 November

    def test_a_month_that_nobody_opened_is_opened_by_the_job_not_by_the_report(self, carrier):
        carrier.move_to(6, month=1, year=2027)
        controls.refresh(at=carrier.at)
        before = results.results(terms.of_month(DECEMBER)).second
        assert before.denominator == 1
        snapshots.take(month=DECEMBER, actor=carrier.actor("gerente"), at=carrier.at)
        assert results.results(terms.of_month(DECEMBER)).second == before
