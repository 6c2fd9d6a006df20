"""Make the lenses of any CLIP: means of all terms, heads and neurons in words, and their pictures. No truth is looked up.

For the models that are shipped core.train does it over many pictures; for one that a person names, core.studio.eyes over few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.errors import ShapeError
from core.foundations.records import HeadCard, NeuronCard, Word
from core.methods.read.ablate import TermMeans
from core.methods.read.decompose import DecomposeSettings, decompose
from core.methods.read.head_roles import RoleScores, RoleSums, reading_axes, role_from_readings, role_from_texts, role_scores
from core.methods.read.neuron_words import WordSettings, name_neurons
from core.methods.read.second_order import Directions, DirectionSettings, coefficients, first_direction, flow
from core.methods.read.sparse_text import SparseTextSettings, TextPool, sparse_text
from core.methods.read.text_span import HeadMoments, HeadSpace, Span, TextSpanSettings, head_maps, own_values, text_span
from core.models.clip import Clip
from core.studio.lenses import Lenses

UNIT = DecomposeSettings(unit=True)
BEST = 6
"""Pictures on a card."""

Pictures = Callable[[], Iterable[Tensor]]
"""Batches of pictures `[n 3 h w]` in [0, 1], the same each time."""


@dataclass(frozen=True)
class LensPictures:
    """What a CLIP looks at.

    Attributes:
        means: for means and TextSpan.
        examples: among which a head's pictures are found; a card says their numbers.
        neurons: for neurons; a card says the numbers of the strongest.
        examples_count: how many of the neurons' pictures, the first, may be on a card; all where None.
    """

    means: Pictures
    examples: Pictures
    neurons: Pictures
    examples_count: int | None = None


def all_heads(clip: Clip) -> list[tuple[int, int]]:
    """Layer and head of every head."""
    return list(product(range(clip.anatomy.layers), range(clip.anatomy.heads)))


def answers_to(texts: Tensor, tags: tuple[str, ...]) -> dict[str, Tensor]:
    """For everything that texts are about the directions in which those differ `[k c]`; one text alone says nothing."""
    rows = {tag: [row for row, other in enumerate(tags) if other == tag] for tag in dict.fromkeys(tags)}
    return {tag: reading_axes(texts[some]) for tag, some in rows.items() if len(some) > 1}


@dataclass
class SpanSums:
    """What means, TextSpan and the reading of heads need of pictures, seen once and then forgotten; sums of several runs can be merged.

    Attributes:
        means: of all terms.
        moments: of all heads.
        sides: for reading the model's answers from heads; the second is held back.
        answers: as `answers_to` gives them.
    """

    means: TermMeans
    moments: HeadMoments
    sides: tuple[RoleSums, RoleSums]
    answers: dict[str, Tensor]

    @classmethod
    def start(cls, clip: Clip, texts: Tensor, tags: tuple[str, ...]) -> SpanSums:
        """Nothing yet, of a CLIP and the embeddings of its pool `[m k]`, centred."""
        anatomy, heads = clip.anatomy, all_heads(clip)
        moments = HeadMoments(len(heads), anatomy.joint, HeadSpace.of(head_maps(anatomy, heads)))
        return cls._over(TermMeans(), moments, anatomy.head_width, answers_to(texts, tags))

    @classmethod
    def _over(cls, means: TermMeans, moments: HeadMoments, width: int, answers: dict[str, Tensor]) -> SpanSums:
        columns = {tag: axes.shape[1] for tag, axes in answers.items()}
        return cls(means, moments, (RoleSums(moments.heads, width, columns), RoleSums(moments.heads, width, columns)), answers)

    def add(self, clip: Clip, images: Tensor, number: int) -> SpanSums:
        """Take in pictures `[n 3 h w]`; every second batch by its number is held back for the reading of heads."""
        seen = clip.see(images)
        terms, values = decompose(seen, clip.anatomy, UNIT), own_values(seen, clip.anatomy, all_heads(clip), unit=True)
        self.means.add(terms)
        self.moments.add_own(values)
        said = terms.total().double()
        self.sides[number % 2].add(values, {tag: said @ axes for tag, axes in self.answers.items()})
        return self

    def merge(self, other: SpanSums) -> SpanSums:
        """Take in what another run saw; ShapeError where it looked through another model."""
        self.means.merge(other.means)
        self.moments.merge(other.moments)
        for mine, theirs in zip(self.sides, other.sides, strict=True):
            mine.merge(theirs)
        return self

    def tensors(self) -> dict[str, Tensor]:
        """All that was taken in, by name."""
        found = {f"means.{part}": sums for part, sums in self.means.sums.items()}
        found |= {
            "mean": self.moments.mean,
            "scatter": self.moments.scatter,
            "count": torch.tensor(self.moments.count),
            "space": self._space(),
        }
        for place, side in enumerate(self.sides):
            found |= {f"{place}.squares": side.squares, f"{place}.count": torch.tensor([one.count for one in side.equations])}
            found |= {f"{place}.{part}": torch.stack([getattr(one, part) for one in side.equations]) for part in ("gram", "cross")}
        return found

    def like(self, tensors: Mapping[str, Tensor]) -> SpanSums:
        """Sums of the same model with what `tensors` gave.

        Raises:
            ShapeError: where that was of another model, or of a processor that rounds heads' spaces to other axes.
        """
        mine, theirs = self._space(), tensors["space"]
        if mine.shape != theirs.shape or not torch.allclose(mine, theirs, atol=1e-9):
            raise ShapeError("Only sums of one model, made on machines of one kind, can be merged.")
        blank, count = HeadMoments(self.moments.heads, self.moments.width, self.moments.space), int(tensors["count"])
        blank.count, blank.mean, blank.scatter = count, tensors["mean"], tensors["scatter"]
        sums = {part.removeprefix("means."): tensor for part, tensor in tensors.items() if part.startswith("means.")}
        found = self._over(TermMeans(count, sums), blank, self.sides[0].width, self.answers)
        for place, side in enumerate(found.sides):
            side.squares = tensors[f"{place}.squares"]
            for head, equations in enumerate(side.equations):
                equations.count = int(tensors[f"{place}.count"][head])
                equations.gram, equations.cross = (tensors[f"{place}.{part}"][head] for part in ("gram", "cross"))
        return found

    def _space(self) -> Tensor:
        """A few numbers that say along which axes the moments were kept."""
        space = self.moments.space
        return torch.zeros(0) if space is None else space.basis.sum(-1)

    def read(self, texts: Tensor) -> tuple[TermMeans, Span, RoleScores]:
        """Means of all terms, TextSpan of every head, and how well the model's answers are read from it."""
        return self.means, text_span(self.moments, texts, TextSpanSettings(picks=24)), role_scores(*self.sides)


