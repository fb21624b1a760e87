"""HTML of a mail as plain text: nothing is fetched, nothing is run, hidden things are not shown.

A small scanner of its own, because the standard library's takes time with the square of what is
left open, and mails are written by strangers; this one looks at each sign once.
"""

from __future__ import annotations

import html
import re

_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]{0,15})")
_LINES = frozenset(
    [
        *("p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "hr", "pre"),
        *("blockquote", "section", "article", "header", "footer", "dt", "dd"),
    ]
)
_SILENT = frozenset(["script", "style", "head", "title", "template", "noscript", "svg", "math", "iframe"])


def plain(text: str) -> str:
    """The text of HTML: a line for each block, at most one empty line between two."""
    lines = [" ".join(line.split()) for line in "".join(_seen(text)).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _seen(text: str) -> list[str]:
    """What a reader would see, with line feeds where a block begins or ends."""
    parts: list[str] = []
    lower, place, end = text.lower(), 0, len(text)
    while 0 <= place < end:
        start = text.find("<", place)
        parts.append(_words(text[place : start if start >= 0 else end]))
        if start < 0:
            break
        tag = _TAG.match(text, start)
        if tag is None and not text.startswith(("<!", "<?"), start):
            parts.append("<")
            place = start + 1
            continue
        mark = "-->" if text.startswith("<!--", start) else ">"
        close = text.find(mark, start)
        if close < 0:
            parts.append("" if mark == "-->" else _words(text[start:]))
            break
        place = close + len(mark)
        name = tag[1].lower() if tag else ""
        if name in _SILENT and text[start + 1] != "/" and text[close - 1] != "/":
            place = lower.find(f"</{name}", place)
        elif name in _LINES:
            parts.append("\n")
        elif name in {"td", "th"}:
            parts.append(" ")
    return parts


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(text))
