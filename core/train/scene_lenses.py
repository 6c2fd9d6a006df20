"""Make the lenses of the embedded CLIP: means of all terms, heads and neurons in words, their pictures. No truth is looked up.

Three disjoint lots of scenes: one for means and TextSpan, one for neurons, and the studio's own first scenes as examples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import product

import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.files import ROOT, load_card, save_weights, write_atomically
from core.foundations.images import to_tensor
from core.foundations.records import HeadCard, NeuronCard, Word
from core.foundations.seeds import numpy_rng
from core.methods.read.ablate import TermMeans
from core.methods.read.decompose import DecomposeSettings, decompose
from core.methods.read.head_roles import role_from_texts
from core.methods.read.neuron_words import WordSettings, name_neurons
from core.methods.read.second_order import Directions, DirectionSettings, coefficients, first_direction, flow
from core.methods.read.sparse_text import SparseTextSettings, TextPool, sparse_text
from core.methods.read.text_span import HeadMoments, HeadSpace, Span, TextSpanSettings, head_maps, own_values, text_span
from core.models.clip import Clip
from core.models.registry import load_clip
from core.studio.lenses import Lenses, lenses_to_files
from core.worlds.scenes.compose import Scenes, draw_scenes, join, sample
from core.worlds.scenes.world import vocabulary

BATCH = 100


@dataclass(frozen=True)
class LensMaking:
    """How much is looked at."""

    scenes: int = 3000
    """Scenes for means and TextSpan; and as many of the studio's own, 0, 1 ..., for neurons."""
    examples: int = 600
    """The studio's scenes among which a head's pictures are found."""
    layers: tuple[int, ...] = (3, 4)
    """Layers whose neurons are named: those with attention after them that is not far away."""


UNIT = DecomposeSettings(unit=True)


def batches(scenes: Scenes) -> Iterator[Tensor]:
    """Pictures `[n 3 h w]` in [0, 1]."""
    for start in range(0, len(scenes), BATCH):
        yield to_tensor(draw_scenes(scenes.take(slice(start, start + BATCH)))[0])


def all_heads(clip: Clip) -> list[tuple[int, int]]:
    """Layer and head of every head."""
    return list(product(range(clip.anatomy.layers), range(clip.anatomy.heads)))


def span_of(clip: Clip, scenes: Scenes, texts: Tensor, settings: TextSpanSettings | None = None) -> tuple[TermMeans, HeadMoments, Span]:
    """Means of all terms and TextSpan of every head, in one pass."""
    anatomy, heads = clip.anatomy, all_heads(clip)
    means, moments = TermMeans(), HeadMoments(len(heads), anatomy.joint, HeadSpace.of(head_maps(anatomy, heads)))
    for images in batches(scenes):
        seen = clip.see(images)
        means.add(decompose(seen, anatomy, UNIT))
        moments.add_own(own_values(seen, anatomy, heads, unit=True))
    return means, moments, text_span(moments, texts, settings or TextSpanSettings(picks=24))


def example_terms(clip: Clip, count: int) -> Tensor:
    """What every head says of the studio's own scenes `[n a k]`, beyond its mean among them."""
    found = [decompose(clip.see(images), clip.anatomy, UNIT).attention.flatten(1, 2) for images in batches(studio_scenes(count))]
    terms = torch.cat(found)
    return terms - terms.mean(0)


def head_cards(clip: Clip, span: Span, terms: Tensor, pool: tuple[str, ...], tags: tuple[str, ...], texts: Tensor) -> tuple[HeadCard, ...]:
    """Every head's texts, role and pictures; terms as `example_terms` gives them."""
    roles = role_from_texts(span, tags)
    whole = float(span.variance.sum())
    cards = []
    for number, (layer, head) in enumerate(all_heads(clip)):
        picks = [p for p in span.picks[number].tolist() if p >= 0]
        words = tuple(Word(pool[p], round(float(g), 4)) for p, g in zip(picks[:10], span.gains[number], strict=False))
        best = (terms[:, number] @ texts[picks[0]]).argsort(descending=True)[:6].tolist() if picks else []
        role = roles[number]
        size = round(float(span.variance[number]) / whole, 4)
        cards.append(HeadCard(layer, head, role.name, round(role.confidence, 3), words, tuple(best), size))
    return tuple(cards)


