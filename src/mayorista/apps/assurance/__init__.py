"""Papers about the service given: SLA reports, reasons for outage, three clocks, claims to providers."""
