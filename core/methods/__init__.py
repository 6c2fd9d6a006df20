"""Pure functions of tensors and protocols: read, relate, write."""
