"""What the papers about the service given say before they are issued."""
