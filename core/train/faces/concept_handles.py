"""Find what turning each concept of the faces does, and keep those that do one thing well: `python -m core.train.faces.concept_handles`.

Which way in w+ makes a concept louder is averaged over some faces (core.train.faces.concept_steps). Both ways are gone on others, and
the studio's own reader says what of which part changes: what a part has more and less of (core.worlds.faces.shapes). For each of
these the concepts that move it most, beside all else that they move in that part, are tried on fresh faces, painted in a hurry, and
bounded to the part as the studio bounds an edit. A handle is what there moves it the named way, both ways, on most of them, by half a
spread over faces at least, and keeps whose face it is, every slot, and all else of the part. What does not is listed in the card with
its figures.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.concepts import Concept
from core.foundations.files import in_eight_bits, load_card, load_tensors, numbers_digest, save_tensors, save_weights, write_words
from core.foundations.images import to_rgb
from core.foundations.records import Curve, Handle
from core.models.face_concepts import NAME as STEPS
from core.models.face_generator import USE, WEIGHTS
from core.studio.face_shared import FaceShared
from core.studio.face_steering import Readings, aligned, read_faces
from core.studio.handles import handles_to_json
from core.train import loop
from core.train.faces.concept_steps import COARSE, Looked, Studied, apart, slots_of, slots_until, turned_by
from core.train.faces.concept_trials import (
    NAMES,
    PARTS,
    UNSOUND,
    Settings,
    Tried,
    Turn,
    chosen,
    mean_of,
    packed,
    promising,
    shy,
    summed,
    unpacked,
)
from core.worlds.faces.regions import bounding, mask_of, share_of
from core.worlds.faces.shapes import SHAPES

NAME = "faces_concept_handles"
OF = {
    "skin": ("face", "eyebrows", "eyes", "nose", "lips", "ears"),
    "neck": ("face",),
    "mouth": ("lips",),
    "glasses": ("eyes", "eyebrows"),
    "left ear": ("ears",),
    "hair": ("hair", "eyebrows"),
    "hat": ("hair",),
    "cloth": ("clothes",),
    "background": ("background",),
}
"""For the part that a concept covers those of which it may be a handle: what lies there."""


class Search:
    """The search, stage by stage; what a stage found lies on the disk, so that one that was interrupted goes on."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.studied = settings, Studied()
        self.concepts: tuple[Concept, ...] = FaceShared(self.studied.faces, torch.device("cpu")).concepts
        self.folder = loop.RUNS / NAME / numbers_digest({"axes": self.studied.axes})[:8]
        self.ways, self.agreement = torch.empty(0), torch.empty(0)
        self.known = dict[int, tuple[Tensor, Looked, Readings]]()

    def styles(self, purpose: int, count: int) -> Tensor:
        """Faces of one purpose `[n slots d]`."""
        return self.studied.styles(self.settings.seed + 100_000 * purpose, count, self.settings.share)

    def find_ways(self) -> None:
        """The mean way of each concept `[c slots d]`, of length 1, and how far the faces agree on it: the mean's length before."""
        path = self.folder / f"ways_{self.settings.found_on}.safetensors"
        if not path.is_file():
            found = list(turned_by(self.concepts, self.studied, self.styles(0, self.settings.found_on)))
            save_tensors(path, {"ways": torch.stack(found)})
        mean = load_tensors(path)["ways"].mean(0)
        self.agreement = mean.flatten(1).norm(dim=1)
        self.ways = mean / self.agreement[:, None, None].clamp_min(1e-12)

    def step(self, way: Tensor, strength: float) -> Tensor:
        """A way `[slots d]` at a strength, in w+ `[1 slots d]`."""
        slots = (way.abs().sum(1) > 0).sum()
        return (strength * self.settings.length * slots**0.5 * way @ self.studied.axes.T)[None]

    def spreads(self) -> Tensor:
        """How far each shape spreads over usual faces `[k]`."""
        path = self.folder / f"usual_{self.settings.usual}.safetensors"
        if not path.is_file():
            found = [self.studied.look(self.studied.painted(style)).shapes for style in self.styles(1, self.settings.usual).split(1)]
            save_tensors(path, {"shapes": torch.stack(found)})
        return load_tensors(path)["shapes"].std(0).clamp_min(1e-4)

    def screened(self, spreads: Tensor) -> tuple[list[int], Tensor]:
        """The concepts that go ways of their own, and what each does to the shapes, in spreads `[c faces 2 k]`, both ways."""
        chosen, rows = apart(self.ways, self.agreement, self.settings.alike), []
        for face, style in enumerate(self.styles(2, self.settings.screened).split(1)):
            path = self.folder / f"screened_{face}.safetensors"
            if not path.is_file():
                first, moved = self.studied.look(self.studied.painted(style)).shapes, []
                for place in chosen:
                    pair = [
                        self.studied.look(self.studied.painted(style + self.step(self.ways[place], sign))).shapes - first
                        for sign in (1, -1)
                    ]
                    moved.append(torch.stack(pair))
                save_tensors(path, {"moved": torch.stack(moved)})
                print(f"face {face + 1} is screened", flush=True)
            rows.append(load_tensors(path)["moved"])
        return chosen, torch.stack(rows, 1) / spreads

    def best(self, chosen: Sequence[int], moved: Tensor) -> list[tuple[int, int]]:
        """Concepts and shapes that are worth a trial: of each shape those there that move it most beside what else."""
        effect = (moved[:, :, 0] - moved[:, :, 1]).mean(1) / 2
        agree = (moved[:, :, 0].sign() == effect.sign()[:, None]).all(1) & (moved[:, :, 1].sign() == -effect.sign()[:, None]).all(1)
        found = []
        for shape, part in enumerate(PARTS):
            others = [one for one, other in enumerate(PARTS) if other == part and one != shape]
            beside = effect[:, others].abs().amax(1) if others else torch.zeros(len(effect))
            worth = effect[:, shape].abs() * agree[:, shape] / (0.5 + beside)
            worth[effect[:, shape].abs() < self.settings.least] = 0
            worth *= torch.tensor([self._fits(self.concepts[one], part) for one in chosen])
            order = worth.argsort(descending=True)[: self.settings.best]
            found += [(chosen[one], shape) for one in order.tolist() if worth[one] > 0]
        return found

    def _fits(self, concept: Concept, part: str) -> bool:
        """Whether a concept may be a handle of a part: what lies where it is, and turned in layers that only shape."""
        slots = slots_of(concept)
        return part in OF.get(concept.part, ()) and slots.start == COARSE and slots.stop <= slots_until(self.settings.finest)

    @torch.inference_mode()
    def turned(
        self, face: Tensor, before: tuple[Tensor, Looked, Readings], concept: int, part: str, strength: float, spreads: Tensor
    ) -> Turn:
        """One face turned one way, bounded to a part as the studio bounds it."""
        picture, seen, readings = before
        moved = self.studied.painted(face + self.step(self.ways[concept], strength))
        unbounded = self.studied.look(moved).seen
        masks = [mask_of(one.parts[0], bounding(part), picture.shape[-1]) for one in (seen.seen, unbounded)]
        share = torch.from_numpy(share_of(part, masks, [to_rgb(one)[0] for one in (picture, moved)]))
        after = picture * (1 - share) + moved * share
        now = self.studied.look(after)
        then = aligned(readings, read_faces(after, now.seen)[0])
        lost = tuple(b.slot for b, a in zip(readings, then, strict=True) if b.part != a.part)
        alike, whole = (float(F.cosine_similarity(seen.seen.identity, one.identity)[0]) for one in (now.seen, unbounded))
        return Turn((now.shapes - seen.shapes) / spreads, lost, alike, whole)

    def tried(self, concept: int, part: str, faces: range, strength: float, spreads: Tensor) -> list[tuple[Turn, Turn]]:
        """Faces by their numbers turned both ways, bounded to a part."""
        found = []
        for number in faces:
            face = self.styles(3, number + 1)[-1:]
            if number not in self.known:
                picture = self.studied.painted(face)
                seen = self.studied.look(picture)
                self.known[number] = picture, seen, read_faces(picture, seen.seen)[0]
            path = self.folder / "tried" / f"{concept}_{part}_{number}_{strength}.safetensors"
            if not path.is_file():
                pair = [self.turned(face, self.known[number], concept, part, sign * strength, spreads) for sign in (1, -1)]
                save_tensors(path, packed(pair, spreads))
            found.append(unpacked(load_tensors(path), spreads))
        return found


