"""Day one: import of workbooks with preview and correction, and example data."""
