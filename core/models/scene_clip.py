"""The embedded CLIP of the world `scenes`: open_clip's vision transformer behind a convolutional stem, and a text tower.

Vision: open_clip's own VisionTransformer (class token, norm before the blocks, pre-norm blocks), whose patch embedding is
a small stack of convolutions: pixel art at any offset is hard for a linear map of patches (Xiao et al. 2021, "Early
convolutions help transformers see better"). Text: the noun phrases of a sentence, each embedded by a frozen MiniLM, so
that words which captions never used are understood, and a small transformer that learns how phrases belong together.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.models.phrases import MOST, split_phrases
from core.models.text import WIDTH, text_encoder
from core.models.thesaurus import Thesaurus


@dataclass(frozen=True)
class SceneClipConfig:
    """The architecture."""

    side: int = 64
    """Height and width of a picture in pixels."""
    patch: int = 8
    """Pixels of a token along each axis."""
    width: int = 256
    """Numbers of a token."""
    layers: int = 6
    heads: int = 8
    joint: int = 256
    """Numbers of an embedding that pictures and texts share."""
    stem: tuple[int, ...] = (32, 64, 64, 128, 128)
    """Channels of the stem's convolutions, before the last, which gives `width`."""
    strides: tuple[int, ...] = (1, 2, 1, 2, 1, 2)
    """The stem's strides; their product is `patch`."""
    text_layers: int = 2
    text_heads: int = 4

    def to_dict(self) -> dict:
        """For a card."""
        return asdict(self)


