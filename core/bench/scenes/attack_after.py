"""What comes after an attack: a defence that silences the guilty neurons, and whether another model is fooled too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.images import to_tensor
from core.foundations.records import Picture
from core.foundations.seeds import numpy_rng
from core.methods.read.second_order import Flow, coefficients, flow, total
from core.models.clip import Clip
from core.models.registry import load
from core.studio.lenses import Lenses
from core.train.scenes.lenses import batches
from core.worlds.nouns.art import SIDE, SLOTS
from core.worlds.scenes.compose import sample
from core.worlds.scenes.things import Thing, classes

GUILTY = 50
"""Neurons that are silenced for a pair."""
DOUBT = 1e-3
"""How much it takes to move the map that mends a model; chosen on other pairs."""
STRIDE = 4
"""Pixels from one window to the next, where a model of single Nouns looks at a scene."""


class Parts(NamedTuple):
    """Pictures as the neurons see them: unit embeddings `[n k]`, and of each layer the centred coefficients `[n a u]`."""

    whole: Tensor
    centred: dict[int, Tensor]


class Silencing:
    """Neurons' second-order effects put at their means (core/methods/read/second_order.py)."""

    def __init__(self, clip: Clip, lenses: Lenses) -> None:
        self.clip, self.lenses = clip, lenses
        self.flows: dict[int, Flow] = {layer: flow(clip.anatomy, layer) for layer in sorted(lenses.directions)}

    @torch.no_grad()
    def parts(self, images: Tensor) -> Parts:
        """Pictures `[n 3 h w]` in [0, 1]."""
        whole: list[Tensor] = []
        found: dict[int, list[Tensor]] = {layer: [] for layer in self.flows}
        for some in images.split(50):
            seen = self.clip.see(some, list(self.flows))
            whole.append(F.normalize(seen.embedding, dim=-1))
            for layer in self.flows:
                found[layer].append(coefficients(seen, self.clip.anatomy, layer, unit=True) - self.lenses.centre[layer])
        return Parts(torch.cat(whole), {layer: torch.cat(rows) for layer, rows in found.items()})

    def guilty(self, found: Parts, clean: Parts, v: Tensor, count: int = GUILTY) -> dict[int, Tensor]:
        """Which neurons move found pictures further along v `[k]` than clean ones, layer to `[u]` bool."""
        gain = {
            layer: (self._along(found, layer).mean(0) - self._along(clean, layer).mean(0)) * (self.lenses.directions[layer] @ v)
            for layer in self.flows
        }
        least = torch.cat(list(gain.values())).topk(count).values[-1].clamp_min(1e-9)
        return {layer: values >= least for layer, values in gain.items()}

    def without(self, parts: Parts, chosen: dict[int, Tensor]) -> Tensor:
        """Embeddings with these neurons' effects at their means `[n k]`."""
        changed = parts.whole
        for layer, ways in self.flows.items():
            changed = changed - total(parts.centred[layer] * chosen[layer], ways)
        return changed

    def _along(self, parts: Parts, layer: int) -> Tensor:
        return (parts.centred[layer] * self.lenses.reader[layer]).sum(1)


def images_of(pictures: Sequence[Picture]) -> Tensor:
    """Pictures `[n 3 h w]` in [0, 1]."""
    return to_tensor(np.stack([np.asarray(picture.image) for picture in pictures]))


def clean_scenes(count: int, held_out: bool = True) -> tuple[Tensor, Tensor]:
    """Scenes of one Noun, held-out compositions or others, and the places of their classes: `[n 3 h w]` and `[n]`."""
    scenes = sample(numpy_rng("attack bench clean" if held_out else "attack bench mend"), count, held_out, nouns=1, bare=0.0)
    rows = {thing.at[0]: row for row, thing in enumerate(classes())}
    heads = scenes.nouns[:, 0, SLOTS.index("head")]
    return torch.cat(list(batches(scenes))), torch.tensor([rows[int(head)] for head in heads])


def mended(found: Tensor, wanted: Tensor, clean: Tensor, doubt: float = DOUBT) -> Tensor:
    """A map behind a model that takes found pictures to what they should say and leaves clean ones as they are.

        A = argmin mean |x A - w|^2 + mean |c A - c|^2 + doubt |A - 1|^2

    Args:
        found: embeddings of pictures that an attack found `[n k]`.
        wanted: what each should be `[n k]`.
        clean: embeddings of ordinary pictures `[n' k]`.
        doubt: above 0; how much it takes to move the map.

    Returns:
        `[k k]`.
    """
    x, change = torch.cat([found, clean]).double(), torch.cat([wanted - found, torch.zeros_like(clean)]).double()
    weight = torch.cat([torch.full((len(found),), 1 / len(found)), torch.full((len(clean),), 1 / len(clean))]).double()[:, None]
    gram = x.T @ (weight * x) + doubt * torch.eye(x.shape[1]).double()
    return (torch.eye(x.shape[1]).double() + torch.linalg.solve(gram, x.T @ (weight * change))).float()


class Second:
    """A model of single Nouns before scenes: the most that any window says of a class."""

    def __init__(self, name: str = "nouns_transformer") -> None:
        self.model: Any = load(name)

    @torch.no_grad()
    def fooled(self, pictures: Sequence[Picture], true: Thing, wrong: Thing) -> Tensor:
        """Of each picture whether it says more for the wrong class than for the true one `[n]` bool."""
        places = [true.at[0], wrong.at[0]]
        rows = []
        for picture in images_of(pictures).split(1):
            windows = picture.unfold(2, SIDE, STRIDE).unfold(3, SIDE, STRIDE)[0].flatten(1, 2).transpose(0, 1)
            rows.append(self.model(windows).log_softmax(-1)[:, places].amax(0))
        both = torch.stack(rows)
        return both[:, 1] > both[:, 0]
