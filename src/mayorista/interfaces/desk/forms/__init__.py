"""Plain forms of the desk: what is typed is read in words, and errors stand beside their field."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _

from mayorista.interfaces import clock
from mayorista.rules import lapaz, moments

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mayorista.rules.errors import DomainError


class MomentField(forms.CharField):
    """An hour of La Paz as people type it: `21:55`, `23/11 21:55`, `ahora`, `hace 10`. Gives an aware moment."""

    def __init__(self, *, ahead: bool = False, **options: Any) -> None:
        self.ahead = ahead
        hint = _("02:30 o 24/11 02:30") if ahead else _("21:55 o 23/11 21:55")
        options.setdefault(
            "help_text",
            _("Hora de La Paz. También «en 90 min».")
            if ahead
            else _("Hora de La Paz. También «ahora» o «hace 10»."),
        )
        options.setdefault(
            "widget", forms.TextInput(attrs={"placeholder": hint, "autocomplete": "off", "class": "moment"})
        )
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        """Show a moment as `23/11/2026 21:55`."""
        return f"{lapaz.local(value):%d/%m/%Y %H:%M}" if isinstance(value, dt.datetime) else value

    def clean(self, value: Any) -> Any:
        """Return the moment, or None when nothing was typed."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return moments.parse(text, now=clock.now(), ahead=self.ahead)
        except ValueError:
            raise forms.ValidationError(
                _("No se entiende la hora. Escriba por ejemplo 21:55 o 23/11 21:55.")
            ) from None


class AttachmentsField(forms.CharField):
    """Ids of files uploaded beforehand, "12,13": they ride in the hidden field of `parts/upload.html`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=300, widget=forms.HiddenInput, **options)

    def clean(self, value: Any) -> Any:
        """Return the ids; what is no id is left out."""
        text = super().clean(value) or ""
        parts = [part.strip() for part in text.split(",")]
        return tuple(int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) < 18)


class DeskForm(forms.Form):
    """A form whose texts are plain and whose errors are Spanish sentences with the remedy."""

    required_css_class = "required"
    # What the operation asks for although the form lets it pass, so that all that lacks is said at once.
    demanded: frozenset[str] = frozenset()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.speak_plainly()

    def speak_plainly(self) -> None:
        """Give every field errors in our words; again by forms that add fields of their own."""
        for field in self.fields.values():
            if field.error_messages.get("required") == forms.Field.default_error_messages["required"]:
                field.error_messages["required"] = _("Falta este dato.")
            field.error_messages["invalid_choice"] = _("Elija una opción de la lista.")


def attach(form: forms.Form, error: DomainError, names: Mapping[str, str] | None = None) -> None:
    """Put what the rules refused beside the fields of the form; what names no field stands on top."""
    for each in error.errors:
        name = (names or {}).get(each.field, each.field)
        form.add_error(name if name in form.fields else None, str(each))


def area(rows: int = 4, **attrs: str) -> forms.Textarea:
    """Return a text area of some rows."""
    return forms.Textarea(attrs={"rows": rows, **attrs})


def choose(form: forms.Form, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
    """Give a field of choices what there is to choose from."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(choices)
