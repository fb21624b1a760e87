"""Whether a machine wrote: absences, acknowledgements of receipt, mailing lists. To these nobody answers (RFC 3834)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mayorista.rules.mail import headers

if TYPE_CHECKING:
    from email.message import Message

_SIGNS = ("X-Autoreply", "X-Autorespond", "X-Mail-Autoreply")
_LISTS = ("List-Id", "List-Unsubscribe", "List-Post")
_SUBJECT = re.compile(
    r"\s*(re: *)?(respuesta autom[aá]tica|respuesta de ausencia|auto(matic)?[ -]?(reply|response|respuesta)|out of (the )?office|"
    r"fuera de (la )?oficina|ausencia( de| temporal|:)|away from|vacation|le[ií]do:|read:|acuse de recibo)",
    re.IGNORECASE,
)


def is_automatic(message: Message) -> bool:
    """Whether the mail says of itself, or shows by its subject, that no person wrote it."""
    said = headers.first(message, "Auto-Submitted").lower()
    if said and not said.startswith("no"):
        return True
    if any(headers.raw_fields(message, name) for name in (*_SIGNS, *_LISTS)):
        return True
    if headers.first(message, "Precedence").lower() in {"auto_reply", "bulk", "junk", "list"}:
        return True
    if message.get_content_type() == "multipart/report":
        return True
    return bool(_SUBJECT.match(headers.first(message, "Subject")))
