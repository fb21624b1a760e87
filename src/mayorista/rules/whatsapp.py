"""WhatsApp on paper: signature, the 24-hour window, and what a message may look like.

Source: WhatsApp Business Platform, Cloud API. What comes in is read by `whatsapp_events`, error
codes are in `whatsapp_errors`.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from mayorista.rules import errors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

MAX_WEBHOOK_BYTES = 4 * 1024 * 1024
MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_TEMPLATE_BODY = 1024
MAX_BUTTONS = 3
MAX_REPLY_BUTTON_TITLE = 20
MAX_TEMPLATE_BUTTON_TITLE = 25
MAX_BUTTON_PAYLOAD = 256

WINDOW = timedelta(hours=24)
WINDOW_MARGIN = timedelta(minutes=2)
"""The window closes two minutes early for us: clocks differ, and a refused text helps nobody."""

_CHALLENGE = re.compile(r"[0-9A-Za-z_-]{1,256}")
_PAYLOAD_NUMBER = re.compile(r"[A-Z]{2,10}-\d{4}-\d{1,9}")


def signature_of(body: bytes, secret: str) -> str:
    """Value of X-Hub-Signature-256 for the RAW body bytes."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def signature_is_valid(body: bytes, header: str, secret: str) -> bool:
    """Whether the header signs the raw bytes. False without a secret: the hook fails closed."""
    if not secret or not header:
        return False
    return hmac.compare_digest(signature_of(body, secret).encode(), header.strip().encode())


def challenge_to_echo(mode: str, token: str, challenge: str, *, expected_token: str) -> str | None:
    """Text to answer to the verification handshake; None when it must be refused."""
    if mode != "subscribe" or not expected_token:
        return None
    if not hmac.compare_digest(token.encode(), expected_token.encode()):
        return None
    return challenge if _CHALLENGE.fullmatch(challenge) else None


@dataclass(frozen=True, slots=True)
class Window:
    """The customer-service window: free text may go while `open`; `closes_at` is Meta's, margin not taken."""

    open: bool
    closes_at: datetime | None
    last_inbound_at: datetime | None
    seconds_left: int


def window(last_inbound_at: datetime | None, at: datetime) -> Window:
    """Window at `at` of a conversation whose last message from the person came at `last_inbound_at`."""
    if last_inbound_at is None:
        return Window(open=False, closes_at=None, last_inbound_at=None, seconds_left=0)
    closes_at = last_inbound_at + WINDOW
    left = int((closes_at - WINDOW_MARGIN - at).total_seconds())
    return Window(
        open=left > 0, closes_at=closes_at, last_inbound_at=last_inbound_at, seconds_left=max(left, 0)
    )


@dataclass(frozen=True, slots=True)
class ButtonAnswer:
    """A pressed button: `act` (conformidad, acuse), the number it speaks of and the answer (si, no, '')."""

    act: str
    number: str
    answer: str


def button_answer(payload: str) -> ButtonAnswer | None:
    """Take apart `conformidad:DANO-2026-000148:si` or `acuse:DAC-2026-000045`; None for other payloads."""
    act, _, rest = payload.partition(":")
    number, _, answer = rest.partition(":")
    if not act.isidentifier() or not _PAYLOAD_NUMBER.fullmatch(number):
        return None
    return ButtonAnswer(act=act, number=number, answer=answer)


# What may be sent -------------------------------------------------------------------------------


def parameter_problem(value: str) -> str:
    """What is wrong with a template parameter ('' if nothing): WhatsApp refuses such values."""
    if not value.strip():
        return "está vacío"
    if re.search(r"[\n\r\t]", value):
        return "tiene saltos de línea o tabuladores"
    if re.search(r" {5,}", value):
        return "tiene más de cuatro espacios seguidos"
    return ""


def as_parameter(value: str) -> str:
    """The value made fit for a template: line breaks and runs of white space become one space."""
    return " ".join(value.split())


_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_NAME = re.compile(r"\w+")


