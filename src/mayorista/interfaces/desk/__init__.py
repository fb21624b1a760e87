"""The audience of the carrier's own people: the screens of the procedure."""
