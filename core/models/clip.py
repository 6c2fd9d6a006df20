"""Every CLIP behind one door: pictures and texts into one space, and the vision tower taken apart for the lenses.

QuickGELU, mean and spread of the pictures, and the size come from the configuration of the very weights that are
loaded. The authors' programs force QuickGELU on every model, which is right for OpenAI's weights and silently wrong for
LAION's.
"""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.foundations.errors import ModelError, SettingError, ShapeError, WeightsError
from core.models.anatomy import Anatomy, Seen, anatomy_of, see
from core.models.hub import fetch
from core.models.one_headed import one_headed
from core.models.precision import Single, at_least_single, precision, precisions
from core.models.sources import PREFIXES, local, repository, timm_source

PICKLED = {".pt", ".pth", ".bin", ".ckpt", ".pkl"}
"""Files that are not opened."""


class Clip(nn.Module):
    """A vision tower and a way to embed texts, behind the Encoder protocol.

    In half precision it embeds as it is; everything that takes it apart looks through a copy in float32.

    Args:
        visual: anything that `anatomy_of` takes apart; one that it does not can still embed.
        embed_texts: sentences to unit vectors `[m k]`. A module moves to other devices together with the tower.
        mean: of the pictures that the tower was trained on, per colour or for all three, in [0, 1].
        std: their spread.
        image_size: height and width in pixels; one number for a square.
        logit_scale: what cosines are multiplied by before a softmax: the factor itself, not its logarithm.
        name: for reports, with the weights: a score means nothing without its checkpoint.
    """

    mean: Tensor
    std: Tensor
    logit_scale: Tensor

    def __init__(
        self,
        visual: nn.Module,
        embed_texts: Callable[[list[str]], Tensor],
        mean: float | Sequence[float],
        std: float | Sequence[float],
        image_size: int | tuple[int, int],
        logit_scale: float | Tensor = 100.0,
        name: str = "",
    ) -> None:
        super().__init__()
        scale = torch.as_tensor(logit_scale).detach().float().reshape(())
        if not scale > 0:
            raise SettingError(f"A logit scale is above 0, got {scale.item():g}. Give the factor, not its logarithm.")
        self.visual = visual
        self.texts = embed_texts
        self.size = (image_size, image_size) if isinstance(image_size, int) else (int(image_size[0]), int(image_size[1]))
        self.name = name
        self._single, own = Single(), precision(visual)
        self.register_buffer("mean", _per_colour(mean).to(own), persistent=False)
        self.register_buffer("std", _per_colour(std).to(own), persistent=False)
        self.register_buffer("logit_scale", scale.to(own), persistent=False)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Clip:
        """Moved or converted, except that mean, spread and scale are never rounded to half precision."""
        exact = {name: getattr(self, name) for name in ("mean", "std", "logit_scale")}
        super()._apply(fn, recurse)
        for name, before in exact.items():
            after = getattr(self, name)
            setattr(self, name, before.to(after.device, at_least_single(after).dtype))
        return self

    @property
    def tower(self) -> nn.Module:
        """The vision tower as the lenses look through it: in float32 where it is in half precision."""
        return self._single.of(self.visual)

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width that the model takes, in pixels."""
        return self.size

    @property
    def anatomy(self) -> Anatomy:
        """The vision tower's weights by their roles; ModelError where it cannot be taken apart."""
        return anatomy_of(self.tower, self.size)

    def normalise(self, images: Tensor) -> Tensor:
        """RGB `[n 3 h w]` in [0, 1] to what `tower` takes; ShapeError where the size is another."""
        if images.ndim != 4 or images.shape[1] != 3 or tuple(images.shape[2:]) != self.size:
            raise ShapeError(f"{self.name or 'This model'} takes images [n 3 {self.size[0]} {self.size[1]}], got {list(images.shape)}.")
        return (images.to(self.mean) - self.mean) / self.std

    def embed(self, images: Tensor) -> Tensor:
        """RGB `[n 3 h w]` in [0, 1] to unit vectors `[n k]`, differentiable in the images."""
        own = precisions(self.visual)
        tower = self.visual if len(own) == 1 else self.tower  # weights of several precisions do not fit each other everywhere
        found = tower(self.normalise(images).to(next(iter(own)) if len(own) == 1 else torch.float32))
        return F.normalize(at_least_single(found[0] if isinstance(found, tuple) else found), dim=-1)

    def embed_texts(self, texts: list[str]) -> Tensor:
        """Sentences to unit vectors `[m k]`; ModelError where the model knows no texts, ShapeError where there are none."""
        if not texts:
            raise ShapeError("There are no texts to embed. Give at least one.")
        with torch.no_grad():
            return F.normalize(self.texts(list(texts)).to(self.mean), dim=-1)

    def near(self, texts: list[str]) -> Tensor:
        """How familiar sentences are, `[m]` in [-1, 1]: how near to what they are read as; 1 where the text side takes all as they are."""
        own: Any = getattr(self.texts, "near", None)
        return own(list(texts)).to(self.mean) if own else torch.ones(len(texts)).to(self.mean)

    def see(self, images: Tensor, activations: Sequence[int] = (), gradients: bool = False) -> Seen:
        """RGB `[n 3 h w]` in [0, 1], and what one forward leaves for the lenses: `core.models.anatomy.see`."""
        return see(self.tower, self.normalise(images), self.anatomy, activations, gradients)


