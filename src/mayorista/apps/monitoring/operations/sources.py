"""Alarm sources and their tokens. A token is shown once, when it is made; only its hash is kept."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.monitoring.models import AlarmSource, SourceKind
from mayorista.apps.procedure import constraints, editing
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal, live
from mayorista.rules import changes
from mayorista.rules.alarms.values import SEVERITY_TITLES, Severity
from mayorista.rules.errors import FieldError, Invalid, NotFound, Stale
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

STANDING = "ALARMS"
TOKEN_BYTES = 32
SHORTEST_SILENCE = 30
LONGEST_NAME = 120
CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def _severity(value: object) -> str:
    return SEVERITY_TITLES[Severity(str(value))]


def _words(value: object) -> str:
    assert isinstance(value, dict)
    return ", ".join(f"{word} = {_severity(severity)}" for word, severity in sorted(value.items()))


LABELS = {
    "name": changes.Label("Nombre"),
    "silence_after_seconds": changes.Label("Silencio", lambda seconds: f"{seconds} s"),
    "severity_threshold": changes.Label("Severidad mínima", _severity),
    "severity_words": changes.Label("Palabras de severidad", _words),
    "active": changes.Label("Encendida"),
}


@dataclass(frozen=True, slots=True)
class NewToken:
    """A source and the token it must send from now on; nobody can read the token again."""

    source_id: int
    code: str
    token: str


def hash_token(token: str) -> str:
    """What is kept of a token: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def create_source(
    *,
    code: str,
    name: str,
    actor: Actor,
    at: dt.datetime,
    silence_after_seconds: int | None = None,
    severity_threshold: str = "",
    severity_words: Mapping[str, str] | None = None,
    token: str | None = None,
) -> NewToken:
    """Make a source and its token. Raises Invalid naming every wrong field.

    `token` lets a set-up bring its own (at least 20 characters); else one is drawn.
    """
    require(actor, Act.ADMINISTER)
    words = _check(code, name, silence_after_seconds, severity_threshold, severity_words or {}, token)
    taken = FieldError("code", _("Ya existe una fuente con ese código."), _("Elija otro código."))
    secret = token or secrets.token_urlsafe(TOKEN_BYTES)
    with constraints.in_words({"monitoring_source_code_is_unique": taken}):
        source = AlarmSource.objects.create(
            code=code,
            name=name.strip(),
            token_hash=hash_token(secret),
            token_rotated_at=at,
            silence_after_seconds=silence_after_seconds,
            severity_threshold=severity_threshold,
            severity_words=words,
            created_at=at,
        )
    _record(_("Fuente de alarmas «%(code)s» creada.") % {"code": code}, actor, at, source)
    return NewToken(source.pk, code, secret)


@transaction.atomic
def change_source(
    *,
    source_id: int,
    version: int,
    name: str,
    silence_after_seconds: int | None,
    severity_threshold: str,
    severity_words: Mapping[str, str],
    active: bool,
    actor: Actor,
    at: dt.datetime,
) -> None:
    """Change what is known of a source, or switch it off or on again; nothing changed writes nothing.

    A source that is off is answered 401 and is not watched for silence; its silence counts from when it is on again. Raises Invalid, or Stale with
    both versions of what differs.
    """
    require(actor, Act.ADMINISTER)
    source = _locked(source_id)
    words = _check(source.code, name, silence_after_seconds, severity_threshold, severity_words, None)
    wanted = {
        "name": name.strip(),
        "silence_after_seconds": silence_after_seconds,
        "severity_threshold": severity_threshold,
        "severity_words": words,
        "active": active,
    }
    if source.version != version:
        differing = changes.compare(editing.values(source, LABELS), wanted, LABELS)
        raise Stale(
            _("Otra persona cambió la fuente «%(code)s».") % {"code": source.code},
            mine={each.label: each.after for each in differing},
            theirs={each.label: each.before for each in differing},
            version=source.version,
        )
    before = editing.values(source, LABELS)
    if active and not source.active:
        source.active_since = at
    source.name, source.active = name.strip(), active
    source.silence_after_seconds, source.severity_threshold = silence_after_seconds, severity_threshold
    source.severity_words, source.version = words, source.version + 1
    told = changes.sentence(changes.compare(before, wanted, LABELS))
    if not told:
        return
    source.save()
    text = _("Fuente de alarmas «%(code)s»: %(changes)s") % {"code": source.code, "changes": told}
    _record(text, actor, at, source)
    live.bump("alarms")


@transaction.atomic
def rotate_token(*, source_id: int, actor: Actor, at: dt.datetime) -> NewToken:
    """Give a source a new token; the old one is refused from now on."""
    require(actor, Act.ADMINISTER)
    source = _locked(source_id)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    source.token_hash, source.token_rotated_at = hash_token(token), at
    source.version += 1
    source.save(update_fields=["token_hash", "token_rotated_at", "version"])
    _record(_("Nueva clave de la fuente «%(code)s».") % {"code": source.code}, actor, at, source)
    return NewToken(source.pk, source.code, token)


def _locked(source_id: int) -> AlarmSource:
    source = (
        AlarmSource.objects.select_for_update().filter(pk=source_id).exclude(kind=SourceKind.INTERNAL).first()
    )
    if source is None:
        raise NotFound(_("No existe esa fuente de alarmas."))
    return source


def _record(text: str, actor: Actor, at: dt.datetime, source: AlarmSource) -> None:
    journal.record(
        dossier_id=dossiers.standing(kind=STANDING).pk,
        act=Act.ADMINISTER,
        text=text,
        actor=actor,
        at=at,
        step="A.1",
        payload={"source": source.code, "active": source.active},
    )


def _check(
    code: str,
    name: str,
    silence: int | None,
    threshold: str,
    words: Mapping[str, str],
    token: str | None,
) -> dict[str, str]:
    errors = []
    if not CODE.fullmatch(code):
        errors.append(FieldError("code", _("Código no válido."), _("Use minúsculas, cifras y guiones.")))
    if not name.strip():
        errors.append(FieldError("name", _("Falta el nombre."), _("Escriba qué sistema es.")))
    if len(name.strip()) > LONGEST_NAME:
        errors.append(FieldError("name", _("El nombre es demasiado largo."), _("Acórtelo a 120 caracteres.")))
    if silence is not None and silence < SHORTEST_SILENCE:
        remedy = _("Ponga al menos 30 segundos, o deje vacío.")
        errors.append(FieldError("silence_after_seconds", _("El silencio es demasiado corto."), remedy))
    if threshold and threshold not in Severity.__members__:
        errors.append(
            FieldError("severity_threshold", _("Severidad desconocida."), _("Elija una de la lista."))
        )
    unknown = sorted(word for word, severity in words.items() if severity not in Severity.__members__)
    if unknown:
        message = _("Severidad desconocida para: %(words)s.") % {"words": ", ".join(unknown)}
        errors.append(FieldError("severity_words", message, _("Elija severidades de la lista.")))
    if token is not None and len(token) < 20:
        errors.append(
            FieldError("token", _("La clave es demasiado corta."), _("Use al menos 20 caracteres."))
        )
    if errors:
        raise Invalid.of(errors)
    return {word.strip().lower(): severity for word, severity in words.items()}
