"""The verbs of fooling a model by meaning. Mixed into the studio."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.foundations.attacked import Addition, Attacks, SpuriousWord
from core.foundations.records import Picture
from core.models.writer import WriterOffer, writer_offer
from core.studio.attacking import Asked, Attacker
from core.studio.fewest import fewest, strongest
from core.studio.prompts import Writer


class FoolingVerbs:
    """What a studio can do to fool the model that looks at its world, and to see why."""

    library: Any
    """What holds the attack on the CLIP that looks at the world, such as a world's library."""

    @property
    def attacker(self) -> Attacker:
        """The attack on the CLIP that looks at the world's scenes; StudioError where a world has none."""
        attacker: Attacker = self.library.attacker
        return attacker

    def attack(
        self,
        true: str,
        wrong: str,
        count: int = 100,
        words: Sequence[str] | None = None,
        seed: int = 0,
        controls: bool = True,
        writer: str | Writer = "",
    ) -> Attacks:
        """Pictures that show one class whole and that the model may take for another, by things that its neurons mix up with that.

        Args:
            true: the class that every picture shows, such as "cat"; one of `attack_classes()`.
            wrong: the class that none of them shows.
            count: how many pictures, 1 to 400.
            words: what is added to them; mined from the neurons where None.
            seed: of chance.
            controls: whether as many pictures with words by chance are made beside them.
            writer: a language model that transformers can load, by its folder or a name that was fetched before, which writes half of the
                sentences that are tried; the grammar writes all where empty, and those that break a rule. `.last.told` says how many.

        Returns:
            Steps to be asked for one by one, `core.foundations.attacked.Attacked`; to cancel, ask for no more. `.pictures`, `.prompts`,
            `.words`, `.fooled` and `.controls` are the last step's.

        Raises:
            RequestError: where a class or a word does not exist here, or both classes are the same.
            SettingError: where the count is out of bounds.
            StudioError: where the world has no model to be fooled.
            WeightsError: at the first step, where there is no such language model on this machine.
        """
        chosen = None if words is None else tuple(words)
        asked = Asked(true, wrong, count, chosen, seed, controls, writer)
        attacker = self.attacker
        attacker.allowed(true, wrong)  # what does not exist is said at once, not at the first step
        return Attacks(attacker.attack(asked))

    def attack_writer(self, name: str) -> WriterOffer:
        """What is known of a language model on this machine that may write the sentences; nothing is loaded.

        Args:
            name: its folder, or its name where it lies in the hub's cache.

        Raises:
            WeightsError: where it is not here, has no safetensors, or is too large for this machine.
        """
        return writer_offer(name)

    def attack_classes(self) -> tuple[str, ...]:
        """The classes between which the model may be fooled; StudioError as in `attack`."""
        return self.attacker.stage.classes

    def attack_words(self, true: str, wrong: str) -> tuple[SpuriousWord, ...]:
        """The words that pull toward the wrong class, the strongest first, with the neurons behind them; errors as in `attack`."""
        return self.attacker.words(self.attacker.mined(true, wrong))

    def attack_strongest(self, true: str, wrong: str, words: Sequence[str] | None = None, seed: int = 0) -> tuple[Addition, ...]:
        """Each of the words tried by itself on the same pictures, the one that pulls most first; arguments and errors as in `attack`."""
        return strongest(self.attacker, self._asked(true, wrong, words, seed))

    def attack_fewest(self, true: str, wrong: str, words: Sequence[str] | None = None, seed: int = 0) -> Addition:
        """The fewest things that fool the model in half of the pictures, found one after the other; as many as were tried where none do.

        Arguments and errors as in `attack`.
        """
        return fewest(self.attacker, self._asked(true, wrong, words, seed))

    def _asked(self, true: str, wrong: str, words: Sequence[str] | None, seed: int) -> Asked:
        return Asked(true, wrong, 1, None if words is None else tuple(words), seed)

    def attack_map(self, picture: Picture, true: str, wrong: str) -> np.ndarray:
        """Where in a picture the wrong class comes from: `[h w]` in [-1, 1], below 0 where the picture speaks for the true one."""
        return self.attacker.blame(picture, true, wrong)


class Fooling(FoolingVerbs):
    """The same verbs for one attack, whatever its world.

    Args:
        attacker: it.
    """

    def __init__(self, attacker: Attacker) -> None:
        self._attacker = attacker

    @property
    def attacker(self) -> Attacker:
        """The attack."""
        return self._attacker
