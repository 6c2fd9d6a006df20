"""The verbs a person has."""

from core.studio.studio import Studio

__all__ = ["Studio"]
