"""What comes of a prompt: pictures, and of each which of the parts that were asked for are really there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.foundations.records import Found, Picture


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
