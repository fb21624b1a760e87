"""A.4: what is the customer's own is solved and agreed; and a case that is opened again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mayorista.apps.faults.operations import support
from mayorista.interfaces.desk.acts.spec import Spec, case_id_of
from mayorista.interfaces.desk.forms import acts as forms
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.apps.overview.queries.case import CasePage
    from mayorista.interfaces.desk.request import DeskRequest

L = gettext_lazy


def _solution(request: DeskRequest, page: CasePage, form: Any) -> str:
    said = form.cleaned_data
    support.record_solution(
        case_id=case_id_of(page),
        solution=said["solution"],
        restored_at=said["restored_at"],
        version=said["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Solución registrada: falta la conformidad del cliente.")


def _confirm(request: DeskRequest, page: CasePage, form: Any) -> str:
    support.confirm_solution(
        case_id=case_id_of(page),
        how=form.cleaned_data["how"],
        version=form.cleaned_data["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Caso concluido con la conformidad del cliente.")


def _reopen(request: DeskRequest, page: CasePage, form: Any) -> str:
    support.reopen(
        case_id=case_id_of(page),
        reason=form.cleaned_data["reason"],
        version=form.cleaned_data["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Caso reabierto.")


SPECS: tuple[Spec, ...] = (
    Spec(
        "solucion",
        "A.4",
        L("Registrar la solución"),
        "bandage",
        Act.CLOSE_SUPPORT,
        forms.Solution,
        _solution,
        lambda page: (
            page.head.attribution == "CUSTOMER"
            and page.head.case_id is not None
            and page.head.solved_at is None
            and not page.head.closed
        ),
        L("Registrar solución"),
        of_case=True,
    ),
    Spec(
        "conformidad",
        "A.4",
        L("Registrar la conformidad del cliente"),
        "checks",
        Act.CLOSE_SUPPORT,
        forms.Confirm,
        _confirm,
        lambda page: (
            page.head.solved_at is not None and not page.head.closed and page.head.attribution == "CUSTOMER"
        ),
        L("Concluir el caso"),
        of_case=True,
    ),
    Spec(
        "reabrir",
        "",
        L("Reabrir el caso"),
        "rotate",
        Act.REOPEN,
        forms.Reopen,
        _reopen,
        lambda page: page.head.case_id is not None and page.head.closed,
        L("Reabrir"),
        of_case=True,
    ),
)
