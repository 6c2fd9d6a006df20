"""Find what turns a face, without hand labels: `python -m core.train.faces.handles`.

Faces that the generator painted are read by networks (core.train.faces.readings); lines learned from their styles say which way each
state lies (core.train.faces.candidates). Every candidate turns a few held-out faces, which are read again: what is wanted
should come, in steps that a person sees, and everything else stay. First the methods are compared in all layers, then the best of them in
every group; the best one is
turned by several strengths, on more faces, and becomes a handle with that curve. What never does it cleanly is listed in
the card with its figure, and is no handle.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from core.foundations.files import save_weights, write_words
from core.foundations.records import Curve, Handle, SlotReading
from core.models.face_directions import NAME, FaceDirections
from core.models.face_generator import USE, WEIGHTS
from core.models.face_seen import FaceSeen
from core.models.working_faces import WorkingFaces, latents_of, load_working_faces
from core.studio.handles import handles_to_json
from core.train.faces import readings
from core.train.faces.candidates import GROUPS, METHODS, Candidate, Lines, candidates
from core.train.faces.samples import HELD_OUT, SHARD, Samples, Sampling
from core.train.faces.teachers.seeing import Teachers
from core.train.loop import RUNS, machine
from core.worlds.faces.attributes import attributes, states
from core.worlds.faces.reading import face_readings
from core.worlds.faces.slots import SLOTS, state

Readings = tuple[SlotReading, ...]
FEW = 6
"""Held-out faces that show a state, as far as there are so many."""
FIRST, TRUNCATION = 500_000, 0.7
"""Seeds of the faces that candidates turn, and how usual they are."""
Look = Callable[[Tensor], list[Readings]]
"""Paints latents and reads the pictures."""


@dataclass(frozen=True)
class HandleSearch:
    """Everything that decides what becomes a handle."""

    compared: int = 2
    """Faces that every candidate turns."""
    judged: int = 6
    """Other faces, on which the curve of the best one is measured."""
    strengths: tuple[float, ...] = (0.6, 1.0, 1.5)
    first: float = 0.8
    """The strength at which candidates are compared."""
    least: float = 0.5
    """Share of the judged faces that must come to show the state, with all else kept in the mean at `kept`."""
    kept: float = 0.75


@dataclass(frozen=True)
class Effect:
    """What a turn did to one face.

    Attributes:
        came: whether the state is seen then.
        gain: steps towards it.
        moved: steps that other slots moved, the most in each.
    """

    came: bool
    gain: float
    moved: tuple[float, ...]

    @property
    def worth(self) -> float:
        """Gain, at most two steps of it, less what else moved by more than half a step."""
        return min(self.gain, 2.0) - sum(max(0.0, gap - 0.5) for gap in self.moved) / 2


def effect(before: Readings, after: Readings, slot: str, wanted: str) -> Effect:
    """Compare two readings."""
    was, now = (next(r for r in reading if r.slot == slot) for reading in (before, after))
    gain = now.towards.get(wanted, 0.0) - was.towards.get(wanted, 0.0)
    return Effect(now.part == wanted, gain, tuple(b.gap(a) for b, a in zip(before, after, strict=True) if b.slot != slot))


class Trials:
    """Faces that candidates turn, with what they show before.

    Args:
        latents: `[n d s 1]`.
        look: paints and reads.
    """

    def __init__(self, latents: Tensor, look: Look) -> None:
        self.latents, self.look = latents, look
        self.before = look(latents)
        print(f"{len(latents)} faces are turned", flush=True)

    def without(self, slot: str, state: str, count: int) -> list[int]:
        """The first faces that do not show a state yet."""
        shown = [next(r for r in reading if r.slot == slot).part for reading in self.before]
        return [place for place, part in enumerate(shown) if part != state][:count]

    def turned(self, candidate: Candidate, strength: float, places: Sequence[int]) -> list[Effect]:
        """What a candidate does to some of the faces; nothing where there are none."""
        if not places:
            return []
        step = latents_of(candidate.direction(self.latents.shape[2])[None]) * strength
        after = self.look(self.latents[list(places)] + step)
        return [effect(self.before[p], reading, candidate.slot, candidate.state) for p, reading in zip(places, after, strict=True)]


def worth(effects: Sequence[Effect]) -> float:
    """The mean over faces; nothing where there are none."""
    return sum(e.worth for e in effects) / len(effects) if effects else -1.0


def best_of(options: Sequence[Candidate], trials: Trials, settings: HandleSearch) -> tuple[Candidate, float]:
    """The best method in all layers, then the best group of it."""

    def tried(one: Candidate) -> float:
        places = trials.without(one.slot, one.state, settings.compared)
        return worth(trials.turned(one, settings.first, places))

    whole = {one: tried(one) for one in options if one.group == "all"}
    method = max(whole, key=lambda one: whole[one]).method
    parts = {one: tried(one) for one in options if one.method == method and one.group != "all"}
    both = {**{one: value for one, value in whole.items() if one.method == method}, **parts}
    best = max(both, key=lambda one: both[one])
    return best, both[best]


def curve_of(candidate: Candidate, trials: Trials, settings: HandleSearch) -> Curve:
    """Its effect by strength: the share of faces that come to show it, and of other slots that stay within a step."""
    places = trials.without(candidate.slot, candidate.state, settings.judged)
    success, kept = [], []
    for strength in settings.strengths:
        effects = trials.turned(candidate, strength, places)
        success.append(sum(e.came or e.gain >= 2 for e in effects) / max(1, len(effects)))
        moved = [gap < 1 for e in effects for gap in e.moved]
        kept.append(sum(moved) / max(1, len(moved)))
    return Curve(settings.strengths, tuple(round(s, 3) for s in success), tuple(round(k, 3) for k in kept))


def handle_of(candidate: Candidate, curve: Curve, density: float) -> Handle:
    """A handle of a candidate that was measured."""
    name = state(candidate.slot, candidate.state).name
    ids = SLOTS[candidate.slot].ids
    position = ((list(SLOTS).index(candidate.slot) + 0.5) / len(SLOTS), (ids.index(candidate.state) + 0.5) / len(ids))
    id = f"direction:{candidate.slot}:{candidate.state}"
    top = max(curve.success)
    return Handle(id, "direction", candidate.slot, candidate.state, name, (name,), top, 1.0, density, curve, (), (), position)


def good(curve: Curve, settings: HandleSearch) -> bool:
    """Whether some strength does it cleanly often enough."""
    return any(s >= settings.least and k >= settings.kept for s, k in zip(curve.success, curve.kept, strict=True))


def make(settings: HandleSearch) -> None:
    """Learn, compare, measure, and write handles and directions. A state that was searched before, with the same settings, is not again."""
    painter = load_working_faces()
    samples = Samples(painter.real, Sampling())
    styles, values = known(samples)
    print(f"{len(styles)} faces of one style are known", flush=True)
    options = list(candidates(Lines(styles, values)))
    done = Log(settings, len(styles))
    trials = None
    for slot, wanted in dict.fromkeys((one.slot, one.state) for one in options):
        if (slot, wanted) not in done.found:
            trials = trials or Trials(held_out(painter, samples, 2 * settings.judged), looker(painter))
            best, value = best_of([one for one in options if (one.slot, one.state) == (slot, wanted)], trials, settings)
            done.add(best, value, curve_of(best, trials, settings))
    chosen = {(one.slot, one.state, one.method, one.group): one for one in options}
    rows = {f"{slot}: {wanted}": done.found[slot, wanted] for slot, wanted in dict.fromkeys((one.slot, one.state) for one in options)}
    good_ones = [(chosen[row["slot"], row["state"], row["method"], row["layers"]], curve_from(row)) for row in rows.values()]
    write([(one, curve) for one, curve in good_ones if good(curve, settings)], rows, densities(values), settings)


class Log:
    """What was found so far, on the disk, so that a search that was interrupted goes on."""

    def __init__(self, settings: HandleSearch, faces: int) -> None:
        self.path, self.made_of = RUNS / NAME / "found.json", repr((settings, faces))
        held = json.loads(self.path.read_text()) if self.path.is_file() else {}
        rows = held.get("rows", []) if held.get("made_of") == self.made_of else []
        self.found = {(row["slot"], row["state"]): row for row in rows}

    def add(self, best: Candidate, value: float, curve: Curve) -> None:
        """Keep one."""
        row = {"slot": best.slot, "state": best.state, "method": best.method, "layers": best.group, "worth": round(value, 2)}
        self.found[best.slot, best.state] = {**row, **asdict(curve)}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps({"made_of": self.made_of, "rows": list(self.found.values())}))
        print(self.found[best.slot, best.state], flush=True)


def curve_from(row: dict) -> Curve:
    """A curve as the log keeps it."""
    return Curve(tuple(row["strengths"]), tuple(row["success"]), tuple(row["kept"]))


def write(
    found: Sequence[tuple[Candidate, Curve]], rows: dict[str, dict], density: dict[tuple[str, str], float], settings: HandleSearch
) -> None:
    """Handles as a table, and their lines as weights."""
    handles = [handle_of(one, curve, density[one.slot, one.state]) for one, curve in found]
    directions = FaceDirections(tuple(handle.id for handle in handles), len(found[0][0].line))
    for place, (one, _) in enumerate(found):
        first, last = GROUPS[one.group]
        directions.lines[place] = one.line
        directions.spans[place] = torch.tensor([first, last])
    card = {
        "world": "faces",
        "model": "FaceDirections",
        "handles": [handle.id for handle in handles],
        "made_from": {WEIGHTS.package: WEIGHTS.sha256},
        "training": {**asdict(settings), "methods": METHODS},
        "machine": machine(torch.device("cpu")),
        "data": "the generator's own faces, read by networks; none is kept",
        "licence": USE,
        "quality": {"of the candidates, by state": rows},
    }
    save_weights(NAME, {"lines": directions.lines.half(), "spans": directions.spans}, card)
    write_words("faces_handles.json", handles_to_json(tuple(handles)))


def known(samples: Samples) -> tuple[Tensor, Tensor]:
    """Styles w `[n d]` of one-style faces that are not held out, and the attributes `[n k]` that the teachers' readings give."""
    styles, values, files = [], [], readings.Readings(samples)
    for number in files.ready():
        pictures, w, kinds = samples.shard(number)
        own = (kinds == 0) & (torch.arange(len(kinds)) + number * len(kinds) >= HELD_OUT)
        if own.any():
            seen = FaceSeen(*(part[own] for part in files.shard(number)))
            values.append(attributes(pictures[own].float() / 255, seen))
            styles.append(w[own, 0])
    return torch.cat(styles), torch.cat(values)


