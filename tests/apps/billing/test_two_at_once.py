"""A month done by two people in the same moment: each credit, amount, packet, invoice and mail once."""

from __future__ import annotations

import threading
from collections import Counter
from decimal import Decimal

import pytest
from django.db import connection

from mayorista.apps.billing.models import Amount, CreditProposal, Dispatch, Invoice, Month, Packet, Run
from mayorista.apps.billing.operations import (
    amounts,
    credit_months,
    dispatching,
    months,
    one_offs,
    packets,
    runs,
)
from mayorista.apps.billing.queries import confirmed
from mayorista.apps.faults.operations import restoration
from mayorista.apps.messaging.models import Message
from mayorista.apps.procedure.models import JournalEntry, WorkItem
from mayorista.rules.errors import Conflict, DomainError, Invalid
from mayorista.rules.procedure import Role
from tests import billing_world as bills

pytestmark = pytest.mark.django_db(transaction=True)
ISPS = 6


def at_once(*calls) -> list:
    """Run the calls in threads that start together; return what each gave, or the refusal it got."""
    gate, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place: int, call) -> None:
        try:
            gate.wait(10)
            results[place] = call()
        except DomainError as refusal:
            results[place] = refusal
        except BaseException as trouble:  # noqa: BLE001 - told by who asserts
            results[place] = trouble
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    defects = [
        each for each in results if isinstance(each, BaseException) and not isinstance(each, DomainError)
    ]
    assert not defects, defects
    return results


def together(world, kind: str, *who: str) -> list[Run]:
    """Two people press the same button for the whole month; the job goes on with both runs as well."""
    started = [
        runs.start(kind=kind, month=bills.NOVEMBER, actor=world.actor(name), at=world.at) for name in who
    ]

    def work(pk: int):
        def go() -> None:
            while runs.advance(run_id=pk, at=world.at):
                pass

        return go

    at_once(*(work(pk) for pk in started * 2))
    return list(Run.objects.filter(pk__in=started).order_by("pk"))


def once(values) -> None:
    assert set(Counter(values).values()) == {1}


@pytest.fixture
def carrier(world):
    """Seven ISPs of November, of which one had an outage of two hours; a second person in each role."""
    world.move_to(3)
    ladder = {"model": "percent_bands", "bands": [{"below": "99.9", "credit_pct": "10"}]}
    bills.billed(world, sla_credit=ladder)
    for number in range(ISPS):
        bills.billed(
            world, f"RED {number} S.R.L.", f"RED-{number}", contract=f"CT-R{number}", mail=f"p{number}@red.example"
        )  # fmt: skip
    world.person("interconexion2", Role.INTERCONNECTION)
    world.person("facturacion2", Role.BILLING)
    world.move_to(12, hour=8)
    world.alarm(circuit="TIP-0141")
    fault = world.fault()
    world.pass_minutes(10)
    world.diagnose(fault, "INTERNAL", "I-FIB")
    world.pass_minutes(110)
    restoration.restore(fault_id=fault.pk, restored_at=world.at, actor=world.actor("noc"), at=world.at)
    return world


