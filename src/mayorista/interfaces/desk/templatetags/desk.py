"""Words and marks that every screen uses: icons, times of La Paz, time left, severities, fields."""

from __future__ import annotations

import datetime as dt
import functools
import re
from typing import TYPE_CHECKING, Any

from django import template
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as builtin_url
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from mayorista.interfaces import clock
from mayorista.interfaces.desk import words
from mayorista.rules import lapaz, money
from mayorista.rules.procedure import ROLE_SHORT, ROLE_TITLES, Role

if TYPE_CHECKING:
    from django.forms import BoundField
    from django.template.base import Parser, Token
    from django.template.context import Context

register = template.Library()


@functools.lru_cache(maxsize=8192, typed=True)
def _address(name: str, *args: Any) -> tuple[str, str]:
    found = reverse(name, args=args)
    return found, conditional_escape(found)


class Address(URLNode):
    """`{% url %}` that remembers: a list of fifty rows asks for the same addresses each time it is shown."""

    def render(self, context: Context) -> str:
        """Return the address, or put it under the name asked for."""
        args = [arg.resolve(context) for arg in self.args]
        if self.kwargs or not all(isinstance(arg, (str, int)) for arg in args):
            return str(super().render(context))
        try:
            plain, escaped = _address(self.view_name.resolve(context), *args)
        except NoReverseMatch:
            if self.asvar is None:
                raise
            plain = escaped = ""
        if self.asvar:
            context[self.asvar] = plain
            return ""
        return escaped


@register.tag("url")
def url(parser: Parser, token: Token) -> Address:
    """An address by its name, as Django's own tag."""
    node = builtin_url(parser, token)
    return Address(node.view_name, node.args, node.kwargs, node.asvar)


@register.simple_tag
@functools.lru_cache(maxsize=1024)
def icon(name: str, css: str = "") -> SafeString:
    """An icon of the sprite, drawn in the colour of the text. Decorative: a word stands beside it."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        css,
        static("vendor/tabler-icons.svg"),
        name,
    )


@register.simple_tag
@functools.lru_cache(maxsize=1)
def keys_help() -> SafeString:
    """The dialog of the keys: the same on every screen, so it is drawn once."""
    return mark_safe(render_to_string("desk/parts/keys.html"))  # noqa: S308 - a template of ours


def _time(at: dt.datetime, text: str, extra: str = "") -> SafeString:
    return format_html(
        '<time datetime="{}" title="{} (La Paz) · {} UTC"{}>{}</time>',
        lapaz.utc(at),
        words.moment(at),
        f"{at.astimezone(dt.UTC):%d/%m/%Y %H:%M}",
        mark_safe(extra),  # noqa: S308 - a constant of this module
        text,
    )


@register.simple_tag
def server_now() -> str:
    """The server's clock as canonical text, by which the page's script counts."""
    return lapaz.utc(clock.now())


@register.simple_tag
def when(at: dt.datetime | None) -> SafeString | str:
    """`23/11/2026 21:57`, time of La Paz, UTC in the tooltip."""
    return _time(at, words.moment(at)) if at else ""


@register.simple_tag
def hour(at: dt.datetime | None) -> SafeString | str:
    """`21:57`, time of La Paz, for lists whose day is known."""
    return _time(at, lapaz.clock(at)) if at else ""


@register.simple_tag
def short_when(at: dt.datetime | None) -> SafeString | str:
    """`21:57` when it is of today, else `23/11 21:57`."""
    return _time(at, words.short_moment(at, clock.now())) if at else ""


@register.simple_tag
def ago(at: dt.datetime | None) -> SafeString | str:
    """`hace 1 h 39 min`, kept true by the page's script."""
    return _time(at, words.ago(at, clock.now()), " data-ago") if at else ""


@register.simple_tag
def age(at: dt.datetime | None) -> SafeString | str:
    """`01:39` since then, kept true by the page's script."""
    return _time(at, words.age(at, clock.now()), " data-age") if at else ""


