"""A mail's bytes as a letter: who, about what, the text, the files by what they are; whatever the bytes.

The parser of the standard library is kept from mails built to exhaust it (lines, borders and parts are counted
first); nothing is unpacked, nothing inside a forwarded mail is opened. Sources: RFC 5322, 2045-2047, 2231.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass, field
from email import policy
from email.parser import BytesHeaderParser, BytesParser
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from mayorista.rules import media
from mayorista.rules.mail import automatic, bounces, headers, words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

MAX_TEXT, MAX_FILES, MAX_PARTS, MAX_DEPTH = 100_000, 50, 1000, 25
MAX_LINES, MAX_BORDERS, MAX_BOUNDARIES, MAX_HEADER = 500_000, 20_000, 40, 256 * 1024
MAX_WORK = 10_000_000
_BOUNDARY = re.compile(rb"boundary\s*=", re.IGNORECASE)
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
_RISKY = frozenset(
    [
        "exe",
        "scr",
        "com",
        "bat",
        "cmd",
        "ps1",
        "vbs",
        "js",
        "jse",
        "wsf",
        "hta",
        "msi",
        "jar",
        "lnk",
        "dll",
        "reg",
        "html",
        "htm",
        "svg",
        "xml",
        "xhtml",
        "php",
        "sh",
    ]
)


@dataclass(frozen=True, slots=True)
class LetterFile:
    """A file of a mail: name and type by its bytes; `note` says when it is not what it was called."""

    name: str
    content_type: str
    content: bytes = field(repr=False)
    note: str = ""
    decoration: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail taken apart. `problems` says in Spanish what could not be read; `digest` knows a second copy."""

    message_id: str
    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    written_at: dt.datetime | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    files: tuple[LetterFile, ...]
    automatic: bool
    report: bounces.Report | None
    problems: tuple[str, ...]
    readable: bool
    digest: str

    @property
    def papers(self) -> tuple[LetterFile, ...]:
        """The files that somebody meant to send: no logos of a signature."""
        return tuple(each for each in self.files if not each.decoration)


def read(raw: bytes) -> Letter:
    """Take a mail apart. Never raises; what cannot be read has its header read and `readable` False."""
    wrong = _too_odd(raw)
    if not wrong:
        try:
            message = BytesParser(policy=policy.compat32).parsebytes(raw)
            return _letter(message, raw)
        except (RecursionError, MemoryError):
            wrong = "Está anidado sin fin."
        except Exception as error:  # noqa: BLE001 - the parser meets bytes built to break it
            wrong = f"El lector de correo falló ({type(error).__name__})."
    return unread(raw[:MAX_HEADER], wrong, digest_of=raw)


def unread(head: bytes, wrong: str, *, digest_of: bytes = b"") -> Letter:
    """A letter of which only the header is looked at (too big, too odd), with the reason in `problems`."""
    cut = _END_OF_HEADER.search(head)
    try:
        message = BytesHeaderParser(policy=policy.compat32).parsebytes(
            head[: cut.start() if cut else len(head)]
        )
    except Exception:  # noqa: BLE001 - then nothing is known of it
        message = BytesHeaderParser(policy=policy.compat32).parsebytes(b"")
    return Letter(
        **_known(message, digest_of or head),
        text="",
        files=(),
        report=None,
        problems=(wrong,),
        readable=False,
    )


def _too_odd(raw: bytes) -> str:
    """Why a mail is not given to the parser, '' if it is."""
    if not raw.strip():
        return "Está vacío."
    end = _END_OF_HEADER.search(raw)
    if (end.start() if end else len(raw)) > MAX_HEADER:
        return "Su encabezado es desmedido."
    lines, boundaries = raw.count(b"\n") + raw.count(b"\r"), sum(1 for _ in _BOUNDARY.finditer(raw))
    if lines > 2 * MAX_LINES:
        return "Tiene más de medio millón de líneas."
    # The parser compares each line with every border that is open.
    if raw.count(b"\n--") > MAX_BORDERS or boundaries > MAX_BOUNDARIES or lines * boundaries > MAX_WORK:
        return "Tiene demasiadas partes."
    return ""


def _known(message: Message, raw: bytes) -> dict[str, Any]:
    sender = next(iter(headers.addresses(headers.raw_fields(message, "From"))), ("", ""))
    ids = headers.message_ids(headers.raw_fields(message, "Message-ID")[:1])
    to = headers.addresses([*headers.raw_fields(message, "To"), *headers.raw_fields(message, "Cc")])
    return {
        "message_id": ids[0] if ids else "",
        "sender": sender[1],
        "sender_name": sender[0][:160],
        "recipients": tuple(dict.fromkeys(address for _name, address in to))[:50],
        "subject": headers.first(message, "Subject")[:300],
        "written_at": _moment(headers.first(message, "Date")),
        "in_reply_to": headers.message_ids(headers.raw_fields(message, "In-Reply-To")),
        "references": headers.message_ids(headers.raw_fields(message, "References"))[-100:],
        "automatic": automatic.is_automatic(message),
        "digest": _digest(message, raw),
    }


