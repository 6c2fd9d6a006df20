"""What a visitor looks at on the tabs Segment and Heads: a picture, what was asked of it, and the mask taken from it.

Small, plain and hashable, so that it can live in `gr.State` and in the list of steps.
"""

from __future__ import annotations

import base64
import hashlib
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from app.shared import guard
from app.shared.address import FACES
from app.shared.pictures import jpeg, uri_of
from app.shared.session import FIRST, CachedStudio, Moment, Session
from core.foundations.errors import PictureError, RequestError
from core.foundations.images import check_shape, open_image, whole
from core.foundations.records import Picture
from core.foundations.region import Region

SIDE = 64
"""Pixels of a scene's side; a person's own picture is taken in as large."""
OPENING_SEED = 6
"""The scene that the tabs open on."""
LARGEST = 1024
"""Longest side of a picture that the browser gives back, in pixels."""
ELSEWHERE = "This link shows somebody's own picture, which never left their browser. Open the picture here, and look for it again."
PHOTO_BYTES = 140_000
"""Most bytes of a photograph in a visitor's state."""
EDITED = {"noun": FIRST, "face": FACES}
"""What comes from the tab Edit, and the world that it is of there."""


@dataclass(frozen=True)
class Subject:
    """The picture that is looked at.

    Attributes:
        data: the picture as PNG, a photograph as JPEG; empty before the first look.
        name: in words.
        source: "scene", "noun", "face", "photo" or "own".
        base: for a Noun or a face from the tab Edit its recipe without steps, so that a mask finds the way back to it; for a sample
            photograph its id, for a scene or a picture of the gallery its number.
        world: "nouns" or "photos".
        eyes: the public model through which a photograph is looked at, as the studio's offer names it; None for the small one.
    """

    data: bytes = b""
    name: str = ""
    source: str = ""
    base: str = ""
    world: str = "nouns"
    eyes: Any = None

    @property
    def soft(self) -> bool:
        """Whether it is drawn smoothly: a photograph is, pixel art is not."""
        return self.world == "photos"

    @property
    def picture(self) -> Picture:
        """For the studio."""
        return Picture(Image.open(io.BytesIO(self.data)).convert("RGB"))

    @property
    def uri(self) -> str:
        """For the page."""
        return uri_of(self.data)

    @property
    def place(self) -> dict[str, str]:
        """For the address; a person's own picture is told by a digest, and stays in the browser that showed it."""
        if not self.data:
            return {}
        kind, seen = {"emoji": "example"}.get(self.source, self.source), {"world": self.world}
        seen |= {"eyes": self.eyes.link} if self.eyes else {}
        if kind == "own" or (kind == "face" and len(guard.to_link(self.base)) > guard.LINK):
            return {**seen, "picture": f"own-{self.digest}"}
        return {**seen, "picture": kind if kind in EDITED else f"{kind}-{self.base}"}

    @property
    def digest(self) -> str:
        """Tells one picture from another."""
        return hashlib.sha256(self.data).hexdigest()[:16]


@dataclass(frozen=True)
class Asked:
    """What was asked of the picture, and the answer.

    Attributes:
        text: where is it?
        other: the text that it is held against, or "".
        method: how.
        packed: one byte of heat for each pixel; for two texts 0 stands for the other and 255 for the first; empty
            where nothing was answered yet.
        threshold: where the answer is cut at first, in [0, 1].
        score: how well the words fit the whole picture, cosine; None for two texts.
        subject: the picture that it was asked of.
        presence: how probable it is that each text is in the picture at all, in [0, 1].
        least: the presence from which on a text counts as there.
        instead: what is in the picture, where no text is.
    """

    text: str = ""
    other: str = ""
    method: str = "studio"
    packed: bytes = b""
    threshold: float = 0.5
    score: float | None = None
    subject: Subject = Subject()
    presence: tuple[float, ...] = (1.0,)
    least: float = 0.0
    instead: tuple[str, ...] = ()

    @property
    def there(self) -> tuple[bool, ...]:
        """Which texts are in the picture."""
        return tuple(share >= self.least for share in self.presence)

    def mask(self, threshold: float) -> np.ndarray:
        """Where the first text is, `[h w]` bool, cut at a threshold in [0, 1]."""
        side = self.subject.picture.image
        if not self.there[0]:
            return np.zeros((side.height, side.width), bool)
        heat = np.frombuffer(self.packed, np.uint8).reshape(side.height, side.width) / 255
        return (2 * heat - 1 if self.other else heat) > threshold


def subject_of(image: Image.Image, name: str, source: str, base: str = "") -> Subject:
    """A picture to look at."""
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "PNG", optimize=True)
    return Subject(buffer.getvalue(), name, source, base)


def photo(picture: Picture, name: str, base: str = "") -> Subject:
    """A photograph to look at: a sample by its id, or a person's own."""
    return Subject(jpeg(picture.image, PHOTO_BYTES), name, "photo" if base else "own", base, "photos")


def scene(studio: Any, seed: int) -> Subject:
    """A scene by its seed."""
    return subject_of(studio.scene(seed).image, "A scene", "scene", str(seed))


def noun(cached: CachedStudio, moment: Moment) -> Subject:
    """The Noun of the tab Edit as it is now: a mask of it bounds the steps that are still to come."""
    return subject_of(cached.result(moment).picture.image, "Your Noun from Edit", "noun", moment.base)


def face(cached: CachedStudio, moment: Moment) -> Subject:
    """The face of the tab Edit as it is now, as a photograph; a mask of it goes back there like a Noun's."""
    return Subject(jpeg(cached.result(moment).picture.image, PHOTO_BYTES), "The face from Edit", "face", moment.base, "photos")


def own(source: str | Image.Image) -> Subject:
    """A person's own picture as the model takes it in; PictureError where it cannot be used."""
    image = open_image(source)
    check_shape(*image.size)
    rgb = whole(image, SIDE)
    small = rgb[::2, ::2]
    if rgb.shape[:2] == (SIDE, SIDE) and (small.repeat(2, 0).repeat(2, 1) == rgb).all():  # a Noun that was saved larger
        rgb = small
    return subject_of(Image.fromarray(rgb), "Your picture", "own")


def own_again(uri: str, digest: str, world: str) -> Subject:
    """A person's own picture, as their browser has kept it; PictureError where it did not, or kept something else."""
    data = base64.b64decode(uri.partition(",")[2], validate=False) if len(uri) <= 2 * PHOTO_BYTES else b""
    found = Subject(data, "Your picture", "own", "", world)
    if not data or found.digest != digest or max(open_image(data).size) > LARGEST:
        raise PictureError(ELSEWHERE)
    return found


def region(asked: Asked, session: Session, threshold: float, keep: bool) -> Region:
    """The mask of an answer for the tab Edit; RequestError where it does not belong to the picture there."""
    if session.world != EDITED.get(asked.subject.source) or asked.subject.base != session.now.base:
        what = "face" if asked.subject.source == "face" else "Noun"
        raise RequestError(f"This mask is not of the {what} on the tab Edit. Press “The {what} from Edit” and look for it there.")
    mask = asked.mask(threshold)
    if not mask.any() or mask.all():
        raise RequestError("This mask holds nothing, or everything. Move the slider until the outline fits.")
    return Region.of(mask, asked.text, keep)
