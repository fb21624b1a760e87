"""Fiscal invoices as the billing system in use gives them: the SIN's sample with another customer, amount, number and day."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

SAMPLE = (Path(__file__).parent / "fixtures" / "fiscal" / "telecom.xml").read_text(encoding="utf-8")
PDF = b"%PDF-1.4\n%%EOF\n"


def xml(
    nit: str, total: str, number: str = "1", cuf: str = "44AAEC00", issued: str = "2026-12-02T10:00:00.000"
) -> bytes:
    """The SIN's sample with another customer, amount, number and day."""
    return (
        SAMPLE.replace("<numeroDocumento>5115889<", f"<numeroDocumento>{nit}<")
        .replace("<montoTotal>150<", f"<montoTotal>{total}<")
        .replace("<montoTotalMoneda>150<", f"<montoTotalMoneda>{total}<")
        .replace("<numeroFactura>1<", f"<numeroFactura>{number}<")
        .replace("44AAEC00DBD34C81DFBDAB7C52067B9DA7A5E686A267A75AC82F24C74", cuf)
        .replace("2021-10-07T09:55:46.414", issued)
        .encode()
    )


def archive(**files: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name.replace("__", "."), content)
    return held.getvalue()
