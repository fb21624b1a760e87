"""The form of a maintenance window."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from mayorista.interfaces.desk.forms import DeskForm, MomentField, area, choose


class NewWindow(DeskForm):
    """A planned interruption: what, when, on which elements or circuits."""

    title = forms.CharField(
        label=_("Qué se hará"), max_length=200, widget=forms.TextInput(attrs={"data-autofocus": ""})
    )
    starts_at = MomentField(
        label=_("Empieza"), ahead=True, help_text=_("Por ejemplo 28/11 02:00, hora de La Paz.")
    )
    ends_at = MomentField(label=_("Termina"), ahead=True, help_text=_("Por ejemplo 28/11 04:00."))
    resources = forms.TypedMultipleChoiceField(
        label=_("Elementos de red"),
        coerce=int,
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text=_("Con todo lo que va por ellos. Ctrl para elegir varios."),
    )
    services = forms.TypedMultipleChoiceField(
        label=_("Circuitos sueltos"),
        coerce=int,
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    description = forms.CharField(label=_("Detalle interno"), widget=area(2), required=False)
    tell_customers = forms.BooleanField(
        label=_("Avisar a los clientes afectados, a cada uno solo de lo suyo"), required=False, initial=True
    )

    def __init__(
        self,
        *args: object,
        resources: list[tuple[int, str]],
        services: list[tuple[int, str]],
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "resources", resources)
        choose(self, "services", services)
