"""Find what turns a face, without hand labels: `python -m core.train.faces.handles`.

Faces that the generator painted are read by networks (core.train.faces.readings); lines learned from their styles say which way each
attribute lies (core.train.faces.lines); what each of them does in each group of layers is measured (core.train.faces.effects). A handle
is the step that by this brings a usual face to a state and holds everything else. It is tried on held-out faces as the studio turns
it, fitted to each face (core.studio.face_steering), with the teachers' readings: what does it cleanly often enough is a handle; what
does not is listed in the card with its figures, and is none. Its curve is that of the handle as it is, without fitting.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from core.foundations.files import numbers_digest, save_weights, write_words
from core.foundations.images import to_rgb
from core.foundations.records import Curve, Edit, Handle, SlotReading
from core.methods.write.steer import PACE, Effects
from core.models.face_directions import NAME, SPANS, FaceDirections
from core.models.face_generator import USE, WEIGHTS
from core.models.face_seen import FaceSeen
from core.models.working_faces import WorkingFaces, latents_of, load_working_faces
from core.studio.face_library import FaceActors
from core.studio.face_steering import Trial, aligned, course_to, read_faces, steered
from core.studio.fulfil import Wish
from core.studio.handles import handles_to_json
from core.studio.playing import fitted
from core.train import loop
from core.train.faces import readings
from core.train.faces.effects import FIRST, Measuring, measured
from core.train.faces.lines import learn, wishes
from core.train.faces.samples import HELD_OUT, SHARD, Samples, Sampling
from core.train.faces.teachers.seeing import Teachers
from core.worlds.faces.attributes import attributes, states
from core.worlds.faces.reading import in_steps
from core.worlds.faces.regions import AND, OWN, bounding, mask_of, share_of
from core.worlds.faces.slots import SLOTS, state

Key = tuple[str, str]
"""A slot and a state."""
Readings = tuple[SlotReading, ...]
Look = Callable[[Tensor], list[Readings]]
"""Paints latents and reads the pictures."""
Within = Callable[[str, Tensor, Tensor], Readings]
"""From a part's name, and a latent before and after an edit that is bounded to it, to what is read of the picture."""
TRUNCATION = 0.7
"""How usual the faces are that handles are tried on."""
USUAL = 40
"""Usual faces, among which those are found first that do not show a state yet."""
FEW = 6
"""Held-out faces that show a state, as far as there are so many."""


@dataclass(frozen=True)
class HandleSearch:
    """Everything that decides what becomes a handle."""

    samples: int = 3200
    """Painted faces that are learned from; the first `HELD_OUT` are not."""
    measuring: Measuring = field(default_factory=Measuring)
    judged: int = 6
    """Held-out faces that each handle is tried on."""
    strengths: tuple[float, ...] = (0.6, 1.0, 1.5)
    """Of the curve."""
    least: float = 0.3
    """Share of them that must come to show the state, with all else kept. The studio looks at each picture and tells where it fails."""


class Found(NamedTuple):
    """What came of a state's handle.

    Attributes:
        done: share of the faces that came to show it when fitted, with all else kept.
        came: share of them that came to show it.
        looks: how often a face was looked at, in the mean.
        strayed: the most that anything else moved, in steps, the median over faces.
        curve: of the handle as it is.
    """

    done: float
    came: float
    looks: float
    strayed: float
    curve: Curve


def handle_coefficients(effects: Effects, usual: Tensor, key: Key) -> Tensor:
    """The step `[k]` that brings a face with usual measures `[a]`, in steps, to a state."""
    return course_to(*key, effects, usual).step()


def usual_measures(values: Tensor, key: Key) -> Tensor:
    """The mean measures `[a]`, in steps, of faces with attributes `[n a]` that do not show a state."""
    without = torch.tensor([shown[key[0]] != key[1] for shown in states(values)])
    return in_steps(values[without]).mean(0)


def tried(
    key: Key, directions: FaceDirections, faces: Tensor, before: Sequence[Readings], look: Look, within: Within, settings: HandleSearch
) -> Found:
    """What a handle does to faces, bounded as the studio bounds it.

    Args:
        faces: latents `[n d s 1]`.
        before: what is read of each.
    """
    handle, actors, trials = handle_of(key, directions), FaceActors(directions), list[list[Trial]]()
    shown = [next(r.part for r in reading if r.slot == key[0]) for reading in before]
    places = [place for place, part in enumerate(shown) if part != key[1]][: settings.judged]
    done, came = [], []
    for place in places:
        seen, face = list[Trial](), faces[place]

        def after(edit: Edit, face: Tensor = face, first: Readings = before[place]) -> Readings:
            moved = actors.act(fitted(handle, edit), face[None], edit.strength)
            return aligned(first, within(OWN[key[0]], face[None], moved) if key[0] in OWN else look(moved)[0])

        outcome = steered(Wish(key[0], (key[1],)), face, before[place], handle, directions, after, seen.append)
        trials.append(seen)
        done.append(outcome.done)
        came.append(outcome.met)
    strayed = torch.tensor([min(trial.strayed for trial in seen) for seen in trials])
    looks = sum(map(len, trials)) / max(1, len(trials))
    curve = curve_of(key, handle, actors, faces[places], [before[place] for place in places], look, settings.strengths)
    return Found(_share(done), _share(came), looks, float(strayed.median()) if len(strayed) else 0.0, curve)


