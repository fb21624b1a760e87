"""Ways for WhatsApp messages to leave."""
