"""Days of traffic that come ready packed by the import: 288 samples of five minutes of a port."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import Service, TrafficDay
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import journal
from mayorista.rules import formats
from mayorista.rules.errors import Conflict, NotFound
from mayorista.rules.procedure import Act

SLOTS = 288
MISSING = 0xFFFFFFFF
SOURCE = "importación"

Pair = tuple[int, int] | None
"""Kbit/s in and out of five minutes; None where the sample is missing."""


def packed(pairs: Sequence[Pair]) -> tuple[bytes, int]:
    """Return 288 pairs as they are kept, and how many are there."""
    flat = [value for pair in pairs for value in (pair or (MISSING, MISSING))]
    return struct.pack(f"<{2 * SLOTS}I", *flat), sum(pair is not None for pair in pairs)


@transaction.atomic
def record_days(
    *, service_id: int, port: str, days: Mapping[dt.date, Sequence[Pair]], actor: Actor, at: dt.datetime
) -> int:
    """Keep days of samples of one port (288 pairs each); return how many are new. The same again changes nothing.

    Raises Conflict naming the day where other samples are there already, NotFound, NotAllowed.
    """
    require(actor, Act.IMPORT)
    service = Service.objects.filter(pk=service_id).first()
    if service is None:
        raise NotFound(_("No existe ese servicio."), field="service_id")
    known = dict(
        TrafficDay.objects.filter(service=service, port=port, on__in=days).values_list("on", "samples")
    )
    new = []
    for on, pairs in sorted(days.items()):
        samples, present = packed(pairs)
        if on not in known:
            new.append(
                TrafficDay(
                    service=service,
                    port=port,
                    on=on,
                    samples=samples,
                    present=present,
                    source=SOURCE,
                    received_at=at,
                )
            )
        elif bytes(known[on]) != samples:
            raise Conflict(
                _("%(code)s ya tiene otras muestras del %(day)s.")
                % {"code": service.circuit_code, "day": formats.date(on)},
                field="samples",
                remedy=_("Las muestras recibidas no se cambian por importación."),
            )
    TrafficDay.objects.bulk_create(new, batch_size=500)
    if new:
        journal.record(
            dossier_id=service.dossier_id,
            act=Act.IMPORT,
            text=_("Tráfico importado: %(n)d días desde el %(first)s hasta el %(last)s.")
            % {"n": len(new), "first": formats.date(new[0].on), "last": formats.date(new[-1].on)},
            actor=actor,
            at=at,
            step="B.3",
        )
    return len(new)
