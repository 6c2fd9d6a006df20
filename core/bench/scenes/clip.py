"""The embedded CLIP and what its heads and neurons are good for, on held-out scenes.

Naming and retrieval; roles of heads against the truth; accuracy of what TextSpan keeps; a spurious cue taken out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.bench.intervals import interval
from core.bench.record import Measured
from core.bench.scenes.clip_lenses import alike_rows, labels_of, neuron_rows
from core.bench.scenes.clip_words import word_truth_rows
from core.bench.scenes.figures import HEADS, known_to, naming, retrieval, single_nouns, unsaid_words, unused_synonyms
from core.bench.scenes.truth import SLOT_OF, attributes, axes_of, ground_names
from core.foundations.records import HeadCard
from core.foundations.seeds import numpy_rng, torch_rng
from core.methods.read.ablate import Chosen, TermMeans, ablate, attention_set, head_set, mlp_set
from core.methods.read.decompose import Terms, decompose, join_terms
from core.methods.read.head_roles import RoleScores, RoleSums, role_scores
from core.methods.read.text_span import HeadMoments, HeadSpace, TextSpanSettings, head_maps, own_values, text_span
from core.models.clip import Clip
from core.models.registry import load_clip
from core.models.scene_clip import SceneTexts
from core.models.text import known_words
from core.studio.cues import cue_heads
from core.studio.lens_making import UNIT, all_heads
from core.studio.lenses import Lenses, load_lenses
from core.train.scenes.lenses import batches
from core.worlds.nouns.art import BARE, load_art
from core.worlds.nouns.catalogue import parts, shown
from core.worlds.scenes.compose import Scenes, sample
from core.worlds.scenes.habitat import CUE_KINDS, sample_habitat

CLASS_NAMES = ("meadow animal", "tablecloth food")
"""Names of the two kinds that tell their habitat, as "landbird" and "waterbird" do; with plain names the model is hardly misled."""
RANDOM = 5
"""Draws of random heads, each of as many as are silenced by their texts."""
TEN = 10
"""As many as the thesis silences."""


def terms_of(clip: Clip, scenes: Scenes) -> Terms:
    """The terms of scenes, batch by batch."""
    return join_terms([decompose(clip.see(images), clip.anatomy, UNIT) for images in batches(scenes)])


def slot_axes(clip: Clip) -> dict[str, Tensor]:
    """For each role that is a slot its parts along a few axes; bare parts stand at the middle."""
    tables = {}
    for role, slot in SLOT_OF.items():
        named = [p for p in parts(slot) if p.id != BARE.get(slot)]
        axes = axes_of(clip.embed_texts([shown(p) for p in named]))
        table = torch.zeros(load_art().count(slot), axes.shape[1], dtype=torch.float64)
        table[[load_art().position(slot, p.id) for p in named]] = axes
        tables[role] = table
    return tables


def ground_axes(embed: Callable[[list[str]], Tensor], several: Sequence[Scenes]) -> tuple[Tensor, ...]:
    """The grounds of several lots of scenes along the same few axes, each `[n p]`; axes of its own would tell a lot nothing of another."""
    names = [name for scenes in several for name in ground_names(scenes)]
    return axes_of(embed(names)).split([len(scenes) for scenes in several])


def true_roles(clip: Clip, count: int) -> RoleScores:
    """Held-out R2 of every attribute on every head."""
    heads, slots, sides = all_heads(clip), slot_axes(clip), []
    both = [sample(numpy_rng("roles", int(held_out)), count, held_out) for held_out in (False, True)]
    for scenes, of_grounds in zip(both, ground_axes(clip.embed_texts, both), strict=True):
        known = attributes(scenes, slots, of_grounds)
        sums = RoleSums(len(heads), clip.anatomy.head_width, {name: columns.shape[1] for name, columns in known.items()})
        start = 0
        for images in batches(scenes):
            values = own_values(clip.see(images), clip.anatomy, heads, unit=True)
            sums.add(values, {name: columns[start : start + len(images)] for name, columns in known.items()})
            start += len(images)
        sides.append(sums)
    return role_scores(sides[0], sides[1])


def role_by_texts(lenses: Lenses, head: HeadCard) -> str:
    """What most of the variance that a head's texts explain is about, as one would read it off the texts alone."""
    tags = dict(zip(lenses.pool, lenses.tags, strict=True))
    sums: dict[str, float] = {}
    for word in head.texts:
        sums[tags[word.text]] = sums.get(tags[word.text], 0.0) + word.weight
    return max(sums, key=lambda tag: sums[tag], default="")


