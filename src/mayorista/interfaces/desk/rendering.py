"""The controls of forms, written out: a list of a thousand circuits through three templates an option cost 40 ms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.forms.renderers import DjangoTemplates
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

WIDGETS = "django/forms/widgets/"
INPUTS = frozenset(
    f"{WIDGETS}{name}.html"
    for name in (
        "checkbox", "color", "date", "datetime", "email", "file", "hidden", "input", "number", "password",
        "search", "tel", "text", "time", "url",
    )
)  # fmt: skip


class Written(DjangoTemplates):
    """Django's own widgets as its templates draw them, without the templates; all others by their template."""

    def render(
        self, template_name: str, context: Mapping[str, Any], request: HttpRequest | None = None
    ) -> SafeString:
        """Return the control."""
        widget = context.get("widget")
        if widget is not None:
            if template_name == f"{WIDGETS}select.html":
                return _select(widget)
            if template_name in INPUTS:
                return _input(widget)
            if template_name == f"{WIDGETS}textarea.html":
                return _textarea(widget)
        return SafeString(super().render(template_name, context, request))  # type: ignore[arg-type]


def _attrs(attrs: Mapping[str, Any]) -> str:
    return "".join(
        f" {conditional_escape(name)}"
        if value is True
        else f' {conditional_escape(name)}="{conditional_escape(str(value))}"'
        for name, value in attrs.items()
        if value is not False
    )


def _input(widget: Mapping[str, Any]) -> SafeString:
    value = "" if widget["value"] is None else f' value="{conditional_escape(str(widget["value"]))}"'
    name = conditional_escape(widget["name"])
    return mark_safe(  # noqa: S308 - every part is escaped here
        f'<input type="{widget["type"]}" name="{name}"{value}{_attrs(widget["attrs"])}>'
    )


def _textarea(widget: Mapping[str, Any]) -> SafeString:
    name = conditional_escape(widget["name"])
    return mark_safe(  # noqa: S308 - every part is escaped here
        f'<textarea name="{name}"{_attrs(widget["attrs"])}>\n{conditional_escape(widget["value"] or "")}</textarea>'
    )


def _select(widget: Mapping[str, Any]) -> SafeString:
    parts = [f'<select name="{conditional_escape(widget["name"])}"{_attrs(widget["attrs"])}>']
    for group, options, _index in widget["optgroups"]:
        if group:
            parts.append(f'<optgroup label="{conditional_escape(group)}">')
        parts.extend(
            f'<option value="{conditional_escape(str(option["value"]))}"{_attrs(option["attrs"])}>'
            f"{conditional_escape(option['label'])}</option>"
            for option in options
        )
        if group:
            parts.append("</optgroup>")
    parts.append("</select>")
    return mark_safe("\n".join(parts))  # noqa: S308 - every part is escaped here
