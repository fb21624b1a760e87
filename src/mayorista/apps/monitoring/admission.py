"""Who may post alarms: the source that a code and a token stand for."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection

from mayorista.apps.monitoring.operations.sources import hash_token

if TYPE_CHECKING:
    from collections.abc import Mapping

NOBODY = hash_token("")


@dataclass(frozen=True, slots=True)
class Sender:
    """A source that proved itself, and its words for severities."""

    source_id: int
    severity_words: Mapping[str, str]


def admit(code: str, token: str) -> Sender | None:
    """Return the active source that this token belongs to, or None; takes the same time either way."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, token_hash, severity_words FROM monitoring_alarmsource WHERE code = %s AND active",
            [code],
        )
        row = cursor.fetchone()
    known = row[1] if row else ""
    same = hmac.compare_digest(known or NOBODY, hash_token(token))
    if row is None or not known or not same:
        return None
    return Sender(row[0], _words(row[2]))


def _words(value: object) -> Mapping[str, str]:
    """Django leaves jsonb as text on a plain cursor."""
    if isinstance(value, str):
        return {} if value == "{}" else json.loads(value)
    return value if isinstance(value, dict) else {}
