"""Mayorista: the after-sales of wholesale Internet customers, by the written procedure."""

__version__ = "0.1.0"
