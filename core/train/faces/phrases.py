"""What descriptions of a face stand for, learned from phrases of ours: `python -m core.train faces_phrases`, two minutes.

Of each state there are phrases that name it without its words, by looks ("nose pointing to the left edge") and by occasion ("as if his
dog had died"), and a list of what is no state of a face. Beside each stands the same in a sentence, "give him ...", and some of the
names that the table has. A logistic regression over their vectors is all that is kept; held out is every fifth phrase.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from core.foundations.files import save_weights
from core.foundations.seeds import numpy_rng
from core.language.facts.states import state_words
from core.models.face_phrases import NAME, FacePhrases
from core.models.text import HUB, TextEncoder

DATA = Path(__file__).parents[1] / "language" / "data" / "face_phrases.txt"
WITHIN = ("make her look {}", "give him {}", "he should be {}", "she looks {}", "{}, please", "I want {}")
NAMES = 25
"""Names of each state from the table, at most."""
PENALTY = 30.0
"""C of the regression: how little it is held back."""
SURE = 0.5
"""From this probability on the card counts a phrase as told."""
Place = tuple[str, str]


def phrases() -> list[tuple[str, Place]]:
    """All phrases, each with its slot and state, or with two empty words for none."""
    found, place = list[tuple[str, Place]](), ("", "")
    for line in DATA.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            slot, _, state = line[2:].partition(" / ")
            place = (slot, state) if state else ("", "")
        else:
            found.append((line, place))
    return found


def within(rows: Sequence[tuple[str, Place]]) -> list[tuple[str, Place]]:
    """Phrases, and each once more within a sentence."""
    rng = random.Random(int(numpy_rng(NAME, "within").integers(2**31)))
    return [*rows, *((rng.choice(WITHIN).format(text), place) for text, place in rows)]


def named() -> list[tuple[str, Place]]:
    """Some of the names that the table has for each state."""
    rng, found = numpy_rng(NAME, "names"), list[tuple[str, Place]]()
    for slot, states in state_words("faces").names.items():
        for state, names in states.items():
            found += [(names[at], (slot, state)) for at in rng.permutation(len(names))[:NAMES]]
    return found


def fitted(rows: Sequence[tuple[str, Place]], encoder: TextEncoder) -> FacePhrases:
    """The layer that tells phrases apart."""
    places = [*dict.fromkeys(place for _, place in rows if place[0])]
    wanted = [places.index(place) if place[0] else len(places) for _, place in rows]
    model = LogisticRegression(C=PENALTY, max_iter=400).fit(encoder.embed([text for text, _ in rows]), wanted)
    weights, bias = (torch.from_numpy(np.asarray(one, np.float32)).half() for one in (model.coef_, model.intercept_))
    return FacePhrases(places, weights, bias, encoder.embed)


def judged(model: FacePhrases, rows: Sequence[tuple[str, Place]]) -> dict[str, float]:
    """Shares of phrases for a state that are told rightly and wrongly, and of others that are taken for a state."""
    told = [(model(text)[0], place) for text, place in rows]
    sure = [(one[:2] == place, bool(place[0])) for one, place in told if one.slot and one.sure >= SURE]
    states = sum(bool(place[0]) for _, place in rows)
    row = {
        "right": sum(right for right, _ in sure) / states,
        "wrong": sum(not right for right, some in sure if some) / states,
        "of none": sum(not some for _, some in sure) / max(1, len(rows) - states),
    }
    return {name: round(value, 3) for name, value in row.items()}


def main() -> None:
    """Make `assets/faces_phrases.safetensors`."""
    encoder, rows = TextEncoder(), phrases()
    quality = judged(fitted(within([row for at, row in enumerate(rows) if at % 5]) + named(), encoder), rows[::5])
    print(quality, flush=True)
    model = fitted(within(rows) + named(), encoder)
    weights, bias = torch.from_numpy(model.weights).half(), torch.from_numpy(model.bias).half()
    card = {
        "world": "faces",
        "model": "FacePhrases",
        "places": [list(place) for place in model.places[:-1]],
        "training": {"phrases": len(rows), "names": NAMES, "penalty": PENALTY},
        "data": "core/train/language/data/face_phrases.txt, written for it",
        "encoder": HUB,
        "licence": "MIT",
        "quality": {f"every fifth phrase held out, sure from {SURE} on": quality},
    }
    save_weights(NAME, {"weights": weights, "bias": bias}, card)


if __name__ == "__main__":
    main()
