"""Pictures that were looked at are kept for a while: a further word on one of them costs only what is new about it.

They are kept by content, so that whoever brings the same picture finds it, and nobody can ask for one that they do not
have. What is kept is bounded in memory; the one that was not asked for longest goes first.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from core.foundations.images import check_shape, to_tensor
from core.foundations.records import Picture
from core.methods.read.decompose import DecomposeSettings, Terms, decompose
from core.methods.read.segment_view import View, project
from core.methods.read.shown import Shown
from core.models.anatomy import Anatomy, Seen
from core.models.clip import Clip
from core.models.stretch import stretched

UNIT = DecomposeSettings(unit=True)
MEGABYTES = 96
"""Of pictures that one CLIP keeps: about ten photographs, or sixty scenes."""
_NOT_COUNTED = {"clip", "anatomy"}
"""What all looks share with the model."""

Canvas = Callable[[Image.Image, tuple[int, int]], tuple[Any, tuple[int, int, int, int]]]
"""Any picture at a height and width as RGB uint8 `[h w 3]`, and where on it it lies: top, left, height, width."""


@dataclass(eq=False)
class Look:
    """One picture before one CLIP.

    Attributes:
        shown: the picture on its canvas, seen at most once for each window.
        window: where on the canvas the picture lies: top, left, height, width.
        size: the picture's own height and width, in pixels.
    """

    shown: Shown
    window: tuple[int, int, int, int]
    size: tuple[int, int]

    @property
    def clip(self) -> Clip:
        """At the picture's proportions."""
        return self.shown.clip

    @property
    def anatomy(self) -> Anatomy:
        """Of its tower."""
        return self.shown.anatomy

    @property
    def view(self) -> View:
        """What the tower sees."""
        return self.shown.view

    @property
    def seen(self) -> Seen:
        """The one forward."""
        return self.view.seen

    @property
    def embedding(self) -> Tensor:
        """The whole picture as a unit vector `[1 k]`."""
        return self.view.kept("whole", lambda: F.normalize(self.seen.embedding, dim=-1))

    @property
    def spoken(self) -> Tensor:
        """What every patch says by itself, unit vectors `[t k]`."""
        return self.view.kept("spoken", lambda: F.normalize(project(self.anatomy, self.seen.last)[:, self.anatomy.extra :], dim=-1))[0]

    @property
    def terms(self) -> Terms:
        """The embedding as a sum."""
        return self.view.kept("terms", lambda: decompose(self.seen, self.anatomy, UNIT))

    @property
    def bytes(self) -> int:
        """Memory that it takes now."""
        return _bytes(self.shown)


def _bytes(thing: Any) -> int:
    if isinstance(thing, Tensor):
        return thing.numel() * thing.element_size()
    if isinstance(thing, dict):
        return _sum(value for key, value in thing.items() if key not in _NOT_COUNTED)
    if isinstance(thing, tuple | list):
        return _sum(thing)
    return _bytes(vars(thing)) if hasattr(thing, "__dict__") else 0


def _sum(things: Iterable[Any]) -> int:
    return sum(_bytes(thing) for thing in things)


class Looks:
    """The pictures that one CLIP keeps.

    Args:
        clip: the model.
        canvas: how a picture comes before it.
        megabytes: kept at most, the newest picture aside.
    """

    def __init__(self, clip: Clip, canvas: Canvas, megabytes: float = MEGABYTES) -> None:
        self.clip, self.canvas, self.most = clip, canvas, megabytes * 2**20
        self._kept: OrderedDict[str, Look] = OrderedDict()
        self._lock = Lock()

    def of(self, picture: Picture) -> Look:
        """A picture, as it was seen before where it was; PictureError where it is too long."""
        image = picture.image.convert("RGB")
        key = hashlib.sha256(repr(image.size).encode() + image.tobytes()).hexdigest()
        with self._lock:
            look = self._kept.get(key)
            if look is None:
                look = self._kept[key] = self.new(image)
            self._kept.move_to_end(key)
            while len(self._kept) > 1 and sum(kept.bytes for kept in self._kept.values()) > self.most:
                self._kept.popitem(last=False)
        return look

    def new(self, image: Image.Image) -> Look:
        """A picture that nobody has seen; nothing is computed yet."""
        check_shape(*image.size)
        clip = stretched(self.clip, *image.size)
        canvas, window = self.canvas(image, clip.image_size)
        return Look(Shown(clip, to_tensor(canvas[None]).to(clip.mean.device), keep=True), window, (image.height, image.width))