def band_of(right: Sequence[bool], draws: int = 1000) -> tuple[float, float]:
    """Between what a share lies 95 of 100 times (percentile bootstrap over the heads; Efron, 1979)."""
    _, low, high = interval(right, "roles band", draws)
    return low, high


def roles_row(clip: Clip, lenses: Lenses, count: int) -> tuple[float, dict[str, dict[str, float]]]:
    """How many of the named heads are named after the attribute that can be read best from them."""
    scores = true_roles(clip, count)
    clear = [(number, head) for number, head in enumerate(lenses.heads) if head.role != "mixed"]
    right = [scores.roles[number] in head.role.split(" and ") for number, head in clear]
    first = [scores.roles[number] == head.role.split(" and ")[0] for number, head in clear]
    rng = numpy_rng("roles shuffled")
    order = rng.permutation(len(clear))
    chance = [scores.roles[clear[i][0]] in clear[j][1].role.split(" and ") for i, j in enumerate(order)]
    sure = [r for r, (_, head) in zip(right, clear, strict=True) if head.confidence >= 0.5]
    common = [role for role, _ in Counter(scores.roles[number] for number, _ in clear).most_common(2)]
    texts = [scores.roles[number] == role_by_texts(lenses, head) for number, head in clear]
    band = band_of(right)
    always = {count: float(np.mean([scores.roles[number] in common[:count] for number, _ in clear])) for count in (1, 2)}
    rows = {
        f"roles, always {common[0]!r}": {"precision": always[1], "heads": float(len(clear))},
        f"roles, always {' and '.join(common)!r}": {"precision": always[2], "heads": float(len(clear))},
        "roles shuffled": {"precision": float(np.mean(chance)), "heads": float(len(clear))},
        "roles": {"precision": float(np.mean(right)), "heads": float(len(clear))},
        "roles, 2.5 %": {"precision": band[0]},
        "roles, 97.5 %": {"precision": band[1]},
        "roles, by their texts alone": {"precision": float(np.mean(texts)), "heads": float(len(clear))},
        "roles, first word alone": {"precision": float(np.mean(first)), "heads": float(len(clear))},
        "roles, confidence >= 0.5": {"precision": float(np.mean(sure)) if sure else 0.0, "heads": float(len(sure))},
    }
    return rows["roles"]["precision"], rows


