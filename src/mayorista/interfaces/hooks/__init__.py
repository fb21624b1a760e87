"""What machines outside post to us."""
