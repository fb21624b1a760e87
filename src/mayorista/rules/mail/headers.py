"""Header fields and text as people meant them: wrong charsets, 8-bit bytes and hostile signs do no harm.

Nothing here raises: what cannot be understood is shown as well as it can be (RFC 2047, RFC 5322).
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from email.message import Message
from email.utils import getaddresses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_VALUE = 4000
"""Signs of a header field that are looked at; the rest is cut."""

_WORD = re.compile(r"=\?([\w.:+*-]{1,60})\?([BbQq])\?([^?\n]*)\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?)")
_CHARSET = re.compile(
    r"(utf|iso|windows|cp|latin|us-?ascii|ascii|koi8|gb|big5|euc|shift|mac|ks_c|johab)[\w:.-]*"
)
# NUL and other controls, halves of surrogate pairs, and the signs that turn the direction of reading
# ("factura\u202efdp.exe" would be shown as "facturaexe.pdf").
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,190}>")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,188}[a-z0-9])?")


def decoded(content: bytes, charset: str) -> str:
    """`content` in its declared charset, else UTF-8, else Windows' Latin; never an error."""
    name = charset.strip().strip("\"'").lower()
    for each in (name, "utf-8"):
        if not _CHARSET.fullmatch(each):
            continue
        # Who says ISO 8859-1 or ASCII and means it loses nothing; most mean Windows'.
        strict = each not in {"iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii"}
        try:
            codecs.lookup(each)
            if strict:
                return content.decode(each)
        except (LookupError, UnicodeError, ValueError):
            continue
    return content.decode("cp1252", "replace")


def clean(text: str) -> str:
    """`text` without what a database refuses or a reader is misled by; line ends are line feeds."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def value(raw: object) -> str:
    """A header field as one line of text: encoded words decoded, 8-bit bytes guessed, controls gone."""
    text = str(raw)[:MAX_VALUE]
    if any(0xDC80 <= ord(char) <= 0xDCFF for char in text):
        text = decoded(text.encode("utf-8", "surrogateescape"), "utf-8")
    return " ".join(clean(_words(text)).split())


def first(message: Message, name: str) -> str:
    """The first field of that name as text, '' when there is none."""
    return value(next(iter(raw_fields(message, name)), ""))


def raw_fields(message: Message, name: str) -> list[str]:
    """Every field of that name as it came (8-bit bytes as surrogates), in order."""
    wanted = name.lower()
    return [str(raw) for key, raw in message.raw_items() if key.lower() == wanted]


def legible(message: Message, *names: str) -> Message:
    """A message with these fields alone, 8-bit bytes in them guessed before their parameters are looked for."""
    made = Message()
    for name in names:
        for raw in raw_fields(message, name)[:1]:
            text = raw[:MAX_VALUE]
            if any(0xDC80 <= ord(char) <= 0xDCFF for char in text):
                text = decoded(text.encode("utf-8", "surrogateescape"), "utf-8")
            made[name] = text
    return made


def message_ids(texts: Iterable[object]) -> tuple[str, ...]:
    """Every `<…>` of these fields, in order, each once."""
    found: dict[str, None] = {}
    for text in texts:
        for each in _MESSAGE_ID.findall(str(text)[: 4 * MAX_VALUE]):
            found.setdefault(clean(each), None)
    return tuple(each for each in found if len(each) > 2)


def addresses(texts: Iterable[object]) -> tuple[tuple[str, str], ...]:
    """Name and address (lower case) of everybody in these fields; what is no address is left out."""
    given = [str(text)[:MAX_VALUE] for text in texts]
    try:
        pairs = getaddresses(given)
    except Exception:  # noqa: BLE001 - comments within comments without end, and what else strangers write
        pairs = []
    found = [(value(name), clean(address).strip().lower()) for name, address in pairs]
    good = [(name, address) for name, address in found if _ADDRESS.fullmatch(address)]
    if good:
        return tuple(good)
    return tuple(("", each) for text in given for each in _ADDRESS.findall(clean(text).lower()))


def _words(text: str) -> str:
    """RFC 2047 words replaced by what they mean; neighbours of one charset are joined before decoding."""
    text = _BETWEEN_WORDS.sub(r"\1", text)
    parts: list[str] = []
    waiting, charset, end = b"", "", 0
    for found in _WORD.finditer(text):
        between = text[end : found.start()]
        name = found[1].split("*", 1)[0].lower()
        if between or name != charset:
            parts.append(decoded(waiting, charset) if waiting else "")
            waiting = b""
        parts.append(between)
        waiting += _content(found[2], found[3])
        charset, end = name, found.end()
    parts.append(decoded(waiting, charset) if waiting else "")
    parts.append(text[end:])
    return "".join(parts)


def _content(way: str, text: str) -> bytes:
    raw = text.encode("ascii", "replace")
    try:
        if way in "Bb":
            bare = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
            return base64.b64decode(bare[: len(bare) - (len(bare) % 4 == 1)] + b"=" * (-len(bare) % 4))
        return binascii.a2b_qp(raw, header=True)
    except (binascii.Error, ValueError):
        return raw
