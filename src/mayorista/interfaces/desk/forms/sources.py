"""The forms of a source of alarms."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from mayorista.interfaces.desk.forms import DeskForm, area
from mayorista.rules.alarms.values import SEVERITY_TITLES, Severity

MOST_MINUTES = 10_080
MOST_WORDS = 60
LONGEST_WORD = 40


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
        max_value=MOST_MINUTES,
        help_text=_("Vacío = puede callar lo que quiera."),
    )


class SourceForm(DeskForm):
    """What may be changed of a source; its code stays, because senders post to it."""

    version = forms.CharField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label=_("Nombre"), max_length=120)
    silence_minutes = forms.DecimalField(
        label=_("Minutos de silencio que son alarma"),
        required=False,
        min_value=Decimal("0.5"),
        max_value=MOST_MINUTES,
        decimal_places=2,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text=_("Medio minuto como mínimo. Vacío = puede callar lo que quiera."),
    )
    severity_threshold = forms.ChoiceField(
        label=_("Severidad mínima que abre un caso"),
        required=False,
        choices=[
            ("", _("la de los parámetros")),
            *((each.value, SEVERITY_TITLES[each]) for each in Severity if each is not Severity.CLEARED),
        ],
    )
    severity_words = forms.CharField(
        label=_("Palabras propias de severidad"),
        required=False,
        max_length=4000,
        widget=area(3, spellcheck="false", placeholder="p1 = crítica"),
        help_text=_(
            "Una por línea: palabra = severidad (crítica, mayor, menor, advertencia, indeterminada, despejada)."
        ),
    )
    active = forms.BooleanField(
        label=_("Encendida"),
        required=False,
        help_text=_("Apagada, sus avisos se rechazan y su silencio no es alarma."),
    )

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields to lay out."""
        return [self[name] for name in self.fields if name != "version"]

    def clean_severity_words(self) -> dict[str, str]:
        """Return the map from a word to a severity."""
        by_title = {title: severity.value for severity, title in SEVERITY_TITLES.items()}
        found: dict[str, str] = {}
        for number, line in enumerate(self.cleaned_data["severity_words"].splitlines(), start=1):
            if not line.strip():
                continue
            word, sign, said = line.partition("=")
            word, said = word.strip().lower(), said.strip()
            severity = by_title.get(said.lower()) or (
                said.upper() if said.upper() in Severity.__members__ else ""
            )
            if not (sign and severity and 0 < len(word) <= LONGEST_WORD) or word in found:
                raise forms.ValidationError(
                    _t(
                        "No se entiende la línea %(n)s. Escriba por ejemplo: p1 = crítica, cada palabra una vez."
                    )
                    % {"n": number}
                )
            found[word] = severity
        if len(found) > MOST_WORDS:
            raise forms.ValidationError(_t("Hay demasiadas palabras. Deje 60 como máximo."))
        return found

    def wishes(self) -> dict[str, Any]:
        """Return what was typed as the operation takes it."""
        said = self.cleaned_data
        minutes = said["silence_minutes"]
        return {
            "name": said["name"],
            "silence_after_seconds": None if minutes is None else int(minutes * 60),
            "severity_threshold": said["severity_threshold"],
            "severity_words": said["severity_words"],
            "active": said["active"],
        }
