"""How well the reader of faces agrees with its teachers, on painted faces that it never saw, for its card.

Beside it stands what can be said without looking: the commonest expression and sex, the mean age and the mean landmarks. Whether it
tells people apart is asked with mirrored copies: each one's nearest among all faces should be its own. What it costs is of
one picture at a time, teachers and reader in turn, in seconds of one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.models.face_eyes import FaceEyes
from core.models.face_reader import FaceReader
from core.models.face_seen import EXPRESSIONS, PARTS, FaceSeen, joined
from core.train.faces.teachers.seeing import Teachers
from core.worlds.faces.attributes import ATTRIBUTES, attributes, states
from core.worlds.faces.slots import SLOTS

AT_ONCE = 10
TIMED = 12
"""Pictures that times are taken of."""


class Exam(NamedTuple):
    """Held-out pictures `[n 3 256 256]` uint8, their tokens `[n l t d]`, what the teachers see of them, and of those learned from."""

    pictures: Tensor
    tokens: Tensor
    seen: FaceSeen
    learned: FaceSeen


def eye_distance(landmarks: Tensor) -> Tensor:
    """Between the middles of the eyes `[n]`, as a share of the side."""
    return (landmarks[:, 42:48].mean(1) - landmarks[:, 36:42].mean(1)).norm(dim=1).clamp(min=0.05)


def overlap(parts: Tensor, true: Tensor) -> dict[str, float]:
    """Intersection over union of each part, over the places of all faces, where probabilities `[n 19 h w]` are the highest."""
    one, other = parts.argmax(1), true.argmax(1)
    rows = {}
    for place, name in enumerate(PARTS):
        both, either = ((one == place) & (other == place)).sum(), ((one == place) | (other == place)).sum()
        if int((other == place).sum()):
            rows[name] = round(float(both / either), 3)
    return rows


def agreement(told: FaceSeen, seen: FaceSeen) -> dict[str, Any]:
    """One record against the other, whose expressions, ages, places and parts are taken for true."""
    off = (told.landmarks - seen.landmarks).norm(dim=2).mean(1) / eye_distance(seen.landmarks)
    sure = seen.expressions.amax(1) > 0.6
    same = told.expressions.argmax(1) == seen.expressions.argmax(1)
    each = {
        name: f"{int(same[mine].sum())} of {int(mine.sum())}"
        for place, name in enumerate(EXPRESSIONS)
        if (mine := seen.expressions.argmax(1) == place).any()
    }
    parts = overlap(told.parts, seen.parts)
    return {
        "expression the same": round(float(same.float().mean()), 3),
        "where the teacher is sure": round(float(same[sure].float().mean()), 3),
        "of each expression": each,
        "age off by years": round(float((told.age - seen.age).abs().mean()), 2),
        "sex the same": round(float(((told.female > 0.5) == (seen.female > 0.5)).float().mean()), 3),
        "landmarks off by percent of the eye distance": round(100 * float(off.mean()), 2),
        "parts, intersection over union": round(float(np.mean(list(parts.values()))), 3),
        "of each part": parts,
    }


def told_apart(one: Tensor, other: Tensor) -> dict[str, float]:
    """Whether each direction `[n d]` finds its own copy's `[n d]` nearest, and cosines to its own and to others."""
    cosines = one @ other.T
    own = cosines.diagonal()
    others = cosines[~torch.eye(len(one), dtype=torch.bool)]
    return {
        "found": round(float((cosines.argmax(1) == torch.arange(len(one))).float().mean()), 3),
        "own copy": round(float(own.mean()), 3),
        "others": round(float(others.mean()), 3),
        "others, standard deviation": round(float(others.std()), 3),
    }


def correlation(one: Tensor, other: Tensor) -> float:
    """Of two rows of numbers `[n]`."""
    one, other = one - one.mean(), other - other.mean()
    return round(float((one * other).sum() / (one.norm() * other.norm()).clamp(min=1e-9)), 3)


