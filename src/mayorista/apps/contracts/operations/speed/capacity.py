"""The NOC says whether the network carries an increase: a checklist, a margin and a verdict (B.2, step 3, G-23)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts.operations.speed import support
from mayorista.apps.procedure.actors import Actor, require
from mayorista.rules import agreements, formats, speed_requests
from mayorista.rules.errors import FieldError
from mayorista.rules.procedure import Act, Role


@transaction.atomic
def check_capacity(
    *,
    change_id: int,
    answers: Mapping[str, Mapping[str, str]],
    verdict: str,
    margin: Decimal | None,
    actor: Actor,
    at: dt.datetime,
    note: str = "",
) -> None:
    """Record the check; then it is the Gerente's. `answers`: item → {"state": OK | BAD | NA, "note"}; `margin` in percent.

    May be done again until it is decided. Raises Invalid with every item missing, Conflict, NotFound, NotAllowed.
    """
    require(actor, Act.CHECK_CAPACITY)
    change = support.locked(change_id, support.State.REQUESTED, support.State.COORDINATION)
    wrong = speed_requests.missing_checks(answers, verdict, margin)
    agreements.refuse([FieldError(field, text, _("Complete la lista.")) for field, text in wrong])
    change.capacity_verdict = verdict
    change.capacity_check = {
        "items": {
            key: {"state": answers[key]["state"], "note": answers[key].get("note", "").strip()[:300]}
            for key in speed_requests.CHECKLIST
        },
        "margin": str(margin) if margin is not None else "",
        "note": note.strip()[:1000],
        "by": actor.name,
        "at": at.isoformat(),
    }
    bad = [
        f"{speed_requests.CHECKLIST[key]}: {answers[key].get('note', '').strip()}"
        for key in speed_requests.CHECKLIST
        if answers[key]["state"] == "BAD"
    ]
    text = _("Capacidad: %(verdict)s%(margin)s. %(bad)s %(note)s") % {
        "verdict": speed_requests.VERDICT_TITLES[speed_requests.Verdict(verdict)],
        "margin": _(", margen %(m)s %%") % {"m": formats.shortest(margin)} if margin is not None else "",
        "bad": "; ".join(bad),
        "note": note.strip(),
    }
    support.move(change, support.State.COORDINATION, act=Act.CHECK_CAPACITY, text=text, actor=actor, at=at)
    support.done(change, support.CAPACITY, actor=actor, at=at)
    support.hand_to(change, support.DECISION, Role.MANAGER, _("Decidir aumento"), at)