def curve_of(
    key: Key, handle: Handle, actors: FaceActors, faces: Tensor, before: Sequence[Readings], look: Look, strengths: tuple[float, ...]
) -> Curve:
    """The effect of a handle as it is, by strength: the share of faces that show the state, and of other slots within a step."""
    success, stayed = [], []
    for strength in strengths:
        after = [aligned(b, look(actors.act(handle, face[None], strength))[0]) for face, b in zip(faces, before, strict=True)]
        success.append(_share([next(r.part for r in reading if r.slot == key[0]) == key[1] for reading in after]))
        pairs = [(b, a) for one, other in zip(before, after, strict=True) for b, a in zip(one, other, strict=True) if b.slot != key[0]]
        stayed.append(_share([b.gap(a) < 1 for b, a in pairs]))
    return Curve(strengths, tuple(success), tuple(stayed))


def _share(values: Sequence[bool]) -> float:
    return round(sum(values) / len(values), 3) if values else 0.0


def handle_of(key: Key, directions: FaceDirections, found: Found | None = None, density: float = 0.0) -> Handle:
    """The handle of a state, with what was found of it."""
    slot, wanted = key
    name, ids = state(slot, wanted).name, SLOTS[slot].ids
    position = ((list(SLOTS).index(slot) + 0.5) / len(SLOTS), (ids.index(wanted) + 0.5) / len(ids))
    curve = found.curve if found else Curve((), (), ())
    return Handle(id_of(key), "direction", slot, wanted, name, (name,), found.done if found else 0.0, 1.0, density, curve, (), (), position)


def id_of(key: Key) -> str:
    """The id of a state's handle."""
    return f"direction:{key[0]}:{key[1]}"


def make(settings: HandleSearch) -> None:
    """Learn, measure, try, and write handles and directions. What was measured and tried before, with the same settings, is not again."""
    painter = load_working_faces()
    samples = Samples(painter.real, Sampling(faces=settings.samples))
    styles, values = known(samples)
    print(f"{len(styles)} faces of one style are known", flush=True)
    lines = learn(styles, values)
    effects = measured(lines, settings.measuring)
    keys = wishes()
    coefficients = torch.stack([handle_coefficients(effects, usual_measures(values, key), key) for key in keys])
    directions = directions_of(keys, lines.of, coefficients, effects)
    log = Log(settings, directions)
    missing = [key for key in keys if key not in log.found]
    with ProcessPoolExecutor(os.cpu_count(), initializer=partial(_begin, settings, directions)) as pool:
        for key, found in zip(missing, pool.map(_try, missing), strict=False):
            log.add(key, found)
    good = [key for key in keys if log.found[key].done >= settings.least]
    densities = density(values)
    handles = [handle_of(key, directions, log.found[key], densities[key]) for key in good]
    write(directions_of(good, lines.of, coefficients[[keys.index(key) for key in good]], effects), handles, log.found, settings)


def _begin(settings: HandleSearch, directions: FaceDirections) -> None:
    torch.set_num_threads(1)
    painter = load_working_faces()
    look, within = lookers(painter)
    latents = held_out(painter, Samples(painter.real, Sampling(faces=settings.samples)), USUAL)
    globals()["_AT_WORK"] = settings, directions, latents, look(latents), look, within


def _try(key: Key) -> Found:
    settings, directions, latents, before, look, within = globals()["_AT_WORK"]
    return tried(key, directions, latents, before, look, within, settings)


class Log:
    """What was found so far, on the disk, so that a search that was interrupted goes on."""

    def __init__(self, settings: HandleSearch, directions: FaceDirections) -> None:
        self.path = loop.RUNS / NAME / "found.json"
        self.made_of = repr((settings, numbers_digest(dict(directions.state_dict()))))
        held = json.loads(self.path.read_text()) if self.path.is_file() else {}
        rows = held.get("rows", []) if held.get("made_of") == self.made_of else []
        self.found: dict[Key, Found] = {(slot, wanted): _unpacked(shares, curve) for (slot, wanted), shares, curve in rows}

    def add(self, key: Key, found: Found) -> None:
        """Keep one."""
        self.found[key] = found
        rows = [(one, what[:4], (what.curve.strengths, what.curve.success, what.curve.kept)) for one, what in self.found.items()]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps({"made_of": self.made_of, "rows": rows}))
        print(key, found, flush=True)


