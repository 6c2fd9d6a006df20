"""Change it."""
