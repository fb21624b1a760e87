"""The mails of an invoice or note: how far each came, and whether another may leave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from mayorista.apps.billing.models import Dispatch
from mayorista.rules import delivery


@dataclass(frozen=True, slots=True)
class DispatchRow:
    """One mail of an invoice or note."""

    id: int
    sent_at: dt.datetime
    leaves_at: dt.datetime
    to: str
    state: str
    state_name: str
    error: str
    undone: bool


def dispatch_row(each: Dispatch) -> DispatchRow:
    """Return a mail with how far it came."""
    state = delivery.State(each.message.state)
    return DispatchRow(
        each.pk,
        each.sent_at,
        each.leaves_at,
        ", ".join(each.message.recipients),
        state.value,
        delivery.STATE_TITLES[state],
        each.message.error_text,
        each.undone_at is not None,
    )


def at_rest(rows: Sequence[DispatchRow]) -> bool:
    """Whether no mail is on its way or arrived; the newest comes first."""
    last = rows[0] if rows else None
    return last is None or last.undone or last.state in {delivery.State.FAILED, delivery.State.CANCELLED}
