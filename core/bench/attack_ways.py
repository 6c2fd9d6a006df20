"""Ways to choose the words of an attack: the studio's, the paper's, and the paper's baselines, all with one interface.

Each way gives as many words for a pair of classes; pictures and the judge are the same for all of them. The effort is the same for the
studio's way and the baselines: for every ten pictures that count five sentences are tried on two others each, and the one that pulls
most is used. Rows by lot stand beside them, as the paper has it, with nothing tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from core.foundations.seeds import numpy_rng
from core.methods.write.attack import Codes, mine, ranked, word_scores, writers
from core.studio.attacking import Attacker
from core.studio.lenses import Lenses
from core.studio.things import coded

OURS = "studio"
BASELINES = ("random neurons", "indirect effect", "similar words", "random words")
"""Those of the paper's Table 3.3, and words by chance."""
LOTS = "studio, sentences by lot"
SIMILAR_LOTS = "similar words, sentences by lot"
SEARCHED = "similar words, sentences as ours"
"""The most similar words with sentences searched for as the studio does, by how similar their words are."""
PAPER = "neurons by their texts"


@dataclass(frozen=True)
class Ways:
    """What every way needs.

    Attributes:
        attacker: the studio's.
        texts: the pool's words, embedded `[j k]`.
        codes: the neurons' second-order directions as sparse sums of these texts.
        indirect: the same of their indirect effects.
    """

    attacker: Attacker
    texts: Tensor
    codes: Codes
    indirect: Codes

    @cached_property
    def by_names(self) -> Attacker:
        """The attack by what things are called, in the place of what was measured."""
        own = self.attacker
        return Attacker(own.clip, own.stage, own.codes, own.ids, self.texts, own.texts, own.settings)

    def words(self, true: str, wrong: str, repeat: int) -> Mapping[str, list[str]]:
        """Words by every way, for one of several repeats."""
        own, count = self.attacker, self.attacker.settings.words
        v, allowed, pool = own.along(true, wrong), own.allowed(true, wrong), own.stage.pool
        rng = numpy_rng("attack bench", true, wrong, repeat)
        some = torch.from_numpy(rng.permutation(len(self.codes.directions))[: own.settings.neurons].copy())
        chance = torch.from_numpy(rng.random(len(pool)).astype(np.float32))
        found = {
            OURS: own.mined(true, wrong),
            "random neurons": mine(self.codes, v, allowed, own.settings, some),
            "indirect effect": mine(self.indirect, v, allowed, own.settings),
            "similar words": ranked(self.texts @ v, allowed, count),
            "random words": ranked(chance, allowed, count),
            LOTS: own.mined(true, wrong),
            SIMILAR_LOTS: ranked(self.texts @ v, allowed, count),
            SEARCHED: ranked(self.texts @ v, allowed, count),
            PAPER: mine(self.codes, v, allowed, own.settings),
            "neurons, measured": ranked(word_scores(own.codes, v, writers(own.codes, v, own.settings.neurons)), allowed, count),
        }
        return {name: [pool[word] for word in mined.words] for name, mined in found.items()}


def ways_of(attacker: Attacker, lenses: Lenses, texts: Tensor, indirect: Tensor) -> Ways:
    """All ways.

    Args:
        texts: the pool's words, embedded `[j k]`.
        indirect: each neuron's indirect effect `[u k]`, layer after layer, see `attack_indirect`.
    """
    second = torch.cat([lenses.directions[layer] for layer in sorted(lenses.directions)])
    return Ways(attacker, texts, coded(second, texts), coded(indirect, texts))
