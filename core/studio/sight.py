"""What the embedded CLIP sees in a picture: where a text is, who says it, and what remains when heads are switched off."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from core.foundations.errors import RequestError, StudioError
from core.foundations.images import to_tensor
from core.foundations.records import HeadCard, HeadView, NeuronCard, Picture, Segmentation, Word
from core.foundations.threads import sized
from core.language.words import LONGEST, words_of
from core.methods.read.ablate import Chosen, ablate, head_set
from core.methods.read.decompose import Terms, decompose, heat_by_head, join_terms, pull_back
from core.methods.read.neuron_words import concepts, strengths
from core.methods.read.presence import Rule, presence
from core.methods.read.search import Hits, TextIndex
from core.methods.read.second_order import Directions, coefficients, flow
from core.methods.read.segment import METHODS, method_of, segment
from core.methods.read.segment_refine import scaled
from core.methods.read.segment_settings import Segmenting, cut_at
from core.methods.read.windows import upsample
from core.models.anatomy import Seen
from core.models.clip import Clip
from core.models.text import TextEncoder
from core.studio.deciding import Decision, best_of_each, decide, sets_of
from core.studio.lenses import Lenses
from core.studio.looks import UNIT, Look, Looks
from core.worlds.scenes.world import SceneWorld

MOST_TEXTS = 12
AT_ONCE = 50
"""Pictures of the world that the tower sees at once."""


def checked(text: str) -> str:
    """A text within bounds; RequestError otherwise."""
    if not isinstance(text, str) or not text.strip():
        raise RequestError("Type what to look for, such as “shark” or “red glasses”.")
    if len(text) > LONGEST:
        raise RequestError(f"This text has {len(text)} characters; the most is {LONGEST}. Make it shorter.")
    return " ".join(text.split())


def looked_up(text: str) -> str:
    """A text as it is looked up: accents folded, pictographs by their names, so that 🦈 is a shark; as it is where it has neither."""
    if text.isascii():
        return text
    return " ".join(word.plain for word in words_of(text)) or text


class Seeable(Protocol):
    """What a world offers to the CLIP that looks at it."""

    @property
    def neighbours(self) -> int:
        """Pictures among which the neighbours of a picture are sought, 0, 1 ..."""

    def picture(self, seed: int) -> Picture:
        """A picture of the world, by its number."""

    def canvas(self, image: Image.Image, size: tuple[int, int]) -> tuple[np.ndarray, tuple[int, int, int, int]]:
        """Any picture, whole, at a height and width: RGB uint8 `[h w 3]`, and where on it it lies: top, left, height, width."""


@sized
class Sight:
    """The lenses over one CLIP, joined to pictures. Read-only, shared between sessions.

    Everything lies on the device on which the CLIP was when it was given.
    """

    def __init__(
        self,
        clip: Clip,
        lenses: Lenses,
        texts: TextEncoder,
        world: Seeable | None = None,
        segmenting: Segmenting | None = None,
        rule: Rule | None = None,
    ) -> None:
        self.device = clip.mean.device
        self.clip, self.lenses, self.encoder = clip, lenses.to(self.device), texts
        self.segmenting = segmenting or METHODS["studio"].published
        self.world: Seeable = world or SceneWorld()
        self.rule = rule.to(self.device) if rule else None
        self.looks = Looks(clip, self.world.canvas)

    @cached_property
    def work(self) -> float:
        """Multiply-adds of the tower for one picture, the attention's own left out."""
        anatomy = self.clip.anatomy
        return 12.0 * anatomy.layers * (anatomy.heads * anatomy.head_width) ** 2 * (anatomy.extra + anatomy.grid[0] * anatomy.grid[1])

    # Where is it? -------------------------------------------------------------------------------------------------

    def segment(self, picture: Picture, text: str, method: str = "studio", threshold: float | None = None) -> Segmentation:
        """Where a text is seen in a picture; the words of the world count against it.

        Args:
            method: one of core.methods.read.segment.METHODS.
            threshold: where the heat is cut, in [0, 1]; the method's own where None.

        Raises:
            RequestError: where the text is empty or too long.
            SettingError: where there is no such method.
        """
        text, look = checked(text), self.looks.of(picture)
        vector = self._vectors([text])
        settings = self.segmenting if method == "studio" else method_of(method).published
        found = segment(look.shown, vector, method, settings, self.lenses.texts, self.lenses.directions)
        heat = self._cut(found.heat[0], look)
        own = float(cut_at(torch.from_numpy(heat), settings.threshold))
        cut = own if threshold is None else min(max(float(threshold), 0.0), 1.0)
        there = self._presence(look, vector, self._near([text]))[0]
        instead = () if there >= self.least else self._there(look, 4)
        mask = heat > cut if there >= self.least else np.zeros(heat.shape, bool)
        return Segmentation(heat, mask, cut, text, method, float(look.embedding[0] @ vector[0]), there, self.least, instead)

    def presence(self, picture: Picture, texts: Sequence[str]) -> tuple[float, ...]:
        """How probable it is that each text is in a picture at all, in [0, 1]; 1 where this CLIP has no rule for it.

        Raises:
            RequestError: where a text is empty or too long.
        """
        return self._presence(self.looks.of(picture), self._vectors(texts), self._near(texts))

    def _vectors(self, texts: Sequence[str]) -> Tensor:
        """Texts that a person typed `[m k]`."""
        return self.clip.embed_texts([looked_up(checked(text)) for text in texts])

    def _near(self, texts: Sequence[str]) -> Tensor:
        """How familiar they are `[m]`."""
        return self.clip.near([looked_up(checked(text)) for text in texts])

    @property
    def least(self) -> float:
        """The presence from which on a text counts as there."""
        return self.rule.threshold if self.rule else 0.0

    def _presence(self, look: Look, vectors: Tensor, near: Tensor) -> tuple[float, ...]:
        if self.rule is None:
            return (1.0,) * len(vectors)
        return tuple(presence(self.rule, look.view, vectors, self.lenses.texts, near)[0].tolist())

    def _there(self, look: Look, limit: int) -> tuple[Word, ...]:
        """The picture's own words, each about another thing, with their presence; those that are there, all where none is."""
        return look.view.kept(("there", limit), lambda: self._sure(look, limit))

    def _sure(self, look: Look, limit: int) -> tuple[Word, ...]:
        texts = self._own_words(look, 2 * limit)
        sure = self._presence(look, self.lenses.texts[[self.lenses.pool.index(text) for text in texts]], self._near(texts))
        words = tuple(Word(text, share) for text, share in zip(texts, sure, strict=True))
        return (tuple(word for word in words if word.weight >= self.least) or words)[:limit]

    def against(self, picture: Picture, one: str, other: str, method: str = "studio") -> np.ndarray:
        """Where one text is seen rather than another: `[h w]` in [-1, 1], above 0 for the first.

        Each text's own heat, from its least value to its largest, times its presence: of two that are there both are seen,
        and one that is nowhere leaves the picture to the other.
        """
        look, vectors = self.looks.of(picture), self._vectors([one, other])
        own = self.segmenting if method == "studio" else method_of(method).published
        maps = segment(look.shown, vectors[None], method, own, self.lenses.texts, self.lenses.directions).heat[0]
        sure = [share if share >= self.least else 0.0 for share in self._presence(look, vectors, self._near([one, other]))]
        first, second = (share * self._cut(heat, look) for share, heat in zip(sure, maps, strict=True))
        return np.clip(first - second, -1, 1)

    def here(self, picture: Picture, row: int, column: int, limit: int = 5) -> tuple[Word, ...]:
        """What the tokens at a place write, in the words of the world, against what tokens write on the average.

        Where a tower's patches were trained to speak, it is what those around the place say by themselves.
        """
        look, anatomy = self.looks.of(picture), self.looks.of(picture).anatomy
        if not (0 <= row < picture.image.height and 0 <= column < picture.image.width):
            raise StudioError("This place lies outside the picture. Click on the picture.")
        (top, left, height, width), (high, wide) = look.window, look.clip.image_size
        y, x = top + row * height // picture.image.height, left + column * width // picture.image.width
        down, right = y * anatomy.grid[0] // high, x * anatomy.grid[1] // wide
        if anatomy.blend is not None:
            near = look.spoken.unflatten(0, anatomy.grid)[max(0, down - 1) : down + 2, max(0, right - 1) : right + 2]
            return self._words(self._centred(self.lenses.texts) @ near.mean((0, 1)), limit)
        seen, token = look.seen, anatomy.extra + down * anatomy.grid[1] + right
        stream = look.view.written()[0]
        says = (stream[token] - stream[anatomy.extra :].mean(0)) @ pull_back(anatomy, self._centred(self.lenses.texts)).T
        return self._words(says / seen.sigma_post[0] / seen.embedding[0].norm(), limit)

    # Who does it? -------------------------------------------------------------------------------------------------

    def shares(self, picture: Picture, texts: list[str], off: tuple[tuple[int, int], ...] = ()) -> tuple[float, ...]:
        """How a picture's zero-shot probability spreads over texts, with some heads replaced by their means.

        Raises:
            RequestError: where a text is empty or too long, or there are too many.
            LayerError: where a head does not exist.
        """
        vectors = self._texts(texts)
        left = ablate(self.looks.of(picture).terms, self.lenses.means, head_set(off))
        return tuple(self._chosen(left, vectors)[0].tolist())

    def decide(self, picture: Picture, texts: list[str]) -> Decision:
        """The head, or the heads of one role, that the choice among texts hangs on; errors as in `shares`."""
        vectors, terms, sets = self._texts(texts), self.looks.of(picture).terms, sets_of(self.lenses.heads)
        left = [ablate(terms, self.lenses.means, head_set(heads)) for heads in ((), *(heads for _, heads in sets))]
        found = self._chosen(torch.cat(left), vectors).cpu()
        return decide(found[0], found[1:], sets)

    def own_words(self, picture: Picture, limit: int = 5) -> tuple[str, ...]:
        """What the model itself finds in a picture: its best word about each thing that is there, best things first; two at least."""
        look = self.looks.of(picture)
        there = tuple(word.text for word in self._there(look, limit))
        return there if len(there) > 1 else self._own_words(look, limit)

    def _own_words(self, look: Look, limit: int) -> tuple[str, ...]:
        says = look.embedding[0] @ F.normalize(self._centred(self.lenses.texts), dim=-1).T
        return tuple(self.lenses.pool[place] for place in best_of_each(says, self.lenses.tags, limit))

    def head(self, layer: int, head: int) -> HeadCard:
        """One head; StudioError where it does not exist."""
        for card in self.lenses.heads:
            if (card.layer, card.head) == (layer, head):
                return card
        raise StudioError(f"There is no head {head} of layer {layer}. Choose one of the grid.")

    def head_view(self, picture: Picture, layer: int, head: int) -> HeadView:
        """What a head says of a picture: its strongest and its weakest text, and where it reads them."""
        self.head(layer, head)
        look = self.looks.of(picture)
        seen, anatomy = look.seen, look.anatomy
        own = look.terms.attention[0, layer, head] - self.lenses.means.mean().attention[0, layer, head]
        texts = self._centred(self.lenses.texts)
        says = own @ texts.T
        places = [int(says.argmax()), int(says.argmin())]
        maps = heat_by_head(seen, anatomy, texts[places], [layer], [head], unit=True)[0, 0, 0, anatomy.extra :].T
        maps[1] = -maps[1]
        heats = [self._cut(self._large(m, look), look) for m in maps]
        words = [Word(self.lenses.pool[p], float(says[p])) for p in places]
        return HeadView(words[0], words[1], heats[0], heats[1])

    def alike(self, picture: Picture, heads: tuple[tuple[int, int], ...], limit: int = 6) -> tuple[Picture, ...]:
        """The world's pictures most like one as some heads see them, most alike first."""
        own = self._by_heads(self.looks.of(picture).terms, heads)
        gallery = self._by_heads(self.gallery, heads)
        order = (F.normalize(gallery, dim=-1) @ F.normalize(own, dim=-1)[0]).argsort(descending=True)
        return tuple(self.world.picture(int(seed)) for seed in order[:limit])

    def neuron(self, layer: int, neuron: int) -> NeuronCard:
        """One neuron; StudioError where it does not exist or was not measured."""
        for card in self.lenses.neurons:
            if (card.layer, card.neuron) == (layer, neuron):
                return card
        raise StudioError(f"There is no measured neuron {neuron} of layer {layer}. Search for one by its words.")

    def seer(self, id: str) -> HeadCard | NeuronCard:
        """A head or neuron by its card's id; StudioError where there is none."""
        cards: tuple[HeadCard | NeuronCard, ...] = (*self.lenses.heads, *self.lenses.neurons)
        for card in cards:
            if card.id == id:
                return card
        raise StudioError(f"There is no head or neuron {id[:60]!r}. Search for one, such as “what sees red?”.")

    def neuron_view(self, picture: Picture, layer: int, neuron: int) -> np.ndarray:
        """Where a neuron is active, `[h w]` in [0, 1]."""
        self.neuron(layer, neuron)
        look = self.looks.of(picture)
        values = look.view.activations([layer])[layer][0, look.anatomy.extra :, neuron]
        return self._cut(self._large(values, look), look)

    def concepts(self, picture: Picture, limit: int = 10) -> tuple[Word, ...]:
        """Words by how much of a picture says them: the whole, and where patches speak these together as much as the whole.

        Its neurons are asked too, in `neuron_concepts`; their words are true far less often (core/bench/scenes/clip_words.py).
        """
        look = self.looks.of(picture)
        said = [look.embedding] + ([look.spoken] if look.anatomy.blend is not None else [])
        texts = F.normalize(self._centred(self.lenses.texts), dim=-1)
        shares = [(self.clip.logit_scale * vectors @ texts.T).softmax(-1).mean(0) for vectors in said]
        return self._words(torch.stack(shares).mean(0), limit)

    def neuron_concepts(self, picture: Picture, limit: int = 10) -> tuple[Word, ...]:
        """The words that the neurons active in a picture add up to; none where no neurons have words."""
        if not self.lenses.directions:
            return ()
        layers = sorted(self.lenses.directions)
        view = self.looks.of(picture).view
        view.activations(layers)
        found = [self.strengths(view.seen, layer) for layer in layers]
        numbers, weights = self._codes
        threshold = torch.cat([self.lenses.threshold[layer] for layer in layers])
        words = concepts(torch.cat(found, 1), threshold, numbers, weights, self.lenses.pool)[0]
        return tuple(Word(text, weight) for text, weight in zip(words.words[:limit], words.weights[:limit], strict=True))

    def who(self, text: str, limit: int = 6) -> tuple[tuple[HeadCard | NeuronCard, float], ...]:
        """The heads and neurons whose words are nearest to a text, each with its cosine, best first."""
        if not any(card.texts for card in self.lenses.heads):
            return ()
        cards, index = self._index
        hits: Hits = index.search(self.encoder.embed([looked_up(checked(text))]), 4 * limit)
        found: dict[str, tuple[HeadCard | NeuronCard, float]] = {}
        for score, place in zip(hits.scores[0], hits.positions[0], strict=True):
            if place >= 0 and cards[place].id not in found:
                found[cards[place].id] = (cards[place], float(score))
        return tuple(found.values())[:limit]

    # Within -------------------------------------------------------------------------------------------------------

    def _large(self, tokens: Tensor, look: Look) -> Tensor:
        """One value for each patch `[t]` as a map of the canvas `[h w]`."""
        return upsample(tokens.reshape(1, 1, *look.anatomy.grid), look.clip.image_size)[0, 0]

    def _cut(self, heat: Tensor, look: Look) -> np.ndarray:
        """A heat of the canvas `[h w]` on the picture, in [0, 1] again."""
        top, left, height, width = look.window
        inside = heat[top : top + height, left : left + width]
        return scaled(inside if inside.shape == look.size else upsample(inside[None, None], look.size)[0, 0]).cpu().numpy()

    def _texts(self, texts: list[str]) -> Tensor:
        """Texts to choose from, embedded `[m k]`; RequestError where one is empty or too long, or there are too many."""
        if not 1 <= len(texts) <= MOST_TEXTS:
            raise RequestError(f"Give between 1 and {MOST_TEXTS} texts to compare, one on each line.")
        return self._vectors(texts)

    def _chosen(self, embeddings: Tensor, texts: Tensor) -> Tensor:
        """How the choice of pictures `[n k]` spreads over texts `[m k]`: `[n m]`."""
        return (self.clip.logit_scale * F.normalize(embeddings, dim=-1) @ texts.T).softmax(-1)

    def _by_heads(self, terms: Terms, heads: tuple[tuple[int, int], ...]) -> Tensor:
        """What some heads say together beyond their means `[n k]`; StudioError where none is named."""
        if not heads:
            raise StudioError("Choose at least one head first.")
        chosen: Chosen = head_set(heads)
        return terms.total() - ablate(terms, self.lenses.means, chosen)

    @cached_property
    def gallery(self) -> Terms:
        """The terms of the world's own pictures, once."""
        several, count = [], self.world.neighbours
        for start in range(0, count, AT_ONCE):
            end = min(start + AT_ONCE, count)
            canvases = [self.world.canvas(self.world.picture(number).image, self.clip.image_size)[0] for number in range(start, end)]
            seen = self.clip.see(to_tensor(np.stack(canvases)).to(self.device))
            several.append(decompose(seen, self.clip.anatomy, UNIT))
        return join_terms(several)

    def _centred(self, texts: Tensor) -> Tensor:
        return texts - self.lenses.texts.mean(0)

    def _words(self, says: Tensor, limit: int) -> tuple[Word, ...]:
        best = says.topk(min(limit, len(says)))
        return tuple(Word(self.lenses.pool[p], float(v)) for v, p in zip(best.values, best.indices.tolist(), strict=True))

    def strengths(self, seen: Seen, layer: int) -> Tensor:
        """Signed norms of a layer's centred second-order effects `[n u]`."""
        ways = self._flows[layer]
        blank = torch.zeros(0, device=self.device)
        found = Directions(
            layer, 1, self.lenses.directions[layer], blank, blank, self.lenses.threshold[layer], blank, blank, blank, blank,
            self.lenses.centre[layer], self.lenses.reader[layer],
        )  # fmt: skip
        return strengths(coefficients(seen, self.clip.anatomy, layer, unit=True), ways, found)

    @cached_property
    def _flows(self) -> dict:
        return {layer: flow(self.clip.anatomy, layer) for layer in self.lenses.directions}

    @cached_property
    def _codes(self) -> tuple[Tensor, Tensor]:
        """Every measured neuron's words as positions in the pool and weights `[u s]`, layer after layer."""
        place = {text: i for i, text in enumerate(self.lenses.pool)}
        cards = sorted(self.lenses.neurons, key=lambda card: (card.layer, card.neuron))
        longest = max(len(card.words) for card in cards)
        numbers, weights = torch.zeros(len(cards), longest, dtype=torch.long), torch.zeros(len(cards), longest)
        for row, card in enumerate(cards):
            for column, word in enumerate(card.words):
                numbers[row, column], weights[row, column] = place[word.text], word.weight
        return numbers.to(self.device), weights.to(self.device)

    @cached_property
    def _index(self) -> tuple[list[HeadCard | NeuronCard], TextIndex]:
        """One row for each text of a head or neuron that is clear enough to be found by."""
        cards: list[HeadCard | NeuronCard] = []
        texts: list[str] = []
        for head in self.lenses.heads:
            for word in ([Word(head.role, 1.0)] if head.role != "mixed" else []) + list(head.texts[:5]):
                cards.append(head)
                texts.append(word.text)
        for neuron in self.lenses.neurons:
            for word in neuron.words[:1]:
                if word.weight > 0:
                    cards.append(neuron)
                    texts.append(word.text)
        return cards, TextIndex.build(self.encoder.embed(texts), list(range(len(texts))))
