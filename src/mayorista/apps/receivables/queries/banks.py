"""What is said where a bank statement and a receipt name different banks."""

from __future__ import annotations

from django.utils.translation import gettext as _

from mayorista.rules import receipts


def bank_difference(statement: str, receipt: str) -> str:
    """Return in words that a statement's bank is not the receipt's; "" where it is, however each is written."""
    if not receipts.another_bank(statement, receipt):
        return ""
    return _("El extracto es de %(a)s y el comprobante dice %(b)s.") % {"a": statement, "b": receipt}
