"""Cases told again from the journal alone: no other table is read but the numbers of dossiers."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from mayorista.apps.faults.models import Case
from mayorista.apps.procedure import queries as procedure
from mayorista.rules.indicators import retelling
from mayorista.rules.indicators.retelling import Line, Retold


def read(case_ids: Sequence[int], *, at: dt.datetime) -> dict[int, Retold]:
    """Return what the journal tells of these cases at an instant; a fixed number of reads."""
    homes = {
        pk: (number, case, fault)
        for pk, number, case, fault in Case.objects.filter(id__in=case_ids).values_list(
            "id", "dossier__number", "dossier_id", "fault__dossier_id"
        )
    }
    wanted = {home for _number, *pair in homes.values() for home in pair}
    said: dict[int, list[tuple[dt.datetime, int, str, dict[str, object]]]] = defaultdict(list)
    rows = procedure.journal_of(wanted).filter(act__in=retelling.ACTS, at__lte=at).order_by("at", "id")
    for pk, home, when, act, payload in rows.values_list("id", "dossier_id", "at", "act", "payload"):
        said[home].append((when, pk, act, payload))
    days = procedure.parameter("rfo.business_days", at=at)
    works = procedure.calendar(at=at)
    found = {}
    for pk, (number, case, fault) in homes.items():
        lines = sorted(
            [(*each, True) for each in said[case]] + [(*each, False) for each in said[fault]],
            key=lambda each: each[:2],
        )
        told = [Line(when, act, payload, of_case) for when, _id, act, payload, of_case in lines]
        found[pk] = retelling.retell(number, told, at=at, rfo_days=days, works=works)
    return found
