"""The protocols of step A.2 written anew: a version is published, the old ones stay and rule what was done under them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.models import Protocol
from mayorista.apps.procedure.operations import dossiers, files, journal
from mayorista.rules.errors import FieldError, Invalid, NotFound, Stale
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

STANDING = "PROTOCOLS"
KINDS = ("check", "text")
MOST_QUESTIONS = 40
LONGEST_BODY = 20_000
LONGEST_QUESTION = 300
LONGEST_REASON = 300
LONGEST_TITLE = 200
CODE = re.compile(r"[A-Z0-9_]{1,30}")


@dataclass(frozen=True, slots=True)
class Question:
    """One line of a checklist; `code` "" is a new one, `kind` is "check" (yes or no) or "text" (words)."""

    code: str
    text: str
    kind: str


def told(questions: Sequence[Question]) -> str:
    """Return a checklist as a person reads it, one line per question."""
    return "\n".join(
        f"{number}. {each.text} ({_('se escribe') if each.kind == 'text' else _('sí o no')})"
        for number, each in enumerate(questions, start=1)
    )


@transaction.atomic
def publish_protocol(
    *,
    code: str,
    version: int,
    title: str,
    body: str,
    questions: Sequence[Question],
    reason: str,
    actor: Actor,
    at: dt.datetime,
    upload: tuple[str, str, bytes] | None = None,
) -> Protocol:
    """Publish a new version, in force from `at` on. `version` is the one that the person was shown.

    `upload` is the official text (name, content type, content); without it that of the last version
    stays. Raises Invalid naming every wrong field, Stale with both versions, NotFound.
    """
    require(actor, Act.EDIT_PARAMETERS)
    last = Protocol.objects.select_for_update().filter(code=code).order_by("-version").first()
    if last is None:
        raise NotFound(_("No existe ese protocolo."))
    before = tuple(Question(each["code"], each["question"], each["kind"]) for each in last.checklist)
    asked = tuple(Question(each.code.strip(), each.text.strip(), each.kind) for each in questions)
    title, body, reason = title.strip(), body.strip(), reason.strip()
    if last.version != version:
        raise Stale(
            _("Otra persona publicó la versión %(version)s mientras usted escribía.")
            % {"version": last.version},
            mine={_("Título"): title, _("Texto"): body, _("Lista de verificación"): told(asked)},
            theirs={
                _("Título"): last.title,
                _("Texto"): last.body,
                _("Lista de verificación"): told(before),
            },
            version=last.version,
        )
    same = (title, body, _plain(asked)) == (last.title, last.body, _plain(before)) and upload is None
    _check(title, body, asked, reason, same=same)
    home = dossiers.standing(kind=STANDING).pk
    file_id = last.file_id
    if upload is not None:
        name, content_type, content = upload
        file_id = files.store(
            dossier_id=home,
            name=name,
            content=content,
            content_type=content_type,
            actor=actor,
            at=at,
            kind="PROTOCOL",
        ).pk
    made = Protocol.objects.create(
        code=code,
        version=last.version + 1,
        title=title,
        body=body,
        checklist=_coded(asked, {each.code for each in before}),
        valid_from=at,
        file_id=file_id,
        changed_by_id=actor.user_id,
    )
    journal.record(
        dossier_id=home,
        act=Act.EDIT_PARAMETERS,
        text=_("Protocolo «%(title)s», versión %(version)s publicada. Motivo: %(reason)s")
        % {"title": title, "version": made.version, "reason": reason},
        actor=actor,
        at=at,
        step="A.2",
        payload={"code": code, "version": made.version, "reason": reason, "file": file_id},
    )
    return made


def _plain(questions: Sequence[Question]) -> list[tuple[str, str]]:
    return [(each.text, each.kind) for each in questions]


def _coded(questions: Sequence[Question], known: set[str]) -> list[dict[str, str]]:
    """A question keeps its code from version to version; a new one gets a code never used before in this list."""
    taken = set(known)
    number, rows, used = 1, [], set()
    for each in questions:
        code = each.code
        if code not in known or code in used or not CODE.fullmatch(code):
            while f"P{number}" in taken:
                number += 1
            code = f"P{number}"
            taken.add(code)
        used.add(code)
        rows.append({"code": code, "question": each.text, "kind": each.kind})
    return rows


def _check(title: str, body: str, questions: Sequence[Question], reason: str, *, same: bool) -> None:
    errors = []
    if not title or len(title) > LONGEST_TITLE:
        remedy = _("Escriba hasta 200 caracteres.")
        errors.append(FieldError("title", _("El título falta o es demasiado largo."), remedy))
    if not body or len(body) > LONGEST_BODY:
        remedy = _("Escriba hasta 20.000 caracteres.")
        errors.append(FieldError("body", _("El texto falta o es demasiado largo."), remedy))
    if not reason or len(reason) > LONGEST_REASON:
        remedy = _("Escriba qué cambia y por qué.")
        errors.append(FieldError("reason", _("Falta el motivo, o es demasiado largo."), remedy))
    errors += [FieldError("questions", *words) for words in _wrong_with(questions)]
    if same and not errors:
        remedy = _("Cambie el texto o la lista, o cancele.")
        errors.append(FieldError("body", _("No cambió nada."), remedy))
    if errors:
        raise Invalid.of(errors)


def _wrong_with(questions: Sequence[Question]) -> list[tuple[str, str]]:
    texts = [each.text.casefold() for each in questions]
    found = []
    if not questions:
        found.append((_("La lista de verificación está vacía."), _("Escriba al menos una pregunta.")))
    if len(questions) > MOST_QUESTIONS:
        found.append((_("Hay demasiadas preguntas."), _("Deje 40 como máximo.")))
    if len(set(texts)) != len(texts):
        found.append((_("Hay preguntas repetidas."), _("Deje cada una una sola vez.")))
    if any(not text or len(text) > LONGEST_QUESTION for text in texts):
        found.append((_("Una pregunta es demasiado larga."), _("Acórtela a 300 caracteres.")))
    if any(each.kind not in KINDS for each in questions):
        found.append((_("Una pregunta no dice cómo se responde."), _("Elija «sí o no» o «se escribe».")))
    return found
