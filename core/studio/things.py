"""What adding each thing of a world does to what a CLIP sees and to its neurons, as `python -m core.train scene_things` measured it.

And of photographs: what adding a named thing does, as `python -m core.train photo_things` measured it on emoji and clip-art.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from core.foundations.errors import WeightsError
from core.foundations.files import load_weights, read_words
from core.methods.read.sparse_text import SparseTextSettings, TextPool, sparse_text
from core.methods.write.attack import Codes
from core.studio.lenses import Lenses

NAME = "scenes_things"
BELIEF = 0.5
"""How much a thing's name counts beside what was measured of it; chosen on pairs and scenes that no benchmark uses."""
PHOTO_NAME = "photos_things"
TEXTS = 16
"""Texts of a neuron's sparse code; the paper tries 4 to 128 of a pool sixty times as large."""
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

    def with_names(self, texts: Tensor, share: float = BELIEF) -> Tensor:
        """The effects with something of what the things' names say, so that what was measured badly weighs less: `[j k]`.

        Args:
            texts: the things' names as unit vectors `[j k]`.
            share: how much of it, of the size that is nearest to what was measured.
        """
        named = texts - texts.mean(0)
        effects = self.effects.to(named)
        return effects + share * (effects * named).sum() / named.square().sum().clamp_min(1e-12) * named

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


@dataclass(frozen=True)
class NamedEffects:
    """What adding things does to an embedding, by their names.

    Attributes:
        rows: names of things that were looked at, in small letters, each with its place; two names of one thing have one place.
        effects: of adding each `[j k]`, beside what adding any thing does.
        through: from a name's vector to what adding its thing should do `[d k]`, for things that were never looked at.
        alone: the gallery's emoji as they are seen by themselves `[g k]`, in the gallery's order.
    """

    rows: Mapping[str, int]
    effects: Tensor
    through: Tensor
    alone: Tensor = field(default_factory=lambda: torch.zeros(0, 0))

    def of(self, names: Sequence[str], texts: Tensor) -> Tensor:
        """The effects of things by their names and these names' vectors `[m d]`: `[m k]`."""
        found = texts @ self.through.to(texts)
        for at, name in enumerate(names):
            if name.lower() in self.rows:
                found[at] = self.effects[self.rows[name.lower()]].to(found)
        return found


def load_named_effects(name: str = PHOTO_NAME) -> NamedEffects:
    """The effects that lie in `assets/<name>.safetensors` and `assets/<name>.json.gz`; WeightsError where a file is missing or damaged."""
    kept, rows = load_weights(name)[0], json.loads(read_words(f"{name}.json"))
    effects, through = (kept[table] @ kept["effect.space"] for table in ("effect.things", "effect.texts"))
    return NamedEffects(rows, effects, through, kept["alone.gallery"])


def believed(effects: Tensor, alone: Tensor, texts: Tensor, share: float = BELIEF) -> Tensor:
    """What things should do, by all that is known of them: each kind of knowledge weighs by its whole size, as much as the first but names.

    Args:
        effects: as adding things of the same name was measured to do `[j k]`.
        alone: things as they are seen by themselves `[j k]`.
        texts: their names `[j k]`.
        share: how much names count; chosen on pairs and pictures that no benchmark uses.
    """
    size = effects.norm()
    parts = [one / one.norm().clamp_min(1e-12) for one in (effects, alone - alone.mean(0), texts - texts.mean(0))]
    return size * (parts[0] + parts[1] + share * parts[2])


def coded(directions: Tensor, texts: Tensor) -> Codes:
    """Directions `[u k]` as sparse sums of texts `[j k]`, by the paper's section 3.4."""
    code = sparse_text(directions, TextPool.of(texts), SparseTextSettings(size=min(TEXTS, len(texts))))
    return Codes(directions, code.indices.clamp_min(0), code.coefficients, len(texts))
