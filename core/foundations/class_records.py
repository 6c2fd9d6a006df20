"""What a classifier decides about a picture and how, as the studio hands it on. Maps lie at the picture's size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Rising:
    """One class through the blocks.

    Attributes:
        name: of the class.
        shares: its share of the vote before the first block and after each, in [0, 1].
        ranks: its place there; 0 is first.
    """

    name: str
    shares: tuple[float, ...]
    ranks: tuple[int, ...]


@dataclass(frozen=True)
class Classes:
    """How a picture is decided.

    Attributes:
        name: the class that the map of importance is of.
        rising: the classes that lead anywhere on the way, that of the answer first.
        tokens: for every depth, what each patch says most, as places in `names`, `[l+1 gh gw]`.
        sure: how much it says that, `[l+1 gh gw]` in [0, 1].
        names: what patches say, the commonest first.
        importance: where the answer `name` comes from, `[h w]` in [0, 1].
        right_tokens: share of patches that say `name`, at each depth.
        identified: share of all classes that a patch puts behind `name`, on average over the patches, at each depth; in [0, 1].
    """

    name: str
    rising: tuple[Rising, ...]
    tokens: np.ndarray
    sure: np.ndarray
    names: tuple[str, ...]
    importance: np.ndarray
    right_tokens: tuple[float, ...]
    identified: tuple[float, ...] = ()

    @property
    def answer(self) -> str:
        """What is answered in the end."""
        return self.rising[0].name

    @property
    def depths(self) -> int:
        """How many, the one before the first block among them."""
        return len(self.tokens)


@dataclass(frozen=True)
class KeyNeuron:
    """A neuron that brings a class about.

    Attributes:
        block: first is 0.
        neuron: its place there.
        name: what it follows in pictures; "" where nothing can be said.
        speaks: the classes that its value raises most, best first.
        rank: among the class's keys of its block; 0 is best.
        strength: alignment of its value with the class, over that of the class's best key.
        heat: where it is active, `[h w]` in [0, 1].
        mask: above the percentile of its own map, `[h w]` bool.
        active: how active it is in this picture, in its own deviations above its mean patch, at its strongest patch.
        best: seeds or numbers of pictures that excite it most; none where nobody looked.
        spots: the middle of the patch that does so in each of them, from the left and from the top, as shares of the picture in [0, 1].
        place: of the class that was asked after, among those that its value raises; 0 is first.
    """

    block: int
    neuron: int
    name: str
    speaks: tuple[str, ...]
    rank: int
    strength: float
    heat: np.ndarray
    mask: np.ndarray
    active: float
    best: tuple[int, ...] = ()
    spots: tuple[tuple[float, float], ...] = ()
    place: int = 0

    @property
    def id(self) -> str:
        """Tells it from others."""
        return f"key:{self.block}:{self.neuron}"


@dataclass(frozen=True)
class Active:
    """Where a neuron is active in a picture.

    Attributes:
        heat: `[h w]` in [0, 1].
        mask: above the percentile of its own map, `[h w]` bool.
    """

    heat: np.ndarray
    mask: np.ndarray


@dataclass(frozen=True)
class Relative:
    """A class that shares keys with another.

    Attributes:
        name: of the class.
        shared: how many of the best keys of all blocks both have.
        of: how many keys were compared.
    """

    name: str
    shared: int
    of: int


@dataclass(frozen=True)
class ClassKeys:
    """Who brings a class about, in a picture.

    Attributes:
        name: of the class.
        best: its best keys of all blocks.
        blocks: its best key in each block, first to last.
        running: mean of the blocks' maps so far, one for each block, `[h w]` in [0, 1].
        home: the block that holds its best key.
        home_share: share of all classes whose best key is in that block too, in [0, 1].
        relatives: classes with the same keys, nearest first.
    """

    name: str
    best: tuple[KeyNeuron, ...]
    blocks: tuple[KeyNeuron, ...]
    running: tuple[np.ndarray, ...]
    home: int
    home_share: float
    relatives: tuple[Relative, ...]
