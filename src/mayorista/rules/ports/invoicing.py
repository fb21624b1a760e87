"""The port through which invoices come to be: in the billing system in use, or here in a series of our own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class FoundInvoice:
    """An invoice as another system says it was issued. `problem` says why its papers can not be used."""

    name: str
    number: str = ""
    authorization: str = ""
    issued_date: dt.date | None = None
    nit: str = ""
    currency: str = ""
    total: Decimal | None = None
    pdf: bytes | None = None
    xml: bytes | None = None
    problem: str = ""


class Invoicer(Protocol):
    """One way of invoicing. `origin` is the word under which its invoices are kept."""

    origin: str

    def issued(self, archive: bytes) -> Sequence[FoundInvoice]:
        """Return what a ZIP of PDF and XML holds, a row per invoice. Raises Invalid for an archive that is none or is a bomb.

        Where invoices are issued here there is nothing to read: Invalid.
        """
        ...

    def paper(self, invoice: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
        """Return the template and data of the paper made here; None where the other system makes it."""
        ...
