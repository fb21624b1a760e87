"""The texts of the house on their screens: the list, and one with its parameters, example and history."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from mayorista.apps.messaging import queries as message_queries
from mayorista.apps.messaging import texts
from mayorista.apps.messaging.models import MessageTemplate
from mayorista.apps.procedure.actors import Actor, require
from mayorista.rules.errors import Invalid, NotFound
from mayorista.rules.procedure import Act

KINDS = (
    ("TEMPLATE", _l("Plantillas de WhatsApp")),
    ("TEXT", _l("Correos")),
    ("QUICK", _l("Respuestas rápidas")),
)
# state -> colour, icon, word
STATES = {
    "APPROVED": ("green", "circle-check", _l("aprobada")),
    "PENDING": ("amber", "hourglass", _l("en revisión de Meta")),
    "REJECTED": ("red", "ban", _l("rechazada")),
    "PAUSED": ("amber", "player-pause", _l("en pausa")),
    "DISABLED": ("red", "ban", _l("desactivada")),
    "DRAFT": ("grey", "pencil", _l("borrador sin enviar")),
    "UNKNOWN": ("grey", "help", _l("sin consultar a Meta")),
}
IN_USE = ("green", "circle-check", _l("en uso"))


@dataclass(frozen=True, slots=True)
class State:
    """Where a text stands, as colour, icon and word; `reason` is what Meta said."""

    code: str
    colour: str
    icon: str
    word: str
    reason: str


@dataclass(frozen=True, slots=True)
class TextRow:
    """A text in its newest version; `sent_version` differs while the newest waits (0: none may be sent)."""

    code: str
    name: str
    step: str
    version: int
    sent_version: int
    excerpt: str
    state: State


@dataclass(frozen=True, slots=True)
class TextsPage:
    """All texts by kind; `drafts` templates wait to be handed in."""

    groups: tuple[tuple[str, tuple[TextRow, ...]], ...]
    drafts: int


@dataclass(frozen=True, slots=True)
class Variable:
    """A value that a text takes: how it is written in it, what it is, and an example."""

    written: str
    name: str
    example: str


@dataclass(frozen=True, slots=True)
class TextVersion:
    """A version as it was."""

    version: int
    at: dt.datetime
    who: str
    subject: str
    body: str
    state: State
    sent: bool


@dataclass(frozen=True, slots=True)
class TextPage:
    """One text: what it says, what it takes, how it looks, how it came to be."""

    code: str
    name: str
    kind: str
    kind_title: str
    step: str
    version: int
    has_subject: bool
    subject: str
    body: str
    variables: tuple[Variable, ...]
    buttons: tuple[str, ...]
    state: State
    shown: tuple[str, str]
    versions: tuple[TextVersion, ...]


def _state(kind: str, approval: str, reason: str = "") -> State:
    colour, icon, word = STATES.get(approval, STATES["UNKNOWN"]) if kind == "TEMPLATE" else IN_USE
    return State(approval if kind == "TEMPLATE" else "", colour, icon, str(word), reason)


def texts_page(*, actor: Actor) -> TextsPage:
    """Return all texts by kind; two reads. Raises NotAllowed."""
    require(actor, Act.EDIT_PARAMETERS)
    found = message_queries.text_list()
    rows = [
        (
            each.kind,
            TextRow(
                each.code,
                each.name,
                each.step,
                each.version,
                each.usable_version,
                " ".join(each.body.split())[:140],
                _state(each.kind, each.approval, each.approval_reason),
            ),
        )
        for each in found
    ]
    groups = tuple(
        (str(title), tuple(row for kind, row in rows if kind == wanted)) for wanted, title in KINDS
    )
    return TextsPage(groups, sum(row.state.code == "DRAFT" for _kind, row in rows))


def text_page(*, code: str, actor: Actor) -> TextPage:
    """Return one text with its history, newest first; one read. Raises NotAllowed, NotFound."""
    require(actor, Act.EDIT_PARAMETERS)
    rows = list(MessageTemplate.objects.filter(code=code).select_related("created_by").order_by("-version"))
    if not rows:
        raise NotFound(_("No existe ese texto."))
    last = rows[0]
    sent = next((row.version for row in rows if row.approval in texts.USABLE), 0)
    return TextPage(
        code=last.code,
        name=last.name,
        kind=last.kind,
        kind_title=str(dict(KINDS).get(last.kind, "")),
        step=last.step,
        version=last.version,
        has_subject=bool(last.subject),
        subject=last.subject,
        body=last.body,
        variables=tuple(
            Variable(
                f"{{{{{number if last.kind == 'TEMPLATE' else name}}}}}",
                str(name).replace("_", " "),
                texts.example(str(name)),
            )
            for number, name in enumerate(last.variables, start=1)
        ),
        buttons=tuple(each["title"] for each in last.buttons),
        state=_state(last.kind, last.approval, last.approval_reason),
        shown=texts.shown_with_examples(last, last.subject, last.body),
        versions=tuple(
            TextVersion(
                row.version,
                row.created_at,
                row.created_by.full_name if row.created_by else "",
                row.subject,
                row.body,
                _state(row.kind, row.approval, row.approval_reason),
                row.version == sent,
            )
            for row in rows
        ),
    )


def with_examples(*, code: str, subject: str, body: str, actor: Actor) -> tuple[str, str]:
    """Return subject and body as they would be sent, with example values. Raises Invalid, NotFound, NotAllowed."""
    require(actor, Act.EDIT_PARAMETERS)
    template, body = texts.newest(code), body.replace("\r\n", "\n")
    wrong = texts.problems(template, subject, body)
    if wrong:
        raise Invalid.of(wrong)
    return texts.shown_with_examples(template, subject, body)
