"""The units of any network: run it on pictures or latents, and what its layers say comes out as maps `[n u h w]`.

Convolutional maps and a transformer's tokens come alike; class and register tokens have no place and are left out. What is run is
the network's own forward, traced (core.foundations.trace), so that maps and output are of one pass and differentiable in what came in.

Source of what counts as a unit: papers/inner_workings_thesis.md, section 4.3; there the stages of a ResNet and, of a transformer, what
the MLP's activation function gives.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.foundations.errors import LayerError, ModelError, ShapeError
from core.foundations.trace import Trace, as_maps
from core.models.anatomy import anatomy_of
from core.models.clip import open_clip_model
from core.models.one_headed import one_headed
from core.models.sources import timm_source

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""Mean and spread of the colours that most public networks were trained on."""


class Seen(NamedTuple):
    """What one pass gave.

    Attributes:
        output: the network's own: an embedding, or pictures `[n 3 h w]` in [0, 1].
        maps: layer to `[n u h w]`.
    """

    output: Any
    maps: dict[str, Tensor]


@dataclass(frozen=True)
class Units:
    """A network, and the layers whose channels are its units.

    Attributes:
        name: of the model, in the tables.
        network: whose layers are traced.
        layers: names as in `network.named_modules()`.
        run: what is run: pictures RGB `[n 3 h w]` in [0, 1] of any size, or a generator's latents, to the network's output.
        extra: tokens that have no place, class and registers.
        last: whether maps come with their channels last, `[n h w u]`.
        singly: whether `run` calls the network once for each picture.

    Example:
        dino = tower_units("dino", trunk, (224, 224))
        maps = dino.see(pictures).maps["blocks.5.mlp.act"]
    """

    name: str
    network: nn.Module
    layers: tuple[str, ...]
    run: Callable[[Tensor], Any]
    extra: int = 0
    last: bool = False
    singly: bool = False

    def see(self, given: Tensor) -> Seen:
        """One pass, differentiable in what is given; with `torch.no_grad()` around it where that is not wanted.

        Args:
            given: pictures RGB `[n 3 h w]` in [0, 1], or latents; see `run`.

        Raises:
            LayerError: where a layer does not exist or was not reached.
            ShapeError: where a layer's output is neither maps nor tokens that fill a square.
        """
        if self.singly and len(given) > 1:
            seen = [self.see(one) for one in given.split(1)]
            return Seen(torch.cat([one.output for one in seen]), {k: torch.cat([one.maps[k] for one in seen]) for k in self.layers})
        with Trace(self.network, list(self.layers)) as trace:
            output = self.run(given)
        return Seen(output, {layer: self._maps(trace[layer]) for layer in self.layers})

    def _maps(self, output: Any) -> Tensor:
        output = output[0] if isinstance(output, tuple) else output
        if self.last and output.ndim == 4:
            output = output.permute(0, 3, 1, 2)
        return as_maps(output, self.extra)[0]

    def only(self, *patterns: str) -> Units:
        """With some of its layers, by shell patterns such as "blocks.*.mlp.act"; LayerError where a pattern fits none."""
        return replace(self, layers=chosen(self.layers, patterns))


def chosen(layers: Sequence[str], patterns: Sequence[str]) -> tuple[str, ...]:
    """The layers that fit any of some shell patterns, in their order; LayerError where a pattern fits none."""
    for pattern in patterns:
        if not fnmatch.filter(layers, pattern):
            raise LayerError(f"No layer fits {pattern!r}. There are {', '.join(list(layers)[:12])}{' ...' if len(layers) > 12 else ''}.")
    return tuple(layer for layer in layers if any(fnmatch.fnmatchcase(layer, pattern) for pattern in patterns))


