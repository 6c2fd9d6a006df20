"""Eyes for single Nouns, of kinds that really differ.

A residual network and a vision transformer were taught the heads' names, a masked autoencoder was taught nothing. They are
what the generator is compared with when units are sought that all models share (papers/inner_workings_thesis.md, chapter 4),
and the transformer is what papers/vit_class_embedding.md takes apart. All are timm's own classes, with two things fitted to
pixel art of 32 x 32: the first convolution of the residual network keeps the picture's size, and the transformer that is
taught names stands behind a few convolutions (see core/models/scene_clip.py).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.foundations.errors import ShapeError
from core.foundations.files import halved, in_eight_bits

MEAN, STD = 0.5, 0.25
SMALLEST = 8_000
"""Numbers from which on a table is kept in eight bits."""


@dataclass(frozen=True)
class EyeConfig:
    """The architecture."""

    kind: str
    """"residual", "transformer" or "masked"."""
    classes: int = 254
    """What a taught eye tells apart; 0 for none."""
    side: int = 32
    """Height and width of a picture in pixels."""
    widths: tuple[int, ...] = (24, 48, 96, 128)
    """Channels of the residual network's four stages, at 1, 1/2, 1/4 and 1/8 of the side."""
    blocks: tuple[int, ...] = (1, 1, 1, 1)
    """Its residual blocks in each."""
    patch: int = 4
    """Pixels of a token along each axis."""
    width: int = 96
    """Numbers of a token."""
    depth: int = 6
    """Blocks of a transformer."""
    heads: int = 4
    stem: tuple[int, ...] = ()
    """Channels of the convolutions before a transformer, all but the last, which gives `width`; none: one linear map of patches."""

    def to_dict(self) -> dict:
        """For a card."""
        return asdict(self)


def _residual(config: EyeConfig) -> nn.Module:
    """A ResNet of timm whose first convolution is 3 x 3 and keeps the size."""
    from timm.models.resnet import BasicBlock, ResNet

    trunk: Any = ResNet(BasicBlock, config.blocks, num_classes=config.classes, channels=config.widths)
    trunk.conv1 = nn.Conv2d(3, config.widths[0], 3, padding=1, bias=False)
    trunk.bn1 = nn.BatchNorm2d(config.widths[0])
    trunk.maxpool = nn.Identity()
    first = trunk.layer1[0]
    first.conv1 = nn.Conv2d(config.widths[0], config.widths[0], 3, padding=1, bias=False)
    first.downsample = None
    return trunk


def _stem(config: EyeConfig) -> nn.Sequential:
    """Convolutions 3 x 3 that halve the size until a token is left of each patch: `[n 3 h w]` to `[n d h/patch w/patch]`."""
    widths = (3, *config.stem, config.width)
    halvings = config.patch.bit_length() - 1
    layers: list[nn.Module] = []
    for number, (before, after) in enumerate(zip(widths, widths[1:], strict=False)):
        stride = 2 if number >= len(widths) - 1 - halvings else 1
        layers += [nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def _transformer(config: EyeConfig) -> nn.Module:
    """A VisionTransformer of timm with a class token."""
    from timm.models.vision_transformer import VisionTransformer

    trunk: Any = VisionTransformer(
        config.side, config.patch, num_classes=config.classes, embed_dim=config.width, depth=config.depth, num_heads=config.heads
    )
    if config.stem:
        trunk.patch_embed.proj = _stem(config)
    return trunk


class NounEye(nn.Module):
    """Pictures of single Nouns to an embedding, and, where it was taught, to the heads' log-odds. An Encoder.

    Its layers are traced by their names, such as `trunk.layer3` or `trunk.blocks.2.mlp.act`.

    Args:
        config: the architecture.
    """

    def __init__(self, config: EyeConfig) -> None:
        super().__init__()
        self.config = config
        self.trunk: Any = _residual(config) if config.kind == "residual" else _transformer(config)

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return (self.config.side, self.config.side)

    def normalise(self, images: Tensor) -> Tensor:
        """RGB `[n 3 h w]` in [0, 1] to what `trunk` takes; ShapeError where the size is another."""
        if images.ndim != 4 or tuple(images.shape[1:]) != (3, *self.image_size):
            raise ShapeError(f"This eye takes images [n 3 {self.config.side} {self.config.side}], got {list(images.shape)}.")
        return (images - MEAN) / STD

    def forward(self, images: Tensor) -> Tensor:
        """RGB `[n 3 h w]` in [0, 1] to log-odds of the classes `[n k]`; to embeddings where there are none."""
        return self.trunk(self.normalise(images))

    def embed(self, images: Tensor) -> Tensor:
        """RGB `[n 3 h w]` in [0, 1] to unit vectors `[n d]`: what the classifier would read, else the mean of all patches' tokens."""
        features = self.trunk.forward_features(self.normalise(images))
        if self.config.kind == "masked":
            return F.normalize(features[:, self.trunk.num_prefix_tokens :].mean(1), dim=-1)
        return F.normalize(self.trunk.forward_head(features, pre_logits=True), dim=-1)


def pack_eye(eye: NounEye) -> dict[str, Tensor]:
    """An eye's weights in few bytes: kernels as rows `[out, in * 3 * 3]`, large tables in eight bits, the rest in half precision."""
    tensors = {name: t.flatten(1) if t.ndim == 4 else t for name, t in eye.state_dict().items() if not name.endswith("num_batches_tracked")}
    large = (name for name, t in tensors.items() if t.ndim == 2 and t.numel() > SMALLEST)
    return in_eight_bits(halved(tensors), *large)


def unpack_eye(tensors: dict[str, Tensor], settings: dict[str, Any]) -> NounEye:
    """What `pack_eye` packed, as `load_weights` gives it, with the card's architecture."""
    known: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in settings.items()}
    eye = NounEye(EyeConfig(**known))
    own = eye.state_dict()
    whole = {name: t.reshape(own[name].shape) for name, t in tensors.items()}
    batches = {name: t for name, t in own.items() if name.endswith("num_batches_tracked")}
    eye.load_state_dict(whole | batches)
    return eye


def masked_tokens(eye: NounEye, images: Tensor, kept: Tensor) -> Tensor:
    """A masked autoencoder's view: the class token and some patches, after all blocks and the last norm.

    Args:
        images: RGB `[n 3 h w]` in [0, 1].
        kept: numbers of the patches that are shown `[n t]`.

    Returns:
        `[n 1+t d]`. Source: He et al. 2022, "Masked autoencoders are scalable vision learners", section 3.
    """
    trunk = eye.trunk
    x = trunk.norm_pre(trunk._pos_embed(trunk.patch_embed(eye.normalise(images))))
    patches = x[:, 1:].gather(1, kept[..., None].expand(-1, -1, x.shape[-1]))
    return trunk.norm(trunk.blocks(torch.cat([x[:, :1], patches], 1)))
