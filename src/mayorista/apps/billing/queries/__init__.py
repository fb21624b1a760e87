"""What other rooms ask of billing: what is owed by invoice, the last business days of a month's steps."""

from mayorista.apps.billing.queries.debts import InvoiceCard, invoice_card, open_invoices

__all__ = ["InvoiceCard", "invoice_card", "open_invoices"]
