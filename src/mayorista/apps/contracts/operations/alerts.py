"""What ends soon is announced 90, 60 and 30 days before, each once: contracts and guarantees (a periodic act)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import Contract, Guarantee, ServiceHolding, Terms
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.operations import work
from mayorista.rules import formats, lapaz
from mayorista.rules.procedure import Role

STEP = "B.1"


@dataclass(frozen=True, slots=True)
class _Ending:
    dossier_id: int
    number: str
    key: str
    ends: dt.date
    title: str


@transaction.atomic
def announce(*, at: dt.datetime) -> int:
    """Open a task for each contract and guarantee whose end is near; return how many. Running it again opens none.

    A contract that is over with circuits still held gets one more, so that nobody serves without a contract.
    """
    today = lapaz.local(at).date()
    steps = sorted({int(days) for days in procedure.parameter("contract.alert_days", at=at)} | {0})
    endings = [*_contracts(today, steps), *_guarantees(today, steps)]
    told = procedure.known_keys({each.dossier_id for each in endings}, step=STEP)
    calendar = procedure.calendar(at=at)
    items = []
    for each in endings:
        near = next(days for days in steps if (each.ends - today).days <= days)
        key = f"{each.key}-{near}"
        if (each.dossier_id, key) in told:
            continue
        items.append(
            work.NewItem(
                each.dossier_id,
                STEP,
                Role.INTERCONNECTION,
                each.title[:200],
                calendar.after(at, 5 if near else 1),
                key,
            )
        )
    if items:
        work.open_items(items=items, at=at)
    return len(items)


def _contracts(today: dt.date, steps: list[int]) -> list[_Ending]:
    rows = Contract.objects.filter(ends_date__lte=today + dt.timedelta(days=steps[-1]))
    held = set(
        ServiceHolding.objects.filter(contract__in=rows)
        .exclude(ends_date__lte=today)
        .values_list("contract_id", flat=True)
    )
    renewals = {
        row.contract_id: row
        for row in Terms.objects.filter(contract__in=rows, starts_date__lte=today).order_by(
            "contract_id", "starts_date"
        )
    }
    found = []
    for row in rows.order_by("ends_date", "pk"):
        assert row.ends_date is not None
        if row.ends_date <= today and row.pk not in held:
            continue
        terms = renewals.get(row.pk)
        if terms is not None and terms.renewal == "AUTOMATIC":
            if row.ends_date <= today:
                continue
            last = row.ends_date - dt.timedelta(days=terms.renewal_notice_days)
            title = _("El contrato %(n)s se renueva solo el %(day)s; avisar hasta el %(last)s si no debe")
            title %= {"n": row.number, "day": formats.date(row.ends_date), "last": formats.date(last)}
        elif row.ends_date <= today:
            title = _("El contrato %(n)s venció el %(day)s y sigue en servicio") % {
                "n": row.number,
                "day": formats.date(row.ends_date),
            }
        else:
            title = _("El contrato %(n)s vence el %(day)s") % {
                "n": row.number,
                "day": formats.date(row.ends_date),
            }
        found.append(
            _Ending(row.dossier_id, row.number, f"expiry-{row.ends_date:%Y%m%d}", row.ends_date, title)
        )
    return found


def _guarantees(today: dt.date, steps: list[int]) -> list[_Ending]:
    rows = Guarantee.objects.filter(
        returned_date=None, expires_date__lte=today + dt.timedelta(days=steps[-1])
    )
    return [
        _Ending(
            row.contract.dossier_id,
            row.contract.number,
            f"guarantee-{row.pk}",
            row.expires_date,
            _("La garantía %(kind)s de %(n)s vence el %(day)s")
            % {"kind": row.kind, "n": row.contract.number, "day": formats.date(row.expires_date)},
        )
        for row in rows.select_related("contract").order_by("expires_date", "pk")
    ]
