"""Editing a record that others may edit too: nobody overwrites what they have not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from mayorista.rules import changes
from mayorista.rules.errors import NotFound, Stale

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = TypeVar("Row", bound=Model)


def locked(rows: QuerySet[Row], *, row_id: int, missing: str) -> Row:
    """Return the row, locked for the rest of the transaction. Raises NotFound with `missing`."""
    row = rows.select_for_update(of=("self",)).filter(pk=row_id).first()
    if row is None:
        raise NotFound(missing)
    return row


def values(row: Model, labels: Mapping[str, changes.Label]) -> dict[str, object]:
    """Return the fields of `row` that `labels` names, foreign keys as ids."""
    return {name: getattr(row, name) for name in labels if hasattr(row, name)}


def refuse_stale(
    *,
    current: int,
    expected: int | None,
    before: Mapping[str, object],
    wanted: Mapping[str, object],
    labels: Mapping[str, changes.Label],
) -> None:
    """Raise Stale, with both versions of the fields that differ, when the form is older than the row."""
    if expected is None or expected == current:
        return
    differing = changes.compare(before, wanted, labels)
    raise Stale(
        _("Otra persona cambió estos datos mientras usted los editaba."),
        mine={change.label: change.after for change in differing},
        theirs={change.label: change.before for change in differing},
        version=current,
    )
