"""What a step of the stage's walk is: plain records, so that the whole walk can lie in a file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """A picture and what it shows.

    Attributes:
        image: as a URI; "" where something is drawn.
        caption: in words.
        pixels: of its width that are drawn hard, so that each is as large as the others on the screen; 0 for a photograph.
        drawing: of ours, by the name that `shared/head.html` knows it by, where no picture may lie ready.
    """

    image: str
    caption: str
    pixels: int = 0
    drawing: str = ""


@dataclass(frozen=True)
class Fact:
    """A thing that a step lists.

    Attributes:
        text: in words.
        note: what it is of, smaller.
        good: whether it is as it should be, and has a tick.
    """

    text: str
    note: str = ""
    good: bool = False


@dataclass(frozen=True)
class Step:
    """One step of the walk.

    Attributes:
        title: what a person does here.
        text: what there is to see. Whatever can be counted in it was counted on the figures.
        figures: side by side.
        live: the address of the tab and the picture that the step is of.
        sentence: what was said to the studio, or "".
        facts: beside the figures.
        painted: whether its pictures are painted when it is shown, where what paints them is here; see `app.stage.painted`.
    """

    title: str
    text: str
    figures: tuple[Figure, ...]
    live: str
    sentence: str = ""
    facts: tuple[Fact, ...] = ()
    painted: bool = False

    def to_dict(self) -> dict[str, Any]:
        """For a file."""
        return asdict(self)
