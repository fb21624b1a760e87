"""Contracts, services (circuits), what they ride on, SLA profiles, suspensions and work orders."""
