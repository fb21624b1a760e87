"""Where an incoming mail goes, and who is told: by what it answers, by a number in its subject, by who writes.

A number counts only from somebody who answers for that customer, for anybody can write one. What goes nowhere by
itself waits in the inbox for a person.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from mayorista.apps.customers import queries as customers
from mayorista.apps.messaging.operations import filing, papers
from mayorista.apps.procedure import queries as procedure
from mayorista.apps.procedure.operations import dossiers, work
from mayorista.rules.mail import threads
from mayorista.rules.procedure import STEPS, Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mayorista.apps.messaging.models import Message
    from mayorista.apps.procedure.models import Dossier
    from mayorista.rules.mail.reading import Letter

ANSWER_WITHIN = dt.timedelta(minutes=30)
LATER = dt.timedelta(hours=8)


def place(message: Message, *, letter: Letter, at: dt.datetime) -> None:
    """Give a new incoming mail its dossier and open what a person has to do about it."""
    roles = customers.roles_of_email(address=letter.sender) if letter.sender else {}
    home = _by_reply(message) or _by_number(letter, roles) or _by_only_case(roles)
    if home is not None:
        message.dossier_id = home.pk
    else:
        message.dossier_id = _waiting_place(roles)
        message.needs_filing = True
    message.save(update_fields=["dossier", "needs_filing"])
    items = list(_items(message, letter, roles, home, at))
    work.open_items(items=items, at=at)


def _by_reply(message: Message) -> Dossier | None:
    earlier = message.in_reply_to
    if earlier is None or earlier.needs_filing or earlier.dossier_id is None:
        return None
    home = procedure.dossiers_by_id([earlier.dossier_id]).get(earlier.dossier_id)
    return None if home is not None and home.kind == "STANDING" else home


def _by_number(letter: Letter, roles: Mapping[int, frozenset[str]]) -> Dossier | None:
    for number in threads.numbers(letter.subject) if roles else ():
        found = procedure.dossier_by_number(number)
        if found is not None and (found.customer_id in roles or found.pk in roles):
            return found
    return None


def _by_only_case(roles: Mapping[int, frozenset[str]]) -> Dossier | None:
    """The only open case of the customers for whom the writer keeps watch; who only pays writes about money."""
    watched = [
        dossier_id for dossier_id, held in roles.items() if held & papers.NIGHT or not held & papers.PAYING
    ]
    found = procedure.open_dossiers_of(watched, kind="CASE") if watched else []
    return found[0] if len(found) == 1 else None


def _waiting_place(roles: Mapping[int, frozenset[str]]) -> int:
    return next(iter(roles)) if len(roles) == 1 else dossiers.standing(kind="UNKNOWN_WRITERS").id


def _items(
    message: Message,
    letter: Letter,
    roles: Mapping[int, frozenset[str]],
    home: Dossier | None,
    at: dt.datetime,
) -> Iterator[work.NewItem]:
    assert message.dossier_id is not None
    who = letter.sender_name or letter.sender or _("(sin remitente)")
    known = roles or (letter.sender and procedure.has_user_with_email(letter.sender))
    stranger = "" if known else _(" (remitente desconocido)")
    if not letter.readable:
        yield work.NewItem(
            message.dossier_id,
            "",
            Role.SUPPORT,
            (
                _("Correo de %(who)s que no se pudo leer: abrirlo en el buzón. %(why)s")
                % {"who": who, "why": " ".join(letter.problems)}
            )[:200],
            at + LATER,
            filing.filing_key(message),
        )
        return
    if letter.automatic:
        # A machine wrote: nobody answers it. It is read when somebody looks for it, or files it.
        if home is None:
            yield _to_file(message, who, stranger, Role.SUPPORT, at + LATER)
        return
    if letter.papers and papers.may_be_receipt(message, roles, home.kind if home is not None else ""):
        yield filing.receipt_item(message, who + stranger, at=at)
        return
    yield _waiting(message, who, stranger, roles, home, at)


def waiting_item(message: Message, *, at: dt.datetime) -> work.NewItem:
    """What is to be done about a mail that is no receipt: say where it belongs, else answer it."""
    roles = customers.roles_of_email(address=message.destination)
    home = procedure.dossiers_by_id([message.dossier_id])[message.dossier_id] if message.dossier_id else None
    who = message.payload.get("name") or message.destination
    return _waiting(message, who, "", roles, None if message.needs_filing else home, at)


def _waiting(
    message: Message,
    who: str,
    stranger: str,
    roles: Mapping[int, frozenset[str]],
    home: Dossier | None,
    at: dt.datetime,
) -> work.NewItem:
    assert message.dossier_id is not None
    if home is None:
        role = Role.INTERCONNECTION if papers.only_pays(roles) else Role.SUPPORT
        return _to_file(message, who, stranger, role, at + ANSWER_WITHIN)
    step = _step(message, home)
    return work.NewItem(
        message.dossier_id,
        step,
        STEPS[step].role if step else Role.SUPPORT,
        (_("Responder correo de %(who)s%(stranger)s") % {"who": who, "stranger": stranger})[:200],
        at + ANSWER_WITHIN,
        filing.answer_key(message.conversation_id) if message.conversation_id else f"responder:m{message.pk}",
    )


def _to_file(message: Message, who: str, stranger: str, role: Role, due_at: dt.datetime) -> work.NewItem:
    assert message.dossier_id is not None
    title = _("Clasificar correo de %(who)s%(stranger)s") % {"who": who, "stranger": stranger}
    return work.NewItem(message.dossier_id, "", role, title[:200], due_at, filing.filing_key(message))


def _step(message: Message, home: Dossier) -> str:
    """The step in whose name it is answered: that of the mail of ours that it answers, else of its dossier."""
    earlier = message.in_reply_to
    if earlier is not None and earlier.cause in STEPS and earlier.cause.startswith("B."):
        return earlier.cause
    return {"CASE": "A.4", "FAULT": "A.5", "INVOICE": "B.6", "CONTRACT": "B.1", "SPEED_CHANGE": "B.2"}.get(
        home.kind, ""
    )
