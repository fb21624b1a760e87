"""A credit or debit note on an invoice that may be paid already: what was paid too much stands on account again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.billing.operations import notes
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.receivables.models import Allocation, Receipt
from mayorista.apps.receivables.operations import allocations, receipts
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    import datetime as dt

    from mayorista.apps.billing.models import Note


@transaction.atomic
def issue(*, invoice_id: int, actor: Actor, at: dt.datetime, **said: Any) -> Note:
    """Issue a note as `billing.operations.notes.issue` does, and say anew what is paid of the invoice.

    Money that the note leaves without a debt goes back to its receipts, newest first, for Interconexión to allocate.
    """
    require(actor, Act.ISSUE_NOTE)
    hold(invoice_id)
    note = notes.issue(invoice_id=invoice_id, actor=actor, at=at, **said)
    reason = _("nota %(n)s") % {"n": note.dossier.number}
    allocations.release_excess(invoice_id, reason=reason, actor=actor, at=at)
    allocations.restate([invoice_id], actor=actor, at=at)
    return note


def hold(invoice_id: int) -> None:
    """Lock the receipts that pay an invoice before the invoice itself is, as whoever allocates does."""
    paying = Allocation.objects.filter(invoice_id=invoice_id, undone_at=None).exclude(
        receipt__state=Receipt.State.REJECTED
    )
    receipts.locked_many(sorted(set(paying.values_list("receipt_id", flat=True))))