def of_attributes(told: FaceSeen, seen: FaceSeen, pictures: Tensor) -> dict[str, Any]:
    """How the attributes of both correlate, and how often each slot is in the same state."""
    shown = pictures.float() / 255
    one, other = (attributes(shown, record) for record in (told, seen))
    correlations = {name: correlation(one[:, place], other[:, place]) for place, name in enumerate(ATTRIBUTES)}
    mine, theirs = states(one), states(other)
    same = {slot: round(float(np.mean([a[slot] == b[slot] for a, b in zip(mine, theirs, strict=True)])), 3) for slot in SLOTS}
    return {"correlation of each attribute": correlations, "state the same, of each slot": same}


def blind(exam: Exam) -> dict[str, float]:
    """What can be said without looking."""
    seen, learned = exam.seen, exam.learned
    off = (learned.landmarks.mean(0) - seen.landmarks).norm(dim=2).mean(1) / eye_distance(seen.landmarks)
    commonest = int(learned.expressions.mean(0).argmax())
    return {
        "expression the same": round(float((seen.expressions.argmax(1) == commonest).float().mean()), 3),
        "age off by years": round(float((seen.age - learned.age.median()).abs().mean()), 2),
        "sex the same": round(max(share := float((seen.female > 0.5).float().mean()), 1 - share), 3),
        "landmarks off by percent of the eye distance": round(100 * float(off.mean()), 2),
    }


def seconds_of(read: Callable[[Tensor], FaceSeen], picture: Tensor) -> float:
    """What one picture costs, in seconds of the processor, so that what else it has to do does not count."""
    began = time.process_time()
    read(picture[None].float() / 255)
    return time.process_time() - began


def costs(ways: dict[str, Callable[[Tensor], FaceSeen]], pictures: Tensor) -> dict[str, float]:
    """The median of what a picture costs, of each way; all ways take turns on each picture."""
    rows = [[seconds_of(read, picture) for read in ways.values()] for picture in pictures]
    return dict(zip(ways, np.median(rows, 0).round(4).tolist(), strict=True))


@torch.inference_mode()
def quality(
    reader: FaceReader, eyes: FaceEyes, exam: Exam, short: Callable[[Tensor], Tensor], teachers: Teachers
) -> dict[str, dict[str, Any]]:
    """All of it, by name.

    Args:
        short: the teacher's identities `[n 1024]` as what the reader learned `[n d]`.
    """
    shown = list(zip(exam.pictures.split(AT_ONCE), exam.tokens.split(AT_ONCE), strict=True))
    told = joined([reader(tokens.float(), pictures.float() / 255) for pictures, tokens in shown])
    turned = joined([reader.read(eyes, pictures.flip(3).float() / 255) for pictures, _ in shown])
    wanted = short(exam.seen.identity)
    alike = [(d @ d.T)[~torch.eye(len(d), dtype=torch.bool)] for d in (told.identity, wanted)]
    ways = {
        "teachers": teachers.read,
        "reader with the eyes": lambda picture: reader.read(eyes, picture),
        "reader alone": lambda picture: reader(exam.tokens[:1].float(), picture),
    }
    spent = costs(ways, exam.pictures[:TIMED])
    return {
        "agreement": agreement(told, exam.seen),
        "without looking": blind(exam),
        "identity": {
            "cosine with the teacher's": round(float((told.identity * wanted).sum(1).mean()), 3),
            "correlation of all pairs' cosines": correlation(*alike),
            "mirrored copies": told_apart(told.identity, turned.identity),
        },
        "attributes": of_attributes(told, exam.seen, exam.pictures),
        "seconds of one thread a picture": {
            **spent,
            "teachers / reader with the eyes": round(spent["teachers"] / spent["reader with the eyes"], 2),
            "teachers / reader alone": round(spent["teachers"] / spent["reader alone"], 2),
        },
    }