def example_terms(clip: Clip, pictures: Pictures) -> Tensor:
    """What every head says of pictures `[n a k]`, beyond its mean among them."""
    found = [decompose(clip.see(images), clip.anatomy, UNIT).attention.flatten(1, 2) for images in pictures()]
    terms = torch.cat(found)
    return terms - terms.mean(0)


def head_cards(
    clip: Clip, span: Span, read: RoleScores, terms: Tensor, pool: tuple[str, ...], tags: tuple[str, ...], texts: Tensor
) -> tuple[HeadCard, ...]:
    """Every head's texts, role and pictures; terms as `example_terms` gives them."""
    roles = role_from_readings(read, role_from_texts(span, tags))
    whole = float(span.variance.sum())
    cards = []
    for number, (layer, head) in enumerate(all_heads(clip)):
        picks = [p for p in span.picks[number].tolist() if p >= 0]
        words = tuple(Word(pool[p], round(float(g), 4)) for p, g in zip(picks[:10], span.gains[number], strict=False))
        best = (terms[:, number] @ texts[picks[0]]).argsort(descending=True)[:BEST].tolist() if picks else []
        role = roles[number]
        size = round(float(span.variance[number]) / whole, 4)
        cards.append(HeadCard(layer, head, role.name, round(role.confidence, 3), words, tuple(best), size))
    return tuple(cards)


