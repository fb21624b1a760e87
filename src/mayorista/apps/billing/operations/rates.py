"""Exchange rates: what one unit was worth in bolivianos on a day, and who says so (G-31)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.billing.models import ExchangeRate
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal
from mayorista.rules import formats, lapaz, money
from mayorista.rules.errors import Conflict, Invalid
from mayorista.rules.procedure import Act

LARGEST = Decimal(1000)


@transaction.atomic
def record(
    *,
    currency: str,
    on: dt.date,
    source: str,
    rate: Decimal,
    actor: Actor,
    at: dt.datetime,
    act: Act = Act.ENTER_RATE,
) -> ExchangeRate:
    """Write down a day's rate; the same again changes nothing.

    `act` is the act it belongs to: the import of a workbook loads rates as its own. Raises Invalid, Conflict for
    another figure, NotAllowed.
    """
    require(actor, act)
    source = source.strip().upper()
    if currency != "USD":
        raise Invalid(_("Solo se registran tipos de cambio del dólar."), field="currency")
    if not source or len(source) > 20:
        raise Invalid(_("Falta la fuente (por ejemplo BCB)."), field="source")
    if on > lapaz.local(at).date() + dt.timedelta(days=1):
        raise Invalid(_("La fecha es futura."), field="on", remedy=_("Se registra desde la víspera."))
    money.scaled(rate, 6, field="rate")
    if not 0 < rate < LARGEST:
        raise Invalid(_("El tipo de cambio debe ser mayor que cero."), field="rate")
    row, made = ExchangeRate.objects.get_or_create(
        currency=currency,
        on=on,
        source=source,
        defaults={"rate": rate, "entered_by_id": actor.user_id, "entered_at": at},
    )
    if not made and row.rate != rate:
        raise Conflict(
            _("Ya hay un tipo de cambio de %(s)s del %(d)s: %(r)s.")
            % {"s": source, "d": formats.date(on), "r": formats.shortest(row.rate)},
            field="rate",
            remedy=_("Lo usado en hojas no se cambia; registre otra fuente."),
        )
    if made:
        journal.record(
            dossier_id=dossiers.standing(kind="EXCHANGE_RATES").pk,
            act=act,
            text=f"{currency} {formats.date(on)} {source}: {formats.shortest(rate)}",
            actor=actor,
            at=at,
        )
    return row