def _unpacked(shares: Sequence[float], curve: Sequence[Sequence[float]]) -> Found:
    done, came, looks, strayed = shares
    strengths, success, kept = map(tuple, curve)
    return Found(done, came, looks, strayed, Curve(strengths, success, kept))


def directions_of(keys: Sequence[Key], lines: Tensor, coefficients: Tensor, effects: Effects) -> FaceDirections:
    """The handles of some states, in the precision in which they are written."""
    (faces, _, measures), (count, width) = effects.moved.shape, lines.shape
    directions = FaceDirections(tuple(id_of(key) for key in keys), count, width, faces, measures)
    tensors = {"lines": lines, "handles": coefficients, "moved": effects.moved, "cost": effects.cost}
    directions.load_state_dict({name: tensor.half().float() if name != "cost" else tensor for name, tensor in tensors.items()})
    return directions


def write(directions: FaceDirections, handles: Sequence[Handle], found: dict[Key, Found], settings: HandleSearch) -> None:
    """Handles as a table, and their lines as weights."""
    card = {
        "world": "faces",
        "model": "FaceDirections",
        "handles": [handle.id for handle in handles],
        "made_from": {WEIGHTS.package: WEIGHTS.sha256},
        "training": {**asdict(settings), "pace": PACE, "spans": SPANS},
        "machine": loop.machine(torch.device("cpu")),
        "data": "the generator's own faces, read by networks; none is kept",
        "licence": USE,
        "quality": {f"{slot}: {wanted}": {**what._asdict(), "curve": asdict(what.curve)} for (slot, wanted), what in found.items()},
    }
    tensors = {name: tensor if name == "cost" else tensor.half() for name, tensor in directions.state_dict().items()}
    save_weights(NAME, tensors, card)
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


def density(values: Tensor) -> dict[Key, float]:
    """How many of the faces show each state, as shares."""
    shown = [(slot, id) for row in states(values) for slot, id in row.items()]
    return {(slot, id): round(shown.count((slot, id)) / len(values), 4) for slot, kind in SLOTS.items() for id in kind.ids}


def held_out(painter: WorkingFaces, samples: Samples, count: int) -> Tensor:
    """Latents of faces that nothing was learned from: usual ones, and after them some that show what few do."""
    real, files = painter.real, readings.Readings(samples)
    usual = real.truncated(real.style(real.latents(list(range(FIRST + 100, FIRST + 100 + count)))), TRUNCATION)
    rare, shown = dict[int, Tensor](), dict[Key, int]()
    for number in range(HELD_OUT // SHARD):
        pictures, w, kinds = samples.shard(number)
        for face, row in enumerate(states(attributes(pictures.float() / 255, files.shard(number)))):
            for key in row.items():
                if kinds[face] == 0 and shown.get(key, 0) < FEW:
                    shown[key] = shown.get(key, 0) + 1
                    rare[number * SHARD + face] = w[face, 0]
    return latents_of(real.broadcast(torch.cat([usual, torch.stack(list(rare.values()))]))).clone()


def lookers(painter: WorkingFaces) -> tuple[Look, Within]:
    """Paint, and read as the teachers do; whose face it is is a slot of its own."""
    teachers = Teachers()

    @torch.inference_mode()
    def look(latents: Tensor) -> list[Readings]:
        found: list[Readings] = []
        for latent in latents.split(1):
            picture = painter.decode(latent)
            found += read_faces(picture, teachers.read(picture))
        return found

    @torch.inference_mode()
    def within(part: str, before: Tensor, moved: Tensor) -> Readings:
        pictures = [painter.decode(latent) for latent in (before, moved)]
        inside = tuple(name for one in part.split(AND) for name in bounding(one))
        masks = [mask_of(teachers.read(one).parts[0], inside, one.shape[-1]) for one in pictures]
        share = torch.from_numpy(share_of(part, masks, [to_rgb(one)[0] for one in pictures]))
        picture = pictures[0] * (1 - share) + pictures[1] * share
        return read_faces(picture, teachers.read(picture))[0]

    return look, within


def main() -> None:
    """Make `assets/faces_directions.safetensors` and `assets/faces_handles.json.gz`."""
    argparse.ArgumentParser(prog="python -m core.train.faces.handles", description=main.__doc__).parse_args()
    make(HandleSearch())


if __name__ == "__main__":
    main()