def _letter(message: Message, raw: bytes) -> Letter:
    known = _known(message, raw)
    problems: list[str] = []
    plain: list[str] = []
    html: list[str] = []
    files: list[LetterFile] = []
    for part in _leaves(message, problems):
        if _is_text(part) and part.get_content_subtype() in {"plain", "html"}:
            (plain if part.get_content_subtype() == "plain" else html).append(_text(part))
        elif len(files) < MAX_FILES:
            _take_file(part, files, problems)
        else:
            problems.append(f"Trae más de {MAX_FILES} archivos: los demás quedan en el correo original.")
            break
    text = "\n".join(plain).strip() or words.plain("\n".join(html)[: 4 * MAX_TEXT])
    if len(text) > MAX_TEXT:
        problems.append("El texto es muy largo: el resto queda en el correo original.")
    problems += [f"El correo está mal formado ({type(each).__name__})." for each in message.defects]
    report = bounces.report(message)
    return Letter(
        **known,
        text=headers.clean(text)[:MAX_TEXT].strip(),
        files=() if report else tuple(files),
        report=report,
        problems=tuple(dict.fromkeys(problems))[:10],
        readable=True,
    )


def _leaves(message: Message, problems: list[str]) -> Iterator[Message]:
    """The parts that hold something, in order; a forwarded mail is one part and stays closed."""
    waiting, seen = [(message, 0)], 0
    while waiting:
        part, level = waiting.pop(0)
        seen += 1
        inside = part.get_payload()
        if seen > MAX_PARTS or level > MAX_DEPTH:
            problems.append("Tiene demasiadas partes: el resto queda en el correo original.")
            return
        if part.get_content_maintype() == "multipart" and isinstance(inside, list):
            waiting[0:0] = [(each, level + 1) for each in inside[:MAX_PARTS] if not isinstance(each, str)]
        else:
            yield part


def _is_text(part: Message) -> bool:
    if part.get_content_maintype() != "text":
        return False
    return not _said_name(part) and not headers.first(part, "Content-Disposition").lower().startswith(
        "attachment"
    )


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    charset = part.get_param("charset") or ""
    named = charset[2] if isinstance(charset, tuple) else charset
    return (
        headers.clean(headers.decoded(content[: 8 * MAX_TEXT], str(named)))
        if isinstance(content, bytes)
        else ""
    )


def _take_file(part: Message, files: list[LetterFile], problems: list[str]) -> None:
    content = _content(part)
    name = _said_name(part)
    if not content:
        if name:
            problems.append(f"El archivo «{name[:80]}» llegó vacío.")
        return
    kind = "message/rfc822" if part.get_content_type() == "message/rfc822" else media.sniff(content)
    fitting = safe_name(name or _default_name(part, kind), kind)
    decoration = (
        bool(headers.first(part, "Content-ID")) and kind.startswith("image/") and len(content) < 10 * 1024
    )
    files.append(LetterFile(fitting, kind, content, _note(name, fitting), decoration))


def _content(part: Message) -> bytes:
    inside = part.get_payload()
    if isinstance(inside, list):
        try:
            return b"\n".join(each.as_bytes() for each in inside if not isinstance(each, str))
        except Exception:  # noqa: BLE001 - what can not be written again stays in the original
            return b""
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _said_name(part: Message) -> str:
    """The file name somebody gave: RFC 2231, RFC 2047 in quotes (wrong and common), or bare."""
    try:
        said = headers.legible(part, "Content-Disposition", "Content-Type").get_filename()
    except Exception:  # noqa: BLE001 - a broken parameter is no name
        said = None
    return headers.value(said) if said else ""


def _default_name(part: Message, kind: str) -> str:
    if kind == "message/rfc822":
        return "reenviado.eml"
    if part.get_content_type() == "text/calendar":
        return "invitacion.ics"
    return "archivo" + media.EXTENSIONS.get(kind, ".bin")


def safe_name(name: str, content_type: str) -> str:
    """`name` without folders and signs of systems, with the ending that its content deserves."""
    base = re.split(r"[\\/]", headers.clean(name))[-1]
    base = "".join(char for char in base if char.isprintable() and char not in '<>:"|?*').strip(". ")
    fitting = media.file_name(base[-150:] or "archivo", content_type)
    ending = fitting.rpartition(".")[2].lower()
    return fitting + ".bin" if ending in _RISKY else fitting


def _note(said: str, fitting: str) -> str:
    """That a file is not what its name said, '' when it is."""
    claimed, real = (each.rpartition(".")[2].lower() if "." in each else "" for each in (said, fitting))
    if claimed and claimed != real and {claimed, real} != {"jpg", "jpeg"}:
        return f"Se llamaba «{said[:120]}», pero su contenido no es «.{claimed[:10]}»."
    return ""


def _moment(text: str) -> dt.datetime | None:
    try:
        found = parsedate_to_datetime(text)
        aware = found if found.tzinfo else found.replace(tzinfo=dt.UTC)
        return aware.astimezone(dt.UTC)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None


def _digest(message: Message, raw: bytes) -> str:
    """The same for two copies of one mail that came by different ways (their Received fields differ)."""
    end = _END_OF_HEADER.search(raw)
    seal = hashlib.sha256()
    for name in ("From", "To", "Date", "Subject", "Message-ID"):
        for text in headers.raw_fields(message, name):
            seal.update(" ".join(text.split()).encode("utf-8", "surrogateescape") + b"\0")
    seal.update(raw[end.end() :].replace(b"\r\n", b"\n").rstrip() if end else raw)
    return seal.hexdigest()
