"""A scan as a page: an image placed on a sheet of A4, whole, by a process of its own.

A PNG or WEBP is decoded to be embedded, so a small file may ask for a lot of memory. The process that does it may take so
much and no more, and ends with what it took. Run as a module it reads the image and writes the PDF.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import typst

KINDS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
MOST_MEMORY = 1_500_000_000  # bytes of address space
TIMEOUT = 60  # seconds
_SHEET = """#set page(paper: "a4", margin: (top: 14mm, rest: 8mm))
#image("scan.{ending}", width: 100%, height: 100%, fit: "contain", alt: "Documento escaneado")
"""


def page_of(content: bytes, kind: str) -> bytes | None:
    """Return a PDF of one page with the image; None for another kind, or one that can not be read."""
    if kind not in KINDS:
        return None
    try:
        done = subprocess.run(
            [sys.executable, "-m", __spec__.name, KINDS[kind]],
            input=content,
            capture_output=True,
            check=False,
            timeout=TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 and done.stdout.startswith(b"%PDF-") else None


def _placed(content: bytes, ending: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        sheet = Path(folder) / "sheet.typ"
        sheet.write_text(_SHEET.replace("{ending}", ending), encoding="ascii")
        (Path(folder) / f"scan.{ending}").write_bytes(content)
        return typst.compile(str(sheet), root=folder, format="pdf")


if __name__ == "__main__":
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    sys.stdout.buffer.write(_placed(sys.stdin.buffer.read(), sys.argv[1]))
