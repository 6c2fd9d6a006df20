"""The one small family of errors. Each says what is wrong, what was given, and what to do."""

from __future__ import annotations


class StudioError(Exception):
    """Something a person can mend. The page shows its sentence, never a traceback."""


class PictureError(StudioError):
    """An image that cannot be opened or used."""


class RecipeError(StudioError):
    """A recipe that is not one of ours, or asks for something that does not exist."""


class RequestError(StudioError):
    """A sentence that cannot be taken: empty, too long, or not text."""


class LayerError(StudioError):
    """A layer that a model does not have."""


class WeightsError(StudioError):
    """A weight file that is missing, changed, or does not fit its card."""


class ShapeError(StudioError):
    """A tensor whose axes are not the ones a function asks for."""


class SettingError(StudioError):
    """A setting outside its bounds."""


class ModelError(StudioError):
    """A model that a method cannot take apart."""
