"""The form by which a duty before the regulator is answered."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from mayorista.interfaces.desk.forms import DeskForm, MomentField
from mayorista.rules.regulator import DUTY_TITLES, Duty


class RegulatorForm(DeskForm):
    """Done, when and by which letter; or not required, and why."""

    duty = forms.ChoiceField(
        label=_("Deber"),
        choices=[(each.value, DUTY_TITLES[each]) for each in (Duty.REPORT, Duty.FURTHER)],
    )
    required = forms.ChoiceField(
        label=_("Respuesta"),
        choices=[("1", _("Se reportó a la ATT")), ("0", _("No corresponde"))],
    )
    done_at = MomentField(label=_("Cuándo se reportó"), required=False)
    reference = forms.CharField(label=_("Nota u hoja de ruta"), max_length=120, required=False)
    note = forms.CharField(
        label=_("Por qué no corresponde, u observación"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
