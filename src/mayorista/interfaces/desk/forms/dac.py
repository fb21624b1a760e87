"""The forms of the D.A.C.: what is known stands there already, a person changes what must be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mayorista.apps.faults.operations import dac as operations
from mayorista.interfaces.desk.forms import AttachmentsField, DeskForm, MomentField, area
from mayorista.interfaces.desk.forms.acts import CAUSE_CHOICES
from mayorista.interfaces.desk.forms.customers import DayField
from mayorista.rules import dac

if TYPE_CHECKING:
    from mayorista.apps.overview.queries.dac import Prefilled


class DacPart(DeskForm):
    """A part of the form; `version` is what the person saw."""

    version = forms.CharField(widget=forms.HiddenInput, required=False)

    @staticmethod
    def prefill(known: Prefilled) -> dict[str, Any]:
        """Return the initial values."""
        raise NotImplementedError

    def value(self) -> Any:
        """Return what the operation takes: the form's own value class."""
        raise NotImplementedError


BGP = (("", _("no se sabe")), ("1", _("sí, caída")), ("0", _("no")))


class Opening(DacPart):
    """APERTURA: fields 9, 10, 13, 18, 19 and 29."""

    element = forms.CharField(label=_("Tramo o elemento afectado (9)"), max_length=200)
    impact = forms.CharField(label=_("Impacto (10)"), widget=area(2))
    impact_percent = forms.IntegerField(label=_("% afectado"), min_value=0, max_value=100, required=False)
    bgp_down = forms.ChoiceField(label=_("¿Sesión BGP caída?"), choices=BGP, required=False)
    diagnosis = forms.CharField(label=_("Diagnóstico preliminar (13)"), widget=area(3))
    etr_at = MomentField(
        label=_("Hora estimada de solución, ETR (18)"),
        ahead=True,
        required=False,
        help_text=_("Vacío = «en evaluación»."),
    )
    next_update_at = MomentField(label=_("Próxima actualización (18)"), ahead=True)
    crew = forms.CharField(label=_("Personal o cuadrilla (19)"), max_length=200, required=False)
    customer_text = forms.CharField(
        label=_("Texto propuesto para el cliente (29)"),
        widget=area(3),
        required=False,
        help_text=_("Sin nombres internos, otros clientes ni precios del proveedor."),
    )

    @staticmethod
    def prefill(known: Prefilled) -> dict[str, Any]:
        """The initial values."""
        opening = known.opening
        return {
            "element": opening.element,
            "impact": opening.impact,
            "impact_percent": opening.impact_percent,
            "bgp_down": "" if opening.bgp_down is None else "1" if opening.bgp_down else "0",
            "diagnosis": opening.diagnosis,
            "etr_at": opening.etr_at,
            "next_update_at": opening.next_update_at,
            "crew": opening.crew,
            "customer_text": opening.customer_text,
        }

    def value(self) -> operations.OpeningForm:
        """What the operation takes."""
        said = self.cleaned_data
        return operations.OpeningForm(
            element=said["element"],
            impact=said["impact"],
            impact_percent=said["impact_percent"],
            bgp_down={"1": True, "0": False}.get(said["bgp_down"]),
            diagnosis=said["diagnosis"],
            crew=said["crew"],
            etr_at=said["etr_at"],
            next_update_at=said["next_update_at"],
            customer_text=said["customer_text"],
        )


class Progress(DacPart):
    """AVANCE: what is known now and when the next word comes."""

    text = forms.CharField(label=_("Situación"), widget=area(3, **{"data-autofocus": ""}))
    etr_at = MomentField(
        label=_("Hora estimada de solución (ETR)"),
        ahead=True,
        required=False,
        help_text=_("Vacío = «en evaluación»."),
    )
    next_update_at = MomentField(label=_("Próxima actualización"), ahead=True)
    attachments = AttachmentsField()

    @staticmethod
    def prefill(known: Prefilled) -> dict[str, Any]:
        """The initial values."""
        return {"etr_at": known.etr_at, "next_update_at": known.next_update_at}

    def value(self) -> operations.ProgressForm:
        """What the operation takes."""
        said = self.cleaned_data
        return operations.ProgressForm(
            text=said["text"], etr_at=said["etr_at"], next_update_at=said["next_update_at"]
        )


class Closing(DacPart):
    """CIERRE: fields 9, 10, 14, 15, 19, 23, 24 and 29."""

    demanded = frozenset({"root_cause"})  # unless it waits for the provider's report

    cause_code = forms.ChoiceField(label=_("Causa final (14)"), choices=CAUSE_CHOICES)
    root_cause = forms.CharField(label=_("Causa raíz (15)"), widget=area(3), required=False)
    rfo_pending = forms.BooleanField(
        label=_("Causa raíz pendiente del informe del proveedor (RFO)"), required=False
    )
    element = forms.CharField(label=_("Tramo o elemento afectado (9)"), max_length=200)
    impact = forms.CharField(label=_("Impacto final (10)"), widget=area(2))
    sla_rule = forms.CharField(label=_("Regla de SLA que aplica (23)"), max_length=300, required=False)
    preventive = forms.CharField(
        label=_("Acción preventiva (24)"),
        widget=area(2),
        required=False,
        help_text=_("Obligatoria en caída total o si se repite."),
    )
    preventive_by = forms.CharField(label=_("Responsable"), max_length=120, required=False)
    preventive_on = DayField(label=_("Plazo"))
    crew = forms.CharField(label=_("Personal o cuadrilla (19)"), max_length=200, required=False)
    customer_text = forms.CharField(
        label=_("Texto propuesto para el cliente (29)"),
        widget=area(3),
        required=False,
        help_text=_("Pasa al aviso de la Gerencia (A.7). Sin nombres internos, otros clientes ni precios."),
    )

    @staticmethod
    def prefill(known: Prefilled) -> dict[str, Any]:
        """The initial values."""
        closing = known.closing
        assert closing is not None
        first = closing.preventive[0] if closing.preventive else dac.Preventive(text="")
        return {
            "cause_code": closing.cause_code,
            "root_cause": closing.root_cause,
            "rfo_pending": closing.rfo_pending,
            "element": closing.element,
            "impact": closing.impact,
            "sla_rule": closing.sla_rule,
            "preventive": first.text,
            "preventive_by": first.responsible,
            "preventive_on": first.due_date,
            "crew": closing.crew,
            "customer_text": closing.customer_text,
        }

    def value(self) -> operations.ClosingForm:
        """What the operation takes."""
        said = self.cleaned_data
        preventive = (
            (
                dac.Preventive(
                    text=said["preventive"].strip(),
                    responsible=said["preventive_by"].strip(),
                    due_date=said["preventive_on"],
                ),
            )
            if said["preventive"].strip()
            else ()
        )
        return operations.ClosingForm(
            root_cause=said["root_cause"],
            cause_code=said["cause_code"],
            rfo_pending=said["rfo_pending"],
            element=said["element"],
            impact=said["impact"],
            sla_rule=said["sla_rule"],
            preventive=preventive,
            crew=said["crew"],
            customer_text=said["customer_text"],
        )
