"""How long a person waits for everything that the tab Classes says of a picture, and for a second class on the same picture.

All of it: the vote, what patches say at every depth, the map of importance, the keys with their maps and masks in every block, relatives,
and the image that lies ready. Of fresh pictures, which nothing is kept of, and then of another class on each. Seconds are the processor's,
of all threads, as a clock would tell them on one core that does nothing else; the median. Beside them how often that goes into a second,
which is what the page may take, and how many times as fast the second class is.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from typing import Any

from core.foundations.errors import StudioError
from core.foundations.records import Picture
from core.studio.studio import Studio

Rows = dict[str, dict[str, float]]
SEEDS = range(9000, 9009)


def everything(verbs: Any, picture: Picture, name: str = "") -> float:
    """Seconds for all that the page says of a picture and of one class, its answer where none is named."""
    began = time.process_time()
    seen = verbs.classes(picture, name)
    verbs.class_keys(picture, seen.name)
    try:
        verbs.excited_image(seen.name)
    except StudioError:  # nothing lies ready
        pass
    return time.process_time() - began


def waits(verbs: Any, pictures: Sequence[Picture], classes: Sequence[str]) -> dict[str, float]:
    """Of one world.

    Args:
        verbs: the studio, or its photographs.
        pictures: the first is not counted, as what happens once happens there.
        classes: to be asked after, another one on each picture.
    """
    first, second = [], []
    for at, picture in enumerate(pictures):
        first.append(everything(verbs, picture))
        second.append(everything(verbs, picture, classes[at % len(classes)]))
    one, other = (statistics.median(several[1:]) for several in (first, second))
    return {"s": one, "a second over it": 1 / one, "another class s": other, "times": one / other}


def page_waits() -> Rows:
    """Of the Nouns, and of the photographs where their eyes were fetched."""
    studio = Studio("nouns")
    rows = {"everything on a Noun": waits(studio, [studio.sample(seed) for seed in SEEDS], studio.class_names()[::29])}
    photos = studio.photos
    if photos.ready:
        shown = [photos.sample(one.id) for one in photos.samples]
        rows["everything on a photograph"] = waits(photos, shown, photos.class_names()[::29])
    return rows
