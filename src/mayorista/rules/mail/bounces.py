"""Delivery reports: which mail of ours they speak of, whom it did not reach, and why in Spanish.

RFC 3464 first; what older servers write is recognised by flufl.bounce, and only in what looks like a
report: a person who quotes one has not sent one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flufl.bounce import all_failures

from mayorista.rules.mail import headers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

FAILED, DELAYED, DELIVERED = "failed", "delayed", "delivered"
MAX_RECIPIENTS = 200
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_SMTP_CODE = re.compile(r"\b([45]\d\d)\b")
_REFUSAL = re.compile(r"^.{0,200}\b5\d\d[ -].{0,300}$", re.MULTILINE)
_SENDERS = ("mailer-daemon@", "postmaster@", "mail-daemon@", "mdaemon@", "bounce")
_SUBJECTS = re.compile(
    r"undeliver|delivery (status|failure|has failed)|mail delivery|failure notice|returned mail|no se (pudo|puede) entregar|"
    r"no entregado|non remis|delayed|could not be delivered|delivery notification",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one recipient. `addresses`: as we wrote it and as it was at last; `status` like 5.1.1 or ''."""

    addresses: tuple[str, ...]
    action: str
    status: str
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery report: what became of whom, and Message-IDs that may be of the mail it speaks of."""

    outcomes: tuple[Outcome, ...]
    message_ids: tuple[str, ...]

    def of(self, action: str) -> tuple[Outcome, ...]:
        """The recipients with that outcome."""
        return tuple(each for each in self.outcomes if each.action == action)


def report(message: Message) -> Report | None:
    """The delivery report that a mail is, None for any other mail."""
    outcomes = tuple(_standard(message))
    if not outcomes and _looks_like_report(message):
        outcomes = _old(message)
    if not outcomes and message.get_content_type() != "multipart/report":
        return None
    if not outcomes and message.get_param("report-type") != "delivery-status":
        return None
    return Report(outcomes, _original_ids(message))


def parts(message: Message, *, depth: int = 6, limit: int = 200) -> Iterator[Message]:
    """The parts of a mail from outside to inside, also those of a mail inside; bounded."""
    waiting = [(message, 0)]
    for _ in range(limit):
        if not waiting:
            return
        part, level = waiting.pop(0)
        yield part
        inside = part.get_payload()
        if isinstance(inside, list) and level < depth:
            waiting[0:0] = [(each, level + 1) for each in inside[:limit] if not isinstance(each, str)]


def _standard(message: Message) -> Iterator[Outcome]:
    """Recipients of the machine-readable part (RFC 3464: a block of fields each, the first is about the mail)."""
    for part in parts(message):
        if part.get_content_type() not in {"message/delivery-status", "message/global-delivery-status"}:
            continue
        inside = part.get_payload()
        blocks = [each for each in inside if not isinstance(each, str)] if isinstance(inside, list) else []
        for block in blocks[:MAX_RECIPIENTS]:
            action = headers.first(block, "Action").lower()
            if action:
                yield _outcome(block, action.split()[0])
        return


def _outcome(block: Message, action: str) -> Outcome:
    known = (headers.first(block, name) for name in ("Original-Recipient", "Final-Recipient"))
    found = [headers.addresses([each.partition(";")[2] or each]) for each in known if each]
    text = headers.first(block, "Diagnostic-Code")
    text = text.partition(";")[2].strip() or text
    said = _STATUS.search(headers.first(block, "Status"))
    within = _STATUS.search(text)
    # 5.0.0 says nothing; the server's own words may say more.
    best = within if within and (said is None or said[0].endswith(".0.0")) else said
    return Outcome(
        addresses=tuple(dict.fromkeys(address for group in found for _name, address in group)),
        action={"relayed": DELIVERED, "expanded": DELIVERED}.get(action, action),
        status=best[0] if best else "",
        text=text[:500],
    )


def _looks_like_report(message: Message) -> bool:
    sender = next((address for _name, address in headers.addresses(headers.raw_fields(message, "From"))), "")
    empty_path = any(each.strip() == "<>" for each in headers.raw_fields(message, "Return-Path"))
    by_subject = bool(_SUBJECTS.search(headers.first(message, "Subject")))
    return sender.startswith(_SENDERS) or (empty_path and by_subject)


def _old(message: Message) -> tuple[Outcome, ...]:
    try:
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 - twenty detectors of formats of the nineties meet hostile bytes
        return ()
    text = _refusal(message)
    status = _STATUS.search(text)
    return tuple(
        Outcome(
            (headers.clean(address.decode("utf-8", "replace")).lower(),),
            action,
            status[0] if status else "",
            text,
        )
        for action, found in ((DELAYED, temporary), (FAILED, permanent))
        for address in sorted(found)[:MAX_RECIPIENTS]
    )


def _refusal(message: Message) -> str:
    """The line in which the other server said no, '' when there is none."""
    for part in parts(message):
        if part.get_content_maintype() == "text" and not isinstance(part.get_payload(), list):
            content = part.get_payload(decode=True)
            text = headers.decoded(content[:20_000], "utf-8") if isinstance(content, bytes) else ""
            if found := _REFUSAL.search(headers.clean(text)):
                return " ".join(found[0].split())[:500]
    return ""


def _original_ids(message: Message) -> tuple[str, ...]:
    """Message-IDs of the mail sent back (whole, or its header alone), of what the report answers, and in its text."""
    inner: list[object] = []
    texts: list[object] = []
    for part in parts(message):
        kind = part.get_content_type()
        if part is not message:
            inner += headers.raw_fields(part, "Message-ID")
        if part.get_content_maintype() == "text" and not isinstance(part.get_payload(), list):
            content = part.get_payload(decode=True)
            found = re.findall(r"(?im)^message-id:\s*(<[^<>\s]{1,190}>)", headers.clean(_text(content)))
            (inner if kind == "text/rfc822-headers" else texts).extend(found)
    outer = [*headers.raw_fields(message, "In-Reply-To"), *headers.raw_fields(message, "References")]
    return headers.message_ids([*inner, *outer, *texts])


def _text(content: object) -> str:
    return content[:200_000].decode("utf-8", "replace") if isinstance(content, bytes) else ""


# Why, in words ------------------------------------------------------------------------------------

_CHECK_ADDRESS = "Confirme el correo con el cliente por otro medio y corríjalo en el contacto."
_OTHER_WAY = "Avise por otro medio y reenvíe cuando el cliente confirme."
_REASONS: tuple[tuple[str, str, str], ...] = (
    ("5.1.1", "La dirección no existe.", _CHECK_ADDRESS),
    ("5.1.2", "El dominio de la dirección no existe o no recibe correo.", _CHECK_ADDRESS),
    ("5.1.3", "La dirección está mal escrita.", _CHECK_ADDRESS),
    ("5.1.6", "El buzón se mudó y no dejó otra dirección.", _CHECK_ADDRESS),
    ("5.1.10", "El dominio declara que no recibe correo.", _CHECK_ADDRESS),
    ("5.2.1", "El buzón está desactivado.", _CHECK_ADDRESS),
    ("5.2.2", "El buzón del destinatario está lleno.", _OTHER_WAY),
    (
        "5.2.3",
        "El correo es demasiado grande para el destinatario.",
        "Envíe los archivos por partes o por otro medio.",
    ),
    (
        "5.3.4",
        "El correo es demasiado grande para el destinatario.",
        "Envíe los archivos por partes o por otro medio.",
    ),
    ("5.4.7", "El servidor del destinatario no respondió en días.", _OTHER_WAY),
    ("4.4.7", "El servidor del destinatario no respondió en días.", _OTHER_WAY),
    (
        "5.7.",
        "El servidor del destinatario lo rechazó por sus reglas (correo no deseado o sin permiso).",
        _OTHER_WAY,
    ),
    ("5.1.", "La dirección no sirve.", _CHECK_ADDRESS),
    ("5.2.", "El buzón del destinatario no lo acepta.", _OTHER_WAY),
    ("5.4.", "No se llega al servidor del destinatario.", _OTHER_WAY),
)


def reason(status: str) -> tuple[str, str]:
    """Why a mail came back, and what to do, in Spanish, by its enhanced status code ('' if none was given)."""
    for start, why, remedy in _REASONS:
        if status == start or (start.endswith(".") and status.startswith(start)):
            return why, remedy
    return "El correo volvió: el servidor del destinatario no lo entregó.", _OTHER_WAY


def is_status(code: str) -> bool:
    """Whether an error code is one of a delivery report (5.1.1), not of a refusal at the door (550)."""
    return code == "rebote" or _STATUS.fullmatch(code) is not None
