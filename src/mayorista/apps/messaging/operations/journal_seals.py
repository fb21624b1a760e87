"""The seal of each day's journal goes by mail to those who audit: what left the house cannot be altered in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.messaging.drafts import MailDraft
from mayorista.apps.messaging.operations.queueing import queue_many
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import for_job
from mayorista.apps.procedure.operations import dossiers, seals
from mayorista.rules import lapaz
from mayorista.rules.procedure import Role

if TYPE_CHECKING:
    import datetime as dt

    from mayorista.apps.procedure.models import JournalSeal

JOB = "sello"


@transaction.atomic
def seal_and_mail(*, at: dt.datetime) -> int:
    """Seal the days that are over and mail each seal to the auditors, in one transaction; how many."""
    made = seals.seal_due(at=at)
    to = sorted({user.email for user in procedure.holders_of(Role.AUDITOR, at=at) if user.email})
    if made and to:
        home = dossiers.standing(kind="SEALS").id
        drafts = [
            MailDraft(dossier_id=home, to=to, subject=_subject(each), body=_body(each), cause=JOB)
            for each in made
        ]
        queue_many(drafts=drafts, actor=for_job(JOB), at=at)
    return len(made)


def _subject(seal: JournalSeal) -> str:
    return _("Sello de la bitácora del %(day)s") % {"day": lapaz.day(seal.day)}


def _body(seal: JournalSeal) -> str:
    numbers = (
        _("%(rows)d registros, del n.º %(first)d al n.º %(last)d")
        % {"rows": seal.rows, "first": seal.first_id, "last": seal.last_id}
        if seal.rows
        else _("sin registros")
    )
    return _(
        "Bitácora del %(day)s: %(numbers)s.\n\n"
        "Sello del día:      %(digest)s\n"
        "Sello del anterior: %(previous)s\n\n"
        "Guarde este correo. Si alguien altera, quita o agrega un registro de ese día o de uno anterior, el sello "
        "recalculado ya no será éste. Se comprueba en Auditoría › Sellos, o con:\n\n"
        "mayorista journal verify --day %(iso)s --digest %(digest)s\n"
    ) % {
        "day": lapaz.day(seal.day),
        "numbers": numbers,
        "digest": seal.digest,
        "previous": seal.previous,
        "iso": seal.day.isoformat(),
    }
