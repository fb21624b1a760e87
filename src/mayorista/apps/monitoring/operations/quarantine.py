"""What could not be understood is looked at by a person and marked as seen."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mayorista.apps.monitoring.models import Outcome, Quarantine, Verdict
from mayorista.apps.monitoring.operations import changes
from mayorista.apps.monitoring.operations.sources import STANDING
from mayorista.apps.procedure import actors
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, live, work
from mayorista.rules.errors import NotFound
from mayorista.rules.procedure import Act, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY = "quarantine"
DUE = dt.timedelta(minutes=30)


@transaction.atomic
def review(*, quarantine_ids: Sequence[int], note: str, actor: Actor, at: dt.datetime) -> int:
    """Mark quarantined posts as seen, with a note; returns how many were not yet."""
    require(actor, Act.LINK_ALARM)
    done = Quarantine.objects.filter(id__in=quarantine_ids, reviewed_at=None).update(
        reviewed_at=at, reviewed_by=actor.user_id, review_note=note.strip()[:300]
    )
    if not done and not Quarantine.objects.filter(id__in=quarantine_ids).exists():
        raise NotFound(_("No existe esa cuarentena."))
    if done:
        journal.record(
            dossier_id=dossiers.standing(kind=STANDING).pk,
            act=Act.LINK_ALARM,
            text=_("Cuarentena revisada (%(count)d): %(note)s")
            % {"count": done, "note": note.strip() or "—"},
            actor=actor,
            at=at,
            step="A.1",
            payload={"quarantine": list(quarantine_ids)},
        )
    tell(at=at)
    live.bump("alarms")
    return done


@transaction.atomic
def retry_set_aside(*, occurrence_id: int, actor: Actor, at: dt.datetime) -> None:
    """Have an alarm that was set aside by an error looked at again."""
    require(actor, Act.LINK_ALARM)
    if not Verdict.objects.filter(occurrence_id=occurrence_id, outcome=Outcome.SET_ASIDE).exists():
        raise NotFound(_("Esa alarma no está apartada."))
    changes.recheck(occurrence_ids=[occurrence_id], at=at)


def tell(*, at: dt.datetime) -> None:
    """Keep one work item of the NOC for what waits in quarantine or was set aside; it goes with the last."""
    waiting = Quarantine.objects.filter(reviewed_at=None).count()
    aside = Verdict.objects.filter(outcome=Outcome.SET_ASIDE).count()
    standing = dossiers.standing(kind=STANDING)
    if not waiting + aside:
        actor = actors.for_job("monitoring")
        work.complete(dossier_ids=[standing.pk], steps=["A.1"], keys=[KEY], actor=actor, at=at)
        return
    count = waiting + aside
    title = ngettext(
        "Revisar %(count)d alarma que no se entendió",
        "Revisar %(count)d alarmas que no se entendieron",
        count,
    ) % {"count": count}
    due_at = at + DUE
    work.open_item(
        dossier_id=standing.pk, step="A.1", key=KEY, role=Role.NOC, title=title, due_at=due_at, at=at
    )
