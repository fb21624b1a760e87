"""Documents on paper: time per form and per page, and whether memory grows with the number made.

Every document measured differs from the one before it (another number, another moment), so that no
cache answers for the compiler.
"""

from __future__ import annotations

import io
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import psutil
import pypdf

from bench import machine
from mayorista.adapters.documents import typst_documents
from mayorista.rules import dac
from tests.rules import dac_examples as examples

if TYPE_CHECKING:
    from collections.abc import Callable

ADDRESS = "https://mayorista.example/verificar/"
ROUNDS = 40
MANY = 400


def made(maker: typst_documents.TypstDocuments, content: dac.DacContent, number: int) -> tuple[bytes, float]:
    """One document under its own number, and the milliseconds it took."""
    content = content.numbered(f"DAC-2026-{number:06d}")
    data = dac.document(content, carrier="COMTECO R.L.", verification_url=f"{ADDRESS}{content.number}")
    begun = time.perf_counter()
    pdf = maker.render("dac", data, at=dac.issued_at(content) + timedelta(seconds=number))
    return pdf, (time.perf_counter() - begun) * 1000


def main() -> None:
    """Measure and print."""
    print("## Documentos (typst, PDF/A-2b)\n")
    print(machine.describe(), "\n")
    begun = time.perf_counter()
    maker = typst_documents.TypstDocuments()
    print(f"puesta en marcha: {(time.perf_counter() - begun) * 1000:.0f} ms\n")
    print("| documento | páginas | mediana, ms | percentil 99, ms | páginas/s | kB |")
    print("|---|---|---|---|---|---|")
    forms: dict[str, Callable[[], dac.DacContent]] = {
        "apertura": examples.external_fibre_opening,
        "cierre con 4 avances": examples.external_fibre,
        "masivo de 60 servicios": examples.mass_event,
        "masivo de 2.000 servicios": lambda: replace(examples.mass_event(2000, 300)),
    }
    for name, form in forms.items():
        content = form()
        rounds = ROUNDS if len(content.services) < 100 else 3
        times = []
        for number in range(rounds):
            pdf, spent = made(maker, content, number)
            times.append(spent)
        pages = len(pypdf.PdfReader(io.BytesIO(pdf)).pages)
        middle = machine.median(times)
        print(
            f"| {name} | {pages} | {middle:.1f} | {machine.percentile(times, 0.99):.1f} "
            f"| {pages / middle * 1000:.0f} | {len(pdf) / 1024:.0f} |"
        )
    _memory(maker)


def _memory(maker: typst_documents.TypstDocuments) -> None:
    process = psutil.Process()
    content = examples.external_fibre()
    before = process.memory_info().rss
    for number in range(MANY):
        made(maker, content, 10_000 + number)
    grown = (process.memory_info().rss - before) / 1024 / 1024
    print(
        f"\nmemoria tras {MANY} documentos más: {grown:+.1f} MB (residente {process.memory_info().rss / 2**20:.0f} MB)\n"
    )


if __name__ == "__main__":
    main()
