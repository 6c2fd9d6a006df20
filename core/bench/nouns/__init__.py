"""Programs of the world `nouns`."""
