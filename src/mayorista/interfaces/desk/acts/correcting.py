"""A.6 after its end: the D.A.C. that is corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mayorista.apps.faults.operations import dac
from mayorista.interfaces.desk.acts.spec import Spec
from mayorista.interfaces.desk.forms import acts as forms
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    from mayorista.apps.overview.queries.case import CasePage
    from mayorista.interfaces.desk.request import DeskRequest

L = gettext_lazy


def _correct(request: DeskRequest, page: CasePage, form: Any) -> str:
    said = form.cleaned_data
    dac.issue_correction(
        fault_id=page.head.fault_id,
        reason=said["reason"],
        form=dac.ClosingForm(
            root_cause=said["root_cause"],
            cause_code=said["cause_code"],
            element=said["element"],
            impact=said["impact"],
        ),
        version=form.cleaned_data["version"],
        actor=request.actor,
        at=request.at,
    )
    return _("Corrección del D.A.C. enviada.")


SPECS: tuple[Spec, ...] = (
    Spec(
        "corregir-dac",
        "A.6",
        L("Corregir el D.A.C."),
        "pencil",
        Act.ISSUE_DAC,
        forms.Correction,
        _correct,
        lambda page: page.head.state in {"DAC_CLOSED", "CLOSED"} and page.dac is not None,
        L("Enviar corrección"),
    ),
)
