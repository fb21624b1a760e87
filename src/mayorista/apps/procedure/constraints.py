"""Named constraints of the database, said in words: the last guard of every invariant."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from mayorista.rules.errors import FieldError, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@contextmanager
def in_words(sentences: Mapping[str, FieldError], *, savepoint: bool = True) -> Iterator[None]:
    """Turn a violation of a constraint named in `sentences` into Invalid; others pass as they are.

    The block runs in a savepoint, so the transaction around it stays usable; an operation that lets
    Invalid end its own transaction can do without (`savepoint=False`), which imports feel.
    """
    try:
        with transaction.atomic(savepoint=savepoint):
            yield
    except IntegrityError as error:
        diagnostics = getattr(error.__cause__, "diag", None)
        sentence = sentences.get(getattr(diagnostics, "constraint_name", "") or "")
        if sentence is None:
            raise
        raise Invalid.of([sentence]) from error
