"""Forms of a change of speed, one per act of its way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mayorista.interfaces.desk.forms import DeskForm, MomentField, area
from mayorista.interfaces.desk.forms.agreements import NumberField, PriceFields, SpeedField, paper_field
from mayorista.interfaces.desk.forms.customers import DayField
from mayorista.rules import speed_requests

if TYPE_CHECKING:
    from mayorista.rules.tariff import Model

CHECKED = (("OK", _("bien")), ("BAD", _("no alcanza")), ("NA", _("no aplica")))


class RequestForm(PriceFields):
    """What a customer asks for, and how."""

    to_kbps = SpeedField(label=_("Velocidad nueva"), required=True)
    wanted_date = DayField(label=_("Desde"), required=True)
    temporary_until = DayField(
        label=_("Hasta"), help_text=_("Solo si es temporal: el día en que vuelve a la anterior.")
    )
    door = forms.ChoiceField(
        label=_("Por dónde lo pidió"), choices=list(speed_requests.DOORS.items()), widget=forms.RadioSelect
    )
    requested_by = forms.CharField(label=_("Quién lo pide"), max_length=160)
    requested_date = DayField(label=_("Día de la solicitud"), required=True)
    words = forms.CharField(label=_("Sus palabras"), required=False, widget=area(2))
    document = paper_field(_("Carta, correo o captura"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        model = self.fields["model"]
        model.required = False
        model.label = _("Precio propio del cambio temporal")
        model.choices = [("", _("el del contrato")), *model.choices]  # type: ignore[attr-defined]  # a choice field

    def own_price(self) -> dict[str, Any] | None:
        """Return the price of the temporary change, None for the contract's. Raises Invalid."""
        model: Model | str = self.cleaned_data["model"]
        return {"model": str(model), **self.price()} if model else None


class CapacityForm(DeskForm):
    """The NOC's list, with margin and verdict."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, title in speed_requests.CHECKLIST.items():
            self.fields[key] = forms.ChoiceField(
                label=title, choices=CHECKED, required=False, widget=forms.RadioSelect
            )
            self.fields[f"note_{key}"] = forms.CharField(label=_("Dato"), required=False, max_length=300)
        self.fields["margin"] = NumberField(label=_("Margen que queda, %"))
        titles = [(verdict.value, title) for verdict, title in speed_requests.VERDICT_TITLES.items()]
        self.fields["verdict"] = forms.ChoiceField(
            label=_("¿La red lo soporta?"), choices=titles, required=False, widget=forms.RadioSelect
        )
        self.fields["note"] = forms.CharField(
            label=_("Obra necesaria o nota"), required=False, widget=area(2)
        )

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Each item with its note."""
        return [(self[key], self[f"note_{key}"]) for key in speed_requests.CHECKLIST]

    @property
    def last(self) -> list[forms.BoundField]:
        """What closes the check."""
        return [self["margin"], self["verdict"], self["note"]]

    def answers(self) -> dict[str, dict[str, str]]:
        """Return the answers as the operation takes them."""
        said = self.cleaned_data
        return {key: {"state": said[key], "note": said[f"note_{key}"]} for key in speed_requests.CHECKLIST}


class DecideForm(DeskForm):
    """The Gerente's reason."""

    reason = forms.CharField(label=_("Motivo"), required=False, max_length=300, widget=area(2))


class OrderForm(DeskForm):
    """The order to the network."""

    demanded = frozenset({"window_at", "rollback"})

    window_at = MomentField(label=_("Ventana"), ahead=True, required=False)
    rollback = forms.CharField(label=_("Cómo se vuelve atrás"), required=False, widget=area(2))
    config_reference = forms.CharField(
        label=_("Configuración"), required=False, max_length=160, help_text=_("Plantilla, política o ticket.")
    )
    assigned_to = forms.CharField(label=_("A cargo de"), required=False, max_length=160)


class ExecuteForm(DeskForm):
    """What the network did."""

    demanded = frozenset({"executed_at", "evidence"})

    executed_at = MomentField(label=_("Ejecutado"), required=False)
    evidence = forms.CharField(
        label=_("Evidencia"),
        required=False,
        widget=area(3),
        help_text=_("Policer antes y después, prueba de velocidad."),
    )
    evidence_file = paper_field(_("Captura o gráfico"))
    why_other_day = forms.CharField(
        label=_("Por qué no el día aprobado"),
        required=False,
        max_length=300,
        widget=area(2),
        help_text=_("Solo si se ejecutó antes, o si se aprobó para un día ya pasado y rige desde otro."),
    )


class ReasonForm(DeskForm):
    """Why."""

    demanded = frozenset({"reason"})

    reason = forms.CharField(label=_("Motivo"), required=False, widget=area(3))


class WordsForm(DeskForm):
    """What was said."""

    demanded = frozenset({"words"})

    words = forms.CharField(label=_("Qué dijo el cliente"), required=False, widget=area(3))


class AcceptForm(DeskForm):
    """How the customer accepted."""

    demanded = frozenset({"how"})

    how = forms.CharField(
        label=_("Cómo lo aceptó"),
        required=False,
        max_length=200,
        help_text=_("Por ejemplo «acta firmada» o «correo del 17/11»."),
    )
    document = paper_field(_("Acta de conformidad"))


class AddendumForm(DeskForm):
    """The signed addendum."""

    demanded = frozenset({"signed_date", "file"})

    number = forms.CharField(
        label=_("Número"), required=False, max_length=60, help_text=_("Por ejemplo «Adenda 2».")
    )
    signed_date = DayField(label=_("Firmada"))
    file = paper_field(_("Archivo"))


class ToldForm(DeskForm):
    """How the customer was told."""

    demanded = frozenset({"how"})

    how = forms.CharField(label=_("A quién y por qué medio"), required=False, widget=area(2))
