"""Photographs: what a head for them learns from, and what judges it."""
