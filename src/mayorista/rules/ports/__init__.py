"""What the house asks of the outside: one module per port, one protocol each, known by these names only."""
