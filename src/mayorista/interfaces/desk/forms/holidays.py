"""The form by which a decree about a holiday is written down."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from mayorista.interfaces.desk.forms import DeskForm, MomentField
from mayorista.interfaces.desk.forms.customers import DayField

MOVED = "MOVED"
KINDS = (
    ("ADDED", _("Es feriado")),
    (MOVED, _("El feriado se traslada a otro día")),
    ("REMOVED", _("No es feriado: se trabaja")),
    ("LAW", _("Como dice la ley (deshacer un cambio)")),
)
SCOPES = (("NATIONAL", _("Nacional")), ("DEPARTMENT", _("Departamental")))


class HolidayForm(DeskForm):
    """What a decree says of a day."""

    demanded = frozenset({"reason"})

    on = DayField(label=_("Día"), required=True)
    kind = forms.ChoiceField(label=_("Qué pasa ese día"), choices=KINDS)
    to = DayField(label=_("Se traslada al"), help_text=_("Solo para un traslado."))
    name = forms.CharField(
        label=_("Nombre"),
        max_length=120,
        required=False,
        help_text=_("Solo para un feriado que la ley no tiene."),
    )
    scope = forms.ChoiceField(label=_("Alcance"), choices=SCOPES)
    reason = forms.CharField(
        label=_("Norma"),
        max_length=300,
        required=False,
        help_text=_("Por ejemplo «D.S. 5432 del 3/12/2026»."),
    )
    valid_from = MomentField(
        label=_("Rige desde"),
        ahead=True,
        required=False,
        help_text=_("Vacío: desde ahora. Antes del día mismo."),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the other day of a holiday that is moved."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("kind") == MOVED and not said.get("to"):
            self.add_error("to", _t("Falta a qué día se traslada."))
        return said
