"""Programs of the world `photos`."""
