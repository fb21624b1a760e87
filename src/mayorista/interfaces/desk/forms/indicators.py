"""Forms of the measure: a set of criteria as a table of limits, its approval, the report of a month."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mayorista.interfaces.desk.forms import DeskForm, area
from mayorista.rules.indicators.criteria import BY_SEVERITY, CLASSES, SEVERITIES, TITLES, Criterion

NUMBER = {"inputmode": "numeric", "autocomplete": "off", "class": "num"}
CLASS_TITLES = {"EXTERNAL": _("Externo"), "INTERNAL": _("Interno"), "CUSTOMER": _("Del cliente")}


def _minutes(label: Any, *, required: bool = False) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=required, min_value=1, widget=forms.TextInput(attrs=dict(NUMBER))
    )


class CriteriaForm(DeskForm):
    """A whole set: which criteria count, their minutes by severity, and where a class of cause has its own time."""

    title = forms.CharField(label=_("Nombre"), max_length=120)
    reason = forms.CharField(label=_("Motivo"), max_length=300, widget=area(2))
    lasted_hours = forms.IntegerField(
        label=_("Horas que debe durar la solución"), min_value=1, widget=forms.TextInput(attrs=dict(NUMBER))
    )
    threshold = forms.CharField(
        label=_("Umbral de aceptación (%)"), max_length=8, widget=forms.TextInput(attrs=dict(NUMBER))
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in Criterion:
            self.fields[f"on_{each}"] = forms.BooleanField(label=TITLES[each], required=False)
        for each in BY_SEVERITY:
            for severity in SEVERITIES:
                self.fields[f"minutes_{each}_{severity}"] = _minutes(f"{TITLES[each]}, severidad {severity}")
        for key in CLASSES:
            for severity in SEVERITIES:
                self.fields[f"repair_{key}_{severity}"] = _minutes(
                    f"{CLASS_TITLES[key]}, severidad {severity}"
                )

    @property
    def switches(self) -> list[tuple[Any, list[Any]]]:
        """Each criterion's switch with its fields of minutes."""
        return [
            (
                self[f"on_{each}"],
                [self[f"minutes_{each}_{severity}"] for severity in SEVERITIES]
                if each in BY_SEVERITY
                else [],
            )
            for each in Criterion
        ]

    @property
    def repairs(self) -> list[tuple[Any, list[Any]]]:
        """Each class of cause with its fields of minutes."""
        return [
            (CLASS_TITLES[key], [self[f"repair_{key}_{severity}"] for severity in SEVERITIES])
            for key in CLASSES
        ]

    def content(self) -> dict[str, Any]:
        """Return what was typed as `rules.indicators.criteria.read` takes it; gaps stay gaps, to be named there."""
        said = self.cleaned_data
        return {
            "on": [each.value for each in Criterion if said[f"on_{each}"]],
            "minutes": {
                each.value: _row(said, f"minutes_{each}")
                for each in BY_SEVERITY
                if _row(said, f"minutes_{each}")
            },
            "lasted_hours": said["lasted_hours"],
            "threshold": said["threshold"].replace(",", "."),
            "repair_minutes": {
                key: _row(said, f"repair_{key}") for key in CLASSES if _row(said, f"repair_{key}")
            },
        }


def _row(said: dict[str, Any], name: str) -> dict[str, int]:
    return {str(each): said[f"{name}_{each}"] for each in SEVERITIES if said[f"{name}_{each}"] is not None}


def initial(content: dict[str, Any]) -> dict[str, Any]:
    """Return a set's content as the form's first values."""
    found: dict[str, Any] = {
        "lasted_hours": content["lasted_hours"],
        "threshold": content["threshold"].replace(".", ","),
    }
    found |= {f"on_{each}": True for each in content["on"]}
    for key, name in (("minutes", "minutes"), ("repair_minutes", "repair")):
        for row, limits in content[key].items():
            found |= {f"{name}_{row}_{severity}": minutes for severity, minutes in limits.items()}
    return found


# Where the rules name a field of the content, the field of the form that stands for it.
FIELD_OF = {
    **{f"minutes.{each}": f"minutes_{each}_1" for each in BY_SEVERITY},
    **{f"repair_minutes.{key}": f"repair_{key}_1" for key in CLASSES},
}


class ApproveForm(DeskForm):
    """From which month a proposal rules."""

    valid_from = forms.RegexField(
        r"^\d{4}-\d{2}$",
        label=_("Rige desde el mes"),
        widget=forms.TextInput(attrs={"placeholder": "2026-12", "autocomplete": "off"}),
        error_messages={"invalid": _("Escriba año y mes, por ejemplo 2026-12.")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
