"""A public dictionary on the tower that it reads: its features with names, pictures and maps, in an index, and turned.

    name of f     the words t whose cosines with the pictures go along with a_f: corr_I(a_f(I), <e(I), t>), where more than chance gives
    turned        x + s v_f at every place of the layer; what the tower says of the picture before and after

a_f(I) is the feature's largest activation in a picture. What chance gives is told by the same with the pictures dealt anew: a name stands
where its correlation is higher than nine of ten features' best then. A tower that reads no words is named by the photographs' CLIP.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from core.foundations.errors import SettingError
from core.foundations.images import to_tensor
from core.foundations.records import Picture, Word
from core.foundations.seeds import torch_rng
from core.methods.read.segment_refine import scaled
from core.models.clip import Clip
from core.models.public_dictionary import PublicDictionary, layer_of
from core.studio.feature_cards import FeatureCard, FeatureCards
from core.studio.layer_features import STRONGEST, LayerFeatures, tower_features
from core.studio.sight import Seeable

BEST, WORDS, ALIKE, SAID = 6, 3, 4, 5
"""Pictures and words of a feature, pictures that a picture is like, and words that the tower says of it."""
CHANCE = 0.9
"""Share of the features whose best word among pictures that were dealt anew a name has to go beyond."""
ENOUGH = 3
"""Pictures in which a feature has to be active to get a name."""
TIMES = 3.0
"""A feature is turned by as many times its largest activation at most."""


class WordsOf(NamedTuple):
    """What names features.

    Attributes:
        pool: words.
        texts: their embeddings `[m k]`, unit vectors.
        embed: pictures `[n 3 h w]` to unit vectors of the same space; None where the tower itself reads them.
        size: height and width of the pictures that it takes.
    """

    pool: tuple[str, ...]
    texts: Tensor
    embed: Callable[[Tensor], Tensor] | None
    size: tuple[int, int]


@dataclass(frozen=True)
class TurnedFeature:
    """What a tower makes of a picture, as it is and with a feature turned.

    Attributes:
        before: pictures that it is like, by their numbers, best first.
        after: the same with the feature turned.
        said: the words that fit it best, with their cosines; none where the tower reads no words.
        says: the same with the feature turned.
        stayed: cosine of both embeddings.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    said: tuple[Word, ...]
    says: tuple[Word, ...]
    stayed: float


class PublicFeatures(FeatureCards):
    """All of it.

    Args:
        clip: the tower.
        public: the dictionary.
        world: whose pictures show it.
        seen: as `over_pictures` gives it.
        words: what names its features; None where there is nothing.
        embed: names to unit vectors `[m e]`, for the index.
        label: of the dictionary, for people.
    """

    def __init__(
        self,
        clip: Clip,
        public: PublicDictionary,
        world: Seeable,
        seen: dict[str, Tensor],
        words: WordsOf | None,
        embed: Callable[[list[str]], np.ndarray],
        label: str = "",
    ) -> None:
        self.clip, self.public, self.world = clip, public, world
        self.active, self.gallery, self.own = seen["active"].float(), seen["gallery"], words if words and words.embed is None else None
        self.layer = layer_of(public.hook, clip.anatomy)
        self.features: LayerFeatures = tower_features(clip, self.layer)
        names = names_of(self.active, seen["fits"], words.pool) if words and len(seen["fits"]) else {}
        super().__init__(label, cards_of(self.active, names), embed)

    @torch.no_grad()
    def active_in(self, picture: Picture, limit: int = 12) -> tuple[FeatureCard, ...]:
        """The features that are most active in a picture, by how far they go beyond their usual."""
        codes = self.features.see(self._images(picture.image)[0], self.public.dictionary).codes.amax((1, 2))
        beyond = codes / self.active.amax(0).clamp(min=1e-6)
        order = [place for place in beyond.argsort(descending=True).tolist() if place in self.cards and codes[place] > 0]
        return tuple(self.cards[place] for place in order[:limit])

    @torch.no_grad()
    def map(self, picture: Picture, number: int) -> np.ndarray:
        """Where a feature is active in a picture, `[h w]` in [0, 1] at its size; RequestError as `card`."""
        images, (top, left, height, width) = self._images(picture.image)
        grid = self.features.see(images, self.public.dictionary).codes[self.card(number).number]
        high, wide = self.clip.image_size
        whole = F.interpolate(grid[None, None], (high, wide), mode="bilinear", align_corners=False)
        inside = whole[..., top : top + height, left : left + width]
        size = (picture.image.height, picture.image.width)
        return scaled(F.interpolate(inside, size, mode="bilinear", align_corners=False)[0, 0]).cpu().numpy()

    @torch.no_grad()
    def turn(self, picture: Picture, number: int, times: float) -> TurnedFeature:
        """What the tower makes of a picture with a feature turned.

        Args:
            picture: any.
            number: of the feature.
            times: how many times its largest activation is added, up to TIMES either way.

        Raises:
            RequestError: as `card`.
            SettingError: where `times` is out of bounds.
        """
        card = self.card(number)
        if not abs(times) <= TIMES:
            raise SettingError(f"A feature is turned by up to {TIMES:g} times its largest activation either way, got {times:g}.")
        images = self._images(picture.image)[0]
        strength = max(-STRONGEST, min(STRONGEST, times * card.most))
        before = F.normalize(self.features.run(images).float(), dim=-1)[0].cpu()
        after = F.normalize(self.features.turn(images, self.public.dictionary, {number: strength}).float(), dim=-1)[0].cpu()
        return TurnedFeature(self._alike(before), self._alike(after), self._said(before), self._said(after), float(before @ after))

    def _images(self, image: Image.Image) -> tuple[Tensor, tuple[int, int, int, int]]:
        canvas, window = self.world.canvas(image, self.clip.image_size)
        return to_tensor(canvas[None]).to(self.clip.mean.device), window

    def _alike(self, vector: Tensor) -> tuple[int, ...]:
        return tuple((self.gallery @ vector).topk(min(ALIKE, len(self.gallery))).indices.tolist())

    def _said(self, vector: Tensor) -> tuple[Word, ...]:
        if self.own is None:
            return ()
        best = (self.own.texts.cpu() @ vector).topk(min(SAID, len(self.own.pool)))
        return tuple(Word(self.own.pool[p], float(v)) for v, p in zip(best.values, best.indices.tolist(), strict=True))


