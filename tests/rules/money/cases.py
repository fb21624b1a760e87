"""Cases of the JSON form in a few words, and what comes out of them."""

from __future__ import annotations

import copy
from typing import Any

from mayorista.rules.rating import reading, writing

APPROVED = "2024-12-16T09:00:00-04:00"
PER_MBPS = {"effective": "2025-01-01", "model": "per_mbps", "unit_price": "8.00"}
TIERS = [
    {"up_to": "1000", "unit_price": "9.00"},
    {"up_to": "5000", "unit_price": "7.50"},
    {"up_to": None, "unit_price": "6.00"},
]


def change(
    id_: str, effective: str, mbps: str, approved_at: str = "2025-12-01T09:00:00-04:00", **more: Any
) -> dict:
    return {
        "id": id_,
        "effective": effective,
        "mbps": mbps,
        "status": "approved",
        "approved_at": approved_at,
    } | more


def case(
    *changes: dict,
    price: dict | None = None,
    contract: dict | None = None,
    billing: dict | None = None,
    mbps: str = "500",
    **more: Any,
) -> dict:
    """April 2026 of a contract in dollars at 8.00 a Mbps and 500 Mbps, with what is given put over it."""
    return copy.deepcopy(
        {
            "contract": {"currency": "USD", "start": "2025-01-01", "prices": [price or PER_MBPS]}
            | (contract or {}),
            "speed_changes": [change("a", "2025-01-01", mbps, APPROVED), *changes],
            "billing": {"period": "2026-04", "as_of": "2026-05-01T08:00:00-04:00", "invoice_currency": "USD"}
            | (billing or {}),
        }
        | more
    )


def answer(document: dict) -> dict:
    return writing.answered(reading.read(document))


def amounts(document: dict) -> list[tuple[str, str]]:
    """(kind, amount) of each line."""
    return [(line["kind"], line["amount"]) for line in answer(document)["lines"]]


def spans(document: dict) -> list[tuple[str, int, str | None, str]]:
    """(from, days, Mbps, amount) of each line that covers days."""
    return [
        (line["from"][5:], line["days"], line["billed_mbps"], line["amount"])
        for line in answer(document)["lines"]
        if "from" in line
    ]
