"""From a wish to an edit that is fitted to the face: turn, look, correct, until what was asked is there and all else stayed.

The handle that was measured for a state is where it begins; every look tells what came and what went along, and the next turn
takes it back (core.methods.write.steer). What is played is one edit: the handle, how far, and the trim that fits it to this face.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.records import STRONGEST, Edit, Handle, SlotReading
from core.methods.write.steer import Course, Effects
from core.methods.write.turn import FURTHEST
from core.models.face_directions import SPANS, FaceDirections
from core.models.face_seen import FaceSeen
from core.studio.fulfil import Fulfilment, Torn, Tried, Wish
from core.studio.recipes import in_half_precision, kept_strength
from core.worlds.faces.attributes import ATTRIBUTES, attributes
from core.worlds.faces.reading import LEAST, WAYS, aims, attributes_of, clearly, in_steps, kept, readings_of
from core.worlds.faces.regions import OWN, unseen
from core.worlds.faces.slots import SLOTS, along
from core.worlds.faces.world import IDENTITY

Readings = tuple[SlotReading, ...]
ROUNDS = 5
"""Most looks at one wish."""
THERE = 0.3
"""Steps that may be missing to what was asked for, where the state is shown."""
EASED = 0.8
"""Share of them that is left out where going all the way harms something."""
SEEN = LEAST - THERE
"""Steps that something has moved where the change is plain to see."""
PART = 1.0
"""Steps that are gone where going all the way harms something, wherever it is gone."""
SETTLED = 0.05
"""Steps by which a trial differs from the best one where looking further leads nowhere else."""
WORN = ("hat",)
"""Slots of what is put on: what may move with it, as hair does that it hides, need not."""
WHOLE = (("hat", "hat"), ("hat", "none"), ("hair length", "bald"))
"""States of which a part of the way is something broken, or nothing that anyone asked for."""
FURTHER_ON = (1.1, 1.6)
"""By how much a step is stretched at least and at most, where what was learned on the way led to less."""
STEADY = 0.75
"""Steps by which a slot must move before another state is said of it: what lies at a border is now here, now there."""
STILL, SAME = 0.4, 0.7
"""Steps that anything else, and the identity, may have moved where nothing better is looked for."""
WEAKEST = 0.1
"""The least strength of an edit; what is less is in its trim."""
ITSELF = "face"
"""How the parts begin whose edits repaint the face itself. The reader that looks is a student: these keep off from someone else by more."""
STRANGER, FURTHER, OTHERWISE = 0.5, 0.22, 0.75
"""One less the cosine of two identities from which it is someone else, and which counts as one step; how much further that lies for each
step beyond `UNLIKE` by which the face looks different, as it does when it turns or ages; and the furthest. Below it are 95 in 100 pairs of
photographs of one person that look as different (`python -m core.bench faces_same`)."""
UNLIKE = 1.8
LOOKS = (*SLOTS["expression"].ids, "mouth open", "age", "glasses", "sunglasses", "turn", "nod")
"""Attributes by which the same person looks different from one photograph to the next."""
MEETING = ("turn", "nod", "background lightness", "hair lightness", "skin lightness", "hat", "hair above")
"""Attributes that have to stay even where an edit's bound hides them: what was moved meets there what was not."""
HIDDEN = 0.3
"""Weight of the others that it hides, beside 1 of what is seen. At 0 the hidden rest of the picture falls apart, and its rim shows."""
ALONG = 0.3
"""Weight of what may move with something worn: it stays where that costs little, so that a hat does not come with long black hair."""
STILLER = 8.0
"""How much dearer the layers that decide pose and shape are where only the face changes: what it lies in stays where it was."""
WHOSE = ("female", "skin lightness")
"""Attributes that belong to whose face it is: a step of them, and it is someone else."""


@dataclass(frozen=True)
class FaceReading(SlotReading):
    """Whose face it is, and all that was measured of it.

    Attributes:
        vector: of the identity, of length 1 `[d]`.
        measures: attributes in steps `[k]`, in the order of ATTRIBUTES.
    """

    vector: Tensor | None = None
    measures: Tensor | None = None


