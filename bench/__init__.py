"""The figures: `python -m bench` prints them as medians, with the machine described."""
