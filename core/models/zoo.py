"""A model's units by its name: the one place that knows which names there are, beside `core.models.registry`.

    "timm:resnet50", "open_clip:ViT-B-32:openai", "diffusers:madebyollin/taesd"     public models, fetched from the hub once
    "timm:hf-hub:OWNER/NAME", "open_clip:local-dir:FOLDER"                        the same from any repository, or from a folder
    "generator:nouns_generator"                                                   an embedded generator, on its way from latent to picture
    "encoder:nouns_generator"                                                     the same, on its way from picture to latent
    "clip:scenes_clip"                                                            an embedded CLIP's tower

After "@" may stand shell patterns of layers, with commas between them: "timm:resnet50@layer3,layer4".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.foundations.errors import ModelError
from core.models.clip import Clip
from core.models.registry import autoencoder, load
from core.models.sources import PREFIXES
from core.models.units import Units, encoder_units, generator_units, open_clip_units, timm_units, tower_units


def clip_units(name: str, clip: Clip, layers: Sequence[str] = ()) -> Units:
    """The units of the tower of a CLIP behind our door (core.models.clip)."""
    colours = (clip.mean.flatten().tolist(), clip.std.flatten().tolist())
    return tower_units(name, clip.visual, clip.image_size, colours, layers)


def _open_clip(name: str, given: str, layers: Sequence[str]) -> Units:
    architecture, _, pretrained = (given, "", "") if given.startswith(PREFIXES) else given.partition(":")
    return open_clip_units(name, architecture, pretrained or None, layers)


FAMILIES: dict[str, Callable[[str, str, Sequence[str]], Units]] = {
    "timm": timm_units,
    "open_clip": _open_clip,
    "diffusers": lambda name, given, layers: generator_units(name, autoencoder(given), layers or ("model.decoder.*",)),
    "generator": lambda name, given, layers: generator_units(name, load(given), layers),
    "encoder": lambda name, given, layers: encoder_units(name, load(given), layers),
    "clip": lambda name, given, layers: clip_units(name, load(given), layers),
}
"""What makes units of "family:given"."""


def units(name: str) -> Units:
    """The units of a model by its name, as the head of this file says.

    Raises:
        ModelError: where there is no such family.
        LayerError: where a pattern fits no layer.
        WeightsError: where an embedded model is missing.
    """
    model, _, layers = name.partition("@")
    family, _, given = model.partition(":")
    if family not in FAMILIES or not given:
        raise ModelError(f"There is no model named {name!r}. Names are FAMILY:NAME, with the families {', '.join(FAMILIES)}.")
    return FAMILIES[family](model, given, [layer for layer in layers.split(",") if layer])