def identity(vector: Tensor, values: Tensor) -> FaceReading:
    """The reading of a face's identity: its vector `[d]`, and its attributes `[k]`."""
    return FaceReading(IDENTITY, "same", "the same person", 1.0, towards={"same": 0.0}, vector=vector, measures=in_steps(values[None])[0])


def read_faces(pictures: Tensor, seen: FaceSeen) -> list[Readings]:
    """What pictures show, slot by slot in the order of SLOTS, and whose face it is.

    Args:
        pictures: RGB `[n 3 256 256]` in [0, 1], aligned as FFHQ.
        seen: what was seen of them.
    """
    values = attributes(pictures, seen)
    whose = [identity(vector, row) for vector, row in zip(seen.identity, values, strict=True)]
    return [(*reading, one) for reading, one in zip(readings_of(values), whose, strict=True)]


def stranger(moved: Tensor) -> float:
    """One less the cosine of two identities from which it is someone else, where attributes differ by so many steps `[k]`."""
    return min(max(STRANGER, STRANGER + FURTHER * (looks_apart(moved) - UNLIKE)), OTHERWISE)


def looks_apart(moved: Tensor) -> float:
    """By how many steps a face looks different, where attributes differ by so many `[k]`."""
    return float(moved[_places(LOOKS)].max())


def unlike(before: Readings, after: Readings) -> float:
    """The same for two readings of a face."""
    whose = [next((r for r in reading if isinstance(r, FaceReading)), None) for reading in (before, after)]
    return stranger(_moved(*whose))


def _moved(before: FaceReading | None, after: FaceReading | None) -> Tensor:
    """By how many steps each attribute differs `[k]`; not at all where it was not measured."""
    if before is None or after is None or before.measures is None or after.measures is None:
        return torch.zeros(len(ATTRIBUTES))
    return (after.measures - before.measures).abs()


def _places(names: Sequence[str]) -> list[int]:
    return [ATTRIBUTES.index(name) for name in names]


def alike(one: Readings, other: Readings) -> float:
    """The cosine of the identities of two readings; 0 where one has none."""
    vectors = [r.vector for readings in (one, other) for r in readings if isinstance(r, FaceReading) and r.vector is not None]
    return float(F.cosine_similarity(vectors[0], vectors[1], dim=0)) if len(vectors) == 2 else 0.0


def compared(before: SlotReading, after: SlotReading) -> SlotReading:
    """The identity after an edit, told by how far it moved."""
    if not isinstance(before, FaceReading) or not isinstance(after, FaceReading) or before.vector is None or after.vector is None:
        return after
    moved = _moved(before, after)
    away = 1 - float(F.cosine_similarity(before.vector, after.vector, dim=0))
    steps = max(away / stranger(moved), float(moved[_places(WHOSE)].max()))
    same = steps < 1
    name = "the same person" if same else "someone else"
    return replace(after, part="same" if same else "another", name=name, towards={"same": before.towards["same"] - steps})


def aligned(before: Readings, after: Readings) -> Readings:
    """What hardly moved is as it was, though it may lie beyond a border now; whose face it is is told by how far it moved."""
    return tuple(compared(b, a) if b.slot == IDENTITY else _still(b, a) for b, a in zip(before, after, strict=True))


def _still(before: SlotReading, after: SlotReading) -> SlotReading:
    if before.part != after.part and before.gap(after) < STEADY:
        return replace(after, part=before.part, name=before.name)
    return after


def course_to(slot: str, state: str, effects: Effects, start: Tensor, steps: float | None = None, keeps: Sequence[str] = ()) -> Course:
    """The way from measures `[a]`, in steps, to a state, or so many steps towards it, past slots that have to stay."""
    wanted = {ATTRIBUTES.index(name): value for name, value in aims(slot, state, start, steps).items()}
    hidden = unseen(slot)
    if OWN.get(slot, "").startswith(ITSELF):
        dearer = torch.ones(len(effects.cost))
        dearer[:: len(SPANS)] = STILLER
        effects = effects.stiffer(dearer)
    course = Course(effects, start, wanted, _places(kept(slot, state, keeps)), _places(hidden))
    moving = {name for other in along(slot, state) if slot in WORN for name in attributes_of(other)}
    course.weights[[place for place in _places(sorted(moving)) if place not in course.kept]] = ALONG
    course.weights[_places([name for name, _ in WAYS[slot, state].softly if steps is None])] = 1.0
    course.weights[_places([name for name in hidden if name not in MEETING and ATTRIBUTES.index(name) not in wanted])] *= HIDDEN
    return course


