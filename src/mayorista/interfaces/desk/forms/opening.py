"""The forms that open a case: by hand, and for a claim."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from mayorista.interfaces.desk.forms import DeskForm, MomentField, area, choose
from mayorista.interfaces.desk.forms.acts import SEVERITIES

EFFECTS = (
    ("TOTAL", _("Caída total")),
    ("PARTIAL", _("Parcial o lento")),
    ("INTERMITTENT", _("Intermitente")),
)
CHANNELS = (
    ("PHONE", _("Teléfono")),
    ("WHATSAPP", _("WhatsApp")),
    ("EMAIL", _("Correo")),
    ("IN_PERSON", _("En persona")),
)


class NewCase(DeskForm):
    """A case opened by hand: circuits, what happens, since when. Thirty seconds."""

    services = forms.TypedMultipleChoiceField(
        label=_("Circuitos"), coerce=int, error_messages={"required": _("Elija al menos un circuito.")}
    )
    effect = forms.ChoiceField(
        label=_("Qué pasa"), choices=EFFECTS, widget=forms.RadioSelect, initial="TOTAL"
    )
    severity = forms.ChoiceField(
        label=_("Severidad"), choices=SEVERITIES, widget=forms.RadioSelect, initial="1"
    )
    started_at = MomentField(label=_("Desde cuándo"), initial="ahora")
    estimated = forms.BooleanField(label=_("La hora de inicio es estimada"), required=False, initial=True)
    note = forms.CharField(label=_("Nota"), widget=area(2), required=False)

    def __init__(self, *args: object, ids: list[int], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "services", [(key, key) for key in ids])


class NewClaim(DeskForm):
    """A claim as the customer said it; it joins the open case of its circuits, or opens one."""

    demanded = frozenset({"who"})  # by the act, unless a contact is chosen

    services = forms.TypedMultipleChoiceField(
        label=_("Circuitos"), coerce=int, error_messages={"required": _("Elija al menos un circuito.")}
    )
    channel = forms.ChoiceField(
        label=_("Por dónde llegó"), choices=CHANNELS, widget=forms.RadioSelect, initial="PHONE"
    )
    contact_id = forms.TypedChoiceField(
        label=_("Contacto conocido"), coerce=int, empty_value=None, required=False
    )
    who = forms.CharField(
        label=_("Quién reclama"),
        max_length=120,
        required=False,
        help_text=_("Nombre o cargo, si no está entre los contactos."),
    )
    words = forms.CharField(label=_("Sus palabras"), widget=area(3), help_text=_("Tal cual las dijo."))
    claimed_at = MomentField(label=_("Hora del reclamo"), initial="ahora")
    effect = forms.ChoiceField(
        label=_("Qué pasa"), choices=EFFECTS, widget=forms.RadioSelect, initial="TOTAL"
    )
    severity = forms.ChoiceField(
        label=_("Severidad"), choices=SEVERITIES, widget=forms.RadioSelect, initial="1"
    )
    message_id = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: object, ids: list[int], callers: list[tuple[int, str]], **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "services", [(key, key) for key in ids])
        choose(self, "contact_id", [("", _("— otra persona —")), *callers])
