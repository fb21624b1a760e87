"""The acts of stage A. Each is one transaction: state, journal, work items, messages."""
