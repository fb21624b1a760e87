"""Charges of collection (reconnection, interest) become one-offs of the group's next open month (R15, R22)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from mayorista.apps.billing.operations import one_offs
from mayorista.apps.billing.queries.members import open_months
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.receivables.models import LaterCharge
from mayorista.rules.errors import Conflict

JOB = "cobranza"


@transaction.atomic
def settle(*, at: dt.datetime) -> int:
    """Put the charges that wait into the months that are open; return how many (a periodic act, safe to repeat).

    A month that is defined meanwhile leaves its charge to the next one.
    """
    rows = list(
        LaterCharge.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(one_off=None)
        .order_by("id")
    )
    months = open_months({row.group_id for row in rows})
    done = 0
    for row in rows:
        month_id = months.get(row.group_id)
        if month_id is None:
            continue
        try:
            with transaction.atomic():
                made = one_offs.add(
                    month_id=month_id,
                    kind=row.kind,
                    text=row.text,
                    amount=row.amount,
                    service_id=row.service_id,
                    actor=for_job(JOB),
                    at=at,
                )
        except Conflict:
            continue
        row.one_off_id = made.pk
        row.save(update_fields=["one_off"])
        done += 1
    return done
