"""Public checkpoints by name, measured against a stand-in for the hub."""
