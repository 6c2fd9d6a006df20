"""Programs of the world `faces`."""