def brought(images: Tensor, size: tuple[int, int], mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """Pictures as a network wants them.

    Args:
        images: RGB `[n 3 h w]` in [0, 1].
        size: height and width.
        mean: of the colours, subtracted.
        std: of the colours, divided by.

    Returns:
        `[n 3 h w]`. ShapeError where they are no pictures.
    """
    if images.ndim != 4 or images.shape[1] != 3:
        raise ShapeError(f"Expected pictures [n 3 h w], got {tuple(images.shape)}.")
    if tuple(images.shape[2:]) != tuple(size):
        images = F.interpolate(images, size, mode="bilinear", antialias=True, align_corners=False)
    return (images - images.new_tensor(mean)[:, None, None]) / images.new_tensor(std)[:, None, None]


def layers_with_maps(network: nn.Module, run: Callable[[Tensor], Any], probe: Tensor, extra: int = 0) -> tuple[str, ...]:
    """Every layer that gives maps of more than one place, or tokens that fill a square, in the order of `named_modules()`.

    Args:
        network: any.
        run: what is run.
        probe: what it is run on, one is enough.
        extra: tokens that have no place.
    """
    found: dict[str, bool] = {}
    names = [name for name, module in network.named_modules() if name and not isinstance(module, nn.Embedding)]
    with torch.no_grad(), Trace(network, names) as trace:
        run(probe)
    for name, output in trace.outputs.items():
        output = output[0] if isinstance(output, tuple) and output else output
        with suppress(ShapeError):
            found[name] = isinstance(output, Tensor) and as_maps(output, extra)[0][0, 0].numel() > 1
    return tuple(name for name in names if found.get(name))


def tower_units(
    name: str, tower: Any, size: tuple[int, int], colours: tuple[Sequence[float], Sequence[float]] = IMAGENET, layers: Sequence[str] = ()
) -> Units:
    """The units of a network that looks at pictures: any of timm, an open_clip tower, a PhotoTower, or another torch module.

    Args:
        name: of the model.
        tower: takes normalised images `[n 3 h w]`.
        size: height and width of its images.
        colours: mean and spread that it was trained with.
        layers: names or shell patterns. Where there are none: of a vision transformer what each MLP's activation function gives, of
            another timm network its stages, of all else every layer that has maps.

    Raises:
        LayerError: where a pattern fits no layer.
        ModelError: where it has no maps at all.
    """
    tower = one_headed(tower)

    def run(images: Tensor) -> Any:
        return tower(brought(images, size, *colours))

    extra, usual = 0, tuple[str, ...]()
    with suppress(ModelError):
        anatomy = anatomy_of(tower)
        extra, usual = anatomy.extra, tuple(block.activation_name for block in anatomy.blocks)
    if not usual:
        extra = getattr(tower, "num_prefix_tokens", 0)
        usual = tuple(stage["module"] for stage in getattr(tower, "feature_info", ()) if isinstance(stage, dict))
    units = Units(name, tower, usual, run, extra, last=getattr(tower, "output_fmt", "NCHW") == "NHWC")
    return _with(units, torch.zeros(1, 3, *size), layers)


def _with(units: Units, probe: Tensor, layers: Sequence[str]) -> Units:
    """With the layers that were asked for; where none were, its usual ones, or else all that have maps."""
    if not layers and units.layers:
        return units
    found = layers_with_maps(units.network, units.run, probe, units.extra)
    if not found:
        raise ModelError(f"No layer of {units.name!r} gives maps [n u h w], or tokens that fill a square. Name another network.")
    return replace(units, layers=chosen(found, layers) if layers else found)


def generator_units(name: str, generator: Any, layers: Sequence[str] = (), singly: bool = False) -> Units:
    """The units of a generator on its way from a latent to a picture (core.models.protocols.Generator).

    Args:
        name: of the model.
        generator: a module with `decode`, `latent_shape` and `image_size`: the embedded ones, or a diffusers autoencoder.
        layers: names or shell patterns; all layers that have maps where there are none.
        singly: whether it decodes one latent at a time.
    """
    units = Units(name, generator, (), generator.decode, singly=singly)
    return _with(units, torch.zeros(1, *generator.latent_shape), layers)


def encoder_units(name: str, generator: Any, layers: Sequence[str] = ()) -> Units:
    """The units of a generator's encoder, from a picture of any size to a latent; arguments as in `generator_units`."""
    size = generator.image_size
    units = Units(name, generator, (), lambda images: generator.encode(brought(images, size, (0, 0, 0), (1, 1, 1))))
    return _with(units, torch.zeros(1, 3, *size), layers)


def timm_units(name: str, architecture: str, layers: Sequence[str] = (), pretrained: bool = True, **settings: Any) -> Units:
    """The units of a network of timm by its name there, with its own size and colours; `settings` go to `timm.create_model`."""
    import timm

    tower = timm.create_model(**timm_source(architecture, pretrained), **settings).eval().requires_grad_(False)
    config = timm.data.resolve_model_data_config(tower)
    return tower_units(name, tower, config["input_size"][1:], (config["mean"], config["std"]), layers)


def open_clip_units(name: str, architecture: str, pretrained: str | None = None, layers: Sequence[str] = ()) -> Units:
    """The units of an open_clip model's tower for pictures by its name there."""
    clip = open_clip_model(architecture, pretrained)
    return tower_units(name, clip.visual, clip.image_size, (clip.mean.flatten().tolist(), clip.std.flatten().tolist()), layers)


def diffusers_units(name: str, hub_id: str, layers: Sequence[str] = ("model.decoder.*",), side: int = 256) -> Units:
    """The units of a diffusers autoencoder's decoder by its name on a hub, or a folder."""
    from core.models.registry import autoencoder

    return generator_units(name, autoencoder(hub_id, side), layers)
