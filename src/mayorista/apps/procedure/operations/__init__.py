"""What changes rows of the spine."""
