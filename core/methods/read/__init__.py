"""What is there."""
