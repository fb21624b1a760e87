"""Sets of criteria: propose, approve from a month on, withdraw (G-01, R-01)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max, Min
from django.utils.translation import gettext as _

from mayorista.apps.indicators.models import CriteriaVersion, Snapshot
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.constraints import in_words
from mayorista.apps.procedure.operations import dossiers, journal, live
from mayorista.rules.errors import Conflict, FieldError, Invalid, NotFound
from mayorista.rules.indicators import criteria as rules
from mayorista.rules.periods import Month, month_of
from mayorista.rules.procedure import Act

State = CriteriaVersion.State
KIND = "INDICATORS"


@transaction.atomic
def propose(
    *, title: str, content: Mapping[str, Any], reason: str, actor: Actor, at: dt.datetime
) -> CriteriaVersion:
    """Keep a set as a proposal to be simulated. Raises Invalid naming the field that contradicts or lacks a limit."""
    require(actor, Act.EDIT_CRITERIA)
    said = rules.written(rules.read(content))
    if not title.strip():
        raise Invalid(_("Falta el nombre del conjunto."), field="title")
    if not reason.strip():
        raise Invalid(_("Falta el motivo."), field="reason", remedy=_("Escriba por qué se propone."))
    with transaction.atomic():
        last = CriteriaVersion.objects.select_for_update().order_by("-number").first()
        row = CriteriaVersion.objects.create(
            number=last.number + 1 if last else 1,
            title=title.strip()[:120],
            content=said,
            reason=reason.strip()[:300],
            drafted_by_id=actor.user_id,
            drafted_at=at,
        )
    _tell(row, Act.EDIT_CRITERIA, _("Criterios %(n)d propuestos: %(title)s. Motivo: %(reason)s"), actor, at)
    return row


@transaction.atomic
def approve(*, criteria_id: int, valid_from: Month, version: int, actor: Actor, at: dt.datetime) -> None:
    """Let a proposal rule from a month on. Months already reported keep their set.

    Raises Conflict when it is no proposal any more or somebody changed it; Invalid for a month that was reported, that
    another set begins in, or that lies before the first set.
    """
    require(actor, Act.EDIT_CRITERIA)
    row = _locked(criteria_id)
    if row.state != State.DRAFT or row.version != version:
        raise Conflict(
            _("Esos criterios están %(s)s.") % {"s": row.get_state_display()}, remedy=_("Vuelva a abrirlos.")
        )
    first = dt.date.fromordinal(valid_from.first)
    reported = Snapshot.objects.aggregate(last=Max("month"))["last"]
    if reported is not None and first <= reported:
        raise Invalid(
            _("%(m)s ya se informó con otros criterios.") % {"m": valid_from.words.capitalize()},
            field="valid_from",
            remedy=_("Elija un mes posterior."),
        )
    begin = CriteriaVersion.objects.filter(state=State.APPROVED).aggregate(first=Min("valid_from"))["first"]
    if begin is not None and first < begin:
        raise Invalid(
            _("%(m)s es anterior al primer conjunto de criterios.") % {"m": valid_from.words.capitalize()},
            field="valid_from",
            remedy=_("El primero rige desde %(m)s: elija un mes posterior.") % {"m": month_of(begin).words},
        )
    row.state, row.valid_from, row.version = State.APPROVED, first, row.version + 1
    row.approved_by_id, row.approved_at = actor.user_id, at
    with in_words(
        {
            "criteria_version_one_from_a_month": FieldError(
                "valid_from", _("Otro conjunto rige desde ese mes."), _("Elija otro mes.")
            )
        }
    ):
        row.save()
    _tell(row, Act.EDIT_CRITERIA, _("Criterios %(n)d aprobados desde %(month)s"), actor, at)


@transaction.atomic
def withdraw(*, criteria_id: int, actor: Actor, at: dt.datetime) -> None:
    """Take a proposal back. Raises Conflict for one that rules or ruled."""
    require(actor, Act.EDIT_CRITERIA)
    row = _locked(criteria_id)
    if row.state != State.DRAFT:
        raise Conflict(
            _("Solo una propuesta se retira."), remedy=_("Apruebe otro conjunto que la reemplace.")
        )
    row.state, row.version = State.WITHDRAWN, row.version + 1
    row.save()
    _tell(row, Act.EDIT_CRITERIA, _("Criterios %(n)d retirados"), actor, at)


def _locked(criteria_id: int) -> CriteriaVersion:
    row = CriteriaVersion.objects.select_for_update().filter(pk=criteria_id).first()
    if row is None:
        raise NotFound(_("No existe ese conjunto de criterios."))
    return row


def _tell(row: CriteriaVersion, act: Act, sentence: str, actor: Actor, at: dt.datetime) -> None:
    journal.record(
        dossier_id=dossiers.standing(kind=KIND).id,
        act=act,
        text=sentence
        % {
            "n": row.number,
            "title": row.title,
            "reason": row.reason,
            "month": f"{row.valid_from:%m/%Y}" if row.valid_from else "",
        },
        actor=actor,
        at=at,
        payload={"criteria": row.number, "content": row.content},
    )
    live.bump("indicators")
