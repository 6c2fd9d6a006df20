"""The named neurons of a classifier, found by words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from core.foundations.errors import StudioError
from core.foundations.named_neurons import NamedNeuron
from core.models.text import TextEncoder
from core.studio.seers import Seer

OF_A_NAME = 2
"""Most neurons of one name that are found: others see the same, and should be seen too."""


class NamedKeys:
    """Those of one world; none where it has no classifier.

    Args:
        neurons: with and without names.
        texts: what embeds their names.
    """

    def __init__(self, neurons: Sequence[NamedNeuron], texts: TextEncoder) -> None:
        self.texts = texts
        self.by_id = {one.id: one for one in neurons}
        self.by_name: dict[str, list[NamedNeuron]] = defaultdict(list)
        for one in sorted(neurons, key=lambda one: -one.score):
            if one.name:
                self.by_name[one.name].append(one)

    @cached_property
    def _vectors(self) -> np.ndarray:
        return self.texts.embed(list(self.by_name))

    def who(self, text: str, limit: int = 6) -> tuple[tuple[NamedNeuron, float], ...]:
        """The neurons whose names are nearest to a text, each with its cosine, best first; of one name the surest first."""
        if not self.by_name:
            return ()
        near = self._vectors @ self.texts.embed([text])[0]
        names = list(self.by_name)
        order = sorted(range(len(names)), key=lambda at: -float(near[at]))
        return tuple((one, float(near[at])) for at in order for one in self.by_name[names[at]][:OF_A_NAME])[:limit]

    def seer(self, id: str) -> NamedNeuron:
        """One by its id; StudioError where there is none."""
        if id not in self.by_id:
            raise StudioError(f"There is no neuron {id[:60]!r} with a name. Open a class on the tab Classes to see its keys.")
        return self.by_id[id]


class SeerVerbs:
    """Whoever sees something, in any world: the heads and neurons of a CLIP, and the named neurons of a classifier."""

    sight: Any
    named_keys: Any

    def seer(self, id: str) -> Seer:
        """A head or a neuron by its id; StudioError where there is none."""
        found: Seer = (self.named_keys if id.startswith("key:") else self.sight).seer(id)
        return found

    def who(self, text: str, limit: int = 6) -> tuple[tuple[Seer, float], ...]:
        """The heads and neurons whose words are nearest to a text, those of the classifier too, each with its cosine, best first."""
        found = [*self.sight.who(text, limit), *self.named_keys.who(text, limit)]
        return tuple(sorted(found, key=lambda one: -one[1])[:limit])
