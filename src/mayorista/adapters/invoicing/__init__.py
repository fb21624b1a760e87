"""Ways of invoicing: the billing system in use, and a series of our own."""