def test_a_whole_month_by_two_people_is_done_once(carrier, channels):
    world, every = carrier, ISPS + 1
    bills.coordinated(world)
    bills.after(world)

    # Both compute the credits while the clock does so too.
    at_once(
        *(
            lambda who=who: credit_months.compute(month=bills.NOVEMBER, actor=world.actor(who), at=world.at)
            for who in ("interconexion", "interconexion2")
        ),
        lambda: credit_months.sweep(actor=bills.JOB, at=world.at),
    )
    assert CreditProposal.objects.count() == 1
    assert WorkItem.objects.filter(key="credit", done_at=None).count() == 1

    done = together(world, "DEFINE", "interconexion", "interconexion2")
    assert sum(run.done for run in done) == every
    once(Amount.objects.values_list("month_id", flat=True))
    # Observed, two define it again in the same moment: one more version of it, not two.
    row = Month.objects.order_by("pk").first()
    months.observe(month_id=row.pk, reason="revisar", actor=world.actor("facturacion"), at=world.at)
    again = at_once(
        *(
            lambda who=who: amounts.define_amount(month_id=row.pk, actor=world.actor(who), at=world.at)
            for who in ("interconexion", "interconexion2")
        )
    )
    assert sum(isinstance(each, Conflict) for each in again) == 1
    assert list(Amount.objects.filter(month=row).order_by("sequence").values_list("sequence", flat=True)) == [
        1,
        2,
    ]

    together(world, "SEND", "interconexion", "interconexion2")
    once(Packet.objects.values_list("month_id", flat=True))
    numbers = sorted(Packet.objects.values_list("dossier__number", flat=True))
    assert numbers == [f"PAQ-2026-{n:06d}" for n in range(1, every + 1)]
    ids = list(Packet.objects.values_list("pk", flat=True))
    taken = at_once(
        *(
            lambda who=who: packets.acknowledge(packet_ids=ids, actor=world.actor(who), at=world.at)
            for who in ("facturacion", "facturacion2")
        )
    )
    assert sum(isinstance(each, Conflict) for each in taken) == 1
    once(JournalEntry.objects.filter(act="ACKNOWLEDGE_PACKET").values_list("dossier_id", flat=True))

    together(world, "ISSUE", "facturacion", "facturacion2")
    once(Invoice.objects.values_list("packet_id", flat=True))
    assert sorted(Invoice.objects.values_list("number", flat=True)) == [
        f"FAC-INT-2026-{n:06d}" for n in range(1, every + 1)
    ]

    done = together(world, "DISPATCH", "facturacion", "facturacion2")
    assert sum(run.done for run in done) == every
    once(Dispatch.objects.values_list("invoice_id", flat=True))
    world.pass_minutes(1)
    world.settle()
    mails = Message.objects.filter(cause="B.5", state="ACCEPTED")
    once(mails.values_list("dossier_id", flat=True))
    assert mails.count() == every
    assert all(len(channels.mails_to(f"p{number}@red.example")) == 1 for number in range(ISPS))


def test_one_invoice_sent_from_two_desks_leaves_once(world, channels):
    world.move_to(3)
    bills.billed(world)
    world.person("facturacion2", Role.BILLING)
    (invoice,) = bills.invoiced(world)
    answers = at_once(
        *(
            lambda who=who: dispatching.dispatch(invoice_id=invoice.pk, actor=world.actor(who), at=world.at)
            for who in ("facturacion", "facturacion2")
        )
    )
    assert sum(isinstance(each, Conflict) for each in answers) == 1
    world.pass_minutes(1)
    world.settle()
    assert len(channels.mails_to(bills.PAYS)) == 1


@pytest.mark.parametrize("turn", range(4))
def test_a_charge_added_while_a_month_is_confirmed_is_in_what_was_confirmed_or_the_confirmation_falls(
    world, turn
):
    """Two connections; whichever comes first, nobody's confirmation stands beside an amount that it did not see."""
    world.move_to(3)
    bills.billed(world)
    (row,) = bills.opened(world)
    months.confirm(month_ids=[row.pk], actor=world.actor("interconexion"), at=world.at)
    calls = [
        lambda: months.confirm(month_ids=[row.pk], actor=world.actor("gerente"), at=world.at),
        lambda: one_offs.add(
            month_id=row.pk, kind="CHARGE", text="reubicación", amount=Decimal("9000.00"), reason="según acta",
            actor=world.actor("interconexion"), at=world.at,
        ),
    ]  # fmt: skip
    at_once(*(calls if turn % 2 else reversed(calls)))
    months.recheck(actor=bills.JOB, at=world.at)
    row.refresh_from_db()
    basis = confirmed.measure([row], at=world.at)[row.pk]
    # A charge that still waits for the Gerente's approval makes the month one that nobody can define yet.
    assert isinstance(basis, Invalid) or not confirmed.is_confirmed(row) or confirmed.holds(row, basis)
    bills.after(world)
    seen = {row.confirmed_total, row.manager_confirmed_total}
    try:
        made = amounts.define_amount(month_id=row.pk, actor=world.actor("interconexion"), at=world.at)
    except DomainError:
        assert not Amount.objects.exists()
    else:
        assert {made.total} == seen
