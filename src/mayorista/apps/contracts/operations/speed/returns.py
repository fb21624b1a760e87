"""A temporary speed comes back by itself: on its day the network gets the order (a periodic act)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import SpeedChange
from mayorista.apps.contracts.operations import bandwidth
from mayorista.apps.contracts.operations.speed import orders, support
from mayorista.apps.procedure.actors import for_job
from mayorista.rules import formats, lapaz
from mayorista.rules.procedure import Act, Role


@transaction.atomic
def order_returns(*, at: dt.datetime) -> int:
    """Order the returns whose day has come and show the day's speed as the circuit's; return how many orders went out."""
    today = lapaz.local(at).date()
    actor = for_job("retorno")
    # Executed before its day: the timeline waited for it.
    begins = SpeedChange.objects.filter(state=support.State.IN_FORCE, effective_date=today)
    for service_id in begins.values_list("service_id", flat=True):
        bandwidth.show_capacity(service_id=service_id, on=today)
    due = SpeedChange.objects.filter(
        returns__isnull=False, state=support.State.APPROVED, wanted_date__lte=today
    )
    count = 0
    for change_id in list(due.order_by("pk").values_list("pk", flat=True)):
        change = support.locked(change_id)
        if change.state != support.State.APPROVED:
            continue
        midnight = dt.datetime.combine(change.wanted_date, dt.time(), tzinfo=lapaz.LA_PAZ)
        made = orders.write_order(
            change,
            window_at=midnight,
            rollback=_("ninguno: es el retorno de un cambio temporal"),
            config="",
            unit="NOC",
            assigned_to="",
            actor=actor,
            at=at,
        )
        text = _("Orden %(order)s a la red para el retorno del %(day)s.") % {
            "order": made.number,
            "day": formats.date(change.wanted_date),
        }
        support.move(change, support.State.ORDERED, act=Act.ORDER_SPEED, text=text, actor=actor, at=at)
        support.hand_to(change, support.EXECUTION, Role.NOC, _("Ejecutar retorno"), at)
        bandwidth.show_capacity(service_id=change.service_id, on=today)
        count += 1
    return count
