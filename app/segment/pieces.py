"""The pieces of the tab Segment: what they say; how they look is in pieces.html."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from app.shared import charts, heatmaps
from app.shared.address import tell
from app.shared.pictures import data_uri, jpeg, uri_of
from app.shared.subject import EDITED, Asked, Subject
from app.shared.templates import macros
from core.foundations.records import Word

METHOD_NAMES = {
    "studio": "The studio's own",
    "tokens": "Token decomposition",
    "neurons": "Neurons",
    "neurons_signed": "Neurons, for and against",
    "attention": "Raw attention",
    "rollout": "Attention rollout",
    "gradcam": "GradCAM",
    "lrp": "LRP",
    "partial_lrp": "Partial LRP",
    "chefer": "Chefer's relevance",
    "generic": "Generic attention",
    "patches": "Patches by themselves",
    "maskclip": "MaskCLIP",
    "clearclip": "ClearCLIP",
    "naclip": "NACLIP",
    "sclip": "SCLIP",
    "clipsurgery": "CLIP Surgery",
}
"""Methods by the names that papers know them by."""


def _html() -> Any:
    return macros("segment/pieces.html")


def method_name(method: str) -> str:
    """A method in words."""
    return METHOD_NAMES.get(method, method.replace("_", " ").capitalize())


def cross() -> str:
    """The place where a screen reader is told where the cross is."""
    return _html().cross()


def still(subject: Subject) -> str:
    """A picture by itself."""
    return _html().still(subject.uri, subject.name, tell(**subject.place))


def described(subject: Subject, sentence: str, whole: bool) -> str:
    """A scene that was painted by prompt, by itself, with what is said of it; a sign where it is not all that was asked for."""
    return _html().described(subject.uri, subject.name, sentence, whole)


def look(asked: Asked) -> str:
    """The picture under its heat, what is cut out of it, and the slider between them. The browser draws both."""
    subject, there = asked.subject, any(asked.there)
    drawn = {"uri": subject.uri, "size": subject.picture.image.size, "heat": heatmaps.text_of(asked.packed)}
    place = tell(**subject.place, word=asked.text, against=asked.other, method=asked.method)
    asks = {"first": asked.text, "second": asked.other, "there": there, "threshold": f"{asked.threshold:.3f}", "place": place}
    return _html().look({**drawn, **asks, **_captions(asked), "takes": subject.source in EDITED and asked.there[0]})


def _captions(asked: Asked) -> dict[str, str]:
    """What is seen on the picture under its heat, and what is cut out, for those who look and for those who listen."""
    name = asked.subject.name
    if not any(asked.there):
        unseen = f"“{asked.text}” is not seen"
        return {"where": f"{name}, grey: {unseen}.", "seen": unseen, "cut": "Nothing is cut out", "out": "Nothing is cut out"}
    names = [text for text, there in zip((asked.text, asked.other), asked.there, strict=False) if there]
    plain, quoted = " and ".join(names), " and ".join(f"“{text}”" for text in names)
    where = {"where": f"{name}, bright where {plain} is seen.", "seen": f"Where I see {quoted}"}
    return {**where, "cut": f"What is cut out as {plain}", "out": f"Cut out: {plain}"}


SURE = ((0.95, "I am sure that it is here"), (0.8, "I am rather sure that it is here"), (0.0, "perhaps it is here"))
"""From which presence on what is said of it."""


def share_of(presence: float) -> str:
    """A probability in whole hundredths; never a certain 0 or 100."""
    return f"{min(max(round(100 * presence), 1), 99)}\u00a0%"


def told(asked: Asked) -> str:
    """What the picture shows now, in words."""
    tones = ("Bright where I see",) if not asked.other else ("Red where I see", "Blue where I see")
    lines = []
    for text, share, there, say in zip((asked.text, asked.other), asked.presence, asked.there, tones, strict=False):
        sure = next(words for least, words in SURE if share >= least)
        told = f"({sure}: {share_of(share)})" if asked.least else ""
        lines.append({"text": text, "there": there, "say": say, "sure": told, "share": share_of(share)})
    return _html().told(lines, asked.instead)


def chips(seen: Sequence[str], ideas: Sequence[tuple[str, str]], own_first: bool = False) -> str:
    """Texts to look for: what the model itself sees in this picture, and some of ours, which come first if `own_first`."""
    ours = [(text, other, False) for text, other in ideas]
    theirs = [(text, "", True) for text in seen if (text, "") not in ideas]
    return _html().chips(ours + theirs if own_first else theirs + ours)


def sources(own: bool, scenes: bool = True, face: bool = False) -> str:
    """The ways to a picture.

    Args:
        own: whether a person's own can be given here.
        scenes: whether scenes and the Noun of the tab Edit are among them.
        face: whether the face of the tab Edit is.
    """
    return _html().sources(own, scenes, face)


HERE = {
    "nouns": "What the model writes down at the marked place, more than elsewhere in this picture:",
    "photos": "What the patches around the marked place say by themselves:",
    "face": "What the marked place is of, as what reads faces has it:",
}
"""What is told of a place: of a face from the tab Edit, else by the picture's world."""


def here(words: Sequence[Word], subject: Subject | None = None) -> str:
    """What a place of a picture says."""
    if not words or subject is None:
        return _html().here("Click a place of the picture.", "")
    return _html().here(HERE.get(subject.source) or HERE[subject.world], charts.bars(words))


def method_cells(cells: Sequence[tuple[str, str, str]], asked: Asked) -> str:
    """Methods side by side: name, what each does, and its heat as a URI; those to come stand empty."""
    rows = [
        {"id": method, "name": method_name(method), "says": says, "uri": uri, "chosen": method == asked.method}
        for method, says, uri in cells
    ]
    ready, count = sum(bool(uri) for *_, uri in cells), len(cells)
    say = f"{ready} of {count} are ready" if ready < count else f"Where each of them sees “{asked.text}”. Click one to use it."
    return _html().methods(say, rows, asked.text)


def thumbnail(image: Image.Image, heat: np.ndarray, threshold: float, side: int = 384, soft: bool = False) -> str:
    """A heat over a picture with the outline of its mask, as a URI; of a photograph, which is `soft`, as a JPEG."""
    times = max(1, side // image.width)
    drawn = heatmaps.outline(heatmaps.overlay(image, heat, times), heat > threshold, times, 2 if soft else 1)
    return uri_of(jpeg(drawn, quality=86)) if soft else data_uri(drawn)
