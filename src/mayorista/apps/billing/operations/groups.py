"""Invoicing groups (G-45): one per contract by default; contracts of one customer with equal terms may be joined."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from mayorista.apps.billing.models import GroupContract, InvoicingGroup, Month
from mayorista.apps.contracts import queries as contracts
from mayorista.apps.procedure import editing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, serials
from mayorista.rules import lapaz, periods
from mayorista.rules.errors import Conflict, Invalid, NotFound
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mayorista.apps.contracts.queries import Billable

KIND = "GROUP"


@transaction.atomic
def form_groups(*, actor: Actor, at: dt.datetime) -> int:
    """Give every contract that may be invoiced and has no group one of its own; return how many. Safe to repeat.

    Groups follow their contracts: one whose prices came to be billed in advance keeps that calendar.
    """
    taken = set(GroupContract.objects.filter(ends_month=None).values_list("contract_id", flat=True))
    found = contracts.billable_contracts()
    _follow(found)
    new = [each for each in found if each.contract_id not in taken]
    if new:
        _make(new, actor=actor, at=at)
    return len(new)


def _follow(found: Sequence[Billable]) -> None:
    """Keep currency and calendar of groups with what their contracts say now."""
    links = dict(GroupContract.objects.filter(ends_month=None).values_list("contract_id", "group_id"))
    advance = {links[each.contract_id] for each in found if each.in_advance and each.contract_id in links}
    InvoicingGroup.objects.filter(id__in=advance, in_advance=False).update(
        in_advance=True, version=F("version") + 1
    )
    for currency in ("BOB", "USD"):
        mine = [links[e.contract_id] for e in found if e.currency == currency and e.contract_id in links]
        InvoicingGroup.objects.filter(id__in=mine).exclude(currency=currency).update(
            currency=currency, version=F("version") + 1
        )


def _make(new: Sequence[Billable], *, actor: Actor, at: dt.datetime) -> list[InvoicingGroup]:
    numbers = serials.next_numbers(series="GRP", at=at, count=len(new))
    homes = dossiers.open_dossiers(
        new=[
            dossiers.NewDossier(
                KIND,
                number,
                f"Grupo de facturación {each.number} · {each.customer}",
                "vigente",
                each.customer_dossier_id,
            )
            for number, each in zip(numbers, new, strict=True)
        ],
        at=at,
    )
    made = InvoicingGroup.objects.bulk_create(
        InvoicingGroup(
            dossier=home,
            customer_id=each.customer_id,
            code=each.number,
            name=each.customer[:160],
            currency=each.currency,
            in_advance=each.in_advance,
        )
        for home, each in zip(homes, new, strict=True)
    )
    GroupContract.objects.bulk_create(
        GroupContract(group=group, contract_id=each.contract_id, starts_month=each.starts.replace(day=1))
        for group, each in zip(made, new, strict=True)
    )
    journal.record_many(
        lines=[
            journal.Line(home.pk, Act.MANAGE_GROUPS, _("Grupo de facturación formado."), "B.3")
            for home in homes
        ],
        actor=actor,
        at=at,
    )
    return made


@transaction.atomic
def group_of_contract(*, contract_id: int, currency: str, actor: Actor, at: dt.datetime) -> InvoicingGroup:
    """Return the group that invoices a contract; one that can not be invoiced yet gets its own, for its old debt.

    Raises NotFound.
    """
    link = (
        GroupContract.objects.filter(contract_id=contract_id, ends_month=None).select_related("group").first()
    )
    if link is not None:
        return link.group
    found = contracts.billable_contracts(contract_ids=[contract_id]) or [
        contracts.not_yet_billable(contract_id=contract_id, currency=currency, today=lapaz.local(at).date())
    ]
    return _make(found, actor=actor, at=at)[0]


@transaction.atomic
def join(*, group_id: int, contract_ids: Sequence[int], actor: Actor, at: dt.datetime) -> None:
    """Invoice more contracts of the same customer in this group from the first month not opened yet.

    Raises Invalid when customer, currency or terms differ, NotFound, NotAllowed.
    """
    require(actor, Act.MANAGE_GROUPS)
    group = editing.locked(InvoicingGroup.objects.all(), row_id=group_id, missing=_("No existe ese grupo."))
    mine = list(
        GroupContract.objects.filter(group=group, ends_month=None).values_list("contract_id", flat=True)
    )
    wanted = sorted(set(contract_ids) - set(mine))
    if not wanted:
        raise Conflict(_("Ese contrato ya se factura en este grupo."), field="contract_ids")
    found = {each.contract_id: each for each in contracts.billable_contracts(contract_ids=[*mine, *wanted])}
    missing = [each for each in wanted if each not in found]
    if missing:
        raise NotFound(_("Ese contrato no está completo o no existe."), field="contract_ids")
    for each in wanted:
        if found[each].customer_id != group.customer_id:
            raise Invalid(
                _("El contrato %(n)s es de otro cliente.") % {"n": found[each].number}, field="contract_ids"
            )
    _refuse_unequal([*mine, *wanted], found, at)
    links = list(
        GroupContract.objects.select_for_update()
        .filter(contract_id__in=wanted, ends_month=None)
        .order_by("id")
    )
    start = _next_month([group.pk, *(each.group_id for each in links)], at)
    for link in links:
        if link.starts_month >= start:
            link.delete()
        else:
            link.ends_month = start
            link.save(update_fields=["ends_month"])
    emptied = {link.group_id for link in links} - set(
        GroupContract.objects.filter(ends_month=None).values_list("group_id", flat=True)
    )
    InvoicingGroup.objects.filter(id__in=emptied).update(active=False, version=F("version") + 1)
    GroupContract.objects.bulk_create(
        GroupContract(group=group, contract_id=each, starts_month=start) for each in wanted
    )
    InvoicingGroup.objects.filter(pk=group.pk).update(version=F("version") + 1)
    journal.record(
        dossier_id=group.dossier_id,
        act=Act.MANAGE_GROUPS,
        text=_("Se facturan juntos desde %(month)s: %(numbers)s")
        % {
            "month": periods.month_of(start).words,
            "numbers": ", ".join(found[each].number for each in [*mine, *wanted]),
        },
        actor=actor,
        at=at,
        step="B.3",
    )


@transaction.atomic
def separate(*, contract_id: int, actor: Actor, at: dt.datetime) -> int:
    """Give a joined contract a group of its own again, from the first month not opened yet; return the group."""
    require(actor, Act.MANAGE_GROUPS)
    link = GroupContract.objects.select_for_update().filter(contract_id=contract_id, ends_month=None).first()
    if link is None:
        raise NotFound(_("Ese contrato no está en ningún grupo."))
    if GroupContract.objects.filter(group_id=link.group_id, ends_month=None).count() < 2:
        raise Conflict(_("Ese contrato ya se factura solo."))
    found = contracts.billable_contracts(contract_ids=[contract_id])
    start = _next_month([link.group_id], at)
    if link.starts_month >= start:
        link.delete()
    else:
        link.ends_month = start
        link.save(update_fields=["ends_month"])
    former = InvoicingGroup.objects.filter(code=found[0].number).exclude(id=link.group_id).first()
    if former is None:
        each = found[0]
        code = each.number
        taken = InvoicingGroup.objects.filter(code=code).exists()
        home = dossiers.open_dossier(
            kind=KIND,
            number=serials.next_number(series="GRP", at=at),
            headline=f"Grupo de facturación {code} · {each.customer}",
            state="vigente",
            customer_id=each.customer_dossier_id,
            at=at,
        )
        former = InvoicingGroup.objects.create(
            dossier=home,
            customer_id=each.customer_id,
            code=f"{code}-B"[:40] if taken else code,
            name=each.customer[:160],
            currency=each.currency,
            in_advance=each.in_advance,
        )
    InvoicingGroup.objects.filter(pk=former.pk).update(active=True, version=F("version") + 1)
    GroupContract.objects.create(group=former, contract_id=contract_id, starts_month=start)
    journal.record(
        dossier_id=former.dossier_id,
        act=Act.MANAGE_GROUPS,
        text=_("El contrato %(n)s se factura solo desde %(m)s.")
        % {"n": found[0].number, "m": periods.month_of(start).words},
        actor=actor,
        at=at,
        step="B.3",
    )
    return former.pk


def _refuse_unequal(contract_ids: Sequence[int], found: dict[int, Billable], at: dt.datetime) -> None:
    rated = contracts.rating_services(contract_ids, month=periods.month_of(at), as_of=at)
    kept = None
    for pk in contract_ids:
        clauses = rated[pk].clauses
        if clauses is None:
            problem = rated[pk].problem
            raise problem or Invalid(_("El contrato no tiene condiciones."), field="contract_ids")
        mine = (
            clauses.currency,
            clauses.invoice_currency,
            clauses.rate_source,
            clauses.rate_day,
            clauses.fixed_rate,
            clauses.tax_included,
            clauses.tax_rate,
            clauses.payment_days,
            clauses.payment_from,
        )
        if kept is not None and kept != mine:
            raise Invalid(
                _("El contrato %(n)s tiene otra moneda u otras condiciones de pago.")
                % {"n": found[pk].number},
                field="contract_ids",
                remedy=_("Solo se juntan contratos con igual moneda y condiciones."),
            )
        kept = mine


def _next_month(group_ids: Sequence[int], at: dt.datetime) -> dt.date:
    """The first month that none of these groups has opened."""
    last = (
        Month.objects.filter(group_id__in=group_ids)
        .order_by("-month")
        .values_list("month", flat=True)
        .first()
    )
    if last is None:
        return lapaz.local(at).date().replace(day=1)
    return dt.date.fromordinal(periods.month_of(last).after)