def _per_colour(value: float | Sequence[float]) -> Tensor:
    return torch.as_tensor(value).detach().float().reshape(-1, 1, 1).expand(3, 1, 1).clone()


class OpenClipTexts(nn.Module):
    """The text side of an open_clip model, with its tokenizer.

    Args:
        model: with `encode_text`.
        tokenizer: texts to tokens `[m t]`.
        batch: texts that are embedded at once.
    """

    def __init__(self, model: nn.Module, tokenizer: Callable[[list[str]], Tensor], batch: int = 256) -> None:
        super().__init__()
        self.model = model
        self.tokenizer = tokenizer
        self.batch = batch

    def forward(self, texts: list[str]) -> Tensor:
        """Sentences to unit vectors `[m k]`."""
        encode: Any = self.model.encode_text
        device = next(self.model.parameters()).device
        parts = [texts[start : start + self.batch] for start in range(0, len(texts), self.batch)]
        return torch.cat([F.normalize(encode(self.tokenizer(part).to(device)).float(), dim=-1) for part in parts])


def _reason(error: Exception) -> str:
    """The first sentence of what a library says, without its stop."""
    return f"{type(error).__name__}: {str(error).split('. ')[0].strip().rstrip('.')}"[:200]


def open_clip_model(name: str, pretrained: str | None = None) -> Clip:
    """A model that open_clip knows, with its texts.

    Args:
        name: of a configuration, such as "ViT-B-32", or "hf-hub:..." or "local-dir:...", which bring their weights as safetensors.
        pretrained: a tag such as "openai" or "laion2b_s34b_b79k", or a file. None leaves the weights random.

    Raises:
        WeightsError: where open_clip knows no such name or tag, or the weights can be neither found nor reached.
    """
    import open_clip

    label = name if pretrained is None else f"{name} ({pretrained})"
    name, named = local(name, "open_clip"), name.startswith(PREFIXES)
    if not named and open_clip.get_model_config(name) is None:
        near = ", ".join(difflib.get_close_matches(name, open_clip.list_models(), 3, 0.1))
        raise WeightsError(f"open_clip knows no model named {name!r}. The nearest are {near or 'none'}.")
    if pretrained and Path(pretrained).suffix in PICKLED:
        raise WeightsError(f"{Path(pretrained).name} may run code when it is opened. Give the same weights as .safetensors.")
    tag = None if named or pretrained is None else open_clip.get_pretrained_cfg(name, pretrained)
    # The weights know which activation they were trained with; the bare name "ViT-B-32" says GELU for all of them.
    own = {"quick_gelu": bool(tag.get("quick_gelu", False))} if tag else {}
    if tag and Path(str(tag.get("hf_hub", ""))).suffix in PICKLED:
        raise WeightsError(f"The weights {pretrained!r} of {name} are kept as a file that may run code when it is opened. Name others.")
    if not named and (repo := repository("open_clip", name, pretrained)):
        fetch(repo, "open_clip")
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "QuickGELU mismatch")
            model: Any = open_clip.create_model(name, pretrained, require_pretrained=named or pretrained is not None, **own)
        tokenizer = open_clip.get_tokenizer(name)
    except Exception as error:  # the hub, its cache and the network each raise their own kind
        tags = difflib.get_close_matches(pretrained or "", open_clip.list_pretrained_tags_by_model(name), 3, 0.0)
        raise WeightsError(
            f"The model {name!r} with the weights {pretrained!r} cannot be loaded ({_reason(error)}). "
            f"Check the network and the tag (the nearest are {', '.join(tags) or 'none'}), or use an embedded world."
        ) from error
    model.eval().requires_grad_(False)
    cfg = open_clip.get_model_preprocess_cfg(model)
    size = cfg["size"] if isinstance(cfg["size"], int) else (cfg["size"][0], cfg["size"][1])
    texts = OpenClipTexts(model, tokenizer)
    return Clip(model.visual, texts, cfg["mean"], cfg["std"], size, model.logit_scale.exp(), label).eval()


def timm_tower(name: str, pretrained: bool = False) -> Clip:
    """A bare timm vision transformer, whose classifier stands for the projection: its "texts" are its classes.

    A distilled one comes as the first of its two heads (core.models.one_headed).

    Args:
        name: such as "vit_small_patch16_224", or "hf-hub:..." or "local-dir:...", which bring their weights as safetensors.
        pretrained: fetch its weights; otherwise they are random.

    Raises:
        WeightsError: where timm knows no such name, or the weights can be neither found nor reached.
    """
    import timm

    given = timm_source(name, pretrained)
    try:
        model = timm.create_model(**given).eval().requires_grad_(False)
    except Exception as error:  # as above
        near = ", ".join(difflib.get_close_matches(name, timm.list_models(), 3, 0.3))
        raise WeightsError(
            f"The timm model {name!r} cannot be loaded ({_reason(error)}). "
            f"Check the network and the name (the nearest are {near or 'none'}), or use an embedded world."
        ) from error

    def refuse(texts: list[str]) -> Tensor:
        raise ModelError(f"{name} knows classes and no texts, so it cannot embed {texts[:1]}. Use the rows of its classifier, or a CLIP.")

    cfg = timm.data.resolve_model_data_config(model)
    return Clip(one_headed(model), refuse, cfg["mean"], cfg["std"], cfg["input_size"][1:], 1.0, name).eval()