def trials(search: Search, pairs: Sequence[tuple[int, int]], spreads: Tensor) -> list[Tried]:
    """Every concept and shape tried; what does too little, and is sure of it, goes further."""
    found = []
    for concept, shape in pairs:
        found.append(trial(search, concept, shape, 1.0, spreads))
        if shy(found[-1], search.settings):
            found[-1] = trial(search, concept, shape, search.settings.further, spreads)
        print(search.concepts[concept].id, NAMES[shape], found[-1], flush=True)
    return found


def trial(search: Search, concept: int, shape: int, length: float, spreads: Tensor) -> Tried:
    """One concept and shape; where it fails on the first faces it is tried on no more of them."""
    settings = search.settings
    turns = search.tried(concept, PARTS[shape], range(settings.first), length, spreads)
    if promising(summed(concept, shape, turns), settings):
        turns += search.tried(concept, PARTS[shape], range(settings.first, settings.tried), length, spreads)
    return summed(concept, shape, turns)._replace(length=length)


def curve_of(search: Search, one: Tried, spreads: Tensor) -> Curve:
    """Share of faces moved as named by the least that counts, and share of turns that keep all else, by strength; both ways."""
    success, kept = [], []
    for strength in search.settings.strengths:
        faces = range(search.settings.tried if strength == 1.0 else search.settings.first)
        turns = search.tried(one.concept, PARTS[one.shape], faces, strength * one.length, spreads)
        moves = [one.sign * way * float(turn.moved[one.shape]) for pair in turns for way, turn in zip((1, -1), pair, strict=True)]
        success.append(round(mean_of([move >= search.settings.least for move in moves]), 3))
        kept.append(round(mean_of([not turn.lost for pair in turns for turn in pair]), 3))
    return Curve(search.settings.strengths, tuple(success), tuple(kept))


