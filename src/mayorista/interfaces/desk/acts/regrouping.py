"""What belongs together: voided, cleared by itself, split and merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mayorista.apps.faults.operations import regroup, restoration
from mayorista.apps.overview.queries import case as case_queries
from mayorista.interfaces.desk.acts.spec import Spec, case_id_of, is_open
from mayorista.interfaces.desk.forms import acts as forms
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.apps.overview.queries.case import CasePage
    from mayorista.interfaces.desk.request import DeskRequest

L = gettext_lazy


def _void(request: DeskRequest, page: CasePage, form: Any) -> str:
    regroup.void_case(
        case_id=case_id_of(page),
        reason=form.cleaned_data["reason"],
        version=form.cleaned_data["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Caso anulado.")


def _self_cleared(request: DeskRequest, page: CasePage, form: Any) -> str:
    restoration.close_self_cleared(
        fault_ids=[page.head.fault_id],
        note=form.cleaned_data["note"],
        versions={page.head.fault_id: form.cleaned_data["version"]},
        actor=request.actor,
        at=request.at,
    )
    return _("Cerrado como N-SIN: se restableció solo.")


def _split(request: DeskRequest, page: CasePage, form: Any) -> str:
    regroup.detach(
        fault_id=page.head.fault_id,
        outage_ids=form.cleaned_data["outage_ids"],
        reason=form.cleaned_data["reason"],
        version=form.cleaned_data["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Separado en otro daño.")


def _merge(request: DeskRequest, page: CasePage, form: Any) -> str:
    other = case_queries.case_page(number=form.cleaned_data["into"], at=request.at)
    regroup.merge(
        source_id=page.head.fault_id,
        target_id=other.head.fault_id,
        version=form.cleaned_data["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Unido con %(number)s.") % {"number": other.head.number}


SPECS: tuple[Spec, ...] = (
    Spec(
        "sin-falla",
        "",
        L("Cerrar: se restableció solo (N-SIN)"),
        "circle-check",
        Act.CLOSE_SELF_CLEARED,
        forms.SelfCleared,
        _self_cleared,
        lambda page: (
            is_open(page)
            and bool(page.outages)
            and len(page.proposed) == len(page.outages)
            and not page.head.claim_origin
        ),
        L("Cerrar como N-SIN"),
    ),
    Spec(
        "separar",
        "",
        L("Separar circuitos en otro daño"),
        "arrows-split",
        Act.REGROUP,
        forms.Split,
        _split,
        lambda page: is_open(page) and page.head.circuit_count > 1,
        L("Separar"),
    ),
    Spec(
        "unir",
        "",
        L("Unir con otro daño"),
        "arrow-merge",
        Act.REGROUP,
        forms.Merge,
        _merge,
        is_open,
        L("Unir"),
    ),
    Spec(
        "anular",
        "",
        L("Anular el caso"),
        "ban",
        Act.VOID_CASE,
        forms.Void,
        _void,
        lambda page: page.head.case_id is not None and not page.head.closed,
        L("Anular"),
        of_case=True,
        danger=True,
    ),
)
