"""Rosetta Studio's core: pick up a picture, read what a model knows of it, turn it, measure the change."""