@register.inclusion_tag("desk/parts/time_left.html")
def time_left(
    due_at: dt.datetime | None, starts_at: dt.datetime | None = None, *, bar: bool = True
) -> dict[str, Any]:
    """`vence en 6 min` with its bar: green, amber from 70 %, red when it is over."""
    return {"left": words.time_left(starts_at, due_at, clock.now()) if due_at else None, "bar": bar}


@register.inclusion_tag("desk/parts/clock.html")
def clock_bar(row: Any) -> dict[str, Any]:
    """A clock of a case: what it counts, what is left, its bar; `stopped` when it does not run."""
    left = words.time_left(row.starts_at, row.due_at, clock.now()) if row.due_at else None
    return {"clock": row, "left": left}


@register.filter
def span(seconds: int | None) -> str:
    """`4 h 17 min` from seconds."""
    return "" if seconds is None else words.span(int(seconds))


@register.filter
def exact_span(seconds: int) -> str:
    """`04:17:30`, hours, minutes and seconds: what is counted, not what is felt."""
    return lapaz.duration(seconds)


@register.filter
def moment(at: dt.datetime | None) -> str:
    """`23/11/2026 21:57` as plain text."""
    return words.moment(at) if at else ""


@register.filter
def day(on: dt.date | None) -> str:
    """`23/11/2026` of a date."""
    return lapaz.day(on)


@register.filter
def cell(value: Any) -> str:
    """`{{ value|cell }}`: a moment or a day."""
    return words.cell(value)


@register.filter
def speed(kbps: int | None) -> str:
    """`2 Gbps`, `500 Mbps` from kbit/s, exact (1 Gbps = 1000 Mbps)."""
    return "" if kbps is None else words.speed(kbps)


@register.filter
def number(value: Any) -> str:
    """`12.345` and `12.345,60`, as Bolivia writes."""
    return "" if value in (None, "") else words.number(value)


@register.filter
def sign(currency: str) -> str:
    """`Bs`, `USD` from a currency's code."""
    return money.currency_sign(currency) if currency else ""


@register.filter
def size(count: int) -> str:
    """`1,2 MB` from bytes."""
    return words.size(count)


@register.filter
def role_short(role: str) -> str:
    """`NOC`, `Soporte`, … of a role."""
    return ROLE_SHORT[Role(role)] if role else ""


@register.filter
def role_title(role: str) -> str:
    """The role as the procedure names it."""
    return ROLE_TITLES[Role(role)] if role else ""


CODE = re.compile(r"\b[\w]+(?:-[\w]+)+\b")


@register.filter
def whole(text: str) -> SafeString:
    """Text whose codes (TIP-0141, CBBA-BR1) are never broken over two lines."""
    return mark_safe(CODE.sub(r'<span class="nowrap">\g<0></span>', escape(text)))  # noqa: S308 - escaped first


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """The value under a key of a mapping."""
    return mapping.get(key, "")


SEVERITIES = {
    1: ("red", "alert-octagon"),
    2: ("amber", "trending-down"),
    3: ("blue", "info-circle"),
}


@register.simple_tag
def severity(level: int) -> SafeString:
    """A severity by colour, icon and word."""
    colour, name = SEVERITIES.get(level, ("grey", "help"))
    return tag(colour, name, words.severity(level))


@register.simple_tag
def tag(colour: str, icon_name: str, text: str) -> SafeString:
    """A state by colour (red, amber, green, blue, grey), icon and word."""
    mark = icon(icon_name) if icon_name else ""
    return mark_safe(  # noqa: S308 - every part is escaped here
        f'<span class="tag tag-{conditional_escape(colour)}">{mark}{conditional_escape(text)}</span>'
    )


RECEIPT_STATES = {
    "RECONCILED": ("green", "circle-check"),
    "INFORMED": ("amber", "hourglass"),
    "REJECTED": ("red", "circle-x"),
}