def _stem(config: SceneClipConfig) -> nn.Sequential:
    """Convolutions 3 x 3, RGB `[n 3 h w]` to `[n d h/patch w/patch]`."""
    widths = (3, *config.stem, config.width)
    layers: list[nn.Module] = []
    for number, stride in enumerate(config.strides):
        layers += [nn.Conv2d(widths[number], widths[number + 1], 3, stride, 1, bias=False), nn.BatchNorm2d(widths[number + 1]), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def vision_tower(config: SceneClipConfig) -> Any:
    """open_clip's VisionTransformer with the stem in place of its patch embedding."""
    from open_clip.transformer import VisionTransformer

    # Learned positions start so faint beside the stem's output that places are not learned for a long time.
    sizes = (config.side, config.patch, config.width, config.layers, config.heads, 4.0)
    tower = VisionTransformer(*sizes, output_dim=config.joint, pos_embed_type="sin_cos_2d")
    tower.conv1 = _stem(config)
    return tower


class TextTower(nn.Module):
    """Phrases to one embedding."""

    def __init__(self, config: SceneClipConfig) -> None:
        super().__init__()
        self.entrance = nn.Linear(WIDTH, config.width)
        self.place = nn.Parameter(0.02 * torch.randn(MOST, config.width))
        block = nn.TransformerEncoderLayer(
            config.width, config.text_heads, 4 * config.width, 0.0, F.gelu, batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(block, config.text_layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(config.width)
        self.exit = nn.Linear(config.width, config.joint, bias=False)

    def forward(self, phrases: Tensor, there: Tensor) -> Tensor:
        """Embeddings of texts.

        Args:
            phrases: sentence vectors of their phrases `[m p 384]`, p at most 28.
            there: which of them are real `[m p]` bool; the first always is.

        Returns:
            Unit vectors `[m k]`.
        """
        x = self.entrance(phrases) + self.place[: phrases.shape[1]]
        x = self.blocks(x, src_key_padding_mask=~there)
        weight = there[..., None].to(x.dtype)
        pooled = (self.norm(x) * weight).sum(1) / weight.sum(1)
        return F.normalize(self.exit(pooled).float(), dim=-1)


class SceneClip(nn.Module):
    """Both towers. Pictures in [0, 1] go in; unit vectors of one space come out."""

    mean = 0.5
    std = 0.25

    def __init__(self, config: SceneClipConfig) -> None:
        super().__init__()
        self.config = config
        self.visual: Any = vision_tower(config)
        self.text = TextTower(config)
        self.logit_scale = nn.Parameter(torch.tensor(2.66))

    def normalise(self, images: Tensor) -> Tensor:
        """`[n 3 h w]` in [0, 1] to what the tower takes."""
        return (images - self.mean) / self.std

    def embed(self, images: Tensor) -> Tensor:
        """`[n 3 h w]` in [0, 1] to unit vectors `[n k]`."""
        return F.normalize(self.visual(self.normalise(images.to(self.logit_scale.device))).float(), dim=-1)

    def embed_texts(self, texts: list[str]) -> Tensor:
        """Sentences to unit vectors `[m k]`."""
        return SceneTexts(self.text)(texts)


SHARPNESS = 50.0
"""How sharply the nearest known phrase is preferred: at 50, two hundredths of cosine are a factor of e."""

SAME = 0.9995
"""Cosine from which on a phrase is one of the known ones, whose vectors are kept in eight bits; no two of them are above 0.99."""


class SceneTexts(nn.Module):
    """Sentences to embeddings: their phrases, MiniLM's vectors of those, and the text tower.

    A tower that has met two thousand phrases knows those sharply and wanders off between them. So a phrase is read as
    the known phrases around it, weighed by softmax(sharpness cos): a known one as itself, another as what is nearest.
    A phrase that is not known, but that the thesaurus knows, is first read as the name it stands for.

    Args:
        tower: the trained one.
        known: vectors of the phrases that it was trained with `[p 384]`; phrases are taken as they are where None.
        batch: texts that are embedded at once.
        thesaurus: words that are read as others; used only beside `known`.
    """

    def __init__(self, tower: TextTower, known: Tensor | None = None, batch: int = 512, thesaurus: Thesaurus | None = None) -> None:
        super().__init__()
        self.tower = tower
        self.batch = batch
        self.thesaurus = thesaurus
        self.known: Tensor | None
        self.register_buffer("known", known, persistent=False)

    def meaning(self, vectors: Tensor) -> Tensor:
        """Phrase vectors `[p 384]` as mixtures of known ones."""
        known = self.known
        if known is None:
            return vectors
        return F.normalize((SHARPNESS * vectors @ known.T).softmax(-1) @ known, dim=-1)

    def vectors(self, phrases: list[str]) -> Tensor:
        """Vectors of phrases `[p 384]`; those that are not known as the thesaurus reads them."""
        names: dict[int, str] = {}
        if self.known is not None and self.thesaurus is not None:
            names = {row: name for row, phrase in enumerate(phrases) if (name := self.thesaurus.reading(phrase)) is not None}
        # Together, because two texts cost the encoder little more than one.
        both = torch.from_numpy(text_encoder().embed([*phrases, *names.values()])).to(self.tower.place.device)
        found, read = both[: len(phrases)], both[len(phrases) :]
        if self.known is not None and names:
            rows = torch.tensor(list(names), device=both.device)
            strange = (found[rows] @ self.known.T).amax(-1) < SAME
            found[rows[strange]] = read[strange]
        return found

    def near(self, texts: list[str]) -> Tensor:
        """How near sentences are to what they are read as `[m]`: the cosine of MiniLM's vectors of the phrase where it is least.

        1 for what captions said; a giraffe, which is read as a zebra, is some way off.
        """
        pieces = [split_phrases(text) for text in texts]
        flat = list(dict.fromkeys(phrase for phrases in pieces for phrase in phrases))
        said = torch.from_numpy(text_encoder().embed(flat)).to(self.tower.place.device)
        found = dict(zip(flat, (said * self.meaning(self.vectors(flat))).sum(-1).tolist(), strict=True))
        return torch.tensor([min(found[phrase] for phrase in phrases) for phrases in pieces], device=said.device)

    def forward(self, texts: list[str]) -> Tensor:
        """Sentences to unit vectors `[m k]`."""
        return torch.cat([self._some(texts[i : i + self.batch]) for i in range(0, len(texts), self.batch)])

    def _some(self, texts: list[str]) -> Tensor:
        pieces = [split_phrases(text) for text in texts]
        flat = list(dict.fromkeys(phrase for phrases in pieces for phrase in phrases))
        rows = {phrase: row for row, phrase in enumerate(flat)}
        numbers = torch.zeros(len(texts), max(map(len, pieces)), dtype=torch.long)
        there = torch.zeros_like(numbers, dtype=torch.bool)
        for row, phrases in enumerate(pieces):
            numbers[row, : len(phrases)] = torch.tensor([rows[phrase] for phrase in phrases])
            there[row, : len(phrases)] = True
        device = self.tower.place.device
        vectors = self.meaning(self.vectors(flat))
        return self.tower(vectors[numbers.to(device)], there.to(device))
