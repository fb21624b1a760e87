"""Forms of the shift and the roster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mayorista.apps.procedure.operations.shifts import WEEKDAYS
from mayorista.interfaces.desk.forms import DeskForm, MomentField, area, choose
from mayorista.rules.procedure import ROLE_SHORT, Role

if TYPE_CHECKING:
    from collections.abc import Iterable

ROLES = [(role.value, ROLE_SHORT[role]) for role in (Role.NOC, Role.SUPPORT)]


class HandOverForm(DeskForm):
    """What the incoming shift must know."""

    role = forms.ChoiceField(label=_("Turno de"))
    notes = forms.CharField(label=_("Novedades"), widget=area(14), max_length=20_000)

    def __init__(self, *args: Any, mine: Iterable[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "role", [(role.value, ROLE_SHORT[role]) for role in mine])


class ReceiveForm(DeskForm):
    """A word of the incoming, if any."""

    remark = forms.CharField(label=_("Observación"), required=False, max_length=2000)


class _PersonForm(DeskForm):
    """A role and one of its people."""

    role = forms.ChoiceField(label=_("Turno de"), choices=ROLES)
    user_id = forms.TypedChoiceField(label=_("Persona"), coerce=int)

    def __init__(self, *args: Any, people: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "user_id", people)


class SlotForm(_PersonForm):
    """A weekly turn."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("Días"), coerce=int, choices=list(enumerate(WEEKDAYS)), widget=forms.CheckboxSelectMultiple
    )
    starts = forms.TimeField(label=_("Empieza"), widget=forms.TimeInput(attrs={"type": "time"}))
    hours = forms.IntegerField(label=_("Horas"), min_value=1, max_value=24)


class ExceptionForm(_PersonForm):
    """A dated change."""

    kind = forms.ChoiceField(label=_("Qué"), choices=[("COVERS", _("cubre")), ("ABSENT", _("está ausente"))])
    starts_at = MomentField(label=_("Desde"), ahead=True)
    ends_at = MomentField(label=_("Hasta"), ahead=True)
    reason = forms.CharField(label=_("Motivo"), max_length=200)
