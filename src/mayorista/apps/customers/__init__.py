"""Wholesale customers (ISPs): who they are, who answers for them, and where they write from."""
