"""Several PDFs bound into one: an index with page numbers in front, bookmarks, a folio on every page."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

from pypdf import PageObject, PdfReader, PdfWriter, Transformation
from pypdf.errors import PyPdfError

from mayorista.rules.ports.documents import BundlePart, DocumentUnrenderable

MOST_PAGES = 3_000


def page_count(content: bytes) -> int | None:
    """Return how many pages a PDF has; None when it can not be read."""
    reader = _reader(content)
    return None if reader is None else len(reader.pages)


def _reader(content: bytes) -> PdfReader | None:
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted or not 0 < len(reader.pages) <= MOST_PAGES:
            return None
        for page in reader.pages:
            page.mediabox  # noqa: B018 - a broken tree raises here, not in the middle of the bundle
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError):
        return None
    return reader


def bind(
    parts: Sequence[BundlePart],
    index: Callable[[list[dict[str, Any]]], bytes],
    folios: Callable[[int], bytes],
) -> bytes:
    """Return one PDF; `index` makes the first pages from the entries, `folios` so many pages with their number only.

    The index is made until its own length does not move the pages behind it.
    """
    readers = [_reader(part.content) for part in parts]
    for part, reader in zip(parts, readers, strict=True):
        if reader is None:
            raise DocumentUnrenderable(f"{part.title}: not a readable PDF")
    good = [reader for reader in readers if reader is not None]
    front, made = 1, b""
    for _attempt in range(4):
        made = index(_entries(parts, good, front))
        needed = page_count(made) or 1
        if needed == front:
            break
        front = needed
    writer = PdfWriter()
    writer.append(PdfReader(io.BytesIO(made)), import_outline=False)
    writer.add_outline_item(title="Índice", page_number=0)
    at = front
    for part, reader in zip(parts, good, strict=True):
        writer.append(reader, import_outline=False)
        writer.add_outline_item(title=part.title, page_number=at)
        at += len(reader.pages)
    marks = PdfReader(io.BytesIO(folios(len(writer.pages))))
    for page, mark in zip(writer.pages, marks.pages, strict=True):
        _stamp(page, mark)
    writer.add_metadata({"/Title": "Expediente"})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def mark(content: bytes, mark_page: bytes) -> bytes:
    """Return the PDF with a page of marks laid over the foot of each of its pages, whatever their size and turn."""
    reader = _reader(content)
    if reader is None:
        raise DocumentUnrenderable("not a readable PDF")
    over = PdfReader(io.BytesIO(mark_page)).pages[0]
    writer = PdfWriter()
    writer.append(reader)
    for page in writer.pages:
        page.transfer_rotation_to_content()
        box, own = page.mediabox, over.mediabox
        middle = (float(box.left) + float(box.right) - float(own.left) - float(own.right)) / 2
        moved = Transformation().translate(middle, float(box.bottom) - float(own.bottom))
        page.merge_transformed_page(over, moved)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _entries(parts: Sequence[BundlePart], readers: Sequence[PdfReader], front: int) -> list[dict[str, Any]]:
    found, page = [], front + 1
    for part, reader in zip(parts, readers, strict=True):
        found.append({"title": part.title, "detail": part.detail, "page": page, "pages": len(reader.pages)})
        page += len(reader.pages)
    return found


def _stamp(page: PageObject, mark: PageObject) -> None:
    """Put the folio on the upper right of a page, whatever its size and turn."""
    page.transfer_rotation_to_content()
    box, own = page.mediabox, mark.mediabox
    moved = Transformation().translate(float(box.right) - float(own.right), float(box.top) - float(own.top))
    page.merge_transformed_page(mark, moved)
