"""Programs of the world `scenes`."""
