"""What was issued, and how it looks on paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from mayorista.apps.assurance.models import Copy, Issue, Paper
from mayorista.apps.procedure.wiring import adapter
from mayorista.apps.receivables.queries import papers as house
from mayorista.rules import lapaz
from mayorista.rules.errors import NotFound
from mayorista.rules.periods import Month


@dataclass(frozen=True, slots=True)
class Place:
    """What a paper is about, so that its page can be found."""

    kind: str
    month: str
    customer_code: str
    provider_code: str
    reference: str


def place_of(number: str) -> Place:
    """Return what the paper with that number is about. Raises NotFound."""
    row = (
        Paper.objects.select_related("customer", "provider")
        .filter(dossier__number=number.strip().upper())
        .first()
    )
    if row is None:
        raise NotFound(_("No existe ese informe."))
    return Place(
        row.kind,
        f"{row.month:%Y-%m}" if row.month else "",
        row.customer.code if row.customer else "",
        row.provider.code if row.provider else "",
        row.reference,
    )


@dataclass(frozen=True, slots=True)
class Sent:
    """A copy that left: to whom, when, the message."""

    customer: str
    message_id: int
    file_id: int
    sent_at: dt.datetime
    sent_by: str


@dataclass(frozen=True, slots=True)
class Version:
    """A version as it was issued."""

    id: int
    number: str
    sequence: int
    content: dict[str, Any]
    content_hash: str
    changes: tuple[str, ...]
    file_id: int
    issued_at: dt.datetime
    issued_by: str
    drafted_by: str
    sent: tuple[Sent, ...]


def versions(paper_ids: Collection[int]) -> dict[int, list[Version]]:
    """Return the versions of these papers, the newest first; two reads."""
    rows = list(
        Issue.objects.filter(paper_id__in=paper_ids)
        .select_related("paper__dossier", "issued_by", "drafted_by")
        .order_by("paper_id", "-sequence")
    )
    sent: dict[int, list[Sent]] = {}
    copies = Copy.objects.filter(issue_id__in=[row.pk for row in rows]).select_related("customer", "sent_by")
    for copy in copies.order_by("id"):
        sent.setdefault(copy.issue_id, []).append(
            Sent(
                copy.customer.name if copy.customer else "",
                copy.message_id,
                copy.file_id,
                copy.sent_at,
                copy.sent_by.full_name,
            )
        )
    found: dict[int, list[Version]] = {}
    for row in rows:
        found.setdefault(row.paper_id, []).append(
            Version(
                row.pk,
                row.paper.dossier.number,
                row.sequence,
                row.content,
                row.content_hash,
                tuple(row.changes),
                row.file_id,
                row.issued_at,
                row.issued_by.full_name,
                row.drafted_by.full_name if row.drafted_by else "",
                tuple(sent.get(row.pk, ())),
            )
        )
    return found


def sla_versions(customer_ids: Collection[int], *, month: Month) -> dict[int, list[Version]]:
    """Return the versions of the month's reports by customer, the newest first."""
    rows = Paper.objects.filter(
        kind=Paper.Kind.SLA, customer_id__in=customer_ids, month=dt.date.fromordinal(month.first)
    )
    owner: dict[int, int] = dict(rows.values_list("id", "customer_id"))
    return {owner[pk]: each for pk, each in versions(owner).items()}


def rendered(
    template: str,
    content: dict[str, Any],
    *,
    number: str,
    sequence: int,
    changes: Collection[str],
    content_hash: str,
    signer: str,
    at: dt.datetime,
) -> bytes:
    """Return the PDF of a version; the same content gives the same bytes."""
    data = {
        **house.house(at=at),
        **content,
        "number": number,
        "version": sequence,
        "replaces": _("Reemplaza a la versión %(n)d.") % {"n": sequence - 1} if sequence > 1 else "",
        "changes": list(changes),
        "hash": content_hash,
        "signer": signer,
        "issued": lapaz.moment(at),
    }
    made: bytes = adapter("documents").render(template, data, at=at)
    return made
