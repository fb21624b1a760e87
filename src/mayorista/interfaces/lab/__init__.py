"""The lab: outages played through the true front door."""
