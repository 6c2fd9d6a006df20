"""What a world offers to an attack by meaning: classes, things to add, and pictures that hold the true class whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from core.foundations.records import Picture


class Stage(Protocol):
    """What a world offers to an attack."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Between which a model may be fooled."""

    @property
    def pool(self) -> tuple[str, ...]:
        """What may be added to a picture, by its word."""

    @property
    def phrases(self) -> Mapping[str, str]:
        """Classes and words as noun phrases."""

    @property
    def slots(self) -> Mapping[str, str]:
        """Where each word's thing goes."""

    @property
    def grounds(self) -> frozenset[str]:
        """The words whose things stand behind all else."""

    def named(self, word: str) -> tuple[str, ...]:
        """All that a class or a thing is called, its word first; RequestError where there is none such."""

    def allowed(self, true: str, wrong: str) -> np.ndarray:
        """Which words of the pool may be used `[j]` bool: neither class, nor what is called like one or is a part of one."""

    def picture(self, true: str, wrong: str, words: Sequence[str], rng: np.random.Generator) -> Picture | None:
        """A picture with the true class whole and the things beside it, the wrong class nowhere; None where none comes of it."""