def edit_of(handle: Handle, coefficients: Tensor, directions: FaceDirections) -> Edit:
    """A step's coefficients `[k]` as a handle's strength, so far as they go its way, and what is trimmed."""
    own = directions.coefficients(handle.id)
    strength = float(coefficients @ own / (own @ own).clamp_min(1e-9))
    furthest = float((coefficients - strength * own).abs().max()) / FURTHEST
    strength = kept_strength(min(max(strength, WEAKEST, 1.05 * furthest), STRONGEST))
    return Edit(handle.id, strength, trim=in_half_precision((coefficients / strength - own).clamp(-FURTHEST, FURTHEST)))


@dataclass(frozen=True)
class Trial:
    """A turn, and what was seen of it.

    Attributes:
        outcome: as the studio wants it.
        short: steps that are missing to what was asked for.
        strayed: the most that anything else moved, in steps.
        away: how far the identity moved, in steps.
        came: steps that what was asked for moved its way.
        room: steps that might have been missing.
    """

    outcome: Fulfilment
    short: float
    strayed: float
    away: float
    came: float
    room: float

    @property
    def further(self) -> float:
        """By how much a turn would have to be stretched where nothing is wrong but that it is short; 0 where something else is."""
        if self.outcome.met or self.outcome.harmed or self.came <= 0:
            return 0.0
        return min(max(1 + self.short / self.came, FURTHER_ON[0]), FURTHER_ON[1])

    @property
    def good(self) -> bool:
        """Whether nothing better is looked for."""
        return self.outcome.met and self.outcome.done and self.strayed < STILL and self.away < SAME

    def near(self, other: Trial) -> bool:
        """Whether it came to nearly the same."""
        return max(abs(self.short - other.short), abs(self.strayed - other.strayed), abs(self.away - other.away)) < SETTLED

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """All that was wished before a part of it, and that before what has to be refused; then by worth."""
        return self.outcome.done and self.outcome.met, self.outcome.done, self.outcome.worth


def steered(
    wish: Wish,
    latent: Tensor,
    before: Readings,
    handle: Handle,
    directions: FaceDirections,
    tried: Tried,
    told: Callable[[Trial], None] = lambda trial: None,
    torn: Torn = lambda edit: 0.0,
) -> Fulfilment:
    """Bring about one wish.

    Args:
        latent: `[c h w]` to start from; the edits alone say what becomes of it.
        before: what is read there now, with the identity's `FaceReading`.
        handle: brings about one of the wished parts.
        directions: the lines, and what they do.
        tried: reads the picture after an edit.
        told: is called after each look.
        torn: says how much of a seam shows after an edit.

    Returns:
        The first trial that is good; else the best of those that did it; else of those that did a part of it; else the one that got
        nearest, with `done` False.
    """
    effects, steps = Effects(directions.moved, directions.cost), wish.amount if wish.relative else None

    def look(course: Course, step: Tensor) -> Trial:
        edit = edit_of(handle, step, directions)
        trial = _judged(wish, handle, course, before, tried(edit), Fulfilment((edit,), latent, False, (), (), 0.0), torn)
        told(trial)
        return trial

    trials = list[tuple[Trial, Tensor]]()
    for keeps in dict.fromkeys(((), wish.keeps)):  # a smile with closed lips still moves them a little: they are held where it has to be
        course = course_to(handle.slot, handle.part, effects, _measures(before), steps, keeps)
        trials += _followed(course, partial(look, course))
        if any(trial.outcome.met and trial.outcome.done for trial, _ in trials):
            break
    far = [(trial, step) for trial, step in trials if trial.came > PART]
    if far and _partly(wish) and not any(trial.outcome.done for trial, _ in trials):
        trial, step = max(far, key=lambda one: one[0].rank)
        trials.append((look(course, step * PART / trial.came), step))
    return max(trials, key=lambda one: one[0].rank)[0].outcome


