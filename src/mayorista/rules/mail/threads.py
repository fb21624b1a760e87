"""Where a mail belongs by what stands in it: the mails it answers and the numbers in its subject."""

from __future__ import annotations

import re

_ANSWER = re.compile(r"(?i)^\s*(?:(?:re|rv|fw|fwd|aw)\s*:\s*)+")
_NUMBER = re.compile(r"(?<![A-Z0-9-])[A-Z][A-Z.]{0,15}-(?:[A-Z0-9]{1,20}-){0,3}\d{1,9}(?![A-Z0-9-])")


def numbers(subject: str) -> tuple[str, ...]:
    """What may be a number of a dossier in a subject ("RE: Caso dano-2026-000148"), in order, each once, five at most."""
    return tuple(dict.fromkeys(_NUMBER.findall(subject.upper()[:500])))[:5]


def answered(in_reply_to: tuple[str, ...], references: tuple[str, ...]) -> tuple[str, ...]:
    """The Message-IDs a mail answers, the nearest first, thirty at most."""
    return tuple(dict.fromkeys([*in_reply_to, *reversed(references)]))[:30]


def answer_to(subject: str) -> str:
    """The subject of an answer: "Re: " before the subject without the "RE:" and "RV:" it already carries; "" for ""."""
    bare = " ".join(_ANSWER.sub("", subject).split())
    return f"Re: {bare}" if bare else ""
