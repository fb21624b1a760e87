"""What is asked of the measure."""
