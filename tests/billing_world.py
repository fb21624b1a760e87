"""A carrier whose months are billed: a contract with two circuits and a billing contact, and the acts of a month."""

from __future__ import annotations

import datetime as dt
import json

from mayorista.apps.billing.models import Amount, Invoice, Month, Run
from mayorista.apps.billing.operations import amounts, months, runs
from mayorista.apps.customers import operations as customers
from mayorista.apps.procedure.actors import for_job
from mayorista.rules import periods
from mayorista.rules.rating import asking, reading, writing
from tests.stories import agreements as deal

NOVEMBER = periods.parse_month("2026-11")
JOB = for_job("prueba")
PAYS = "pagos@vallefibra.example"


def billed(
    world,
    name: str = "VALLE FIBRA S.R.L.",
    *circuits: str,
    contract: str = "CT-100",
    mail: str = PAYS,
    **clauses,
) -> int:
    """A customer with a contract, its circuits and a contact for invoices; the contract's id."""
    deal.people(world)
    codes = circuits or ("TIP-0141", "TIP-0142")
    customer = world.isp(name, *codes)
    if mail:
        customers.save_contact(
            actor=world.actor("admin"),
            at=world.at,
            full_name=f"Pagos de {name}",
            email=mail,
            phone=f"6{customer:07d}",
            roles=[customers.ContactRoleWish(customer, "BILLING")],
        )
    made = deal.contract(world, customer, contract, **clauses)
    for number, code in enumerate(codes):
        deal.hold(world, made, code, kbps=2_000_000 if number == 0 else 500_000)
    return made


def opened(world, month=NOVEMBER) -> list[Month]:
    months.open_months(month=month, actor=JOB, at=world.at)
    return list(Month.objects.filter(month=dt.date.fromordinal(month.first)).order_by("id"))


def coordinated(world, month=NOVEMBER) -> list[Month]:
    rows = opened(world, month)
    ids = [row.pk for row in rows]
    months.confirm(month_ids=ids, actor=world.actor("interconexion"), at=world.at)
    months.confirm(month_ids=ids, actor=world.actor("gerente"), at=world.at)
    return list(Month.objects.filter(pk__in=ids).order_by("id"))


def after(world, month=NOVEMBER) -> None:
    """Move the clock to the second day after a month."""
    world.move_to(2, month=month.next.number, year=month.next.year)


def defined(world, month=NOVEMBER) -> list[Month]:
    rows = coordinated(world, month)
    after(world, month)
    for row in rows:
        amounts.define_amount(month_id=row.pk, actor=world.actor("interconexion"), at=world.at)
        row.refresh_from_db()
    return rows


def run(world, kind: str, who: str, month=NOVEMBER, **more) -> Run:
    pk = runs.start(kind=kind, month=month, actor=world.actor(who), at=world.at, **more)
    while runs.advance(run_id=pk, at=world.at):
        pass
    return Run.objects.get(pk=pk)


def sent(world, month=NOVEMBER) -> list[Month]:
    rows = defined(world, month)
    run(world, "SEND", "interconexion", month)
    return list(Month.objects.filter(pk__in=[row.pk for row in rows]).order_by("id"))


def invoiced(world, month=NOVEMBER) -> list[Invoice]:
    sent(world, month)
    run(world, "ISSUE", "facturacion", month)
    return list(Invoice.objects.filter(month=dt.date.fromordinal(month.first)).order_by("id"))


def inputs_of(row: Month, world):
    from mayorista.apps.billing.queries import inputs

    return inputs.prepare([row], as_of=world.at)[row.pk]


def redone(amount: Amount) -> bool:
    """Whether the case of an amount's sheet, written as JSON and read again, comes to the same answer."""
    sheet = amount.sheet
    case = asking.case_of(sheet["asked"], sheet["answer"], sheet.get("approved_credits", ()))
    again = writing.answered(reading.read(json.loads(json.dumps(case))))
    return again == sheet["answer"]
