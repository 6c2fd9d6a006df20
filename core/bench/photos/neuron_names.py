"""Whether the names of neurons of the photographs' eyes are true, on emoji that naming never saw.

A name is true of a neuron if at least half of the fifteen places that excite it most, one in each picture, show what it says, and
clearly more of them than the same places of any picture: as of the Nouns' neurons, see core.bench.nouns.neuron_names. The pictures are
of the eighth of all emoji that are held out, each with every picture of its name.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.bench.nouns.neuron_names import EXEMPLARS, MORE, TRUE, right
from core.foundations.errors import WeightsError
from core.foundations.named_neurons import NamedNeuron, load_neurons
from core.foundations.seeds import numpy_rng
from core.methods.read.neuron_names import strongest_of
from core.models.classifier import Classifier
from core.models.photo_clip import load_photo_clip
from core.studio.photos import NEURONS
from core.train.photos.neuron_names import Peaks, kinds, seen
from core.train.photos.patch_words import WORDS
from core.worlds.photos.named import emoji

EACH = 20
"""Pictures of every kind."""
Rows = dict[str, dict[str, float]]


def judged(rows: Sequence[NamedNeuron], peaks: Peaks) -> tuple[dict[str, float], Rows]:
    """Figures, and what stands beside them: names dealt out anew, the commonest name for all, and the best that could be said.

    Args:
        rows: neurons with and without names.
        peaks: the same neurons on pictures that chose none of the names.
    """
    best = strongest_of(peaks.values, peaks.places, EXEMPLARS)
    shown = best.shown(peaks.words)
    true = (shown >= TRUE) & (shown - best.usual(peaks.words) >= MORE)
    named = [at for at, row in enumerate(rows) if row.name]
    told = [WORDS.index(rows[at].name) for at in named]
    dealt = numpy_rng("bench photo neuron names dealt").permutation(told).tolist()
    commonest = max(told, key=told.count) if told else 0
    figures = {"photo_names_precision": right(true, named, told), "photo_names_coverage": len(named) / len(rows)}
    return figures, {
        "photographs, names dealt out anew": {"true": right(true, named, dealt)},
        "photographs, the commonest name for all": {"true": right(true, named, [commonest] * len(named))},
        "photographs, any word is true": {"true": float(true[named].any(1).float().mean()) if named else 0.0},
    }


def measured() -> tuple[dict[str, float], Rows]:
    """Of the photographs' own eyes; nothing, and a line that says why, where they or the emoji cannot be had."""
    try:
        clip, rows = load_photo_clip(), load_neurons(NEURONS)
        by_kind = kinds(one for one in emoji() if one.held_out)
    except WeightsError as error:
        print(f"No names of the photographs' neurons are judged. {error}", flush=True)
        return {}, {}
    places = [(row.block, row.neuron) for row in rows]
    return judged(rows, seen(clip, Classifier(clip.tower, clip.anatomy), places, "bench photo neuron names", by_kind, EACH))
