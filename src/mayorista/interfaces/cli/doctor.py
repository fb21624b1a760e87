"""`mayorista doctor`: in words, what is configured, what answers, what is missing, and what to do.

It looks at the installation that is at work on the data folder, as it was started, and else at the environment.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from mayorista.adapters.host import environment
from mayorista.interfaces.cli import doctor_checks, installation
from mayorista.interfaces.cli.doctor_checks import Level

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

SIGNS = {Level.GOOD: "bien ", Level.NOTE: "nota ", Level.BAD: "FALTA"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """No choices."""
    parser.set_defaults(quiet=False)


def run(options: argparse.Namespace) -> int:  # noqa: ARG001 - every command has this shape
    """Print all findings; 1 when something is missing that the platform needs."""
    running = installation.adopt(environment.read().data)
    settings = environment.read()
    worst = _tell("Instalación", doctor_checks.at_work(settings, running))
    for title, checks in doctor_checks.CHAPTERS:
        worst |= _tell(title, chain.from_iterable(check(settings) for check in checks))
    print()
    return int(worst)


def _tell(title: str, findings: Iterable[doctor_checks.Finding]) -> bool:
    """Print one chapter; whether something in it is missing that the platform needs."""
    print(f"\n{title}")
    missing = False
    for finding in findings:
        print(f"  {SIGNS[finding.level]}  {finding.text}")
        if finding.remedy:
            print(f"         Remedio: {finding.remedy}")
        missing |= finding.level is Level.BAD
    return missing
