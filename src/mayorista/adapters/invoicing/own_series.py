"""A series of our own: numbers are taken at issue, the paper is made here and says that it is not fiscal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mayorista.rules.errors import Invalid
from mayorista.rules.ports.invoicing import FoundInvoice


class OwnSeries:
    """Invoicer of the house."""

    origin = "INTERNAL"

    def issued(self, archive: bytes) -> Sequence[FoundInvoice]:
        """See Invoicer: nobody else issues these."""
        raise Invalid(
            f"La serie propia se emite aquí: no se importa ({len(archive)} bytes).",
            field="archive",
            remedy="Emita desde el mes.",
        )

    def paper(self, invoice: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """See Invoicer."""
        return "invoice", {**invoice, "fiscal": False}
