"""The form that sets a task aside."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from mayorista.interfaces.desk.forms import DeskForm

MINUTES = (
    ("15", _("15 min")),
    ("30", _("30 min")),
    ("60", _("1 hora")),
    ("120", _("2 horas")),
    ("240", _("4 horas")),
    ("480", _("8 horas")),
    ("1440", _("24 horas")),
)


class Snooze(DeskForm):
    """For how long a task sleeps, and why."""

    minutos = forms.TypedChoiceField(
        label=_("Por cuánto tiempo"), coerce=int, choices=MINUTES, initial="30", widget=forms.RadioSelect
    )
    motivo = forms.CharField(
        label=_("Motivo"),
        max_length=200,
        help_text=_("Queda a la vista de todos en el expediente."),
        widget=forms.TextInput(attrs={"data-autofocus": "", "autocomplete": "off"}),
        error_messages={"required": _("Falta el motivo. Escriba por qué se pospone.")},
    )
