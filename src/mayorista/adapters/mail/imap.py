"""A mailbox read by IMAP (RFC 3501, IDLE by RFC 2177): opened by EXAMINE, so that no command of ours can mark or delete.

Sizes are asked before contents, and a content is asked with an upper limit, whatever size the server said.
"""

from __future__ import annotations

import calendar
import datetime as dt
import imaplib
import ipaddress
import re
import ssl
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from imap_tools import MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from mayorista.adapters.mail import oauth
from mayorista.rules.ports import mailbox as port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import BufferedReader

    from imap_tools import BaseMailBox

_TIMEOUT_SECONDS = 30.0
_HEADER_BYTES = 64 * 1024
POLL_SECONDS = 20
_AT_ONCE_SECONDS = 0.9  # a poll that ends sooner, with nothing said, has met the end of the connection
_SECURITY = {"imap": "none", "imap+starttls": "starttls", "imaps": "tls"}
_DEFAULT_PORTS = {"none": 143, "starttls": 143, "tls": 993}
_LOST = (imaplib.IMAP4.abort, OSError, EOFError)
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_ARRIVED = re.compile(rb'INTERNALDATE "([ \d]\d)-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"')
_MONTHS = {name.encode(): number for number, name in enumerate(calendar.month_abbr) if name}


@dataclass(frozen=True, slots=True)
class ImapConfig:
    """The server and the folder. `security` is none (loopback), starttls or tls; `idle` False only asks by the clock."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    security: str
    folder: str
    idle: bool = True

    @classmethod
    def from_url(cls, url: str) -> ImapConfig:
        """Read imaps://, imap+starttls:// or imap://user:password@host[:port][/folder][?idle=0].

        Raises ValueError in words when it cannot be understood; an empty one is "not configured".
        """
        parts = urlsplit(url)
        security = _SECURITY.get(parts.scheme if url else "imap")
        if security is None:
            raise ValueError(f"Buzón: «{parts.scheme}» no es imap, imap+starttls ni imaps")
        return cls(
            host=parts.hostname or "",
            port=parts.port or _DEFAULT_PORTS[security],
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            security=security,
            folder=unquote(parts.path.strip("/")) or "INBOX",
            idle=parse_qs(parts.query).get("idle", ["1"])[-1] != "0",
        )


def _enter_by_token(box: BaseMailBox, username: str, tokens: oauth.Tokens) -> None:
    said = [
        oauth.words(username, tokens.token()),
        "",
    ]  # a refusal comes as a challenge that wants an empty answer
    try:
        box.client.authenticate("XOAUTH2", lambda _challenge: said.pop(0).encode() if said else None)
    except imaplib.IMAP4.error as problem:
        if not isinstance(problem, imaplib.IMAP4.abort):
            tokens.forget()
        raise


class ImapMailbox:
    """One mailbox on one server; each session is a connection of its own."""

    def __init__(self, config: ImapConfig | None = None) -> None:
        self.config = config or ImapConfig.from_url(settings.IMAP_URL)

    @property
    def configured(self) -> bool:
        """Whether there is a server and somebody to log in as."""
        return bool(self.config.host and self.config.username)

    @property
    def name(self) -> str:
        """Who, where and which folder."""
        config = self.config
        return f"{config.username}@{config.host}:{config.port}/{config.folder}"[:200]

    @contextmanager
    def open(self) -> Iterator[ImapSession]:
        """Connect, log in, EXAMINE the folder; the connection is closed at the end, whatever happened."""
        if not self.configured:
            raise port.MailboxClosed("El buzón no está configurado.", code="unconfigured")
        box = self._connect()
        try:
            yield self._enter(box)
        finally:
            with suppress(*_LOST, imaplib.IMAP4.error, ImapToolsError):
                box.client.shutdown()

    def _connect(self) -> BaseMailBox:
        config = self.config
        if config.security == "none" and not _is_loopback(config.host):
            raise port.MailboxClosed(
                "Sin cifrado solo se lee un buzón de esta misma máquina: imaps://…", code="tls"
            )
        try:
            if config.security == "none":
                return MailBoxUnencrypted(config.host, config.port, timeout=_TIMEOUT_SECONDS)
            context = ssl.create_default_context()
            kind = MailBox if config.security == "tls" else MailBoxStartTls
            return kind(config.host, config.port, timeout=_TIMEOUT_SECONDS, ssl_context=context)
        except ssl.SSLCertVerificationError as problem:
            raise port.MailboxClosed(_words(problem), code="tls") from problem
        except (*_LOST, imaplib.IMAP4.error, ImapToolsError) as problem:
            raise port.MailboxAway(_words(problem), code="connect") from problem

    def _enter(self, box: BaseMailBox) -> ImapSession:
        config = self.config
        try:
            tokens = None if config.password else oauth.tokens()
            if tokens is not None:
                _enter_by_token(box, config.username, tokens)
            elif config.username.isascii() and config.password.isascii():
                box.login(config.username, config.password, initial_folder=None)
            else:
                box.login_utf8(config.username, config.password, initial_folder=None)
            box.folder.set(config.folder, readonly=True)
            validity = box.client.response("UIDVALIDITY")[1]
            _told_of_mails(box.client)  # those of the folder's opening: the first search finds them
            capabilities = _capabilities(box.client)
        except oauth.TokenRefused as problem:
            raise port.MailboxClosed(str(problem), code="oauth") from problem
        except oauth.TokenAway as problem:
            raise port.MailboxAway(str(problem), code="oauth") from problem
        except _LOST as problem:
            raise port.MailboxAway(_words(problem), code="connect") from problem
        except (MailboxLoginError, imaplib.IMAP4.error) as problem:
            if "[UNAVAILABLE]" in str(problem) or "[INUSE]" in str(problem):
                raise port.MailboxAway(_words(problem), code="unavailable") from problem
            raise port.MailboxClosed(_words(problem), code="login") from problem
        except (MailboxFolderSelectError, ImapToolsError) as problem:
            raise port.MailboxClosed(_words(problem), code="folder") from problem
        number = validity[-1] if validity and validity[-1] else b"0"
        if not bytes(number).isdigit() or int(number) == 0:
            raise port.MailboxClosed("El servidor no da UIDVALIDITY.", code="uidvalidity")
        return ImapSession(box, int(number), idle=config.idle and "IDLE" in capabilities)


class ImapSession:
    """An open connection with the folder examined."""

    def __init__(self, box: BaseMailBox, uidvalidity: int, *, idle: bool) -> None:
        self._box, self.uidvalidity = box, uidvalidity
        self.waits_by = "IDLE" if idle else "POLL"

    def above(self, uid: int) -> list[int]:
        """Ask for what is above `uid` ("n:*" always names the last mail, even one below n)."""
        return [each for each in self._search("UID", f"{uid + 1}:*") if each > uid]

    def since(self, day: dt.date) -> list[int]:
        """Ask for what arrived since a day, in the server's own calendar."""
        return self._search("SINCE", f"{day.day:02d}-{calendar.month_abbr[day.month]}-{day.year}")

    def fetch(self, uid: int, *, limit: int) -> port.Arrival | None:
        """Ask for its size, then for its content or, when it is too big, for its header."""
        facts = b" ".join(
            each for each in self._fetch(uid, "(RFC822.SIZE INTERNALDATE)") if isinstance(each, bytes)
        )
        said = _SIZE.search(facts)
        if said is None:
            return None
        size = int(said[1])
        left = size > limit
        # One byte more than the limit tells a size that was a lie.
        what = f"BODY.PEEK[HEADER]<0.{_HEADER_BYTES}>" if left else f"BODY.PEEK[]<0.{limit + 1}>"
        content = next((each[1] for each in self._fetch(uid, f"({what})") if isinstance(each, tuple)), None)
        if content is None:
            return None
        if len(content) > limit:
            left, content, size = True, content[:_HEADER_BYTES], max(size, len(content))
        return port.Arrival(uid, size, _arrived(facts), bytes(content), left=left)

    def wait(self, seconds: int, still: Callable[[], bool]) -> None:
        """IDLE until the server says something, else sleep; ended and begun again by the caller, so it never goes stale.

        Returns at once when the server told of a mail in the answer to another command: it tells each mail only once,
        and so would say nothing more of one that came after the search and before IDLE.
        """
        if _told_of_mails(self._box.client):
            return
        if self.waits_by == "POLL":
            _sleep(min(seconds, POLL_SECONDS), still)
            return
        with _lost():
            self._box.idle.start()  # type: ignore[no-untyped-call]
            end = time.monotonic() + seconds
            while still() and time.monotonic() < end and not self._heard():
                pass
            self._box.idle.stop()  # type: ignore[no-untyped-call]

    def _heard(self) -> bool:
        """Whether the server said something, or hung up, within a second."""
        client = self._box.client
        before = client.sock.gettimeout()
        client.sock.settimeout(0)
        try:
            # What came in one packet with the server's "go on" lies in our buffer, where poll does not look.
            if cast("BufferedReader", client.file).peek(1):
                return True
        except OSError:
            pass
        finally:
            client.sock.settimeout(before)
        asked = time.monotonic()
        return bool(self._box.idle.poll(timeout=1.0)) or time.monotonic() - asked < _AT_ONCE_SECONDS

    def _search(self, *words: str) -> list[int]:
        with _lost():
            answer, data = self._box.client.uid("SEARCH", *words)
        if answer != "OK":
            raise port.MailboxAway(f"SEARCH: {data!r}"[:300], code="search")
        return sorted(int(each) for line in data if line for each in line.split() if each.isdigit())

    def _fetch(self, uid: int, what: str) -> list[object]:
        with _lost():
            answer, data = self._box.client.uid("FETCH", str(uid), what)
        if answer != "OK":
            raise port.MailboxAway(f"FETCH: {data!r}"[:300], code="fetch")
        return list(data)


