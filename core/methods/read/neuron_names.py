"""Names for neurons by what the places show that excite them most (papers/vit_mlp_neurons.md, 3.3; MILAN, Hernandez, arXiv:2201.11114).

    exemplars   of some pictures those k that excite a neuron most, each by its strongest patch
    share(m)    how many of these patches show the word m
    gain(m)     share(m) less how often the very same patches show it in any picture
    name        argmax_m gain_1(m),   said where share_2 and gain_2 are large enough

The name is chosen on the exemplars of some pictures (1) and believed by those of others (2); where it does not hold there,
nothing is said. Differs from MILAN: nothing writes freely and nothing is trained; words are those whose place in a picture can be
told, so that a name is a claim that can be checked. What stands at a patch in most pictures is no name of a neuron that looks
there, and so the patch's own rate is taken out.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

SHOWS = 0.5
"""How much of a patch must show a word."""


@dataclass(frozen=True)
class NameSettings:
    """When a name is said."""

    exemplars: int = 15
    """How many pictures of each kind; MILAN's number."""
    share: float = 0.7
    """Of the exemplars that did not choose a name, how many must show it."""
    gain: float = 0.2
    """How much more often than the same patches of any picture."""


@dataclass(frozen=True)
class Exemplars:
    """The strongest places of neurons.

    Attributes:
        pictures: `[u k]`, strongest first.
        patches: the strongest patch in each, `[u k]`.
    """

    pictures: Tensor
    patches: Tensor

    def shown(self, words: Tensor) -> Tensor:
        """Share of each neuron's places that show each word, for word maps `[n m p]` in [0, 1]: `[u m]`."""
        return (words.transpose(1, 2)[self.pictures, self.patches] >= SHOWS).float().mean(1)

    def usual(self, words: Tensor) -> Tensor:
        """The same of the same patches in any picture: `[u m]`."""
        return (words >= SHOWS).float().mean(0).T[self.patches].mean(1)


@dataclass(frozen=True)
class Names:
    """What neurons are called.

    Attributes:
        word: the best word of each `[u]`.
        share: how many of the other exemplars show it `[u]`.
        gain: how much more often than usual `[u]`.
        said: whether that is enough `[u]` bool.
    """

    word: Tensor
    share: Tensor
    gain: Tensor
    said: Tensor


def strongest(activations: Tensor, count: int) -> Exemplars:
    """The pictures that excite each neuron most `[n u p]`, `count` at most."""
    return strongest_of(*activations.max(-1), count)


def strongest_of(values: Tensor, places: Tensor, count: int) -> Exemplars:
    """The same from what is left of each picture: how active a neuron is at its strongest patch, and which that is, `[n u]` each."""
    order = values.topk(min(count, len(values)), 0).indices.T
    return Exemplars(order, places.T.gather(1, order))


def name_neurons(activations: Tensor, words: Tensor, settings: NameSettings | None = None) -> Names:
    """Names of neurons; every other picture chooses, the rest believe.

    Args:
        activations: how active each neuron is at each patch `[n u p]`.
        words: how much of each patch each word is true of `[n m p]`, in [0, 1].
        settings: when a name is said.
    """
    return name_peaks(*activations.max(-1), words, settings)


def name_peaks(values: Tensor, places: Tensor, words: Tensor, settings: NameSettings | None = None) -> Names:
    """The same from the strongest patch of each picture, as `strongest_of` takes it."""
    own = settings or NameSettings()
    shares, gains = [], []
    for half in range(2):
        found = strongest_of(values[half::2], places[half::2], own.exemplars)
        shares.append(found.shown(words[half::2]))
        gains.append(shares[-1] - found.usual(words[half::2]))
    word = gains[0].argmax(1, keepdim=True)
    share, gain = (several[1].gather(1, word)[:, 0] for several in (shares, gains))
    return Names(word[:, 0], share, gain, (share >= own.share) & (gain >= own.gain))
