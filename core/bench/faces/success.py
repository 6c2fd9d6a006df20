"""Edits of held-out faces by every way, judged: was the change seen, is it the same person, did all else stay.

Each wish is asked only of faces that do not show the state already, as the judges see them; the studio's handles say which wishes
there are, so what it does not ship is asked of nobody.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from core.bench.faces.asked import CHANGES, drifts, free, kept, same_person
from core.bench.faces.judges.judges import Judged, Judges
from core.bench.faces.ways import USUAL, Answer, Key, Way, seen
from core.foundations.records import Picture

OWN = "studio"
"""The studio's row in the table."""


class Case(NamedTuple):
    """A wish of one face."""

    face: int
    slot: str
    state: str


@dataclass(frozen=True)
class Outcome:
    """What the judges say of one edit.

    Attributes:
        refused: whether nothing was done.
        came: whether the asked change is seen.
        same: whether it is the same person.
        kept: whether everything else is within its band.
        drifted: what is not.
        seconds: until the picture was there.
        why: the sentence of a refusal, or "".
    """

    refused: bool
    came: bool
    same: bool
    kept: bool
    drifted: tuple[str, ...]
    seconds: float
    why: str = ""

    @property
    def success(self) -> bool:
        """All of it."""
        return self.came and self.same and self.kept


def cases(judged: Sequence[Judged], wishes: Iterable[Key], each: int, first: int = 0) -> list[Case]:
    """For each wish, `each` faces that show another state of that slot, going round all faces so that every one is asked something.

    A face between two states is asked for neither: whoever wears no hat is not asked to take it off.

    Args:
        judged: what the judges say of each face as it is.
        wishes: slots and states.
        each: faces for each wish; fewer where fewer show another state.
        first: the number of the first face.
    """
    found, at = [], 0
    for slot, state in wishes:
        others = [change for (place, other), change in CHANGES.items() if place == slot and other != state]
        without = [
            n
            for n, said in enumerate(judged)
            if not CHANGES[slot, state].there(said)[0] and any(change.there(said)[0] for change in others)
        ]
        turn = sorted(without, key=lambda n: (n - at) % len(judged))[:each]
        at += each
        found += [Case(first + n, slot, state) for n in turn]
    return found


def outcome(before: Judged, answer: Answer, slot: str, state: str, judges: Judges) -> Outcome:
    """What the judges say of an answer."""
    if answer.image is None:
        return Outcome(True, False, True, True, (), answer.seconds, answer.refusal)
    after = judges(answer.image[None])
    change, apart = CHANGES[slot, state], free(slot, state)
    drifted = tuple(name for name, moved in drifts(before, after).items() if moved[0] >= 1 and name not in apart)
    return Outcome(
        False,
        bool(change.seen(before, after)[0]),
        bool(same_person(before, after)[0]),
        bool(kept(before, after, slot, state)[0]),
        drifted,
        answer.seconds,
    )


def judged_faces(faces: Sequence[Picture], judges: Judges) -> list[Judged]:
    """What the judges say of each face as it is."""
    return [judges(seen(face)[None]) for face in faces]


def outcomes(
    faces: Sequence[Picture], before: Sequence[Judged], asked: Sequence[Case], own: Way, plain: Mapping[str, Way], judges: Judges
) -> dict[str, list[tuple[Case, Outcome]]]:
    """What comes of every wish by every way, the studio's first; the plain ones go as far as it did on the same face."""
    found: dict[str, list[tuple[Case, Outcome]]] = defaultdict(list)
    for case in asked:
        face, said = faces[case.face], before[case.face]
        answer = own(face, case.slot, case.state, USUAL)
        found[OWN].append((case, outcome(said, answer, case.slot, case.state, judges)))
        for name, way in plain.items():
            other = way(face, case.slot, case.state, answer.length or USUAL)
            found[name].append((case, outcome(said, other, case.slot, case.state, judges)))
    return dict(found)


def row(found: Sequence[Outcome]) -> dict[str, float]:
    """Shares of one way's outcomes, or of one wish's."""
    return {
        "success": float(np.mean([one.success for one in found])),
        "change seen": float(np.mean([one.came for one in found])),
        "same person": float(np.mean([one.same for one in found])),
        "all else kept": float(np.mean([one.kept for one in found])),
        "refused": float(np.mean([one.refused for one in found])),
        "cases": float(len(found)),
    }


def rows(found: Mapping[str, Sequence[tuple[Case, Outcome]]]) -> dict[str, dict[str, float]]:
    """A row of each way over all wishes, then one of each wish with the best plain way's success beside the studio's."""
    table = {name: row([one for _, one in many]) for name, many in found.items()}
    for slot, state in dict.fromkeys((case.slot, case.state) for case, _ in found[OWN]):
        only = {name: [one for case, one in many if (case.slot, case.state) == (slot, state)] for name, many in found.items()}
        best = max((row(many)["success"] for name, many in only.items() if name != OWN and many), default=0.0)
        table[f"{slot}: {state}"] = {**row(only[OWN]), "best plain": best}
    return table


def figures(table: Mapping[str, Mapping[str, float]], found: Mapping[str, Sequence[tuple[Case, Outcome]]]) -> dict[str, float]:
    """edit_success and the best baseline over the same wishes; identity_kept of the edits that were done."""
    done = [one for _, one in found[OWN] if not one.refused]
    return {
        "edit_success": table[OWN]["success"],
        "best_baseline": max((table[name]["success"] for name in found if name != OWN), default=0.0),
        "identity_kept": float(np.mean([one.same for one in done])) if done else 0.0,
    }


def drifters(found: Sequence[tuple[Case, Outcome]]) -> str:
    """What drifted most often in edits that were done, for whoever mends them."""
    tally = Counter(name for _, one in found for name in one.drifted)
    return ", ".join(f"{name} {count}" for name, count in tally.most_common(5)) or "nothing"


def refusals(found: Sequence[tuple[Case, Outcome]]) -> str:
    """What was refused, and why, the first few."""
    told = [f"{case.slot}: {case.state} ({one.why})" for case, one in found if one.refused]
    return "; ".join(told[:3]) or "nothing"


@torch.inference_mode()
def again(faces: Sequence[Picture], before: Sequence[Judged], judges: Judges) -> float:
    """The share of faces of which all is kept when they are only looked at again, enlarged and turned a little: the bands' ceiling."""
    turned = torch.tensor([[0.969, 0.034, 0.0], [-0.034, 0.969, 0.0]])
    stayed = []
    for face, said in zip(faces, before, strict=True):
        image = seen(face)[None]
        grid = torch.nn.functional.affine_grid(turned[None], list(image.shape), align_corners=False)
        after = judges(torch.nn.functional.grid_sample(image, grid, padding_mode="border", align_corners=False))
        stayed.append(all(moved[0] < 1 for moved in drifts(said, after).values()) and bool(same_person(said, after)[0]))
    return float(np.mean(stayed)) if stayed else 0.0
