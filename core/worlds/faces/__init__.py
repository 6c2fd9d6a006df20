"""Faces: what a portrait shows, slot by slot."""
