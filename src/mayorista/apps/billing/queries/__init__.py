"""What other rooms ask of billing: what is owed by invoice, the last business days of a month's steps."""

from mayorista.apps.billing.queries.debts import (
    DUE,
    SENT,
    InvoiceCard,
    definers_of,
    dispatch_messages,
    groups_invoiced,
    invoice_card,
    open_invoices,
    rate_near,
)

__all__ = [
    "DUE",
    "SENT",
    "InvoiceCard",
    "definers_of",
    "dispatch_messages",
    "groups_invoiced",
    "invoice_card",
    "open_invoices",
    "rate_near",
]
