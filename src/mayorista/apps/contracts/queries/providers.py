"""The carriers whose network we contract, as other rooms ask for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mayorista.apps.contracts.models import Provider


@dataclass(frozen=True, slots=True)
class ProviderBrief:
    """A provider and whom to write to."""

    id: int
    code: str
    name: str
    contact: str
    email: str


def providers(provider_ids: Iterable[int] | None = None) -> dict[int, ProviderBrief]:
    """Return providers by id (None: all), in order of name."""
    rows = Provider.objects.order_by("sort_key", "code")
    if provider_ids is not None:
        rows = rows.filter(id__in=set(provider_ids))
    return {row.pk: ProviderBrief(row.pk, row.code, row.name, row.contact, row.email) for row in rows}
