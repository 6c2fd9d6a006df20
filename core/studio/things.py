"""What adding each thing of a world does to what a CLIP sees and to its neurons, as `python -m core.train scene_things` measured it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from core.foundations.errors import WeightsError
from core.foundations.files import load_weights
from core.methods.write.attack import Codes
from core.studio.lenses import Lenses

NAME = "scenes_things"
ALIKE = 0.6
"""Cosine of sentence vectors from which on a thing is a synonym of a class; the paper's."""


@dataclass(frozen=True)
class Added:
    """The measured effects.

    Attributes:
        effects: of adding each thing, on the unit embedding `[j k]`.
        neurons: and on every neuron's coefficient along its direction `[j u]`, layer after layer.
        alike: pairs of a class and a thing that mean alike `[p 2]`, by their places.
    """

    effects: Tensor
    neurons: Tensor
    alike: Tensor

    def codes(self, lenses: Lenses) -> Codes:
        """What the neurons say, in things: gamma is what adding a thing adds to a neuron's coefficient."""
        directions = torch.cat([lenses.directions[layer] for layer in sorted(lenses.directions)])
        things = torch.arange(len(self.neurons), device=directions.device)
        return Codes(directions, things.expand(len(directions), -1), self.neurons.T.to(directions), len(things))


def ids_of(lenses: Lenses) -> tuple[str, ...]:
    """The ids of the neurons whose directions are known, layer after layer, as `sight.seer` takes them."""
    return tuple(f"neuron:{layer}:{at}" for layer in sorted(lenses.directions) for at in range(len(lenses.directions[layer])))


def load_added(things: int, units: int, name: str = NAME) -> Added:
    """The effects that lie in `assets/<name>.safetensors`.

    Args:
        things: how many the world has.
        units: how many neurons have a direction.

    Raises:
        WeightsError: where the file is missing, not the one its card describes, or of other things or neurons.
    """
    kept = load_weights(name)[0]
    effects, neurons = kept["effect.things"] @ kept["effect.space"], kept["neurons.things"] @ kept["neurons.units"].T
    if effects.shape[0] != things or neurons.shape != (things, units):
        raise WeightsError(
            f"assets/{name}.safetensors is of {len(effects)} things, the world has {things}. Run `python -m core.train scene_things`."
        )
    return Added(effects, neurons, kept["alike"].long())
