"""What the house expects of a mailbox that it reads: it looks, it never marks, moves or deletes.

A mail is named by (mailbox, UIDVALIDITY, UID), as RFC 3501 has it: within one validity numbers only grow, and a
new validity means that all numbers are new.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from datetime import date, datetime


class MailboxProblem(Exception):
    """The mailbox can not be read; `code` names where it stopped, `text` is the server's own words."""

    def __init__(self, text: str = "", *, code: str = "") -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class MailboxAway(MailboxProblem):
    """The server is away or hung up: try again soon."""


class MailboxClosed(MailboxProblem):
    """The server refuses us (password, certificate, folder): a person must look."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One mail as it lies in the mailbox. One bigger than the limit is `left`: `content` is then its header alone."""

    uid: int
    size: int
    arrived_at: datetime | None
    content: bytes = field(repr=False)
    left: bool = False


class Session(Protocol):
    """An open mailbox. Every call raises MailboxAway when the connection is lost."""

    uidvalidity: int
    waits_by: str

    def above(self, uid: int) -> Sequence[int]:
        """Numbers of the mails above `uid`, in order."""

    def since(self, day: date) -> Sequence[int]:
        """Numbers of the mails that arrived on `day` or later, in order."""

    def fetch(self, uid: int, *, limit: int) -> Arrival | None:
        """One mail without marking it as read; None when it is gone. Above `limit` bytes it is left where it is."""

    def wait(self, seconds: int, still: Callable[[], bool]) -> None:
        """Until something may have arrived, `seconds` have passed or `still()` (asked each second) says no."""


class MailboxReader(Protocol):
    """A mailbox to be read. `name` is who@host/folder, without secrets."""

    configured: bool
    name: str

    def open(self) -> AbstractContextManager[Session]:
        """Connect, log in, open the folder for reading only; raises MailboxAway or MailboxClosed."""
