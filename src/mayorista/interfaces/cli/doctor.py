"""`mayorista doctor`: in words, what is configured, what answers, what is missing, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mayorista.adapters.host import environment
from mayorista.interfaces.cli import doctor_checks
from mayorista.interfaces.cli.doctor_checks import Level

if TYPE_CHECKING:
    import argparse

SIGNS = {Level.GOOD: "bien ", Level.NOTE: "nota ", Level.BAD: "FALTA"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """No choices."""
    parser.set_defaults(quiet=False)


def run(options: argparse.Namespace) -> int:  # noqa: ARG001 - every command has this shape
    """Print all findings; 1 when something is missing that the platform needs."""
    settings = environment.read()
    worst = 0
    for title, checks in doctor_checks.CHAPTERS:
        print(f"\n{title}")
        for check in checks:
            for finding in check(settings):
                print(f"  {SIGNS[finding.level]}  {finding.text}")
                if finding.remedy:
                    print(f"         Remedio: {finding.remedy}")
                worst = max(worst, finding.level is Level.BAD)
    print()
    return int(worst)
