"""B.2.1 to B.5: coordination of the month, amounts with their sheets, packets, invoices, dispatch."""
