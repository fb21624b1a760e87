"""What all edit screens do alike: keep what was typed, errors beside fields, both versions when stale."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.shortcuts import render

from mayorista.interfaces.desk.forms import attach
from mayorista.rules.errors import Conflict, Invalid, Stale

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django import forms
    from django.http import HttpResponse

    from mayorista.interfaces.desk.request import DeskRequest


@dataclass(frozen=True, slots=True)
class Editor:
    """How an edit screen looks: its title, button, where cancel leads, and the key of its draft."""

    title: str
    submit: str
    back: str
    draft: str
    subtitle: str = ""
    template: str = "desk/form.html"
    names: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)


def edit(
    request: DeskRequest,
    form: forms.Form,
    editor: Editor,
    save: Callable[[dict[str, Any]], HttpResponse],
) -> HttpResponse:
    """Show a form, or save it and go on; what is refused is shown in the form, which keeps what was typed.

    A stale form comes back with both versions and the version of now: sending it again overwrites
    knowingly.
    """
    status, versions = 200, []
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return save(form.cleaned_data)
            except Stale as error:
                status = 409
                form.add_error(None, f"{error.message} {error.remedy}")
                versions = [(name, error.mine[name], error.theirs.get(name, "")) for name in error.mine]
                said = request.POST.copy()
                said["version"] = str(error.version)
                form.data = said
            except Invalid as error:
                attach(form, error, editor.names)
            except Conflict as error:
                status = 409
                form.add_error(None, f"{error.message} {error.remedy}")
    context = {"form": form, "editor": editor, "versions": versions, **editor.more}
    return render(request, editor.template, context, status=status)


def bound(request: DeskRequest) -> Any:
    """Return what was sent, or None when the form is only shown."""
    return request.POST if request.method == "POST" else None


def version_of(said: Mapping[str, Any]) -> int | None:
    """Return the version that the form was shown with."""
    text = str(said.get("version") or "")
    return int(text) if text.isdecimal() else None
