"""What a contract says about a change of speed that is asked for, read from its rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from mayorista.apps.contracts.models import Contract, Service, SpeedChange, Terms
from mayorista.apps.contracts.queries import previews
from mayorista.apps.customers import queries as customers
from mayorista.rules import speed_requests
from mayorista.rules.speed_requests import Asked, Clauses, Finding, Level

State = SpeedChange.State


def terms_of(service_id: int, day: dt.date) -> tuple[int | None, Terms | None]:
    """Return the contract that holds a circuit on a day, and its clauses of then."""
    contract_id = previews.holder_on(service_id, day)
    if contract_id is None:
        return None, None
    rows = Terms.objects.filter(contract_id=contract_id)
    row = (
        rows.filter(starts_date__lte=day).order_by("-starts_date").first()
        or rows.order_by("starts_date").first()
    )
    return contract_id, row


def findings(
    service: Service, asked: Asked, *, own_price: Mapping[str, Any], at: dt.datetime, but: int | None = None
) -> list[Finding]:
    """Return what the contract says about a request, billing days by rating; `but` leaves a change out of the others."""
    contract_id, terms = terms_of(service.pk, asked.wanted)
    others = (
        SpeedChange.objects.filter(service=service, returns=None)
        .exclude(state__in=(State.CANCELLED, State.REJECTED))
        .exclude(pk=but or 0)
    )
    waiting = others.exclude(state=State.IN_FORCE).select_related("dossier").order_by("pk").first()
    days = [row.effective_date or row.wanted_date for row in others]
    contacts = customers.contacts_for(service.customer_id, ["MANAGEMENT", "LEGAL"])
    contract = Contract.objects.filter(pk=contract_id).first() if contract_id else None
    preview = previews.price_preview(
        service.pk,
        to_kbps=asked.to_kbps,
        effective=asked.wanted,
        requested_on=asked.requested_on,
        until=asked.until,
        own_price=own_price,
        at=at,
    )
    clauses = Clauses(
        ends=contract.ends_date if contract else None,
        signatories=tuple(contract.signatories) if contract else (),
        representatives=tuple(each.full_name for each in contacts),
        bills_from=preview.bills_from,
        others=days,
        open_number=waiting.dossier.number if waiting else "",
        **_figures(terms),
    )
    found = speed_requests.findings(asked, clauses)
    if preview.problem:
        found.append(Finding("PRICE", Level.WARN, preview.problem))
    return found


def _figures(terms: Terms | None) -> dict[str, Any]:
    if terms is None:
        return {}
    return {
        "min_kbps": terms.min_kbps,
        "min_policy": terms.min_policy,
        "min_step_kbps": terms.min_step_kbps,
        "changes_per_month": terms.changes_per_month,
        "notice_days": terms.downgrade_notice_days,
        "requires_addendum": terms.requires_addendum,
        "references": terms.clause_references,
    }
