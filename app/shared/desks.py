"""The worlds that the tab Edit works in: what it says in each, and each one's studio, opened when it is first needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.shared import guard
from app.shared.address import FACES
from app.shared.fetching import Fetching
from app.shared.hosting import SWITCH, faces_allowed
from app.shared.session import FIRST, CachedStudio, Moment, Session, world_of
from core.foundations.errors import SettingError, WeightsError

Fits = tuple[tuple[float, str], ...]
"""From which share on the generator gives a picture back, in words."""


@dataclass(frozen=True)
class Scale:
    """Something that a picture has more or less of.

    Attributes:
        title: what it is called.
        slot: where it is read.
        low: the part at its lower end.
        high: the part at its upper end.
        low_word: the lower end in a word or two.
        high_word: the upper end likewise.
    """

    title: str
    slot: str
    low: str
    high: str
    low_word: str
    high_word: str


@dataclass(frozen=True)
class Desk:
    """What the tab Edit says in one world.

    Attributes:
        name: of the world.
        title: of the world, for people.
        shape: the path of its mark, in 16 x 16.
        file: the first word of the name of a saved picture.
        hint: a sentence that works, for the empty box.
        welcome: what is said above the box for a file.
        fits: how well a person's own picture was taken in.
        ideas: sentences to press, where none lie ready with pictures.
        parts: whether a picture can be put together of parts.
        start: the seed of the first picture; of faces a grown person who does not smile yet.
        scales: what has more and less, for the dials below the picture.
        private: what is said of pictures of people; "" where there are none.
        closer: whether a person's own picture can be brought closer, step by step.
        features: whether its model has features that are active in a picture; else what is read in it is marked on the map.
        plain: the picture of the seed -1, on which handles are shown by themselves, in words, where each is painted when it is asked
            for; "" where their pictures lie ready.
    """

    name: str
    title: str
    shape: str
    file: str
    hint: str
    welcome: str
    fits: Fits
    ideas: tuple[str, ...] = ()
    parts: bool = True
    start: int = 0
    scales: tuple[Scale, ...] = ()
    private: str = ""
    closer: bool = False
    features: bool = True
    plain: str = ""


NOUNS_DESK = Desk(
    FIRST,
    "Nouns",
    "M0 4h7v3h2V4h7v8H9V9H7v3H0z",
    "noun",
    "swap the head for a shark",
    "Any picture will do: it is taken in as 32 by 32 pixels. A picture or a recipe saved here opens with its steps.",
    (
        (0.98, "What you see is what you gave."),
        (0.85, "You see it almost as you gave it."),
        (0.6, "It sees the gist; small things are its own."),
        (0.0, "It is far from the Nouns that this model knows, so what you see is its own guess. Editing still works."),
    ),
)
FACES_DESK = Desk(
    FACES,
    "Faces",
    "M8 .6c3.9 0 6.2 2.7 6.2 6.8 0 4.6-2.8 8-6.2 8s-6.2-3.4-6.2-8C1.8 3.3 4.1.6 8 .6zM5.4 8.2a1.1 1.1 0 1 0 0-2.2 1.1 1.1 0 0 0 0 2.2z"
    "m5.2 0a1.1 1.1 0 1 0 0-2.2 1.1 1.1 0 0 0 0 2.2zM4.8 10.2c.5 1.7 1.7 2.6 3.2 2.6s2.7-.9 3.2-2.6z",
    "face",
    "make them smile",
    "A portrait, seen from the front and not too small. A picture or a recipe saved here opens with its steps.",
    (
        (0.97, "What you see is nearly what you gave."),
        (0.93, "It is a likeness; small things are the model's own."),
        (0.0, "It is a loose likeness: what you see is the model's own guess. Editing still works."),
    ),
    (
        "make them smile",
        "a bit older",
        "dark hair",
        "turn to the left",
        "blond hair",
        "younger",
        "open the mouth",
        "longer hair",
        "lipstick",
        "put on a hat",
    ),
    parts=False,
    start=6,
    scales=(
        Scale("Smile", "expression", "neutral", "smiling", "less", "more"),
        Scale("Age", "age", "young", "old", "younger", "older"),
        Scale("Hair colour", "hair colour", "dark", "blond", "darker", "blonder"),
        Scale("Hair length", "hair length", "short", "long", "shorter", "longer"),
        Scale("Turn", "turn", "left", "right", "left", "right"),
        Scale("Background", "background", "dark", "light", "darker", "lighter"),
    ),
    private="The people here do not exist. A portrait of your own stays on the machine that serves this page, and a saved picture says in "
    "its file that it was edited here.",
    closer=True,
    features=False,
    plain="the mean face",
)
DESKS = {desk.name: desk for desk in (NOUNS_DESK, FACES_DESK)}
OFF = (
    "Faces are switched off on this hosted page, since a portrait would leave your machine. On a machine of your own they are there; "
    f"whoever owns this Space can switch them on with {SWITCH}=1."
)
LACKING = "This needs the world Faces, which is not here yet. Press “Faces” on the tab Edit: what is lacking is fetched there once."


class Desks:
    """All worlds of the tab Edit.

    Args:
        cached: the Nouns' studio, from which the others are reached.
    """

    def __init__(self, cached: CachedStudio) -> None:
        self._open = {FIRST: cached}
        self._first = cached
        self.fetching = Fetching(lambda progress: self.weights.fetch(progress))

    @property
    def names(self) -> Sequence[str]:
        """The worlds that can be chosen; the first alone where there is no other."""
        return tuple(name for name in DESKS if name == FIRST or name in getattr(self._first.studio, "editable", ()))

    @property
    def weights(self) -> Any:
        """What faces need and is fetched; torch comes with it."""
        return self._first.studio.face_weights

    def named(self, name: Any) -> Desk:
        """A world by its name; SettingError where it cannot be chosen."""
        return DESKS[guard.choice(name, tuple(self.names))]

    @property
    def offered(self) -> bool:
        """Whether faces may be looked at here, if need be after a fetch."""
        return FACES in self.names and faces_allowed()

    def ready(self, name: str) -> bool:
        """Whether a world can be worked in now."""
        return name == FIRST or (faces_allowed() and bool(self.weights.ready))

    def studio(self, name: str) -> CachedStudio:
        """A world's studio.

        Raises:
            SettingError: where there is no such world, or it is switched off.
            WeightsError: where it was not fetched yet.
        """
        desk = self.named(name)
        if not self.ready(name):
            raise WeightsError(LACKING) if faces_allowed() else SettingError(OFF)
        if name not in self._open:
            self._open[name] = CachedStudio(getattr(self._first.studio, name), parts=desk.parts)
        return self._open[name]

    def at(self, moment: Moment) -> CachedStudio:
        """The studio of a moment's world."""
        return self.studio(moment.world)

    def of(self, recipe: str) -> CachedStudio:
        """The studio of a recipe's world; that of the first where it names none that there is, which then refuses it."""
        world = world_of(recipe)
        return self.studio(world if world in self.names else FIRST)

    def opened(self, session: Session, name: str) -> Session:
        """The session in a world, on that world's first picture where the visitor was never there."""
        if session.been(name):
            return session.to(name)
        cached = self.studio(name)
        return session.go(cached.moment(cached.studio.sample(DESKS[name].start)))
