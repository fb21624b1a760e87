"""Forms of elements, providers and SLA profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from mayorista.apps.contracts import operations as contracts
from mayorista.apps.overview.queries import network
from mayorista.interfaces.desk.forms import area
from mayorista.interfaces.desk.forms.customers import DayField, LabelsField, VersionedForm
from mayorista.rules import durations
from mayorista.rules.errors import Invalid
from mayorista.rules.procedure import CAUSES

if TYPE_CHECKING:
    from collections.abc import Mapping

LEVELS = 3
SEVERITIES = ((1, _("caída total")), (2, _("degradación")), (3, _("menor")))


class ResourceForm(VersionedForm):
    """A node, link, device or contracted upstream."""

    code = forms.CharField(
        label=_("Código"), max_length=80, widget=forms.TextInput(attrs={"data-autofocus": ""})
    )
    kind = forms.ChoiceField(label=_("Clase"), choices=network.KINDS, widget=forms.RadioSelect)
    name = forms.CharField(
        label=_("Nombre"), required=False, max_length=200, help_text=_("Vacío toma el código.")
    )
    provider_id = forms.ChoiceField(
        label=_("Proveedor"), required=False, help_text=_("Obligatorio en una red contratada.")
    )
    contract_reference = forms.CharField(label=_("Contrato con el proveedor"), required=False, max_length=120)
    part_of_id = forms.ChoiceField(
        label=_("Parte de"), required=False, help_text=_("Lo que va por la parte cae con el todo.")
    )
    nms_names = LabelsField(label=_("Nombres en alarmas"))
    notes = forms.CharField(label=_("Notas"), required=False, widget=area(2))
    active = forms.BooleanField(label=_("En uso"), required=False)

    def __init__(self, *args: Any, page: network.ResourcePage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider_id"].choices = [("", _t("ninguno")), *page.providers]  # type: ignore[attr-defined]  # a choice field
        self.fields["part_of_id"].choices = [("", _t("ninguno")), *page.others]  # type: ignore[attr-defined]  # a choice field

    def wishes(self) -> dict[str, Any]:
        """Return what was typed as the operation takes it."""
        said = dict(self.cleaned_data)
        said.pop("version")
        for name in ("provider_id", "part_of_id"):
            said[name] = int(said[name]) if said[name] else None
        return said


class ProviderForm(VersionedForm):
    """A provider with up to three levels of escalation."""

    code = forms.CharField(
        label=_("Código"), max_length=20, widget=forms.TextInput(attrs={"data-autofocus": ""})
    )
    name = forms.CharField(label=_("Nombre"), max_length=160)
    contact = forms.CharField(label=_("Contacto"), required=False, max_length=160)
    phone = forms.CharField(label=_("Teléfono"), required=False, max_length=40)
    email = forms.CharField(label=_("Correo"), required=False, max_length=254)
    active = forms.BooleanField(label=_("En uso"), required=False)

    def __init__(self, *args: Any, levels: tuple[Mapping[str, Any], ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for place in range(max(LEVELS, len(levels))):
            held = levels[place] if place < len(levels) else {}
            for key, label in (
                ("name", _("Nombre")),
                ("phone", _("Teléfono")),
                ("email", _("Correo")),
                ("after_minutes", _("Tras minutos")),
            ):
                self.fields[f"level_{place}_{key}"] = forms.CharField(
                    label=label, required=False, max_length=160, initial=held.get(key, "")
                )
        self.count = max(LEVELS, len(levels))

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields of the provider itself."""
        return [self[name] for name in ("code", "name", "contact", "phone", "email", "active")]

    @property
    def levels(self) -> list[tuple[int, list[forms.BoundField]]]:
        """The fields of each level of escalation."""
        keys = ("name", "phone", "email", "after_minutes")
        return [(place + 1, [self[f"level_{place}_{key}"] for key in keys]) for place in range(self.count)]

    def wishes(self) -> dict[str, Any]:
        """Return what was typed as the operation takes it."""
        said = self.cleaned_data
        levels = [
            {key: said[f"level_{place}_{key}"] for key in ("name", "phone", "email", "after_minutes")}
            for place in range(self.count)
        ]
        return {name: said[name] for name in ("code", "name", "contact", "phone", "email", "active")} | {
            "escalation": levels
        }