def span_rows(clip: Clip, lenses: Lenses, count: int) -> dict[str, dict[str, float]]:
    """Naming heads from what the first m texts of every head keep, for three pools; MLPs and the start at their means."""
    scenes, heads = single_nouns(count, seed=1)
    terms, pairs = terms_of(clip, scenes), all_heads(clip)
    space = HeadSpace.of(head_maps(clip.anatomy, pairs))
    moments = HeadMoments(len(pairs), clip.anatomy.joint, space)
    for images in batches(sample(numpy_rng("span bench"), 2 * count)):
        moments.add_own(own_values(clip.see(images), clip.anatomy, pairs, unit=True))
    names = clip.embed_texts([part.name for part in HEADS])
    others = ablate(terms, lenses.means, mlp_set(range(clip.anatomy.layers)) | Chosen(start=True)) - terms.attention.sum((1, 2))
    words = sorted(known_words())[:: max(1, len(known_words()) // 700)][:700]
    rng = torch_rng("random texts")
    pools = {
        "random vectors": F.normalize(torch.randn(700, clip.anatomy.joint, generator=rng), dim=-1),
        "common words": clip.embed_texts(words),
        "descriptions": lenses.texts,
    }
    rows = {}
    for name, pool in pools.items():
        span = text_span(moments, pool - pool.mean(0), TextSpanSettings(picks=24))
        rows[f"TextSpan, {name}"] = {
            f"top-1, m {m}": _top1(others + span.project(terms.attention.flatten(1, 2), m).sum(1), names, heads) for m in (2, 6, 12, 24)
        }
    whole = {"no ablation": terms.total(), "MLPs at their mean": others + terms.attention.sum((1, 2))}
    return {key: {"top-1, m 24": _top1(value, names, heads)} for key, value in whole.items()} | rows


def _top1(embedding: Tensor, names: Tensor, heads: np.ndarray) -> float:
    return float(((embedding @ names.T).argmax(1).numpy() == heads).mean())


def group_accuracy(embedding: Tensor, texts: Tensor, kind: np.ndarray, ground: np.ndarray) -> dict[str, float]:
    """Zero-shot accuracy on the four groups of kind and ground: the worst and the mean."""
    right = (embedding @ texts.T).argmax(1).numpy() == kind
    groups = [right[(kind == k) & (ground == g)].mean() for k in range(2) for g in range(2)]
    return {"worst group": float(min(groups)), "mean": float(np.mean(groups))}


def cue_rows(clip: Clip, lenses: Lenses, count: int) -> dict[str, dict[str, float]]:
    """A ground that goes with a kind of head: what is left of it when the heads that speak of grounds are silent."""
    scenes, kind, ground = sample_habitat(numpy_rng("habitat bench"), count, 0.5, held_out=True)
    terms, texts = terms_of(clip, scenes), clip.embed_texts(list(CLASS_NAMES))
    means, layers = TermMeans().add(terms_of(clip, sample_habitat(numpy_rng("habitat means"), 500)[0])), clip.anatomy.layers
    chosen = cue_heads(lenses)
    rest = mlp_set(range(layers)) | attention_set(range(layers - 4), clip.anatomy.heads)
    measure = lambda what: group_accuracy(ablate(terms, means, what), texts, kind, ground)  # noqa: E731
    rows = {"base": measure(Chosen()), "MLPs and early layers only": measure(rest)}
    everywhere = all_heads(clip)
    drawn = [numpy_rng("random heads", i).choice(len(everywhere), len(chosen), replace=False) for i in range(RANDOM)]
    several = [measure(head_set([everywhere[j] for j in draw])) for draw in drawn]
    rows["best of random heads"] = max(several, key=lambda row: row["worst group"])
    rows["heads that speak of grounds"] = measure(head_set(chosen))
    rows["ten of them alone"] = measure(head_set(chosen[:TEN]))
    rows["the same, MLPs and early layers"] = measure(head_set(chosen) | rest)
    rows["base, plain names"] = group_accuracy(terms.total(), clip.embed_texts(list(CUE_KINDS)), kind, ground)
    return rows


def word_rows(clip: Clip, named: dict[str, float], count: int) -> dict[str, dict[str, float]]:
    """Other words for heads: with the table of words, by MiniLM alone, and how many of the blind list the table knows."""
    texts = clip.texts
    assert isinstance(texts, SceneTexts) and texts.thesaurus is not None, "The scenes' CLIP reads words by a table."
    table, texts.thesaurus = texts.thesaurus, None
    alone = naming(clip, count, seed=2)
    texts.thesaurus = table
    lists = {"blind list": "synonym_top1", "catalogue's unused": "catalogue_top1"}
    rows = {f"other words, {name}": {"with the table": named[key], "MiniLM alone": alone[key]} for name, key in lists.items()}
    rows["other words, blind list"]["read right by the table"] = known_to(table, unsaid_words())
    rows["other words, catalogue's unused"]["read right by the table"] = known_to(table, unused_synonyms())
    return rows


def run(quick: bool) -> Measured:
    """All of it."""
    clip, lenses = load_clip("scenes_clip"), load_lenses("scenes_lenses")
    count, captions = (200, 300) if quick else (2000, 1000)
    named = naming(clip, count, seed=2)
    found = retrieval(clip, captions, seed=2)
    precision, rows = roles_row(clip, lenses, count)
    rows |= word_rows(clip, named, count)
    rows |= span_rows(clip, lenses, count) | neuron_rows(clip, count)
    rows |= word_truth_rows(clip, lenses, count)
    single, _ = single_nouns(count, seed=4)
    several = sample(numpy_rng("neighbours in counts"), count, True)
    rows |= alike_rows(terms_of(clip, single), lenses, labels_of(single))
    rows |= alike_rows(terms_of(clip, several), lenses, {"counts": several.count.astype(str)})
    cue = cue_rows(clip, lenses, count)
    figures = {
        "head_top1": named["head_top1"],
        "retrieval_r1": found["retrieval_r1"],
        "synonym_gap": named["head_top1"] - named["synonym_top1"],
        "synonym_top1": named["synonym_top1"],
        "catalogue_synonyms_top1": named["catalogue_top1"],
        "phrasing_top1": named["phrasing_top1"],
        "worst_group_base": cue["base"]["worst group"],
        "worst_group_ours": cue["heads that speak of grounds"]["worst group"],
        "worst_group_random": cue["best of random heads"]["worst group"],
        "worst_group_control": cue["MLPs and early layers only"]["worst group"],
        "head_role_precision": precision,
    }
    return Measured("clip", figures, {**rows, **cue}, {"scenes": count, "captions": captions, "checkpoint": clip.name})
