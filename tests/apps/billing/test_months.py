"""Gate 2.1: months opened once, coordinated by two people, held by what is undecided (R-B2.1, G-46)."""

from __future__ import annotations

import datetime as dt

import pytest

from mayorista.apps.billing.models import InvoicingGroup, Month
from mayorista.apps.billing.operations import amounts, groups, months
from mayorista.apps.contracts.models import Contract
from mayorista.apps.overview.queries import billing as pages
from mayorista.apps.procedure.models import WorkItem
from mayorista.rules import periods
from mayorista.rules.errors import Conflict, Invalid, NotAllowed
from mayorista.rules.procedure import Role
from tests import billing_world as bills
from tests.stories import agreements as deal


def confirm(world, rows, who):
    return months.confirm(month_ids=[row.pk for row in rows], actor=world.actor(who), at=world.at)


class TestOpening:
    def test_opens_a_month_once_for_each_group_with_its_tasks(self, carrier):
        assert months.open_months(month=bills.NOVEMBER, actor=bills.JOB, at=carrier.at) == 1
        assert months.open_months(month=bills.NOVEMBER, actor=bills.JOB, at=carrier.at) == 0
        row = Month.objects.select_related("dossier").get()
        assert (row.dossier.number, row.state) == ("MES-2026-000001", "PENDING")
        due = {
            (item.step, item.role): item.due_at.date()
            for item in WorkItem.objects.filter(dossier__number="FACTURACION-2026-11")
        }
        assert due == {
            ("B.2", "INTERCONNECTION"): dt.date(2026, 12, 1),
            ("B.2", "MANAGER"): dt.date(2026, 12, 1),
            ("B.3", "INTERCONNECTION"): dt.date(2026, 12, 2),
            ("B.4", "INTERCONNECTION"): dt.date(2026, 12, 3),
            ("B.5", "BILLING"): dt.date(2026, 12, 7),
        }

    @pytest.mark.parametrize(("day", "found"), [(3, {10}), (24, {10}), (25, {10, 11})])
    def test_begins_by_the_calendar(self, carrier, day, found):
        carrier.move_to(day)
        months.open_due(actor=bills.JOB, at=carrier.at)
        assert {row.month.month for row in Month.objects.all()} == found

    def test_of_a_group_billed_in_advance_begins_in_the_month_before(self, carrier):
        InvoicingGroup.objects.all().delete()
        groups.form_groups(actor=bills.JOB, at=carrier.at)
        InvoicingGroup.objects.update(in_advance=True)
        carrier.move_to(20)
        months.open_due(actor=bills.JOB, at=carrier.at)
        assert {row.month.month for row in Month.objects.all()} == {11, 12}
        due = WorkItem.objects.get(dossier__number="FACTURACION-2026-12", key="coordinate-advance").due_at
        assert due.date() == dt.date(2026, 11, 25)

    def test_a_contract_observed_by_interconexion_has_no_group(self, carrier):
        from mayorista.apps.contracts.models import Reception

        Reception.objects.create(contract_id=carrier.contract, state="OBSERVED", handed_at=carrier.at)
        assert groups.form_groups(actor=bills.JOB, at=carrier.at) == 0
        assert bills.opened(carrier) == []


class TestMonthPage:
    def test_counts_each_kind_of_group_to_its_own_days(self, carrier):
        bills.billed(carrier, "ANDESNET LTDA.", "TIP-0032", contract="CT-032", mail="pagos@andesnet.example")
        bills.opened(carrier)
        shown = pages.month_page(month=bills.NOVEMBER, at=carrier.at).countdowns
        assert [each.in_advance for each in shown] == [False]
        InvoicingGroup.objects.filter(code="CT-032").update(in_advance=True)
        advance, arrears = pages.month_page(month=bills.NOVEMBER, at=carrier.at).countdowns
        assert (advance.in_advance, arrears) == (True, shown[0])
        assert advance.limits.invoiced < arrears.limits.invoiced
        assert advance.invoice_days < arrears.invoice_days


