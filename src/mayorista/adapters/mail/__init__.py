"""Ways for e-mail to leave."""