def _followed(course: Course, look: Callable[[Tensor], Trial]) -> list[tuple[Trial, Tensor]]:
    """The turns along a course, and what they came to: each learns from the best one before it, until one is good or nothing changes."""
    trials, stretched = list[tuple[Trial, Tensor]](), False
    best: tuple[Trial, Tensor] | None = None
    for _ in range(ROUNDS):
        step = course.step()
        trial = look(step)
        trials.append((trial, step))
        if trial.good or (best and trial.near(best[0]) and (trial.outcome.done or _close(step, best[1]))):
            break
        if best and trial.rank < best[0].rank:
            stretched = not stretched and best[0].further > 0
            course.follow(best[1] * best[0].further if stretched else (best[1] + step) / 2)
            continue
        best, stretched = (trial, step), False
        course.learn(_measures(trial.outcome.reading))
        if trial.outcome.met and not trial.outcome.done:
            course.ease(EASED * trial.room)  # as far as has to be, where that harms something
    return trials


def _slack(wish: Wish, before: Readings, after: Readings) -> float:
    """Steps that may be missing: fewer where how far it moved is all that tells."""
    shown = [next(r.part for r in reading if r.slot == wish.slot) for reading in (before, after)]
    return THERE / 3 if wish.relative or shown[0] == shown[1] else THERE


def _close(step: Tensor, other: Tensor) -> bool:
    """Whether two steps `[k]` are so alike that nothing else comes of one than of the other."""
    return float((step - other).norm()) < SETTLED * float(step.norm())


def _partly(wish: Wish) -> bool:
    """Whether a part of the way is something that one can want."""
    return wish.relative or bool(SLOTS[wish.slot].ends and not any((wish.slot, part) in WHOLE for part in wish.parts))


def _measures(readings: Readings) -> Tensor:
    """What was measured of a face, in steps `[k]`."""
    found = next(r.measures for r in readings if isinstance(r, FaceReading))
    assert found is not None, "the library reads every face with its measures"
    return found


def _judged(wish: Wish, handle: Handle, course: Course, before: Readings, after: Readings, turn: Fulfilment, torn: Torn) -> Trial:
    """What a turn came to."""
    now = _measures(after)
    short, strayed = course.short(now), float(course.strayed(now).max())
    shown = next(r for r in after if r.slot == wish.slot)
    away = max(b.gap(a) for b, a in zip(before, after, strict=True) if b.slot == IDENTITY)
    apart = (wish.slot, *(slot for slot in along(handle.slot, handle.part) if slot not in wish.keeps))
    near = SAME if OWN.get(wish.slot, "").startswith(ITSELF) else 1.0
    limits = [near if b.slot == IDENTITY else 1.0 for b in before]
    moved = [b.part != a.part or b.gap(a) >= limit for b, a, limit in zip(before, after, limits, strict=True)]
    harmed = tuple(b for b, gone in zip(before, moved, strict=True) if gone and b.slot not in apart)
    plainly, new = course.came(now) >= SEEN, any(b.slot == wish.slot and b.part not in wish.parts for b in before)
    room = _slack(wish, before, after)
    there = short <= room or (plainly and new and clearly(shown))
    met = there if wish.relative else there and shown.part in wish.parts
    partly = not met and plainly and _partly(wish) and strayed < 1
    seam = torn(turn.edits[0]) if (met or partly) and not harmed else 0.0
    # What is missing counts most, then what went along beyond what nobody sees.
    worth = 1.0 / (1.0 + 3 * max(0.0, short - THERE) + max(0.0, strayed - STILL / 2) + 2 * max(0.0, away - SAME / 2))
    outcome = replace(turn, met=met, harmed=harmed, reading=after, worth=worth, partly=partly, torn=seam)
    return Trial(outcome, short, strayed, away, course.came(now), room)