def handle_of(search: Search, one: Tried, place: int, count: int, spreads: Tensor) -> Handle:
    """The handle of a concept: it is named after the part and what there becomes more."""
    shape, concept = SHAPES[NAMES[one.shape]], search.concepts[one.concept]
    name, position = f"{shape.part}: {shape.more}", ((place + 0.5) / count, 0.97)
    curve = curve_of(search, one, spreads)
    texts = (f"{shape.more} {shape.part}", f"{shape.less} {shape.part}")
    return Handle(
        concept.id,
        "concept",
        shape.part,
        "",
        name,
        texts,
        round(one.right, 3),
        1.0,
        1.0,
        curve,
        (),
        (),
        position,
        parts=(NAMES[one.shape],),
    )


def write(search: Search, kept: Sequence[Tried], handles: Sequence[Handle], found: Sequence[Tried]) -> None:
    """Handles as a table, and their steps as weights."""
    steps = torch.stack([one.sign * search.step(search.ways[one.concept], one.length)[0, :13] for one in kept])
    card = {
        "world": "faces",
        "task": "what turns the concepts that the models of faces share",
        "handles": [handle.id for handle in handles],
        "made_from": {WEIGHTS.package: WEIGHTS.sha256, **{name: load_card(name)["sha256"] for name in ("faces_concepts", "faces_reader")}},
        "settings": asdict(search.settings),
        "quality": {
            "concepts": len(search.concepts),
            "tried": len({one.concept for one in found}),
            "turned": len(handles),
            "of": [told(search, one, one in kept) for one in found],
        },
        "machine": loop.machine(torch.device("cpu")),
        "data": "the generator's own faces, read by the studio's reader; none is kept",
        "licence": USE,
    }
    save_weights(STEPS, in_eight_bits({"steps": steps}, "steps"), card)
    write_words(f"{NAME}.json", handles_to_json(tuple(handles)))


def told(search: Search, one: Tried, kept: bool) -> dict[str, Any]:
    """What the card says of one concept and shape."""
    concept = search.concepts[one.concept]
    numbers = {name: round(value, 3) for name, value in one._asdict().items() if isinstance(value, float)}
    return {
        "concept": concept.id,
        "covers": concept.part,
        "shape": NAMES[one.shape],
        **numbers,
        "other": one.other,
        "shipped": kept,
        "seen": UNSOUND.get(NAMES[one.shape], ""),
    }


def make(settings: Settings) -> None:
    """Find, try and write the handles."""
    search = Search(settings)
    search.find_ways()
    spreads = search.spreads()
    found = trials(search, search.best(*search.screened(spreads)), spreads)
    kept = chosen(found, settings)
    handles = [handle_of(search, one, place, len(kept), spreads) for place, one in enumerate(kept)]
    write(search, kept, handles, found)


def main() -> None:
    """Make `assets/faces_concept_steps.safetensors` and `assets/faces_concept_handles.json.gz`."""
    argparse.ArgumentParser(prog="python -m core.train.faces.concept_handles", description=main.__doc__).parse_args()
    make(Settings())


if __name__ == "__main__":
    main()
