"""`python -m bench [NAME …]`: every figure, or those named, each in a process of its own so that none warms another."""

from __future__ import annotations

import subprocess
import sys

FIGURES = (
    "intake",
    "storm",
    "pages",
    "ledger",
    "memory",
    "documents",
    "rating",
    "billing_month",
    "indicators",
    "audit",
)


def main(names: list[str]) -> int:
    """Run them in order; 0 when all ended well, 2 for a name that is none."""
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        print(f"No hay cifra «{unknown[0]}»; hay: {', '.join(FIGURES)}", file=sys.stderr)
        return 2
    codes = [
        subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode
        for name in names or FIGURES
    ]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
