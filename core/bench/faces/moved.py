"""What a person waits for while concepts of a face are moved: until the first preview, and until it is done.

All concepts are moved a little aside, the strongest one is enlarged, and the next one is taken away, on faces of seeds that nothing learned
from. Times are of the clock, since a person waits by the clock.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from core.foundations.records import Picture
from core.studio import Studio

FIRST_SEED = 710_000
"""Of the faces that are moved; those of the benchmark `faces` lie below."""


def asked_of(studio: Studio, picture: Picture) -> Iterator[dict[str, Any]]:
    """What is asked of one picture: arguments of `studio.move`, one after another."""
    first, second = (concept.id for concept, _ in studio.strongest(picture, 2))
    yield {"shift": (studio.library.world.side / 20, 0.0)}
    yield {"concepts": [first], "zoom": 1.25}
    yield {"concepts": [second], "remove": True}


def waited(studio: Studio, picture: Picture, asked: dict[str, Any]) -> tuple[float, float]:
    """Seconds until the first preview that is more than the start, and in all."""
    began, first, last = time.perf_counter(), 0.0, 0.0
    for step in studio.move(picture, **asked):
        last = time.perf_counter() - began
        first = first or (last if step.step or step.done else 0.0)
    return first, last


def face_edit_cost(quick: bool) -> dict[str, Any]:
    """`faces_edit_s` and `faces_preview_s`: medians; WeightsError where the networks or the table cannot be had."""
    studio = Studio("faces")
    studio.face_weights.fetch()
    studio.concepts()
    start = studio.sample(FIRST_SEED)
    next(iter(studio.move(start, shift=(1.0, 0.0))))  # so that nothing is loaded, or done for the first time, in what counts
    found = []
    for number in range(1, 2 if quick else 6):
        picture = studio.sample(FIRST_SEED + number)
        for asked in list(asked_of(studio, picture))[: 1 if quick else 3]:
            found.append(waited(studio, picture, asked))
    first, last = np.median(np.array(found), 0)
    return {"faces_edit_s": float(last), "faces_preview_s": float(first), "settings": {"edits": len(found), "seed": FIRST_SEED}}
