"""The pictures of handles that a generator has to paint: small ones for list and map, and what one does, step by step, on a plain face.

Painted when they are first asked for and kept for everyone, since they depend on no visitor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.shared.desks import DESKS, Desks
from app.shared.pictures import seen
from app.shared.session import CachedStudio
from app.shared.widgets import strength_word
from core.foundations.records import Edit, Handle

PLAIN = -1
"""The seed of the plain picture, in a world whose desk has words for it."""


@dataclass(frozen=True)
class Turned:
    """What a handle does on a plain picture.

    Attributes:
        steps: strengths in words, from none on, each with the picture as a URI.
        full: which of them is the usual one.
        says: what changed there, in a sentence.
    """

    steps: tuple[tuple[str, str], ...]
    full: int
    says: str


def strengths_of(handle: Handle) -> list[float]:
    """The strengths at which a handle is shown: those that were measured, and the usual one."""
    return sorted({*(s for s in handle.curve.strengths if s > 0), 1.0})


def words_of(handle: Handle) -> tuple[str, ...]:
    """The same in words, after what is not turned."""
    return ("as it is", *map(strength_word, strengths_of(handle)))


class Painted:
    """What was painted so far, of the worlds whose handles' pictures do not lie ready."""

    def __init__(self, desks: Desks) -> None:
        self.desks = desks
        self._small: dict[tuple[str, str], str] = {}
        self._turned: dict[tuple[str, str], Turned] = {}

    def uri(self, world: str, handle: str) -> str:
        """A handle's small picture as a URI; "" where it is still to be painted."""
        if DESKS[world].plain:
            return self._small.get((world, handle), "")
        return self.desks.studio(world).handle_uri(handle)

    def lacking(self, world: str) -> tuple[str, ...]:
        """The handles whose small pictures are still to be painted."""
        if not DESKS[world].plain:
            return ()
        return tuple(h.id for h in self.desks.studio(world).studio.handles() if (world, h.id) not in self._small)

    def there(self, world: str) -> dict[str, str]:
        """The small pictures that were painted by now, as URIs by their handles."""
        return {handle: uri for (of, handle), uri in list(self._small.items()) if of == world}

    def rest(self, world: str) -> Iterator[dict[str, str]]:
        """The same: those that were painted before, and then the others, one after the other."""
        lacking = self.lacking(world)
        if there := self.there(world):
            yield there
        for handle in lacking:
            yield {handle: self.paint(world, handle)}
        if lacking:  # of what comes quickly one after the other, a browser may see the last alone
            yield self.there(world)

    def paint(self, world: str, handle: str) -> str:
        """A handle's small picture, painted now if it never was."""
        if (world, handle) not in self._small:
            self._small[world, handle] = self.desks.studio(world).handle_uri(handle)
        return self._small[world, handle]

    def turned(self, world: str, handle: Handle) -> Turned:
        """What a handle does on the plain picture."""
        key = (world, handle.id)
        if key not in self._turned:
            self._turned[key] = self._turn(self.desks.studio(world), handle)
        return self._turned[key]

    def _turn(self, cached: CachedStudio, handle: Handle) -> Turned:
        plain, strengths = cached.studio.sample(PLAIN), strengths_of(handle)
        base, full = cached.moment(plain).base, strengths.index(1.0)
        results = [cached.played(base, (Edit(handle.id, strength),), 0) for strength in strengths]
        pictures = [plain.image, *(result.picture.image for result in results)]
        report, steps = results[full].report, tuple((word, seen(image)) for word, image in zip(words_of(handle), pictures, strict=True))
        return Turned(steps, 1 + full, report.sentence if report else "")
