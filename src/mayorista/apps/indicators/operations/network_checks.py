"""Item 3 of the control: the NOC confirms that the speeds in the network are those of the contract, or says what differs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.indicators import control_facts
from mayorista.apps.indicators.models import NetworkCheck
from mayorista.apps.indicators.operations import controls
from mayorista.apps.indicators.queries.speeds import ContractSpeeds, speeds_of
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import journal, live, work
from mayorista.rules import lapaz, periods
from mayorista.rules.errors import Conflict, Invalid, NotFound
from mayorista.rules.periods import Month
from mayorista.rules.procedure import Act, Role

STEP = "B.2"
DIFFERS_KEY = "network-differs"


@transaction.atomic
def confirm(
    *,
    month: Month,
    actor: Actor,
    at: dt.datetime,
    contract_ids: Iterable[int] | None = None,
    evidence: str = "",
) -> int:
    """Confirm the speeds of some contracts, or of all that wait, for a month's control; return how many.

    Raises Conflict when none waits, Invalid for a month that has not come, NotAllowed.
    """
    require(actor, Act.CONFIRM_NETWORK)
    waiting = _waiting(month, at)
    wanted = (
        waiting if contract_ids is None else [row for row in waiting if row.contract_id in set(contract_ids)]
    )
    if contract_ids is None:
        wanted = [row for row in wanted if not row.differs]
    if not wanted:
        raise Conflict(
            _("No queda contrato por confirmar."), remedy=_("Actualice la página: quizá ya se confirmó.")
        )
    said = evidence.strip()[:300]
    _write(month, wanted, actor, at, evidence=said)
    work.complete(dossier_ids=[row.dossier_id for row in wanted], keys=[DIFFERS_KEY], actor=actor, at=at)
    text = _("Las velocidades en la red son las del contrato (control de %(m)s). %(e)s") % {
        "m": month.words,
        "e": said,
    }
    _tell(month, wanted, text.strip(), actor, at)
    return len(wanted)


@transaction.atomic
def differ(*, month: Month, contract_id: int, what: str, actor: Actor, at: dt.datetime) -> None:
    """Say what differs between the network and a contract; Interconexión gets it as a task of one business day.

    Raises Invalid without words, NotFound when nothing of that contract is to be confirmed, NotAllowed.
    """
    require(actor, Act.CONFIRM_NETWORK)
    if not what.strip():
        raise Invalid(
            _("Falta qué difiere."), field="what", remedy=_("Escriba el circuito y las dos velocidades.")
        )
    wanted = [row for row in _waiting(month, at) if row.contract_id == contract_id]
    if not wanted:
        raise NotFound(_("Ese contrato no está por confirmar."))
    said = what.strip()[:300]
    _write(month, wanted, actor, at, differs=said)
    title = _("Velocidad en la red distinta de %(n)s: %(w)s") % {"n": wanted[0].number, "w": said}
    work.open_item(
        dossier_id=wanted[0].dossier_id,
        step=STEP,
        role=Role.INTERCONNECTION,
        title=title[:200],
        due_at=procedure.calendar(at=at).after(at, 1),
        at=at,
        key=DIFFERS_KEY,
    )
    text = _("La velocidad en la red difiere (control de %(m)s): %(w)s") % {"m": month.words, "w": said}
    _tell(month, wanted, text, actor, at)


def _waiting(month: Month, at: dt.datetime) -> list[ContractSpeeds]:
    now = periods.month_of(lapaz.local(at).date())
    if month > now.next:
        raise Invalid(_("%(m)s todavía no llega.") % {"m": month.words.capitalize()}, field="month")
    return [row for row in speeds_of(control_facts.contracts_of(month), month) if not row.confirmed_at]


def _write(
    month: Month,
    rows: list[ContractSpeeds],
    actor: Actor,
    at: dt.datetime,
    *,
    evidence: str = "",
    differs: str = "",
) -> None:
    NetworkCheck.objects.bulk_create(
        [
            NetworkCheck(
                contract_id=row.contract_id,
                month=dt.date.fromordinal(month.first),
                speeds=[list(each) for each in row.speeds],
                differs=differs,
                evidence=evidence,
                checked_by_id=actor.person,
                checked_at=at,
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["contract", "month"],
        update_fields=["speeds", "differs", "evidence", "checked_by", "checked_at"],
    )


def _tell(month: Month, rows: list[ContractSpeeds], text: str, actor: Actor, at: dt.datetime) -> None:
    journal.record_many(
        lines=[
            journal.Line(
                row.dossier_id,
                Act.CONFIRM_NETWORK,
                text,
                STEP,
                {"speeds": [list(each) for each in row.speeds]},
            )
            for row in rows
        ],
        actor=actor,
        at=at,
    )
    controls.check_contracts(contract_ids=[row.contract_id for row in rows], month=month, at=at)
    controls.tell(month=month, at=at)
    live.bump("indicators")
