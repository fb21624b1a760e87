"""Incoming mail on paper: bytes that a stranger wrote become a letter, whatever they are."""