def _told_of_mails(client: imaplib.IMAP4) -> bool:
    """Whether EXISTS was said beside an answer since this was asked the last time."""
    return any(client.response("EXISTS")[1])


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _sleep(seconds: int, still: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while still() and (left := end - time.monotonic()) > 0:
        time.sleep(min(1.0, left))


@contextmanager
def _lost() -> Iterator[None]:
    """What a broken connection raises, in the port's words."""
    try:
        yield
    except (*_LOST, imaplib.IMAP4.error, ImapToolsError) as problem:
        raise port.MailboxAway(_words(problem), code="connect") from problem


def _capabilities(client: imaplib.IMAP4) -> set[str]:
    """What the server can do now: many say IDLE only after the login."""
    answer, data = client.capability()
    said = b" ".join(each for each in data if isinstance(each, bytes)) if answer == "OK" else b""
    return set(said.decode("ascii", "replace").upper().split())


def _arrived(facts: bytes) -> dt.datetime | None:
    found = _ARRIVED.search(facts)
    if found is None or found[2].title() not in _MONTHS:
        return None
    day, month, year, hour, minute, second, sign, off_hours, off_minutes = found.groups()
    offset = dt.timedelta(hours=int(off_hours), minutes=int(off_minutes)) * (-1 if sign == b"-" else 1)
    try:
        local = dt.datetime(
            int(year), _MONTHS[month.title()], int(day), int(hour), int(minute), int(second), tzinfo=dt.UTC
        )
        return local - offset
    except (ValueError, OverflowError):
        return None


def _words(problem: Exception) -> str:
    return " ".join(str(problem).split())[:300] or type(problem).__name__
