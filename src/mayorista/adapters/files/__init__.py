"""Content-addressed file stores."""