def densities(values: Tensor) -> dict[tuple[str, str], float]:
    """How many of the faces show each state, as shares."""
    shown = [(slot, id) for row in states(values) for slot, id in row.items()]
    return {(slot, id): round(shown.count((slot, id)) / len(values), 4) for slot, kind in SLOTS.items() for id in kind.ids}


def held_out(painter: WorkingFaces, samples: Samples, count: int) -> Tensor:
    """Latents of faces that nothing was learned from: usual ones, and after them some that show what few do."""
    real, files = painter.real, readings.Readings(samples)
    usual = real.truncated(real.style(real.latents(list(range(FIRST, FIRST + count)))), TRUNCATION)
    rare: dict[int, Tensor] = {}
    shown: dict[tuple[str, str], int] = {}
    for number in range(HELD_OUT // SHARD):
        pictures, w, kinds = samples.shard(number)
        for face, row in enumerate(states(attributes(pictures.float() / 255, files.shard(number)))):
            for slot, id in row.items():
                if kinds[face] == 0 and shown.get((slot, id), 0) < FEW:
                    shown[slot, id] = shown.get((slot, id), 0) + 1
                    rare[number * SHARD + face] = w[face, 0]
    return latents_of(real.broadcast(torch.cat([usual, torch.stack(list(rare.values()))]))).clone()


def looker(painter: WorkingFaces) -> Look:
    """Paints, and reads as the teachers do; whose face it is is a slot of its own."""
    teachers = Teachers()

    @torch.inference_mode()
    def look(latents: Tensor) -> list[Readings]:
        found: list[Readings] = []
        for latent in latents.split(1):
            picture = painter.decode(latent)
            found += face_readings(picture, teachers.read(picture))
        return found

    return look


def main() -> None:
    """Make `assets/faces_directions.safetensors` and `assets/faces_handles.json.gz`."""
    argparse.ArgumentParser(prog="python -m core.train.faces.handles", description=main.__doc__).parse_args()
    make(HandleSearch())


if __name__ == "__main__":
    main()
