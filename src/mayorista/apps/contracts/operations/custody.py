"""Where the original and the copy of a contract are (R-D2): a log, whose newest entry holds."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.contracts.models import Contract, Custody
from mayorista.apps.procedure import editing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import journal, live
from mayorista.rules import agreements
from mayorista.rules.errors import FieldError
from mayorista.rules.procedure import Act

WHAT = {"ORIGINAL": "original", "COPY": "copia"}


@transaction.atomic
def move(*, contract_id: int, what: str, place: str, holder: str, actor: Actor, at: dt.datetime) -> None:
    """Note that the original or the copy is now somewhere, in somebody's keeping. Raises Invalid, NotFound, NotAllowed."""
    require(actor, Act.MOVE_CUSTODY)
    contract = editing.locked(
        Contract.objects.all(), row_id=contract_id, missing=_("No existe ese contrato.")
    )
    errors = []
    if what not in WHAT:
        errors.append(FieldError("what", _("Falta decir si es el original o la copia."), _("Elija uno.")))
    if not place.strip():
        errors.append(
            FieldError(
                "place",
                _("Falta el lugar."),
                _("Escriba dónde está, por ejemplo «Archivo central, caja 12»."),
            )
        )
    if not holder.strip():
        errors.append(FieldError("holder", _("Falta quién lo tiene."), _("Escriba la persona o unidad.")))
    agreements.refuse(errors)
    Custody.objects.create(
        contract=contract,
        what=what,
        place=place.strip()[:160],
        holder=holder.strip()[:120],
        since=at,
        moved_by_id=actor.person,
    )
    text = _("%(what)s en %(place)s, a cargo de %(holder)s.") % {
        "what": WHAT[what].capitalize(),
        "place": place.strip(),
        "holder": holder.strip(),
    }
    journal.record(
        dossier_id=contract.dossier_id, act=Act.MOVE_CUSTODY, text=text, actor=actor, at=at, step="B.1"
    )
    live.bump("contracts")
