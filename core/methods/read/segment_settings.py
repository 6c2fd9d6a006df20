"""How a text is segmented: the settings of segment.py, and what comes out.

Every default that a paper gives is that paper's: the thesis cuts token maps at their mean and neurons' maps at 0.5
(papers/inner_workings_thesis.md, sections 2.5 and 3.4). What no paper gives is to be chosen on pictures that serve for
nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from torch import Tensor

from core.foundations.errors import SettingError
from core.methods.read.segment_refine import Mixture, otsu
from core.methods.read.windows import MOST_WINDOWS, Upsampling

Contrast = Literal["none", "mean", "max", "softmax"]
Threshold = float | Literal["mean", "otsu"]


@dataclass(frozen=True)
class Segmenting:
    """Settings of one method."""

    contrast: Contrast = "none"
    """How other texts count against the one that is asked for, where some are given. "mean": the mean of their maps is
    subtracted; "max": at each place the largest of them; "softmax": a place belongs to the texts in shares."""
    sharpness: float = 4.0
    """For "softmax": what maps, in units of their spread, are multiplied by."""
    clip: bool = False
    """Whether what speaks against the text counts as nothing, rather than as less than nothing."""
    threshold: Threshold = "mean"
    """Where a heat in [0, 1] is cut: "mean", "otsu", or a number."""
    upsampling: Upsampling = "bilinear"
    """From patches to pixels."""
    windows: int = 1
    """Shifts of the picture along each axis; its square is how often the tower runs. 1 is the plain map."""
    last: int = 0
    """For tokens: how many of the last layers are added up; all where 0."""
    surgery: int = 6
    """For clipsurgery: how many of the last layers feed the second stream."""
    neurons: int = 200
    """How many neurons speak."""
    neuron_layers: tuple[int, ...] | None = None
    """Whose neurons; the three layers before the last where None."""
    mixture: tuple[tuple[str, float], ...] = (("tokens", 1.0),)
    """For studio: which methods, and how much each weighs."""
    mix: Mixture = "product"
    """For studio: how they become one."""
    likeness: float = 0.0
    """Temperature at which patches share what they say with patches like them; 0 leaves them alone."""
    likeness_layer: int = -1
    """Whose LN1 outputs say which patches are alike; -1 is the last layer."""
    radius: float = 0.0
    """Of the guided filter's window, in patches; 0 leaves the filter out."""
    eps: float = 1e-3
    """For the guided filter: how much variance of colour counts as none."""

    def __post_init__(self) -> None:
        """SettingError where something is out of bounds."""
        named = isinstance(self.threshold, str)
        bounds = {
            "contrast": self.contrast in get_args(Contrast),
            "sharpness": self.sharpness > 0,
            "threshold": self.threshold in ("mean", "otsu") if named else 0 <= float(self.threshold) <= 1,
            "upsampling": self.upsampling in get_args(Upsampling),
            "windows": 1 <= self.windows <= MOST_WINDOWS,
            "last": self.last >= 0,
            "surgery": self.surgery >= 1,
            "neurons": self.neurons >= 1,
            "mixture": len(self.mixture) > 0 and all(name != "studio" for name, _ in self.mixture),
            "mix": self.mix in get_args(Mixture),
            "likeness": self.likeness >= 0,
            "radius": self.radius >= 0,
            "eps": self.eps > 0,
        }
        for name, fine in bounds.items():
            if not fine:
                raise SettingError(f"The setting {name} cannot be {getattr(self, name)!r}. See Segmenting for what it may be.")


@dataclass(frozen=True)
class Heat:
    """Where a text is seen. With several texts for each picture, every axis n stands for n m.

    Attributes:
        raw: `[n h w]`, in the method's own units, which can be compared between texts and between pictures; but for mixtures, and
            where the guided filter is used, which are scaled map by map.
        heat: `[n h w]` in [0, 1], each map from its least value to its largest; 0 where it is constant.
        cut: `[n]`, the threshold that the settings ask for.
        method: its name.
    """

    raw: Tensor
    heat: Tensor
    cut: Tensor
    method: str

    @property
    def mask(self) -> Tensor:
        """`[n h w]` bool: the heat above its threshold."""
        return self.heat > self.cut[..., None, None]

    def at(self, threshold: Threshold) -> Tensor:
        """The mask `[n h w]` bool at another threshold: "mean", "otsu" or a number in [0, 1]."""
        return self.heat > cut_at(self.heat, threshold)[..., None, None]


def cut_at(heat: Tensor, threshold: Threshold) -> Tensor:
    """The threshold of each map `[... h w]` in [0, 1]: `[...]`."""
    if threshold == "otsu":
        return otsu(heat)
    return heat.mean((-2, -1)) if threshold == "mean" else heat.new_full(heat.shape[:-2], float(threshold))
