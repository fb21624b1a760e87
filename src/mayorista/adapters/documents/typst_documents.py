"""The real maker of documents: typst in process, one compiler reused, nothing fetched, nothing of the host's.

# Note [Reproducible documents]: only the shipped fonts are used (no system fonts, none embedded in
# the wheel), the document's date is the moment given, and data enter as JSON: so a document made again from
# the stored content is the same file byte for byte, and its hash proves it.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import segno
import typst

from mayorista.adapters.documents import binding, scanned
from mayorista.adapters.documents.legible import Coverage
from mayorista.rules.ports.documents import DocumentUnrenderable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mayorista.rules.ports.documents import BundlePart

FAMILIES = ("Inter", "DejaVu Sans", "Noto Emoji")
TEMPLATES = frozenset(
    {
        "bundle",
        "control",
        "copy",
        "dac",
        "evidence",
        "folios",
        "indicators",
        "invoice",
        "letter",
        "note",
        "procedure",
        "provider_claim",
        "regulator",
        "rfo",
        "sheet",
        "sla_report",
        "statement",
        "supervision",
        "thread",
    }
)
LARGE = 120_000  # characters of data: some 200 circuits
APART_TIMEOUT = 120  # seconds
ROOT = Path(str(resources.files("mayorista.adapters.documents")))


QR_MASK = 4


class TypstDocuments:
    """DocumentPort by typst; one instance may be shared by threads."""

    def __init__(self) -> None:
        fonts = sorted((ROOT / "fonts").glob("*.ttf"))
        self._coverage = Coverage(fonts)
        shipped = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(ROOT / "fonts")]
        )
        absent = set(FAMILIES) - set(shipped.families())
        if absent:  # typst would leave the paper blank without a word
            raise DocumentUnrenderable(f"fonts missing from the package: {', '.join(sorted(absent))}")
        self._compiler = typst.Compiler(root=str(ROOT / "templates"), font_paths=shipped)
        # Note [One compiler at a time]: the compiler keeps its caches between calls and is not made
        # for two callers; at 10-20 ms a document a lock costs less than a compiler per thread.
        self._lock = threading.Lock()

    def render(self, template: str, data: Mapping[str, Any], *, at: datetime) -> bytes:
        """See DocumentPort."""
        if template not in TEMPLATES:
            raise DocumentUnrenderable(f"no template {template!r}")
        inputs = {
            "data": json.dumps(self._coverage.legible_data(dict(data)), ensure_ascii=False),
            "qr": _qr(str(data.get("verification_url", ""))),
        }
        if len(inputs["data"]) > LARGE:
            return _made_apart(template, inputs, at)
        return self.compiled(template, inputs, at)

    def page_count(self, content: bytes) -> int | None:
        """See DocumentPort."""
        return binding.page_count(content)

    def mark(self, content: bytes, words: str, *, at: datetime) -> bytes:
        """See DocumentPort."""
        return binding.mark(content, self.render("copy", {"words": words}, at=at))

    def scan_page(self, content: bytes, kind: str) -> bytes | None:
        """See DocumentPort."""
        return scanned.page_of(content, kind)

    def bind(
        self, template: str, data: Mapping[str, Any], parts: Sequence[BundlePart], *, at: datetime
    ) -> bytes:
        """See DocumentPort."""

        def index(entries: list[dict[str, Any]]) -> bytes:
            return self.render(template, {**data, "entries": entries}, at=at)

        def folios(count: int) -> bytes:
            return self.render("folios", {**data, "count": count}, at=at)

        return binding.bind(parts, index, folios)

    def compiled(self, template: str, inputs: dict[str, str], at: datetime) -> bytes:
        """The document of inputs already made legible, compiled in this process."""
        with self._lock:
            try:
                made = self._compiler.compile(
                    input=str(ROOT / "templates" / f"{template}.typ"),
                    format="pdf",
                    sys_inputs=inputs,
                    pdf_standards="a-2b",
                    timestamp=at.replace(microsecond=0),  # a PDF knows no parts of a second
                )
            except typst.TypstError as error:
                raise DocumentUnrenderable(f"{template}: {error.message}") from error
        if not isinstance(made, bytes):
            raise DocumentUnrenderable(f"{template}: {type(made).__name__} instead of a document")
        return made


# Note [Large documents apart]: the compiler keeps what it laid out for its next documents. After a
# form of 2,000 circuits (over 100 pages) that is half a gigabyte which a web process would hold
# for ever, so such a form is made by a process of its own that ends with it.


def _made_apart(template: str, inputs: dict[str, str], at: datetime) -> bytes:
    order = json.dumps({"template": template, "inputs": inputs, "at": at.isoformat()})
    done = subprocess.run(
        [sys.executable, "-m", "mayorista.adapters.documents.apart"],
        input=order.encode(),
        capture_output=True,
        check=False,
        timeout=APART_TIMEOUT,
    )
    if done.returncode:
        raise DocumentUnrenderable(done.stderr.decode(errors="replace").strip().rpartition("\n")[2])
    return done.stdout


def _qr(address: str) -> str:
    """The QR code of an address as SVG text; empty when there is nothing to verify."""
    if not address:
        return ""
    out = io.BytesIO()
    # The mask is named: to weigh all eight against each other took a fifth of a document's time, and any is read.
    segno.make(address, error="m", micro=False, mask=QR_MASK).save(
        out, kind="svg", border=0, scale=4, xmldecl=False, svgns=True
    )
    return out.getvalue().decode()
