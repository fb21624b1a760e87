"""One large document made by a process of its own: order on standard input, PDF on standard output."""

from __future__ import annotations

import json
import sys
from datetime import datetime

from mayorista.adapters.documents.typst_documents import TypstDocuments


def main() -> None:
    """Read the order, write the document; an error ends the process with its message."""
    order = json.load(sys.stdin.buffer)
    at = datetime.fromisoformat(order["at"])
    sys.stdout.buffer.write(TypstDocuments().compiled(order["template"], order["inputs"], at))


if __name__ == "__main__":
    main()
