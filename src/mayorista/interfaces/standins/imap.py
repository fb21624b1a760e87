"""The mailbox of the house in the demo, by IMAP: just what a reader needs, so that the real adapter reads it.

Every address of the demo's sender is one mailbox; mails are only looked at. Known: CAPABILITY, LOGIN, EXAMINE and
SELECT, UID SEARCH (UID n:*, SINCE), UID FETCH (RFC822.SIZE, INTERNALDATE, BODY.PEEK[] and [HEADER] with <0.n>),
IDLE, NOOP, LOGOUT.
"""

from __future__ import annotations

import contextlib
import re
import select
import socketserver
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mayorista.interfaces.standins.store import Store

UIDVALIDITY = 1
_LOOK_EVERY_SECONDS = 0.5
_WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"|([^\s"]+)')
_PARTIAL = re.compile(rb"BODY(?:\.PEEK)?\[(HEADER)?\](?:<0\.(\d+)>)?", re.IGNORECASE)


class Server(socketserver.ThreadingTCPServer):
    """A thread for each reader."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], store: Store, password: str) -> None:
        super().__init__(address, Handler)
        self.store, self.password = store, password

    def handle_error(self, request: object, client_address: object) -> None:
        """A reader that hung up is no news."""


class Handler(socketserver.StreamRequestHandler):
    """One connection."""

    server: Server
    logged_in = False
    told = 0
    """How many mails this reader knows of: each is told once, also one that came between two of its commands."""

    def handle(self) -> None:
        """Answer commands until the reader leaves."""
        self._say(b"* OK Mayorista local")
        with contextlib.suppress(ConnectionError):
            while line := self.rfile.readline(8192):
                words = [quoted or bare for quoted, bare in _WORD.findall(line.strip())]
                if len(words) < 2:
                    self._say(b"* BAD what")
                    continue
                tag, name = words[0], words[1].upper()
                if name == b"LOGOUT":
                    self._say(b"* BYE bye", tag + b" OK done")
                    return
                answer = self._answer(name, words[2:])
                if name in {b"NOOP", b"UID"}:
                    self._tell_new()  # what came while it was answered, as real servers do
                self._say(tag + b" " + answer)

    def _answer(self, name: bytes, words: list[bytes]) -> bytes:
        """Do one command; the words of its tagged answer."""
        if name in {b"CAPABILITY", b"NOOP"}:
            self._say(*[b"* CAPABILITY IMAP4rev1 IDLE"] * (name == b"CAPABILITY"))
            return b"OK done"
        if name == b"LOGIN":
            self.logged_in = len(words) == 2 and words[1].decode("utf-8", "replace") == self.server.password
            return b"OK done" if self.logged_in else b"NO [AUTHENTICATIONFAILED] wrong password"
        if not self.logged_in:
            return b"NO log in first"
        if name in {b"SELECT", b"EXAMINE"}:
            return self._examine(words)
        if name == b"UID" and words and words[0].upper() == b"SEARCH":
            return self._search(words[1:])
        if name == b"UID" and len(words) > 2 and words[0].upper() == b"FETCH":
            return self._fetch(words[1], b" ".join(words[2:]))
        if name == b"IDLE":
            self._idle()
            return b"OK done"
        return b"BAD unknown"

    def _examine(self, words: list[bytes]) -> bytes:
        if words[:1] != [b"INBOX"]:
            return b"NO no such folder"
        self._tell()
        self._say(b"* OK [UIDVALIDITY %d]" % UIDVALIDITY, b"* FLAGS (\\Seen)")
        return b"OK [READ-ONLY] done"

    def _search(self, words: list[bytes]) -> bytes:
        numbers = self._numbers()
        if len(words) == 2 and words[0].upper() == b"UID":
            least = int(words[1].partition(b":")[0])
            numbers = [each for each in numbers if each >= least] or numbers[-1:]
        self._say(b"* SEARCH " + b" ".join(b"%d" % each for each in numbers))
        return b"OK done"

    def _fetch(self, uid: bytes, what: bytes) -> bytes:
        row = self.server.store.row("SELECT id, at, eml FROM inbox WHERE id = ?", int(uid))
        if row is None:
            return b"OK done"
        at = time.strftime("%d-%b-%Y %H:%M:%S +0000", time.gmtime(row["at"])).encode()
        facts = b'UID %d RFC822.SIZE %d INTERNALDATE "%s"' % (row["id"], len(row["eml"]), at)
        if found := _PARTIAL.search(what):
            content: bytes = row["eml"]
            if found[1]:
                content = content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            content = content[: int(found[2])] if found[2] else content
            self.wfile.write(b"* 1 FETCH (" + facts + b" BODY[] {%d}\r\n" % len(content) + content + b")\r\n")
        else:
            self._say(b"* 1 FETCH (" + facts + b")")
        return b"OK done"

    def _idle(self) -> None:
        """Tell of new mails until the reader says DONE."""
        self._say(b"+ idling")
        self._tell_new()
        while not select.select([self.connection], [], [], _LOOK_EVERY_SECONDS)[0]:
            self._tell_new()
        self.rfile.readline(100)

    def _tell_new(self) -> None:
        if len(self._numbers()) != self.told:
            self._tell()

    def _tell(self) -> None:
        self.told = len(self._numbers())
        self._say(b"* %d EXISTS" % self.told)

    def _numbers(self) -> list[int]:
        return [row["id"] for row in self.server.store.rows("SELECT id FROM inbox ORDER BY id")]

    def _say(self, *lines: bytes) -> None:
        self.wfile.write(b"".join(line + b"\r\n" for line in lines))
