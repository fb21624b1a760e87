"""The texts of the house as values, filled in or with gaps to show."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mayorista.apps.messaging import texts
from mayorista.apps.messaging.models import MessageTemplate
from mayorista.rules import whatsapp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mayorista.apps.messaging.texts import Filled


@dataclass(frozen=True, slots=True)
class Text:
    """One text in its newest version; `usable_version` is the one that is sent (0: none)."""

    code: str
    version: int
    usable_version: int
    kind: str
    channel: str
    name: str
    subject: str
    body: str
    variables: tuple[str, ...]
    buttons: tuple[str, ...]
    step: str
    approval: str
    approval_reason: str


def fill(code: str, params: Mapping[str, str]) -> Filled:
    """Return a text filled in. Raises Invalid naming what is missing, Conflict when it may not be used."""
    return texts.fill(texts.usable(code), params)


def filler(code: str) -> Callable[[Mapping[str, str]], Filled]:
    """Return `fill` of one text for many letters: the text is read once, at the first of them."""

    @functools.cache
    def template() -> MessageTemplate:
        return texts.usable(code)

    return lambda params: texts.fill(template(), params)


def preview(code: str, params: Mapping[str, str]) -> Filled:
    """Return a text with what is known filled in and «…» where a value is missing, for editing."""
    template = texts.newest(code)
    values = {name: params.get(name) or "…" for name in template.variables}
    return texts.fill(template, values)


def ready(codes: Sequence[str], params: Mapping[str, str]) -> list[Filled]:
    """Return those of these templates that may be sent and lack none of their values, in the order of `codes`.

    Each is the version that would be sent, with its name as subject; one read.
    """
    rows = MessageTemplate.objects.filter(kind="TEMPLATE", code__in=codes, approval__in=texts.USABLE)
    newest = {each.code: each for each in rows.order_by("code", "-version").distinct("code")}
    found = []
    for each in (newest[code] for code in codes if code in newest):
        if set(each.variables) <= set(params):
            body = texts.fill(each, {name: params[name] for name in each.variables}).body
            found.append(texts.Filled(each.pk, each.code, each.name, body))
    return found


def text(code: str) -> Text:
    """Return the newest version of one text. Raises NotFound."""
    template = texts.newest(code)
    return _text(template, _usable_versions().get(code, 0))


def text_list(*, kind: str = "") -> list[Text]:
    """Return the newest version of every text (of one kind: TEMPLATE, TEXT, QUICK), by code."""
    rows = MessageTemplate.objects.order_by("code", "-version").distinct("code")
    usable = _usable_versions()
    return [_text(each, usable.get(each.code, 0)) for each in rows if not kind or each.kind == kind]


def quick_replies(params: Mapping[str, str]) -> list[Filled]:
    """Return all quick replies with what is known filled in; unknown variables stay as {{name}}."""
    found = []
    for each in MessageTemplate.objects.filter(kind="QUICK").order_by("code", "-version").distinct("code"):
        values = {name: params.get(name, f"{{{{{name}}}}}") for name in each.variables}
        found.append(texts.Filled(each.pk, each.code, each.name, whatsapp.render(each.body, values)))
    return found


def _usable_versions() -> dict[str, int]:
    rows = (
        MessageTemplate.objects.filter(approval__in=texts.USABLE)
        .order_by("code", "-version")
        .distinct("code")
    )
    return dict(rows.values_list("code", "version"))


def _text(row: MessageTemplate, usable_version: int) -> Text:
    return Text(
        code=row.code,
        version=row.version,
        usable_version=usable_version,
        kind=row.kind,
        channel=row.channel,
        name=row.name,
        subject=row.subject,
        body=row.body,
        variables=tuple(row.variables),
        buttons=tuple(each["title"] for each in row.buttons),
        step=row.step,
        approval=row.approval,
        approval_reason=row.approval_reason,
    )