def neuron_directions(clip: Clip, scenes: Scenes, layer: int) -> Directions:
    """Each neuron's second-order effect as one direction; its pictures are positions in `scenes`."""
    anatomy = clip.anatomy
    settings = DirectionSettings(sign="energy")  # by count, a neuron that fires rarely may be turned round
    return first_direction(
        flow(anatomy, layer),
        lambda: (coefficients(clip.see(images, [layer]), anatomy, layer, unit=True) for images in batches(scenes)),
        settings,
    )


def neuron_cards(found: Directions, pool: tuple[str, ...], atoms: TextPool) -> tuple[NeuronCard, ...]:
    """Every neuron's words; neurons that never have an effect get none."""
    codes = sparse_text(found.direction, atoms, SparseTextSettings(size=6))
    names = name_neurons(codes.indices, codes.coefficients, pool, atoms.atoms, WordSettings(words=6))
    cards = []
    for name in names:
        words = tuple(Word(text, round(weight, 4)) for text, weight in zip(name.words, name.weights, strict=True))
        best = tuple(p for p in found.pictures[name.neuron, :6].tolist() if p >= 0)
        cards.append(NeuronCard(found.layer, name.neuron, words, name.meanings, round(float(found.share[name.neuron]), 3), best))
    return tuple(cards)


def studio_scenes(count: int) -> Scenes:
    """The scenes that studio.scene(0), studio.scene(1) ... show."""
    return join([sample(numpy_rng("scene", seed), 1) for seed in range(count)])


def make_lenses(clip: Clip, making: LensMaking) -> Lenses:
    """All lenses of a CLIP over the world's words and scenes."""
    words = vocabulary()
    pool = tuple(text for texts in words.values() for text in texts)
    tags = tuple(tag for tag, texts in words.items() for _ in texts)
    texts = F.normalize(clip.embed_texts(list(pool)), dim=-1)
    centred = texts - texts.mean(0)
    means, _, span = span_of(clip, sample(numpy_rng("lenses"), making.scenes), centred)
    print("TextSpan done", flush=True)
    heads = head_cards(clip, span, example_terms(clip, making.examples), pool, tags, centred)
    scenes, atoms = studio_scenes(making.scenes), TextPool.of(texts)
    directions = {}
    cards: list[NeuronCard] = []
    for layer in making.layers:
        directions[layer] = neuron_directions(clip, scenes, layer)
        cards += neuron_cards(directions[layer], pool, atoms)
        print(f"neurons of layer {layer} named", flush=True)
    per_layer = {
        "directions": {k: d.direction for k, d in directions.items()},
        "centre": {k: d.centre for k, d in directions.items()},
        "reader": {k: d.reader for k, d in directions.items()},
        "threshold": {k: d.threshold for k, d in directions.items()},
    }
    return Lenses(pool, tags, texts, means, heads, tuple(cards), **per_layer)


def main() -> None:
    """Make the lenses of the scenes' CLIP and write them to assets/."""
    making = LensMaking()
    lenses = make_lenses(load_clip("scenes_clip"), making)
    tensors, words = lenses_to_files(lenses)
    card = {
        "world": "scenes",
        "model": "Lenses",
        "made_from": {"scenes_clip": load_card("scenes_clip")["sha256"]},
        "data": "core.worlds.scenes, the training side",
        "making": asdict(making),
        "licence": "CC0 1.0",
        "seed": 0,
    }
    save_weights("scenes_lenses", tensors, card)
    write_atomically(ROOT / "assets" / "scenes_lenses.json", words.encode())
    mixed = sum(head.role == "mixed" for head in lenses.heads)
    print(f"{len(lenses.heads)} heads, {mixed} of them mixed; {len(lenses.neurons)} neurons", flush=True)


if __name__ == "__main__":
    main()
