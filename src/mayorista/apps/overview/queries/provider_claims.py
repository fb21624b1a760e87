"""The screens of our claims against providers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.assurance.models import Paper
from mayorista.apps.assurance.operations.provider_claims import cost_of
from mayorista.apps.assurance.queries import claims, mails, papers
from mayorista.apps.assurance.queries.claims import Cost
from mayorista.apps.assurance.queries.papers import Version
from mayorista.apps.contracts.queries.providers import providers
from mayorista.apps.messaging.texts import Filled
from mayorista.rules import lapaz
from mayorista.rules.periods import Month


@dataclass(frozen=True, slots=True)
class Row:
    """A provider's contract in the list."""

    cost: Cost
    state: str
    number: str


@dataclass(frozen=True, slots=True)
class MonthPage:
    """What each provider's contract cost in a month, and what their contracts promise."""

    month: Month
    next: Month | None
    closed: bool
    rows: tuple[Row, ...]
    terms: tuple[dict[str, Any], ...]
    providers: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class ClaimPage:
    """One claim: what the letter says now, its text, its versions."""

    month: Month
    cost: Cost
    closed: bool
    text: str
    waiting: bool
    drafted_by: str
    drafted_by_id: int | None
    versions: tuple[Version, ...]
    mail: Filled | None


def month_page(*, month: Month, at: dt.datetime) -> MonthPage:
    """Return a month's costs. Raises Invalid for a month to come."""
    found = claims.costs(month=month, at=at)
    rows = Paper.objects.select_related("dossier").filter(
        kind=Paper.Kind.CLAIM, month=dt.date.fromordinal(month.first)
    )
    known = {(row.provider_id, row.reference): row.dossier for row in rows if row.provider_id is not None}
    # What was claimed and became somebody else's is still a letter of this month.
    costing = {(cost.provider.id, cost.reference) for cost in found}
    found += [claims.nothing(*key, month) for key in known if key not in costing]
    listed = []
    for cost in found:
        home = known.get((cost.provider.id, cost.reference))
        listed.append(Row(cost, home.state if home else _("sin reclamo"), home.number if home else ""))
    following = month.next
    return MonthPage(
        month,
        following if at >= following.starts_at else None,
        at >= month.ends_at,
        tuple(listed),
        tuple(claims.all_terms()),
        tuple((each.id, each.name) for each in providers().values()),
    )


def claim_page(*, month: Month, provider: str, reference: str, at: dt.datetime) -> ClaimPage:
    """Return one claim. Raises NotFound where the contract cost nothing."""
    cost = cost_of(provider_code=provider, reference=reference, month=month, at=at)
    paper = (
        Paper.objects.select_related("drafted_by")
        .filter(
            kind=Paper.Kind.CLAIM,
            provider_id=cost.provider.id,
            reference=reference,
            month=dt.date.fromordinal(month.first),
        )
        .first()
    )
    versions = papers.versions([paper.pk]).get(paper.pk, []) if paper else []
    text = paper.draft.get("text", "") if paper else ""
    mail = None
    if versions:
        mail = mails.claim_mail(
            mails.filler(mails.CLAIM, at=at),
            provider=cost.provider.name,
            reference=reference,
            month=month,
            number=versions[0].number,
            content=versions[0].content,
        )
    return ClaimPage(
        month,
        cost,
        at >= month.ends_at,
        text or (versions[0].content["text"] if versions else _text(cost, month)),
        bool(paper and paper.draft),
        paper.drafted_by.full_name if paper and paper.drafted_by else "",
        paper.drafted_by_id if paper else None,
        tuple(versions),
        mail,
    )


def _text(cost: Cost, month: Month) -> str:
    return _(
        "De nuestra consideración:\n"
        "Comunicamos a ustedes que en %(m)s el servicio contratado estuvo interrumpido %(t)s en total, por las "
        "fallas que se detallan con sus tickets.\n"
        "Conforme al contrato, solicitamos reconocer el crédito de %(c)s en su próxima factura y remitirnos el "
        "informe de causa de cada una.\n"
        "Atentamente,"
    ) % {
        "m": month.words,
        "t": lapaz.duration(cost.seconds),
        "c": cost.credit or _("lo que corresponda"),
    }
