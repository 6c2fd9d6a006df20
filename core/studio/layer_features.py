"""Sparse features of a layer of any public network, through forward hooks: collected, learned, seen, turned and named.

    rows x of what the layer gives, one for each place        codes a = encode(x)
    turned:  x + s v_f  at the places of a mask               v_f is what one unit of feature f adds

The network is a text-to-image pipeline of diffusers, of which the denoiser is traced while it paints, or a tower that looks at pictures;
the dictionary is learned here or comes from elsewhere (core.models.public_dictionary). Nothing is kept of a pass but what is asked for.

Source: Surkov et al. 2024, arXiv:2410.22366, sparse autoencoders on SDXL Turbo. Differs: they read what a block adds to its input; here
what a layer gives is read, so that layers that change the size serve too. Several steps are averaged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.foundations.errors import ModelError, SettingError, ShapeError
from core.foundations.records import Word
from core.foundations.seeds import torch_rng
from core.foundations.trace import Trace, as_maps
from core.methods.relate.learn_dictionary import DictionarySettings, learn_dictionary
from core.models.clip import Clip
from core.models.dictionary import Dictionary
from core.models.painters import PublicPainter

PLACES = 64
"""Places of a picture that are collected, at most, drawn at random."""
STRONGEST = 200.0
"""A feature is turned by as much at most."""


class Prompt(NamedTuple):
    """What a pipeline paints.

    Attributes:
        text: the prompt.
        seed: of the noise.
    """

    text: str
    seed: int = 0


class SeenFeatures(NamedTuple):
    """What one pass gave.

    Attributes:
        output: the network's own: RGB uint8 `[h w 3]` of a pipeline, an embedding `[n k]` of a tower.
        codes: `[k h w]`, the mean over steps and pictures.
    """

    output: Any
    codes: Tensor


@dataclass(frozen=True)
class LayerFeatures:
    """A layer, and how its network is run.

    Attributes:
        network: that holds it.
        layer: its name as in `network.named_modules()`; LayerError from the first use where there is none.
        run: what runs the network on what is given.
        extra: tokens that have no place, class and registers.
    """

    network: nn.Module
    layer: str
    run: Callable[[Any], Any]
    extra: int = 0

    def collect(self, given: Iterable[Any], most: int = 20_000, seed: int = 0) -> Tensor:
        """Rows of the layer over many runs, `[n d]`, chosen at random; in memory there are never more than twice as many.

        Args:
            given: what the network is run on, one after another.
            most: rows.
            seed: of the choice.
        """
        numbers, kept, lots = torch_rng("layer rows", seed), [], []
        for one in given:
            for rows in self._rows(one)[1]:
                chosen = rows[torch.randperm(len(rows), generator=numbers)[:PLACES].to(rows.device)]
                kept.append(chosen.float().cpu())
                lots.append(torch.rand(len(chosen), generator=numbers))
            if sum(map(len, lots)) > 2 * most - PLACES:
                kept, lots = _drawn(kept, lots, most)
        if not kept:
            raise SettingError("Nothing was given to collect from. Give at least one prompt or picture.")
        return _drawn(kept, lots, most)[0][0]

    def learn(self, given: Iterable[Any], settings: DictionarySettings, most: int = 20_000) -> Dictionary:
        """A dictionary of the layer; see `collect` and core.methods.relate.learn_dictionary."""
        return learn_dictionary(self.collect(given, most, settings.seed), settings)

    def see(self, one: Any, dictionary: Dictionary) -> SeenFeatures:
        """Where each feature is active in one run; ShapeError where the dictionary is of another width."""
        sums: list[Tensor] = []

        def read(maps: Tensor) -> None:
            n, _, h, w = maps.shape
            codes = dictionary.to(maps.device).encode(maps.permute(0, 2, 3, 1).flatten(0, 2).float())
            sums.append(codes.unflatten(0, (n, h, w)).mean(0).permute(2, 0, 1).cpu())

        output = self._traced(one, lambda x: read(self._maps(x)))
        return SeenFeatures(output, torch.stack(sums).mean(0))

    def turn(self, one: Any, dictionary: Dictionary, changes: Mapping[int, float], where: Tensor | None = None) -> Any:
        """The network's output with some features turned.

        Args:
            one: what it is run on.
            dictionary: whose features.
            changes: feature to strength; 1 adds what one unit of it adds.
            where: `[h w]` bool or in [0, 1], of any size; everywhere where None.

        Raises:
            SettingError: where there is no such feature, or a strength is out of bounds.
        """
        size = dictionary.config.size
        for feature, strength in changes.items():
            if not 0 <= feature < size or not abs(strength) <= STRONGEST:
                raise SettingError(
                    f"Features are 0 to {size - 1} and strengths up to {STRONGEST:g} either way, got {feature}: {strength:g}."
                )
        ways = dictionary.directions()
        added = sum((strength * ways[feature] for feature, strength in changes.items()), torch.zeros(dictionary.config.width).to(ways))

        def edit(x: Tensor) -> Tensor:
            maps = self._maps(x)
            if maps.shape[1] != len(added):
                raise ShapeError(f"This dictionary is of {len(added)} units, the layer {self.layer!r} has {maps.shape[1]}.")
            mask = torch.ones(maps.shape[2:]) if where is None else _fitted(where, maps.shape[2:])
            spread = maps.std(1, keepdim=True) if dictionary.config.each else 1.0
            turned = maps + spread * added.to(maps)[:, None, None] * mask.to(maps)
            return turned if x.ndim == 4 else torch.cat([x[:, : self.extra], turned.flatten(2).transpose(1, 2)], 1)

        return self._traced(one, edit)

    def labels(self, told: Sequence[tuple[Any, Sequence[str]]], dictionary: Dictionary, limit: int = 3) -> tuple[tuple[Word, ...], ...]:
        """The words that go with each feature: where they are told, it is more active than elsewhere, in spreads over the runs.

        Args:
            told: what is run, each with words that it has and others have not.
            dictionary: whose features are named.
            limit: words for each, those above 0.
        """
        words = sorted({word for _, some in told for word in some})
        active = torch.stack([self.see(one, dictionary).codes.mean((1, 2)) for one, _ in told])
        has = torch.tensor([[word in some for word in words] for _, some in told], dtype=active.dtype)
        inside = has.T @ active / has.sum(0).clamp(min=1)[:, None]
        outside = (1 - has).T @ active / (1 - has).sum(0).clamp(min=1)[:, None]
        scores = (inside - outside) / active.std(0, correction=0).clamp(min=1e-9)
        found = []
        for column in scores.T:
            best = column.topk(min(limit, len(words)))
            found.append(tuple(Word(words[p], float(v)) for v, p in zip(best.values, best.indices.tolist(), strict=True) if v > 0))
        return tuple(found)

    def _maps(self, x: Tensor) -> Tensor:
        return as_maps(x, self.extra)[0]

    def _rows(self, one: Any) -> tuple[Any, list[Tensor]]:
        """The output, and the rows of each pass `[n d]`."""
        rows: list[Tensor] = []
        output = self._traced(one, lambda x: rows.append(self._maps(x).permute(0, 2, 3, 1).flatten(0, 2).detach()))
        return output, rows

    def _traced(self, one: Any, use: Callable[[Tensor], Tensor | None]) -> Any:
        """Run with a function on what the layer gives; what it returns stands in its place."""

        def edit(output: Any) -> Any:
            first = output[0] if isinstance(output, tuple) else output
            if not isinstance(first, Tensor):
                raise ModelError(f"The layer {self.layer!r} gives no tensor. Name a block or one of its parts.")
            new = use(first)
            if new is None:
                return output
            return (new, *output[1:]) if isinstance(output, tuple) else new

        with torch.no_grad(), Trace(self.network, [], {self.layer: edit}):
            return self.run(one)


def _drawn(kept: list[Tensor], lots: list[Tensor], most: int) -> tuple[list[Tensor], list[Tensor]]:
    """The rows with the largest lots: whenever a row came, it stays with equal chance."""
    rows, drawn = torch.cat(kept), torch.cat(lots)
    best = drawn.topk(min(most, len(drawn))).indices
    return [rows[best]], [drawn[best]]


def _fitted(where: Tensor, size: Sequence[int]) -> Tensor:
    """A mask at the size of a layer's maps."""
    return F.interpolate(where[None, None].float(), (int(size[0]), int(size[1])), mode="area")[0, 0]


def pipeline_features(painter: PublicPainter, layer: str, steps: int = 1) -> LayerFeatures:
    """A layer of a text-to-image pipeline's denoiser; it is run on `Prompt`s.

    Args:
        painter: as `core.models.painters.painter("diffusers:...")` gives it.
        layer: of its U-Net or transformer.
        steps: how many are painted in; one for turbo models.

    Raises:
        ModelError: where the pipeline has neither.
    """
    network = getattr(painter.pipeline, "unet", None) or getattr(painter.pipeline, "transformer", None)
    if network is None:
        raise ModelError(f"{type(painter.pipeline).__name__} has neither a U-Net nor a transformer. Name another pipeline.")
    return LayerFeatures(network, layer, lambda one: painter.paint([one.text], [one.seed], steps=steps).images[0])


def tower_features(clip: Clip, layer: str) -> LayerFeatures:
    """A layer of a tower; it is run on pictures RGB `[n 3 h w]` in [0, 1], and gives their embeddings."""
    return LayerFeatures(clip.visual, layer, clip.embed, clip.anatomy.extra)
