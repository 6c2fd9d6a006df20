"""Sentences to typed actions: one grammar for all worlds, and for each world one file of facts (core/language/facts)."""
