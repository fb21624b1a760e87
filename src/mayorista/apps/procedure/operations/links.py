"""Links between dossiers: what led to what (R-04)."""

from __future__ import annotations

from mayorista.apps.procedure.models import DossierLink


def link(*, source_id: int, target_id: int, kind: str) -> None:
    """Link two dossiers once; the same link again changes nothing."""
    DossierLink.objects.get_or_create(source_id=source_id, target_id=target_id, kind=kind)


def link_many(*, pairs: list[tuple[int, int]], kind: str) -> None:
    """Link many (source, target) pairs in one statement."""
    DossierLink.objects.bulk_create(
        (DossierLink(source_id=source, target_id=target, kind=kind) for source, target in pairs),
        ignore_conflicts=True,
        batch_size=2000,
    )