class TestCoordination:
    def test_wants_both_sides(self, carrier):
        rows = bills.opened(carrier)
        assert confirm(carrier, rows, "interconexion") == 1
        assert Month.objects.get().state == "PENDING"
        assert confirm(carrier, rows, "gerente") == 1
        assert Month.objects.get().state == "COORDINATED"
        assert not WorkItem.objects.filter(step="B.2", done_at=None).exists()

    def test_is_never_both_sides_by_one_person(self, carrier):
        both = carrier.person("ambos", Role.INTERCONNECTION, Role.MANAGER)
        assert both
        rows = bills.opened(carrier)
        ids = [row.pk for row in rows]
        months.confirm_side(month_ids=ids, manager=False, actor=carrier.actor("ambos"), at=carrier.at)
        with pytest.raises(Conflict, match="otra parte"):
            months.confirm_side(month_ids=ids, manager=True, actor=carrier.actor("ambos"), at=carrier.at)

    @pytest.mark.parametrize("who", ["noc", "facturacion", "ventas"])
    def test_is_nobody_else_s(self, carrier, who):
        with pytest.raises(NotAllowed):
            confirm(carrier, bills.opened(carrier), who)

    def test_an_undecided_change_holds_only_its_group(self, carrier):
        bills.billed(carrier, "ANDESNET LTDA.", "TIP-0032", contract="CT-032", mail="pagos@andesnet.example")
        deal.ask(carrier, "TIP-0141", 3_000_000, dt.date(2026, 11, 16))
        rows = bills.opened(carrier)
        assert confirm(carrier, rows, "interconexion") == 1
        assert confirm(carrier, rows, "gerente") == 1
        states = dict(Month.objects.values_list("group__code", "state"))
        assert states == {"CT-100": "PENDING", "CT-032": "COORDINATED"}
        with pytest.raises(Conflict, match="SCV-2026-000001 está sin decidir"):
            confirm(carrier, [row for row in rows if row.group.code == "CT-100"], "interconexion")

    def test_a_change_asked_for_after_the_coordination_holds_the_amount(self, carrier):
        rows = bills.coordinated(carrier)
        deal.ask(carrier, "TIP-0141", 3_000_000, dt.date(2026, 11, 16))
        bills.after(carrier)
        with pytest.raises(Invalid, match="sin decidir"):
            amounts.define_amount(month_id=rows[0].pk, actor=carrier.actor("interconexion"), at=carrier.at)

    def test_the_gerente_defers_with_a_reason_and_what_is_in_force_bills(self, carrier):
        deal.ask(carrier, "TIP-0141", 3_000_000, dt.date(2026, 11, 16))
        row = bills.opened(carrier)[0]
        with pytest.raises(Invalid):
            months.defer(month_id=row.pk, reason=" ", actor=carrier.actor("gerente"), at=carrier.at)
        with pytest.raises(NotAllowed):
            months.defer(month_id=row.pk, reason="x", actor=carrier.actor("interconexion"), at=carrier.at)
        months.defer(month_id=row.pk, reason="falta obra", actor=carrier.actor("gerente"), at=carrier.at)
        bills.coordinated(carrier)
        bills.after(carrier)
        amount = amounts.define_amount(month_id=row.pk, actor=carrier.actor("interconexion"), at=carrier.at)
        assert str(amount.total) == "28750.00"

    def test_a_month_that_is_not_over_is_not_defined(self, carrier):
        rows = bills.coordinated(carrier)
        carrier.move_to(30)
        with pytest.raises(Invalid, match="30/11/2026"):
            amounts.define_amount(month_id=rows[0].pk, actor=carrier.actor("interconexion"), at=carrier.at)


class TestGroups:
    def test_join_contracts_of_one_customer_from_the_next_month(self, carrier):
        bills.opened(carrier)
        first = InvoicingGroup.objects.get()
        customer = first.customer_id
        carrier.circuit(customer, "TIP-0200")
        second = deal.contract(carrier, customer, "CT-101")
        deal.hold(carrier, second, "TIP-0200", kbps=1_000_000)
        groups.form_groups(actor=bills.JOB, at=carrier.at)
        groups.join(
            group_id=first.pk, contract_ids=[second], actor=carrier.actor("interconexion"), at=carrier.at
        )
        assert InvoicingGroup.objects.get(code="CT-101").active is False
        december = bills.opened(carrier, periods.parse_month("2026-12"))
        assert [row.group.code for row in december] == ["CT-100"]
        found = bills.inputs_of(december[0], carrier)
        assert sorted(found.services) == ["TIP-0141", "TIP-0142", "TIP-0200"]
        group_id = groups.separate(contract_id=second, actor=carrier.actor("interconexion"), at=carrier.at)
        assert InvoicingGroup.objects.get(pk=group_id).code == "CT-101"

    def test_refuses_other_customers_and_other_terms(self, carrier):
        other = bills.billed(
            carrier, "ANDESNET LTDA.", "TIP-0032", contract="CT-032", mail="p@andesnet.example"
        )
        customer = Contract.objects.get(pk=carrier.contract).customer_id
        carrier.circuit(customer, "TIP-0201")
        dollars = deal.contract(carrier, customer, "CT-USD", currency="USD", invoice_currency="USD")
        deal.hold(carrier, dollars, "TIP-0201", kbps=1_000_000)
        groups.form_groups(actor=bills.JOB, at=carrier.at)
        group = InvoicingGroup.objects.get(code="CT-100")
        for contract, words in ((other, "otro cliente"), (dollars, "otra moneda")):
            with pytest.raises(Invalid, match=words):
                groups.join(
                    group_id=group.pk,
                    contract_ids=[contract],
                    actor=carrier.actor("interconexion"),
                    at=carrier.at,
                )
