"""What comes of trying to fool a model by meaning: words, prompts, and pictures with what the model takes them for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.foundations.inverted import Steps
from core.foundations.records import Picture

ENOUGH = 0.5
"""Share of the pictures from which on a model counts as fooled."""


@dataclass(frozen=True)
class SpuriousWord:
    """A word that pulls toward the wrong class.

    Attributes:
        text: as a picture is asked for it.
        slot: where its thing goes, such as "head" or "ground".
        score: how much its neurons add along the way from the true to the wrong class; 0 where a person chose it.
        neurons: those behind it, ids as `sight.seer` takes them, each with what it adds; most first.
    """

    text: str
    slot: str
    score: float = 0.0
    neurons: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Shot:
    """One picture before the model.

    Attributes:
        picture: it.
        prompt: what it was made from.
        true: the model's probability for the true class, of the two, in [0, 1].
        wrong: and for the wrong one; both add up to 1.
        first: what the model would say first of all its classes.
    """

    picture: Picture
    prompt: str
    true: float
    wrong: float
    first: str = ""

    @property
    def fooled(self) -> bool:
        """Whether the model takes it for the wrong class."""
        return self.wrong > self.true


@dataclass(frozen=True)
class Addition:
    """Things that were added to pictures of one class, and nothing else that anybody asked for.

    Attributes:
        words: what was added.
        shots: the pictures, the same places and chance for every addition.
    """

    words: tuple[SpuriousWord, ...]
    shots: tuple[Shot, ...]

    @property
    def fooled(self) -> float:
        """Share of the pictures that the model takes for the wrong class."""
        return sum(shot.fooled for shot in self.shots) / max(1, len(self.shots))

    @property
    def wrong(self) -> float:
        """The model's mean probability for the wrong class, of the two."""
        return sum(shot.wrong for shot in self.shots) / max(1, len(self.shots))


@dataclass(frozen=True)
class BlindSpot:
    """One thing that breaks one class.

    Attributes:
        true: the class that is there, whole.
        wrong: what the model takes it for.
        word: of the thing beside it.
        before: share of pictures that are taken for the wrong class, of the two, without the thing.
        fooled: and with it.
    """

    true: str
    wrong: str
    word: str
    before: float
    fooled: float


@dataclass(frozen=True)
class Attacked:
    """How far an attack is.

    Attributes:
        true: the class that is there.
        wrong: the one that is not.
        words: that were mined, or that a person chose.
        prompts: in the order in which they are used.
        shots: the pictures so far.
        controls: as many with words by chance, in sentences by lot.
        count: pictures in all.
        seed: of chance.
        tried: pictures on which sentences were tried so far, before those that count.
        trials: how many of these there are to be.
        told: what became of the sentences of a language model, where one was asked.
    """

    true: str
    wrong: str
    words: tuple[SpuriousWord, ...]
    prompts: tuple[str, ...]
    shots: tuple[Shot, ...] = ()
    controls: tuple[Shot, ...] = ()
    count: int = 0
    seed: int = 0
    tried: int = 0
    trials: int = 0
    told: str = ""

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures so far."""
        return tuple(shot.picture for shot in self.shots)

    @property
    def fooled(self) -> tuple[bool, ...]:
        """Of each picture whether the model takes it for the wrong class."""
        return tuple(shot.fooled for shot in self.shots)

    @property
    def done(self) -> bool:
        """Whether all pictures are there."""
        return len(self.shots) >= self.count


class Attacks(Steps[Attacked]):
    """An attack as it is made: ask for one step after the other, or at once for how it ends. To cancel, ask for no more.

    Example:
        for step in studio.attack("cat", "dog"): show(step.pictures[-1].image)
        attack = studio.attack("cat", "dog", count=100)
        print(sum(attack.fooled), "of", len(attack.pictures))
    """

    def __init__(self, steps: Iterator[Attacked]) -> None:
        super().__init__(steps)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All pictures."""
        return self.last.pictures

    @property
    def prompts(self) -> tuple[str, ...]:
        """The sentences that they were made from."""
        return self.last.prompts

    @property
    def words(self) -> tuple[SpuriousWord, ...]:
        """The words of these sentences, the strongest first."""
        return self.last.words

    @property
    def fooled(self) -> tuple[bool, ...]:
        """Of each picture whether the model takes it for the wrong class."""
        return self.last.fooled

    @property
    def shots(self) -> tuple[Shot, ...]:
        """All pictures with both probabilities."""
        return self.last.shots

    @property
    def controls(self) -> tuple[Shot, ...]:
        """As many pictures with words by chance."""
        return self.last.controls
