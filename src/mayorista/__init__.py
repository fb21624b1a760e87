"""Mayorista: the after-sales of wholesale Internet customers, by the written procedure."""
