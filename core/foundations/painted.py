"""What comes of a prompt: pictures, or scenes of several, and of each which of the parts that were asked for are really there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.foundations.records import Found, Picture

SCENE = "a shark on the left and a cat with red glasses on the right, on a meadow"
"""The prompt of a scene that can be painted."""
LONGEST_SCENE = 800
"""Characters of such a prompt: four Nouns with all that they wear."""


@dataclass(frozen=True)
class AskedPart:
    """One part that a prompt asks for, and what is seen of it.

    Attributes:
        slot: where.
        part: the part's id, as it was painted for.
        name: what it is called.
        seen: what is read there instead, by the pixels alone; "" where it is the part.
    """

    slot: str
    part: str
    name: str
    seen: str = ""

    @property
    def there(self) -> bool:
        """Whether it can be seen."""
        return not self.seen


@dataclass(frozen=True)
class Painting:
    """A picture that a prompt made.

    Attributes:
        picture: with its latent, so that it can be edited.
        prompt: what was said.
        seed: what decided all that was left open.
        asked: the parts that the prompt names.
        sentence: what is missing, or that nothing is; and what of the prompt could not be painted.
    """

    picture: Picture
    prompt: str
    seed: int
    asked: tuple[AskedPart, ...]
    sentence: str

    @property
    def missing(self) -> tuple[AskedPart, ...]:
        """The parts that were asked for and are not there."""
        return tuple(one for one in self.asked if not one.there)


@dataclass(frozen=True)
class Painted:
    """What a prompt comes to; to go through it is to go through its paintings.

    Attributes:
        prompt: what was said.
        paintings: one for each seed; none where it was refused.
        refusal: None, or why nothing was painted and what to do next.
        choices: the nearest things that there are, where something is not known.
    """

    prompt: str
    paintings: tuple[Painting, ...] = ()
    refusal: str | None = None
    choices: tuple[Found, ...] = ()

    def __iter__(self) -> Iterator[Painting]:
        return iter(self.paintings)

    def __len__(self) -> int:
        return len(self.paintings)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures alone."""
        return tuple(one.picture for one in self.paintings)


@dataclass(frozen=True)
class PaintedNoun:
    """One Noun of a scene that a prompt made.

    Attributes:
        said: what the prompt says of it.
        asked: the parts that this names, as they were read before it was set.
        corner: its top and left, in pixels.
        mirrored: whether it faces left.
        seen: the share of it that is seen behind those in front, in [0, 1].
    """

    said: str
    asked: tuple[AskedPart, ...]
    corner: tuple[int, int]
    mirrored: bool
    seen: float


@dataclass(frozen=True)
class PaintedScene:
    """A scene that a prompt made.

    Attributes:
        picture: 64 x 64 pixels.
        prompt: what was said.
        seed: what decided all that was left open.
        nouns: in the prompt's order.
        ground: four numbers, see `core.worlds.scenes.grounds`.
        sentence: what is missing, or that nothing is; and what of the prompt could not be painted.
        whole: whether everything was understood, is there, and is seen.
    """

    picture: Picture
    prompt: str
    seed: int
    nouns: tuple[PaintedNoun, ...]
    ground: tuple[int, ...]
    sentence: str
    whole: bool = True

    @property
    def missing(self) -> tuple[AskedPart, ...]:
        """The parts that were asked for and are not there."""
        return tuple(part for noun in self.nouns for part in noun.asked if not part.there)


@dataclass(frozen=True)
class PaintedScenes:
    """What the prompt of a scene comes to; to go through it is to go through its scenes.

    Attributes:
        prompt: what was said.
        scenes: one for each seed; none where it was refused.
        refusal: None, or why nothing was painted and what to do next.
    """

    prompt: str
    scenes: tuple[PaintedScene, ...] = ()
    refusal: str | None = None

    def __iter__(self) -> Iterator[PaintedScene]:
        return iter(self.scenes)

    def __len__(self) -> int:
        return len(self.scenes)