def variables_of(text: str) -> tuple[str, ...]:
    """Names between double braces, each once, in the order of appearance."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(text)))


def render(text: str, values: dict[str, str]) -> str:
    """The text with every {{variable}} replaced; raises Invalid naming all that have no value."""
    missing = [name for name in variables_of(text) if name not in values]
    if missing:
        raise errors.Invalid.of(
            [
                errors.FieldError(name, f"Falta el dato «{name}» del texto.", "Complételo y vuelva a enviar.")
                for name in missing
            ]
        )
    return _PLACEHOLDER.sub(lambda match: values[match.group(1)], text)


def check_template_body(body: str, variables: Sequence[str]) -> list[errors.FieldError]:
    """Everything WhatsApp would refuse in the text of a template (numbered variables)."""
    found: list[errors.FieldError] = []
    numbers = variables_of(body)

    def wrong(message: str, remedy: str) -> None:
        found.append(errors.FieldError("body", message, remedy))

    if not body.strip():
        wrong("El texto está vacío.", "Escriba el texto de la plantilla.")
    if len(body) > MAX_TEMPLATE_BODY:
        wrong(f"El texto tiene {len(body)} caracteres.", f"Acórtelo a {MAX_TEMPLATE_BODY}.")
    if sorted(numbers) != sorted(str(n) for n in range(1, len(variables) + 1)):
        wrong(
            "Las variables del texto no son las de la plantilla.",
            "Use " + " ".join(f"{{{{{n}}}}}" for n in range(1, len(variables) + 1)) + ".",
        )
    if re.search(r"\}\}\s*\{\{", body):
        wrong("Hay dos variables seguidas.", "Ponga palabras entre ellas.")
    if re.match(r"\s*\{\{", body) or re.search(r"\}\}\s*$", body):
        wrong("El texto empieza o termina con una variable.", "Empiece y termine con palabras.")
    return found


def check_text(body: str, variables: Sequence[str]) -> list[errors.FieldError]:
    """What is wrong with an e-mail text or quick reply: unknown or malformed variables, emptiness."""
    found: list[errors.FieldError] = []
    if not body.strip():
        found.append(errors.FieldError("body", "El texto está vacío.", "Escriba el texto."))
    for name in variables_of(body):
        if not _NAME.fullmatch(name):
            found.append(
                errors.FieldError(
                    "body", f"«{{{{{name}}}}}» no es una variable.", "Use letras, números y guion bajo."
                )
            )
        elif name not in variables:
            found.append(
                errors.FieldError(
                    "body",
                    f"No hay dato para «{{{{{name}}}}}».",
                    f"Use: {', '.join(variables)}." if variables else "Quite la variable.",
                )
            )
    if body.count("{{") != body.count("}}"):
        found.append(errors.FieldError("body", "Hay llaves sin cerrar.", "Escriba {{variable}}."))
    return found


def check_message(
    *, text: str, button_titles: Sequence[str], button_payloads: Sequence[str], has_file: bool
) -> list[errors.FieldError]:
    """Everything WhatsApp would refuse in a free message (not a template)."""
    found: list[errors.FieldError] = []
    limit = MAX_CAPTION if has_file or button_titles else MAX_TEXT
    if not text.strip() and not has_file:
        found.append(errors.FieldError("text", "El mensaje está vacío.", "Escriba el texto."))
    if len(text) > limit:
        found.append(
            errors.FieldError("text", f"El mensaje tiene {len(text)} caracteres.", f"Acórtelo a {limit}.")
        )
    if len(button_titles) > MAX_BUTTONS:
        found.append(errors.FieldError("buttons", "Hay más de tres botones.", "Deje tres."))
    if button_titles and has_file:
        found.append(
            errors.FieldError(
                "buttons", "Un archivo no lleva botones.", "Envíe el archivo y el texto aparte."
            )
        )
    found += [
        errors.FieldError(
            "buttons",
            f"El botón «{title}» no tiene entre 1 y {MAX_REPLY_BUTTON_TITLE} caracteres.",
            "Acorte su texto.",
        )
        for title in button_titles
        if not 0 < len(title) <= MAX_REPLY_BUTTON_TITLE
    ]
    if len(set(button_titles)) != len(button_titles):
        found.append(errors.FieldError("buttons", "Hay botones repetidos.", "Use títulos distintos."))
    if any(not 0 < len(payload) <= MAX_BUTTON_PAYLOAD for payload in button_payloads):
        found.append(errors.FieldError("buttons", "Un botón no tiene dato de retorno.", "Complételo."))
    return found


# Media ------------------------------------------------------------------------------------------

_MEGABYTE = 1024 * 1024
_SIZE_LIMITS = {"image": 5 * _MEGABYTE, "audio": 16 * _MEGABYTE, "video": 16 * _MEGABYTE}
DOCUMENT_LIMIT = 100 * _MEGABYTE
_IMAGE_TYPES = frozenset({"image/jpeg", "image/png"})


def media_kind(content_type: str) -> str:
    """How WhatsApp carries a file of this type: image, audio, video or document."""
    base = content_type.partition(";")[0].strip().lower()
    if base in _IMAGE_TYPES:
        return "image"
    family = base.partition("/")[0]
    return family if family in ("audio", "video") else "document"


def media_limit(kind: str) -> int:
    """Largest size in bytes of a file of this kind."""
    return _SIZE_LIMITS.get(kind, DOCUMENT_LIMIT)
