"""What monitoring systems say: sources, alarms, occurrences, quarantine, maintenance (A.1)."""
