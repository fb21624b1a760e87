"""What can go wrong in words a person can act on.

Every message is Spanish and says what to do. Interfaces translate the classes to HTTP answers or
exit codes in one place; nothing else of the system decides on status codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field: its name, what is wrong and how to mend it."""

    field: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class DomainError(Exception):
    """An act that the rules of the house refuse.

    `message` names the problem, `remedy` what the person can do, `field` the input concerned.
    """

    def __init__(self, message: str, *, field: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.remedy = remedy

    @property
    def errors(self) -> Sequence[FieldError]:
        """The same error as a list, so that forms have one shape to show."""
        return (FieldError(self.field, self.message, self.remedy),)


class Invalid(DomainError):
    """The input does not fit; `errors` names every field at once (HTTP 422)."""

    def __init__(
        self,
        message: str,
        *,
        field: str = "",
        remedy: str = "",
        errors: Sequence[FieldError] = (),
    ) -> None:
        super().__init__(message, field=field, remedy=remedy)
        self._errors = tuple(errors)

    @property
    def errors(self) -> Sequence[FieldError]:
        return self._errors or super().errors

    @classmethod
    def of(cls, errors: Sequence[FieldError]) -> Invalid:
        """Build one exception from the errors found; `errors` must not be empty."""
        first = errors[0]
        return cls(first.message, field=first.field, remedy=first.remedy, errors=errors)


class NotAllowed(DomainError):
    """Another role's act (HTTP 403)."""


class NotFound(DomainError):
    """No such thing, or none that this person may see (HTTP 404)."""


class Conflict(DomainError):
    """The thing is in a state that does not admit the act (HTTP 409)."""


class Stale(Conflict):
    """Somebody else changed it meanwhile: `mine` and `theirs` are shown side by side (HTTP 409)."""

    def __init__(
        self,
        message: str,
        *,
        mine: Mapping[str, str] | None = None,
        theirs: Mapping[str, str] | None = None,
        version: int = 0,
    ) -> None:
        super().__init__(message, remedy="Revise ambas versiones y vuelva a guardar.")
        self.mine = dict(mine or {})
        self.theirs = dict(theirs or {})
        self.version = version


class Unavailable(DomainError):
    """Something outside did not answer; trying again later is right (HTTP 503)."""
