"""The webhook of Prometheus Alertmanager, version "4", turned into alarms.

Source: prometheus/alertmanager notify/webhook/webhook.go (Message) and template/template.go (Data,
Alert). The post's own status, group key and common labels say nothing about a single alarm, so each
alert is read on its own: one bad alert is rejected and the others stand.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from mayorista.rules.alarms.values import Alarm, Rejected, Report, Severity, severity_of
from mayorista.rules.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = "4"
MAX_LABELS = 200
MAX_TEXT = 8_192
MAX_FINGERPRINT = 128
EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
# A sender's clock may be wrong by hours (what counts then is when the post came); a year is a mistake.
CLOCK_SKEW = dt.timedelta(days=1)


class NotUnderstood(DomainError):
    """The body is no Alertmanager webhook of version 4; the message says why, in Spanish."""


class _BadAlert(Exception):
    """Why one alert of a post is rejected."""


def parse(
    body: bytes, *, received_at: dt.datetime, severity_words: Mapping[str, str] | None = None
) -> Report:
    """Read one post; `severity_words` is the source's own map from its words to X.733.

    Raises NotUnderstood when the whole cannot be read.
    """
    alerts, truncated = _alerts_of(_document(body))
    latest = received_at + CLOCK_SKEW
    careful = _may_hold_bad_characters(body)
    alarms: list[Alarm] = []
    rejected: list[Rejected] = []
    for position, alert in enumerate(alerts):
        try:
            if careful:
                _refuse_bad_characters(alert)
            alarms.append(_alarm(alert, latest, severity_words))
        except _BadAlert as why:
            rejected.append(Rejected(position, str(why), _excerpt(alert)))
    return Report(tuple(alarms), tuple(rejected), truncated)


def _document(body: bytes) -> dict[str, Any]:
    if not body.strip():
        raise NotUnderstood("El cuerpo está vacío.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotUnderstood(f"El cuerpo no está en UTF-8 (byte {error.start}).") from None
    try:
        document = json.loads(text)
    except RecursionError:
        raise NotUnderstood("El JSON está anidado sin medida.") from None
    except ValueError as error:
        where = (
            f" (línea {error.lineno}, columna {error.colno})"
            if isinstance(error, json.JSONDecodeError)
            else ""
        )
        raise NotUnderstood(f"El cuerpo no es JSON válido{where}.") from None
    if not isinstance(document, dict):
        raise NotUnderstood("El cuerpo no es un objeto JSON.")
    return document


def _alerts_of(document: dict[str, Any]) -> tuple[list[Any], int]:
    version = document.get("version")
    if version != VERSION:
        raise NotUnderstood(
            f"Se espera el webhook de Alertmanager versión «4»; este dice «{_short(version)}»."
        )
    alerts = document.get("alerts")
    if not isinstance(alerts, list):
        raise NotUnderstood("Falta la lista «alerts».")
    cut = document.get("truncatedAlerts", 0)
    truncated = cut if isinstance(cut, int) and not isinstance(cut, bool) and cut > 0 else 0
    return alerts, min(truncated, 2**31 - 1)


def _alarm(alert: Any, latest: dt.datetime, severity_words: Mapping[str, str] | None) -> Alarm:
    if not isinstance(alert, dict):
        raise _BadAlert("La alerta no es un objeto.")
    status = alert.get("status")
    if status not in {"firing", "resolved"}:
        raise _BadAlert(f"«status» debe ser firing o resolved; dice «{_short(status)}».")
    fingerprint = alert.get("fingerprint")
    if not isinstance(fingerprint, str) or not 0 < len(fingerprint) <= MAX_FINGERPRINT:
        raise _BadAlert("Falta «fingerprint».")
    labels = _labels(alert.get("labels"))
    starts_at = _moment("startsAt", alert.get("startsAt"))
    if starts_at > latest:
        raise _BadAlert(f"«startsAt» está en el futuro: «{_short(alert.get('startsAt'))}».")
    ends_at = None
    if status == "resolved":
        ends_at = max(_moment("endsAt", alert.get("endsAt")), starts_at)
    severity = severity_of(labels.get("severity", ""), severity_words)
    if severity is Severity.CLEARED and ends_at is None:
        raise _BadAlert("La severidad dice despejada y «status» dice firing.")
    link = alert.get("generatorURL")
    if not isinstance(link, str) or not link.startswith(("http://", "https://")):
        link = ""
    annotations = _annotations(alert.get("annotations"))
    return Alarm(fingerprint, starts_at, ends_at, labels, annotations, severity, link[:MAX_TEXT])


def _labels(labels: Any) -> dict[str, str]:
    if not isinstance(labels, dict) or not labels:
        raise _BadAlert("Faltan las etiquetas («labels»).")
    if len(labels) > MAX_LABELS:
        raise _BadAlert(f"Trae más de {MAX_LABELS} etiquetas.")
    for name, value in labels.items():
        if not isinstance(value, str):
            raise _BadAlert(f"La etiqueta «{_short(name)}» no es un texto.")
        if len(value) > MAX_TEXT or len(name) > MAX_TEXT:
            raise _BadAlert(f"La etiqueta «{_short(name)}» es demasiado larga.")
    return labels


def _annotations(annotations: Any) -> dict[str, str]:
    """Only for reading: what is odd in them must not cost the alarm."""
    if not isinstance(annotations, dict):
        return {}
    return {
        name[:MAX_TEXT]: (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))[
            :MAX_TEXT
        ]
        for name, value in list(annotations.items())[:MAX_LABELS]
    }


def _moment(name: str, text: Any) -> dt.datetime:
    if not isinstance(text, str):
        raise _BadAlert(f"Falta «{name}».")
    try:
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise _BadAlert(f"«{name}» no dice su zona horaria: «{_short(text)}».")
        moment = moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise _BadAlert(f"«{name}» no es una fecha: «{_short(text)}».") from None
    if moment < EARLIEST:
        raise _BadAlert(f"«{name}» no es una fecha verosímil: «{_short(text)}».")
    return moment


def _may_hold_bad_characters(body: bytes) -> bool:
    """Whether an escape in the body may stand for NUL or half a character: rare, so looked at only then."""
    return b"\\u0000" in body or b"\\ud" in body or b"\\uD" in body


def _refuse_bad_characters(alert: Any) -> None:
    text = json.dumps(alert, ensure_ascii=False)
    if "\\u0000" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise _BadAlert("Contiene caracteres que no son texto.")


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    clean = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[:60])
    return clean + ("…" if len(text) > 60 else "")


def _excerpt(alert: Any) -> str:
    text = json.dumps(alert, ensure_ascii=True)
    return text[:2_000] + ("…" if len(text) > 2_000 else "")
