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
from mayorista.apps.procedure import constraints
from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.operations import dossiers, journal
from mayorista.rules.alarms.values import Severity
from mayorista.rules.errors import FieldError, Invalid, NotFound, Stale
from mayorista.rules.procedure import Act

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

STANDING = "ALARMS"
TOKEN_BYTES = 32
SHORTEST_SILENCE = 30
CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


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
    """Change what is known of a source. Raises Invalid, or Stale when somebody else changed it."""
    require(actor, Act.ADMINISTER)
    source = _locked(source_id)
    if source.version != version:
        raise Stale(
            _("Otra persona cambió la fuente «%(code)s».") % {"code": source.code},
            mine={"name": name},
            theirs={"name": source.name},
            version=source.version,
        )
    words = _check(source.code, name, silence_after_seconds, severity_threshold, severity_words, None)
    source.name, source.active = name.strip(), active
    source.silence_after_seconds, source.severity_threshold = silence_after_seconds, severity_threshold
    source.severity_words, source.version = words, source.version + 1
    source.save()
    text = (
        _("Fuente de alarmas «%(code)s» cambiada.")
        if active
        else _("Fuente de alarmas «%(code)s» desactivada.")
    )
    _record(text % {"code": source.code}, actor, at, source)


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
