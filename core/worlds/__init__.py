"""Domains of pictures whose truth is exactly known."""
