"""Which matches of one unit of the hub make a tuple whose units all agree: each with each, and on other images than they were matched on.

    w(T) = min over all pairs a, b of T of s(a, b),      T = the largest with w(T) >= least, of equally large ones that with the largest w

s is the residual correlation of core.methods.relate.rosetta. Paper: papers/inner_workings_thesis.md, section 4.3, equation 4.4.

What differs, and why: in the paper, and in the authors' code, each unit of a tuple is matched with the generator's alone. A unit of a
generator often stands for a little of several things; one model then has a unit for the first of them and another for the second, both
links are real, and yet the tuple is about nothing. So every pair of a tuple has to agree here, and of several buddies that a model
has, the one is taken that agrees with the others'.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Link:
    """A hub's unit matched with another model's: rows of their tables, residual correlation, p-value."""

    hub: int
    unit: int
    residual: float
    p_value: float


Links = Mapping[str, Sequence[Link]]
"""Model to the matches that one unit of the hub has in it."""


@dataclass(frozen=True)
class Agreement:
    """How much units agree that are matched with the same unit.

    Attributes:
        hub: name of the model that all are matched with.
        rows: model to row of its table to row of `table`; units that are not there agree with nothing.
        table: residual correlations of all these units with each other, on images that they were not matched on `[u u]`.
        least: residual correlation that every pair of a tuple must have, here and where it was matched.
    """

    hub: str
    rows: Mapping[str, Mapping[int, int]]
    table: np.ndarray
    least: float

    def largest(self, hub: int, links: Links) -> Mapping[str, Link]:
        """The largest tuple of which every pair agrees, model to link; of several the one whose weakest pair is strongest.

        Args:
            hub: row of the hub's unit.
            links: the matches that it has.
        """
        own = self.rows[self.hub].get(hub)
        if own is None:
            return {}
        return max(self._grown(tuple(links), links, {}, [own], np.inf), key=lambda found: (len(found[1]), found[0]))[1]

    def _grown(
        self, models: Sequence[str], links: Links, taken: Mapping[str, Link], places: list[int], weakest: float
    ) -> Iterator[tuple[float, Mapping[str, Link]]]:
        """Every tuple that agrees, with its weakest pair: what is taken, and of each further model no unit or one."""
        if not models:
            yield weakest, taken
            return
        first, *rest = models
        yield from self._grown(rest, links, taken, places, weakest)
        for link in links[first]:
            place = self.rows[first].get(link.unit)
            if place is None:
                continue
            now = min(weakest, link.residual, float(self.table[place, places].min()))
            if now >= self.least:
                yield from self._grown(rest, links, {**taken, first: link}, [*places, place], now)


def best_of_each(links: Links) -> Mapping[str, Link]:
    """The best match in each model, whatever the others are; of equally good ones the first."""
    return {model: max(several, key=lambda link: link.residual) for model, several in links.items()}
