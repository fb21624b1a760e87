"""Issuing, approving and sending the papers about the service given."""
