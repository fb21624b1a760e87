"""What changes rows of the monitoring room."""
