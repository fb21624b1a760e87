"""Spanish text as keys: without accents, without case, for sorting and searching."""

from __future__ import annotations

import unicodedata


def searchable(text: str) -> str:
    """Return `text` lower-cased, without accents and with single spaces ("Daño  Él" → "dano el")."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(bare.split())
