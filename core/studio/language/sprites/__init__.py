"""A person's sentence about a sprite to what should change: rewrites, parse, resolve."""
