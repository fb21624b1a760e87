"""Forms of the papers about the service given."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mayorista.interfaces.desk.forms import DeskForm, area
from mayorista.interfaces.desk.forms.billing import DayField, MoneyField

NUMBER = {"inputmode": "numeric", "autocomplete": "off", "class": "num"}
MOST = 1000


class RfoForm(DeskForm):
    """The RFO of a fault, prefilled from what is known."""

    summary = forms.CharField(label=_("Resumen"), widget=area(3), max_length=6000)
    timeline = forms.CharField(
        label=_("Línea de tiempo, horas de La Paz"),
        widget=area(9),
        max_length=6000,
        help_text=_("Una línea por hecho: «23/11/2026 21:55 qué pasó», en orden."),
    )
    root_cause = forms.CharField(label=_("Causa raíz"), widget=area(3), max_length=6000)
    actions = forms.CharField(label=_("Acciones realizadas"), widget=area(4), max_length=6000)
    prevention = forms.CharField(label=_("Prevención"), widget=area(3), max_length=6000)


class ProviderTermsForm(DeskForm):
    """What a provider's contract promises us from a day on."""

    provider_id = forms.TypedChoiceField(label=_("Proveedor"), coerce=int)
    reference = forms.CharField(
        label=_("Contrato del proveedor"),
        max_length=120,
        required=False,
        help_text=_("Vacío: para todos los suyos."),
    )
    valid_from = DayField(label=_("Rige desde"))
    repair_minutes = forms.IntegerField(
        label=_("Minutos de reparación"), min_value=1, max_value=100_000, widget=forms.TextInput(attrs=NUMBER)
    )
    currency = forms.ChoiceField(
        label=_("Moneda"), choices=[("", "—"), ("BOB", "Bs"), ("USD", "USD")], required=False
    )
    monthly_fee = MoneyField(label=_("Cuota mensual"), required=False)
    multiplier = MoneyField(
        label=_("Veces el tiempo perdido"),
        required=False,
        help_text=_("1: crédito proporcional al tiempo; 2: el doble."),
    )
    source = forms.CharField(label=_("Fuente (cláusula)"), max_length=200)

    def clean_monthly_fee(self) -> Any:
        """A fee is more than nothing."""
        return _positive(self.cleaned_data["monthly_fee"])

    def clean_multiplier(self) -> Any:
        """A multiplier is more than nothing and less than a thousand."""
        found = _positive(self.cleaned_data["multiplier"])
        if found is not None and found >= MOST:
            raise forms.ValidationError(_("Es demasiado."))
        return found


def _positive(value: Any) -> Any:
    if value is not None and value <= 0:
        raise forms.ValidationError(_("Debe ser mayor que cero."))
    return value
