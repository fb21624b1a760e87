"""What a provider's contract cost us in a month: its external faults with tickets, minutes and the credit it owes."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from mayorista.apps.assurance.models import ProviderTerms
from mayorista.apps.assurance.queries.reports import refuse_future
from mayorista.apps.contracts.queries.providers import ProviderBrief, providers
from mayorista.apps.faults import paper_facts
from mayorista.apps.faults.paper_facts import FaultRow
from mayorista.rules import availability, formats, lapaz, money
from mayorista.rules.availability import Span
from mayorista.rules.periods import Month
from mayorista.rules.procedure import Attribution

Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Cost:
    """A provider's contract in a month. `content` is what the letter says."""

    provider: ProviderBrief
    reference: str
    seconds: int
    faults: int
    credit: str
    content: dict[str, Any]


def terms_of(provider_id: int, reference: str, *, on: dt.date) -> ProviderTerms | None:
    """Return what a provider's contract promised on a day; the provider's general terms where the contract has none."""
    rows = ProviderTerms.objects.filter(provider_id=provider_id, valid_from__lte=on)
    return rows.filter(reference__in={reference, ""}).order_by("-reference", "-valid_from").first()


def costs(*, month: Month, at: dt.datetime) -> list[Cost]:
    """Return what each provider's contract cost in a month, the most first. Raises Invalid for a month to come."""
    refuse_future(month, at)
    until = min(at, month.ends_at)
    found: dict[Key, list[tuple[FaultRow, list[Span]]]] = defaultdict(list)
    for fault in paper_facts.touching(since=month.starts_at, until=until):
        if fault.attribution != Attribution.EXTERNAL.value:
            continue
        down = _down(fault, month, until)
        for provider_id in dict.fromkeys(ticket.provider_id for ticket in fault.tickets):
            same = provider_id == fault.contracted_from
            found[provider_id, fault.contract_reference if same else ""].append((fault, down))
    known = providers({key[0] for key in found})
    rows = [_cost(known[key[0]], key[1], faults, month) for key, faults in found.items()]
    return sorted(rows, key=lambda row: (-row.seconds, row.provider.name, row.reference))


def nothing(provider_id: int, reference: str, month: Month) -> Cost:
    """Return the cost of a contract that was claimed and by now owes nothing."""
    return _cost(providers({provider_id})[provider_id], reference, [], month)


def _down(fault: FaultRow, month: Month, until: dt.datetime) -> list[Span]:
    """The fault's time down in the month: intervals of all its circuits unioned, never summed."""
    spans = [
        (availability.whole_second(start), availability.whole_second(end or until))
        for case in fault.cases
        for row in case.outages
        for start, end in row.intervals
    ]
    first, last = availability.whole_second(month.starts_at), availability.whole_second(until)
    return availability.within(availability.union(spans), first, last)


def _cost(
    provider: ProviderBrief, reference: str, faults: list[tuple[FaultRow, list[Span]]], month: Month
) -> Cost:
    seconds = availability.length(availability.union(span for _fault, down in faults for span in down))
    terms = terms_of(provider.id, reference, on=dt.date.fromordinal(month.first))
    credit, how = _credit(terms, seconds, month)
    lines = [
        {
            "fault": fault.number,
            "element": fault.element,
            "tickets": ", ".join(each.reference for each in fault.tickets if each.provider_id == provider.id),
            "starts": _at(start),
            "ends": _at(end),
            "seconds": end - start,
            "circuits": len({row.service_id for case in fault.cases for row in case.outages}),
        }
        for fault, down in faults
        for start, end in down
    ]
    content = {
        "provider": {"name": provider.name, "contact": provider.contact, "email": provider.email},
        "reference": reference,
        "month": str(month),
        "words": month.words,
        "lines": lines,
        "seconds": seconds,
        "credit": credit,
        "how": how,
        "promised": lapaz.span(60 * terms.repair_minutes) if terms is not None else "",
        "source": terms.source if terms is not None else "",
    }
    return Cost(provider, reference, seconds, len(faults), credit, content)


def _credit(terms: ProviderTerms | None, seconds: int, month: Month) -> tuple[str, str]:
    if terms is None or terms.monthly_fee is None or terms.multiplier is None:
        return "", _(
            "El contrato del proveedor no trae fórmula de crédito registrada: se pide la que corresponda."
        )
    whole = availability.whole_second(month.ends_at) - availability.whole_second(month.starts_at)
    fee = money.cents(terms.monthly_fee)
    times = int(terms.multiplier * 100)
    owed = min(fee, money.half_up(fee * seconds * times, whole * 100))
    sign = money.currency_sign(terms.currency)
    how = _("%(s)s %(f)s de cuota × %(a)d s ÷ %(m)d s × %(x)s, hasta la cuota") % {
        "s": sign,
        "f": formats.number(terms.monthly_fee),
        "a": seconds,
        "m": whole,
        "x": formats.shortest(terms.multiplier),
    }
    return f"{sign} {formats.number(money.amount(owed))}", how


def _at(second: int) -> str:
    return f"{lapaz.local(dt.datetime.fromtimestamp(second, tz=dt.UTC)):%d/%m/%Y %H:%M:%S}"


def all_terms() -> list[dict[str, Any]]:
    """Return every provider's terms, the newest first."""
    rows = ProviderTerms.objects.order_by("provider__name", "reference", "-valid_from")
    return [
        dict(row)
        for row in rows.values(
            "reference", "valid_from", "repair_minutes", "currency", "monthly_fee", "multiplier", "source"
        ).annotate(provider_name=F("provider__name"))
    ]
