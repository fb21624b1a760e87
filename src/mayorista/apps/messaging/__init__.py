"""Conversations, messages in and out, their delivery, texts and templates."""
