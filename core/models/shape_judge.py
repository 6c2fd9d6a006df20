"""The classifier of papers/vit_latent_editing.md (section 2.3): two convolutions with pooling and two linear layers.

The paper judges an edit by whether this network is fooled. Here it is only used to print the paper's own
measure beside ours, and, with another seed, as the paper's future work: a loss that punishes unnatural shapes.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

SIDE = 64


class ShapeJudge(nn.Module):
    """Ink to the log-odds of classes.

    Args:
        classes: two for square against heart, three for all shapes, four with "unnatural" besides.
        channels: of the first convolution; the second has twice as many.
        hidden: width between the two linear layers.
    """

    def __init__(self, classes: int, channels: int = 8, hidden: int = 32) -> None:
        super().__init__()
        self.one = nn.Conv2d(1, channels, 5, padding=2)
        self.two = nn.Conv2d(channels, 2 * channels, 5, padding=2)
        self.three = nn.Linear(2 * channels * (SIDE // 4) ** 2, hidden)
        self.four = nn.Linear(hidden, classes)

    def forward(self, ink: Tensor) -> Tensor:
        """Ink `[n 1 64 64]` in [0, 1] to logits `[n classes]`."""
        x = F.max_pool2d(F.relu(self.one(ink)), 2)
        x = F.max_pool2d(F.relu(self.two(x)), 2)
        return self.four(F.relu(self.three(x.flatten(1))))


class ShapeJudges(nn.ModuleDict):
    """Judges by name.

    Args:
        classes: how many classes each tells apart.
    """

    def __init__(self, classes: dict[str, int]) -> None:
        super().__init__({name: ShapeJudge(count) for name, count in classes.items()})