@register.simple_tag
def receipt_state(state: str, name: str) -> SafeString:
    """How far a receipt came."""
    return tag(*RECEIPT_STATES.get(state, ("blue", "file-text")), name)


MONTH_STATES = {
    "PENDING": ("amber", "hourglass"),
    "COORDINATED": ("blue", "checks"),
    "OBSERVED": ("red", "alert-triangle"),
    "NOTHING": ("grey", "circle"),
    "DISPATCHED": ("green", "circle-check"),
}


@register.simple_tag
def month_state(row: Any) -> SafeString:
    """How far a group's month came, and what it waits for."""
    if getattr(row, "undelivered", False):
        return tag("red", "mail-exclamation", _("correo devuelto"))
    if row.held_by and not row.deferred and row.state in {"PENDING", "COORDINATED"}:
        return tag("red", "lock", _("retenido"))
    said = tag(*MONTH_STATES.get(row.state, ("green", "check")), row.state_name)
    if row.state != "PENDING":
        return said
    waits = (
        _("falta Gerencia") if row.confirmed else _("falta Interconexión") if row.manager_confirmed else ""
    )
    return said + format_html('<div class="sub">{}</div>', waits)


def _is_demanded(bound: BoundField) -> bool:
    """Whether nothing may be left out here: by the form, by the rules behind it, or because one is always chosen."""
    if bound.field.required or bound.name in getattr(bound.form, "demanded", ()):
        return True
    choices: Any = getattr(bound.field, "choices", ())
    if not choices or getattr(bound.field.widget, "allow_multiple_selected", False):
        return False
    return all(str(value) for value, _title in choices)


@register.inclusion_tag("desk/parts/field.html")
def field(bound: BoundField, label: str = "", help_text: str = "") -> dict[str, Any]:
    """A form field: label, help, control, error beside it."""
    described = []
    if bound.errors:
        described.append(f"{bound.id_for_label}-error")
    if help_text or bound.help_text:
        described.append(f"{bound.id_for_label}-help")
    kind = getattr(bound.field.widget, "input_type", "")
    attrs: dict[str, Any] = {}
    if bound.errors:
        attrs["aria-invalid"] = "true"
    if described and kind != "radio":
        attrs["aria-describedby"] = " ".join(described)
    return {
        "bound": bound,
        "control": bound.as_widget(attrs=attrs),
        "label": label or bound.label,
        "help_text": help_text or bound.help_text,
        "kind": "check" if kind == "checkbox" and not hasattr(bound.field, "choices") else kind,
        "grouped": kind == "radio" or (kind == "checkbox" and hasattr(bound.field, "choices")),
        "required": _is_demanded(bound),
    }


@register.simple_tag(takes_context=True)
def query(context: Any, **changes: Any) -> str:
    """The page's query string with some parts changed: `?{% query orden="sla" %}`; None removes one."""
    params = context["request"].GET.copy()
    params.pop("pagina", None)
    for key, value in changes.items():
        if value in (None, ""):
            params.pop(key, None)
        else:
            params[key] = value
    return str(params.urlencode())


@register.simple_tag(takes_context=True)
def page_query(context: Any, number: int) -> str:
    """The page's query string with another page of a list; `page_key` of the context names a second list's."""
    return query(context, **{context.get("page_key", "pagina"): number})


@register.simple_tag(takes_context=True)
def sort_link(context: Any, key: str, text: str) -> SafeString:
    """A column head that sorts: first ascending, then descending; the state is in the URL."""
    current = context["request"].GET.get("orden", "")
    down = current == key
    href = query(context, orden=f"-{key}" if down else key)
    mark = icon("sort-ascending") if down else icon("sort-descending") if current == f"-{key}" else ""
    return format_html(
        '<a href="?{}" aria-label="{}">{} {}</a>',
        href,
        _("Ordenar por %(what)s") % {"what": text},
        text,
        mark,
    )
