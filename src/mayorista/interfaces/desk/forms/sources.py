"""The form of a source of alarms."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from mayorista.interfaces.desk.forms import DeskForm


class NewSource(DeskForm):
    """A system that will report alarms."""

    code = forms.CharField(
        label=_("Código"),
        max_length=40,
        help_text=_("Va en la dirección: /hooks/alertmanager/código. Letras minúsculas, números y guiones."),
    )
    name = forms.CharField(label=_("Nombre"), max_length=120)
    silence_minutes = forms.IntegerField(
        label=_("Minutos de silencio que son alarma"),
        required=False,
        min_value=1,
        max_value=10080,
        help_text=_("Vacío = puede callar lo que quiera."),
    )