def neuron_directions(clip: Clip, pictures: Pictures, layer: int) -> Directions:
    """Each neuron's second-order effect as one direction; its pictures are positions among those looked at."""
    anatomy = clip.anatomy
    settings = DirectionSettings(sign="energy")  # by count, a neuron that fires rarely may be turned round
    return first_direction(
        flow(anatomy, layer),
        lambda: (coefficients(clip.see(images, [layer]), anatomy, layer, unit=True) for images in pictures()),
        settings,
    )


def neuron_cards(found: Directions, pool: tuple[str, ...], atoms: TextPool, shown: int | None = None) -> tuple[NeuronCard, ...]:
    """Every neuron's words; neurons that never have an effect get none.

    Args:
        found: their directions.
        pool: the texts.
        atoms: the same, embedded.
        shown: how many of the pictures, the first, may be on a card; all where None.
    """
    codes = sparse_text(found.direction, atoms, SparseTextSettings(size=6))
    names = name_neurons(codes.indices, codes.coefficients, pool, atoms.atoms, WordSettings(words=6))
    cards = []
    for name in names:
        words = tuple(Word(text, round(weight, 4)) for text, weight in zip(name.words, name.weights, strict=True))
        best = [p for p in found.pictures[name.neuron].tolist() if p >= 0 and (shown is None or p < shown)]
        cards.append(
            NeuronCard(found.layer, name.neuron, words, name.meanings, round(float(found.share[name.neuron]), 3), tuple(best[:BEST]))
        )
    return tuple(cards)


def pool_of(clip: Clip, words: dict[str, tuple[str, ...]]) -> tuple[tuple[str, ...], tuple[str, ...], Tensor]:
    """The texts, what each is about, and their embeddings `[m k]` of length 1."""
    pool = tuple(text for texts in words.values() for text in texts)
    return pool, tuple(tag for tag, texts in words.items() for _ in texts), F.normalize(clip.embed_texts(list(pool)), dim=-1)


def make(
    clip: Clip,
    words: dict[str, tuple[str, ...]],
    pictures: LensPictures,
    layers: tuple[int, ...],
    told: Callable[[str], None] = lambda done: None,
    sums: SpanSums | None = None,
    found: Mapping[int, Directions] | None = None,
) -> Lenses:
    """All lenses of a CLIP.

    Args:
        clip: any whose tower can be taken apart.
        words: the pool of texts, by what they are about.
        pictures: what is looked at.
        layers: whose neurons are named.
        told: is told what is done; what it raises ends the making.
        sums: over other pictures, in the place of those for means and TextSpan.
        found: neurons' directions over other pictures, by their layer.
    """
    pool, tags, texts = pool_of(clip, words)
    centred = texts - texts.mean(0)
    if sums is None:
        sums = SpanSums.start(clip, centred, tags)
        for number, images in enumerate(pictures.means()):
            sums.add(clip, images, number)
    means, span, read = sums.read(centred)
    told("TextSpan done")
    heads = head_cards(clip, span, read, example_terms(clip, pictures.examples), pool, tags, centred)
    atoms, directions = TextPool.of(texts), {}
    cards: list[NeuronCard] = []
    for layer in layers:
        directions[layer] = found[layer] if found and layer in found else neuron_directions(clip, pictures.neurons, layer)
        cards += neuron_cards(directions[layer], pool, atoms, pictures.examples_count)
        told(f"neurons of layer {layer} named")
    per_layer = {
        "directions": {k: d.direction for k, d in directions.items()},
        "centre": {k: d.centre for k, d in directions.items()},
        "reader": {k: d.reader for k, d in directions.items()},
        "threshold": {k: d.threshold for k, d in directions.items()},
    }
    return Lenses(pool, tags, texts, means, heads, tuple(cards), **per_layer)
