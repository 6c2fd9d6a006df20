"""What concepts and the models that share them are called on the page, and how each model came to see."""

from __future__ import annotations

from typing import Any, NamedTuple

from core.foundations.concepts import Concept


class Called(NamedTuple):
    """A model for people.

    Attributes:
        name: short.
        says: how it learned.
    """

    name: str
    says: str


CALLED = {
    "nouns_residual": Called("ResNet", "convolutions that learned to name the parts"),
    "nouns_transformer": Called("ViT", "a transformer that learned to name the parts"),
    "nouns_masked": Called("Masked", "an autoencoder that learned to fill in what is hidden"),
    "scenes_clip": Called("CLIP", "learned which sentence goes with which picture"),
    "dinov2": Called("DINOv2", "a transformer that learned from pictures alone"),
    "resnet50": Called("ResNet-50", "convolutions that learned to name a thousand things"),
    "tiny_vit": Called("TinyViT", "a transformer that learned to name many thousand things"),
    "faceres": Called("FaceRes", "learned whose face it is"),
}
"""By the names of the tables."""


def called(model: str, studio: Any = None) -> Called:
    """A model for people; the generator of a studio's world is called that, and one that is not known here goes by its own name."""
    if studio is not None and model == studio.shared.hub:
        return Called("Generator", "paints the picture")
    return CALLED.get(model) or Called(model.replace("_", " "), "looks at the picture")


def name_of(concept: Concept) -> str:
    """What it is called; where it has no name of its own, after the part that it covers."""
    return concept.name or concept.part.replace(":", ": ").replace("_", " ") or "no name yet"
