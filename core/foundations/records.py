"""The named records that pass between the layers: pictures, handles, edits, reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from torch import Tensor  # the page shows records before torch is there

    from core.foundations.region import Region
    from core.foundations.stayed import Stayed

HandleKind = Literal["feature", "bundle", "direction", "head", "neuron", "shift", "concept"]
Verb = Literal["add", "remove", "replace", "more", "less", "recolour", "random", "keep", "undo"]


@dataclass(frozen=True)
class Picture:
    """An image, with what is known of it.

    Attributes:
        image: PIL, RGB, at the world's own size.
        latent: `[c h w]`, or None where no generator took the picture in.
        truth: the exact composition in a synthetic world; only judges, benchmarks and training may look.
        fit: share of the pixels that the generator gives back exactly, 1 for its own pictures.
        origin: how to make the picture again, as plain JSON; goes into recipes.
        original: what a person gave, before a model took it in; None for a world's own pictures.
        within: what the next request may touch; everything where None. Edits that are there already keep bounds of their own.
        photograph: what a face was cut out of, see `core.worlds.faces.photograph`; None for all else.
    """

    image: Image.Image
    latent: Tensor | None = None
    truth: Any = None
    fit: float = 1.0
    origin: dict[str, Any] = field(default_factory=dict)
    original: Image.Image | None = None
    within: Region | None = None
    photograph: Any = None


@dataclass(frozen=True)
class Loaded:
    """What a file brought; `picture, edits = loaded` takes the first two.

    Attributes:
        picture: what the file's recipe starts from, or the file's own picture where it carries none.
        edits: the recipe's stack; none where there is no recipe.
        painted_over: the file's own picture, taken in anew, where its pixels are no longer what its recipe paints; else None.
    """

    picture: Picture
    edits: tuple[Edit, ...] = ()
    painted_over: Picture | None = None

    def __iter__(self) -> Iterator[Any]:
        return iter((self.picture, self.edits))


@dataclass(frozen=True)
class SlotReading:
    """What a reader sees in one slot.

    Attributes:
        slot: the slot's name.
        part: the part's id.
        name: the part's name for people.
        confidence: share of the slot's visible pixels that agree with the part, in [0, 1].
        hidden: whether other parts cover it wholly, so that the part is a guess.
        towards: how far it is towards each part, where a slot has more and less of them; 1 is a step that a person sees.
    """

    slot: str
    part: str
    name: str
    confidence: float
    hidden: bool = False
    towards: Mapping[str, float] = field(default_factory=dict, compare=False)

    def gap(self, other: SlotReading) -> float:
        """The most that another reading of the slot lies away, in steps that a person sees; 0 where nothing is measured."""
        return max((abs(value - other.towards.get(part, value)) for part, value in self.towards.items()), default=0.0)


@dataclass(frozen=True)
class Curve:
    """A handle's measured effect, strength by strength.

    Attributes:
        strengths: in units of the handle's typical activation.
        success: share of pictures in which the wanted thing is then read.
        kept: share of the other slots that are read as before.
    """

    strengths: tuple[float, ...]
    success: tuple[float, ...]
    kept: tuple[float, ...]


@dataclass(frozen=True)
class Handle:
    """Something of a model that can be named and turned.

    Attributes:
        id: unique and stable, such as "feature:12" or "bundle:head:shark".
        kind: what it is made of.
        slot: where it acts, or "" where no label was earned.
        part: the part's id that it brings about, or "" where it stands for a colour or is unnamed.
        name: for people, such as "shark head".
        texts: all phrases under which the index knows it.
        confidence: of the label, in [0, 1].
        typical: its usual activation on pictures that have it.
        density: share of pictures on which it is active.
        curve: its measured effect.
        best: seeds of pictures on which it is strongest; worst: of those on which it is weakest though active.
        position: where it stands on the map, both in [0, 1]; trim: as an `Edit` has it; parts: the ids of those whose nearest it brings.
    """

    id: str
    kind: HandleKind
    slot: str
    part: str
    name: str
    texts: tuple[str, ...]
    confidence: float
    typical: float
    density: float
    curve: Curve
    best: tuple[int, ...] = ()
    worst: tuple[int, ...] = ()
    position: tuple[float, float] = (0.5, 0.5)
    trim: tuple[float, ...] = ()
    parts: tuple[str, ...] = ()


STRONGEST = 3.0
"""The most that a handle is turned either way, in units of its typical activation."""


@dataclass(frozen=True)
class Edit:
    """One turn of one handle; an edit stack is a tuple of these, applied in order.

    Attributes:
        within: where it may act; everywhere where None.
        trim: what is added to the handle, at a strength of 1, so that on this picture all else stays; in half precision.
    """

    handle: str
    strength: float = 1.0
    muted: bool = False
    within: Region | None = None
    trim: tuple[float, ...] = ()


@dataclass(frozen=True)
class Found:
    """A handle that fits a phrase.

    Attributes:
        score: cosine similarity of the best text, in [-1, 1].
        text: which of the handle's texts matched.
    """

    handle: Handle
    action: Verb
    strength: float
    score: float
    text: str = ""


@dataclass(frozen=True)
class Change:
    """One slot before and after an edit.

    Attributes:
        wanted: whether a change here was asked for. A part that was swapped away and back is no change that was asked for;
            where something unnamed was turned, whatever changed is.
    """

    slot: str
    before: SlotReading
    after: SlotReading
    wanted: bool

    @property
    def changed(self) -> bool:
        """Whether another part is read now, or more or less of it; what is hidden before or after cannot be said to have changed.

        More or less of a part is told from half a step on where it was asked for, as in "a bit older"; elsewhere from two.
        """
        differs = self.before.part != self.after.part or self.before.gap(self.after) >= (0.5 if self.wanted else 2)
        return differs and not (self.before.hidden or self.after.hidden)


@dataclass(frozen=True)
class Report:
    """What an edit changed and kept, read from the result by a lens that is not the handle that made it.

    Attributes:
        changes: one entry per slot, back to front.
        pixels: share of pixels that differ.
        stray: share of pixels outside the wanted slots' places that differ.
        sentence: the same in words.
        difference: per pixel whether it differs, `[h w]` bool.
        boxes: the square around a changed slot in both pictures, left, top, right and bottom in pixels; none where parts show alone.
        stayed: what was kept, as sentences with a measure each; none where a world tells of its slots alone.
    """

    changes: tuple[Change, ...]
    pixels: float
    stray: float
    sentence: str
    difference: np.ndarray
    boxes: Mapping[str, tuple[int, int, int, int]] = field(default_factory=dict)
    stayed: tuple[Stayed, ...] = ()


@dataclass(frozen=True)
class Result:
    """What came of a request or of a stack of edits.

    Attributes:
        picture: the result; the picture that was given where nothing was done.
        edits: the whole stack that leads to it.
        report: what changed and stayed, or None where nothing was tried.
        refusal: None, or the sentence that says why not and what exists instead.
        choices: where a phrase was unclear, the nearest handles for the person to pick from.
        undo: whether the sentence asked to take the last step back.
        note: what a person should know about what is done, as sentences; else "".
    """

    picture: Picture
    edits: tuple[Edit, ...] = ()
    report: Report | None = None
    refusal: str | None = None
    choices: tuple[Found, ...] = ()
    undo: bool = False
    note: str = ""


@dataclass(frozen=True)
class Shifted:
    """What came of shifting a picture's latent.

    Attributes:
        picture: the result.
        target: PIL, RGB: the exact picture that was asked for, drawn with the wanted values put in; for judges, no handle uses it.
        before: what was read in the picture that was given.
        after: what is read in the result; a rotation that looks as the one asked for, or kept, bears its value.
        iou: share of ink that the result and the exact picture share, in [0, 1]; of rotations that count as the same, the best.
        wanted: slot to value, as asked.
        moved: slots that changed without being asked.
    """

    picture: Picture
    target: Image.Image
    before: tuple[SlotReading, ...]
    after: tuple[SlotReading, ...]
    iou: float
    wanted: dict[str, int]
    moved: tuple[str, ...]


@dataclass(frozen=True)
class ShiftMethod:
    """One way to shift a latent, with what was measured of it.

    Attributes:
        name: "studio" for the best of each slot.
        says: what it does, in a sentence.
        measured: slot to the share of edits with the asked value and all else kept.
        leakage: share of edits in which a slot moved, `[asked slot][moved slot]`.
    """

    name: str
    says: str
    measured: dict[str, float]
    leakage: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Segmentation:
    """Where a text is seen in a picture.

    Attributes:
        heat: `[h w]` in [0, 1], at the picture's own size.
        mask: `[h w]` bool, where the heat is above the threshold.
        threshold: in [0, 1].
        text: what was asked.
        method: how.
        score: cosine of picture and text, in [-1, 1].
        presence: how probable it is that the text is in the picture at all, in [0, 1]; 1 where nothing can tell.
        least: the presence below which the text counts as absent, and the mask is empty.
        instead: what is in the picture, where the text is not.
    """

    heat: np.ndarray
    mask: np.ndarray
    threshold: float
    text: str
    method: str
    score: float
    presence: float = 1.0
    least: float = 0.0
    instead: tuple[Word, ...] = ()

    @property
    def there(self) -> bool:
        """Whether the text is in the picture."""
        return self.presence >= self.least


@dataclass(frozen=True)
class Word:
    """A text with how much speaks for it; below 0 where something speaks against it."""

    text: str
    weight: float


MIXED = "mixed"
"""The role of a head in which nothing stands out."""


@dataclass(frozen=True)
class HeadCard:
    """One attention head in words.

    Attributes:
        layer: first is 0.
        head: first is 0.
        role: what it is about in one or two words, or "mixed".
        confidence: how well the model's answer to the role's question is read from this head alone, R2 in [0, 1].
        texts: what TextSpan found, the share of its variance that each adds as weight.
        best: seeds of the scenes in which it says most of its first text.
        size: its share of how much embeddings vary, in [0, 1].
    """

    layer: int
    head: int
    role: str
    confidence: float
    texts: tuple[Word, ...]
    best: tuple[int, ...]
    size: float

    @property
    def id(self) -> str:
        """Such as "head:4:3"."""
        return f"head:{self.layer}:{self.head}"


@dataclass(frozen=True)
class NeuronCard:
    """One neuron in words.

    Attributes:
        layer: first is 0.
        neuron: first is 0.
        words: its second-order direction as a sparse sum of texts, signed weights.
        meanings: groups of words that mean alike; two or more for a polysemantic neuron.
        share: of its strong effects' energy that lies along one direction, in [0, 1].
        best: seeds of the scenes in which its effect is largest.
    """

    layer: int
    neuron: int
    words: tuple[Word, ...]
    meanings: tuple[tuple[str, ...], ...]
    share: float
    best: tuple[int, ...]

    @property
    def id(self) -> str:
        """Such as "neuron:3:17"."""
        return f"neuron:{self.layer}:{self.neuron}"


@dataclass(frozen=True)
class HeadView:
    """A head on one picture.

    Attributes:
        strongest: the text that it says most here, against its average; the weight in parts of the cosine.
        weakest: the text that it speaks against most.
        strongest_heat: where, `[h w]` in [0, 1].
        weakest_heat: the same for the weakest.
    """

    strongest: Word
    weakest: Word
    strongest_heat: np.ndarray
    weakest_heat: np.ndarray