class MinutesField(forms.CharField):
    """A span as people write it: 240, 4 h, 2 h 30 min. Gives whole minutes."""

    def prepare_value(self, value: Any) -> Any:
        """Show minutes as "4 h 30 min"."""
        return durations.show(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        """Return the minutes, or None when nothing was typed."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return durations.parse_minutes(text)
        except Invalid as error:
            raise forms.ValidationError(f"{error.message} {error.remedy}") from None


class SlaForm(VersionedForm):
    """The terms of an SLA."""

    code = forms.CharField(
        label=_("Código"), max_length=40, widget=forms.TextInput(attrs={"data-autofocus": ""})
    )
    name = forms.CharField(label=_("Nombre"), max_length=120)
    availability = forms.CharField(label=_("Disponibilidad %"), max_length=12)
    valid_from = DayField(
        label=_("Vigente desde"),
        help_text=_("Una fecha posterior crea una revisión nueva; la anterior sigue rigiendo hasta ese día."),
    )
    clock_start = forms.ChoiceField(label=_("Inicio del reloj"), choices=network.CLOCKS)
    rounding = forms.ChoiceField(label=_("Redondeo de la duración"), choices=network.ROUNDINGS)
    ignore_below_seconds = forms.CharField(label=_("No cuenta cortes de menos de (segundos)"), required=False)
    maintenance_notice_hours = forms.CharField(label=_("Aviso de mantenimiento (horas)"), required=False)
    excluded_causes = forms.CharField(
        label=_("Causas excluidas"),
        required=False,
        help_text=_("Códigos del D.A.C. separados por coma: ") + ", ".join(CAUSES),
    )
    contract_reference = forms.CharField(
        label=_("Referencia (cláusula o anexo)"), required=False, max_length=160
    )

    def __init__(
        self, *args: Any, targets: Mapping[int, tuple[int, int]] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for severity, _title in SEVERITIES:
            response, repair = (targets or {}).get(severity, (None, None))
            self.fields[f"response_{severity}"] = MinutesField(
                label=_("Respuesta"), required=False, initial=response
            )
            self.fields[f"repair_{severity}"] = MinutesField(
                label=_("Reparación"), required=False, initial=repair
            )

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields of the profile itself."""
        return [bound for bound in super().shown if not bound.name.startswith(("response_", "repair_"))]

    @property
    def times(self) -> list[tuple[int, Any, forms.BoundField, forms.BoundField]]:
        """The two times of each severity."""
        return [
            (severity, title, self[f"response_{severity}"], self[f"repair_{severity}"])
            for severity, title in SEVERITIES
        ]

    def clean(self) -> dict[str, Any]:
        """A severity has both times or none."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        for severity, _title in SEVERITIES:
            pair = (said.get(f"response_{severity}"), said.get(f"repair_{severity}"))
            if (pair[0] is None) != (pair[1] is None):
                missing = "response" if pair[0] is None else "repair"
                if not self.errors.get(f"{missing}_{severity}"):
                    self.add_error(
                        f"{missing}_{severity}",
                        _t("Falta este tiempo. Escriba respuesta y reparación, o ninguno."),
                    )
        return said

    def wishes(self) -> dict[str, Any]:
        """Return what was typed as the operation takes it."""
        said = dict(self.cleaned_data)
        said.pop("version")
        targets = []
        for severity, _title in SEVERITIES:
            response, repair = said.pop(f"response_{severity}"), said.pop(f"repair_{severity}")
            if response is not None and repair is not None:
                targets.append(contracts.TargetWish(severity, response, repair))
        return {**said, "targets": targets}
