"""Benchmarks of the world `faces`."""