def cards_of(active: Tensor, names: Mapping[int, tuple[Word, ...]]) -> list[FeatureCard]:
    """A card for every feature that is active in some picture.

    Args:
        active: largest activation of each feature in each picture `[n k]`.
        names: the words of those that have any.
    """

    def card(number: int) -> FeatureCard:
        found = active[:, number]
        best = [place for place in found.argsort(descending=True)[:BEST].tolist() if found[place] > 0]
        return FeatureCard(number, names.get(number, ()), tuple(best), float((found > 0).float().mean()), float(found.max()))

    return [card(number) for number in (active > 0).any(0).nonzero()[:, 0].tolist()]


@torch.no_grad()
def over_pictures(
    clip: Clip, public: PublicDictionary, world: Seeable, words: WordsOf | None, progress: Callable[[float], None] = lambda share: None
) -> dict[str, Tensor]:
    """What a dictionary's features do over a world's pictures; each is looked at once.

    Args:
        clip: the tower that it reads.
        public: the dictionary, with the place where it reads.
        world: whose pictures are looked at.
        words: what names features; nothing does where None.
        progress: told the share that is done, in [0, 1].

    Returns:
        `active [n k]`, the largest activation of each feature; `gallery [n d]`, the tower's embeddings; `fits [n m]`, the cosines of words.

    Raises:
        LayerError: where the tower has no such place.
        ShapeError: where the dictionary is of another width than the layer.
    """
    features = tower_features(clip, layer_of(public.hook, clip.anatomy))
    active, gallery, fits, device = [], [], [], clip.mean.device
    for number in range(world.neighbours):
        image = world.picture(number).image
        found = features.see(to_tensor(world.canvas(image, clip.image_size)[0][None]).to(device), public.dictionary)
        active.append(found.codes.amax((1, 2)).half())
        gallery.append(F.normalize(found.output.float(), dim=-1)[0].cpu())
        if words is not None:
            whole = gallery[-1]
            if words.embed is not None:
                whole = words.embed(to_tensor(world.canvas(image, words.size)[0][None]).to(words.texts.device))[0].cpu()
            fits.append(words.texts.cpu() @ whole)
        progress((number + 1) / world.neighbours)
    return {"active": torch.stack(active), "gallery": torch.stack(gallery), "fits": torch.stack(fits) if fits else torch.zeros(0, 0)}


def names_of(active: Tensor, fits: Tensor, pool: Sequence[str]) -> dict[int, tuple[Word, ...]]:
    """The words of each feature that has any, see the head of this file.

    Args:
        active: largest activation of each feature in each picture `[n k]`.
        fits: cosine of each word with each picture `[n m]`.
        pool: the words.
    """
    live = ((active > 0).sum(0) >= ENOUGH).nonzero()[:, 0]
    if not len(live):
        return {}
    codes, said = _standard(active[:, live]), _standard(fits)
    dealt = codes[torch.randperm(len(codes), generator=torch_rng("public names"))]
    chance = float((dealt.T @ said / len(codes)).amax(1).quantile(CHANCE))
    best = (codes.T @ said / len(codes)).topk(min(WORDS, len(pool)), 1)
    found = {}
    for row, number in enumerate(live.tolist()):
        pairs = zip(best.values[row].tolist(), best.indices[row].tolist(), strict=True)
        if chosen := tuple(Word(pool[place], value) for value, place in pairs if value > chance):
            found[number] = chosen
    return found


def _standard(columns: Tensor) -> Tensor:
    """Columns of mean 0 and spread 1; those that never move are 0."""
    apart = columns - columns.mean(0)
    return apart / apart.std(0, correction=0).clamp(min=1e-9) * (apart.std(0, correction=0) > 1e-9)
