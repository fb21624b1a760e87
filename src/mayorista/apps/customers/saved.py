"""What an edit answers: the row, and what changed in words (nothing, when all was as wished)."""

from __future__ import annotations

from dataclasses import dataclass

from mayorista.rules.changes import Change


@dataclass(frozen=True, slots=True)
class Saved:
    """A row after an edit. `created` is true for a new one; no changes means nothing was written."""

    id: int
    code: str
    dossier_id: int | None
    created: bool
    changes: tuple[Change, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def unchanged(self) -> bool:
        """Whether the edit found everything as wished."""
        return not self.created and not self.changes
