"""A form that somebody else overtook: what was typed beside what is stored now, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import QueryDict

    from mayorista.rules.errors import Stale

    Version = tuple[str, str, str]
    """Name of the field, what was typed, what is stored now."""

NOT_SHOWN = {"version", "attachments"}


def versions(form: forms.Form, fresh: forms.Form, stored: Mapping[str, Any] | None = None) -> list[Version]:
    """Every field of `form` as it was sent, beside what `fresh` (or else `stored`) has of it now."""
    known = stored or {}
    return [
        (
            str(form[name].label),
            _spoken(form, name, form[name].value()),
            _spoken(fresh, name, known.get(name, fresh[name].initial)) if name in fresh.fields else "—",
        )
        for name in form.fields
        if name not in NOT_SHOWN
    ]


def meanwhile(error: Stale) -> list[tuple[str, str]]:
    """Who did what while the form was being filled in, and the state of now."""
    return list(error.theirs.items())


def accept(form: forms.Form, sent: QueryDict, version: str, error: Stale) -> None:
    """Say why it was not saved, keep what was typed, and let it be sent again knowing what is there now."""
    said = sent.copy()
    said[form.add_prefix("version")] = version
    form.data = said
    form.add_error(None, f"{error.message} {error.remedy}")


def _spoken(form: forms.Form, name: str, value: Any) -> str:
    """A value of a field as a person reads it."""
    field = form.fields[name]
    if isinstance(field, forms.BooleanField):
        return _("sí") if value in {True, "on", "1", "True"} else _("no")
    if isinstance(field, forms.ChoiceField):
        titles = {str(key): str(title) for key, title in form[name].field.widget.choices}
        chosen = value if isinstance(value, list | tuple) else [value]
        return "\n".join(titles.get(str(each), str(each)) for each in chosen if each not in {None, ""}) or "—"
    shown = field.prepare_value(value)
    return "—" if shown in {None, ""} else str(shown)
