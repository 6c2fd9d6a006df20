"""All that the shifters of papers/vit_latent_editing.md (sections 2.3 and 2.4) learned about one latent.

A latent is standardised number by number at the door, z = (latent - mean) / std, so that a step is in standard
deviations. Everything is a buffer or a small network, so that one file of safetensors holds it. It is fitted in
relate/learn_shifts.py and used in write/shift.py.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.foundations.errors import SettingError, ShapeError
from core.models.directions import PartDirections
from core.models.predictors import LatentReader, PaperPredictor, Predictor
from core.models.slots import Slot

METHOD_NAMES = ("regression", "svm", "rbf", "ensemble", "means", "sum", "paper_predictor", "predictor")
PREDICTORS = ("paper_predictor", "predictor")
FEW = 8
"""Up to so many values a linear SVM parts each from each; beyond, each from all others."""
FIRST_REACH = 12.0
"""How many standard deviations a walk may go before anything was tuned."""


@dataclass(frozen=True)
class ShiftsConfig:
    """Which slots there are, and how large everything is."""

    slots: tuple[Slot, ...]
    width: int = 100
    """Numbers in a flattened latent."""
    groups: tuple[tuple[str, ...], ...] = ()
    """Slots whose values count only together, for the joint sum; () where each slot stands alone."""
    methods: tuple[str, ...] = METHOD_NAMES
    """What is held; the rest takes no room."""
    anchors: int = 600
    """Latents from which the RBF kernel machines measure."""
    reader_hidden: int = 256
    """Width of the latent reader's two hidden layers."""
    predictor_hidden: int = 384
    """Width of our predictor; 0.4 M numbers in all for dSprites, take 288 for Nouns."""
    predictor_blocks: int = 2
    """Residual layers of our predictor."""

    def __post_init__(self) -> None:
        """The parts have to fit each other."""
        names = [slot.name for slot in self.slots]
        if not names or len(set(names)) < len(names):
            raise SettingError(f"Shifts need slots with different names, got {names}.")
        for slot in self.slots:
            home = next((other for other in self.slots if other.name == slot.given), None)
            if slot.given and (home is None or home.count != slot.frames):
                raise SettingError(f"{slot.name!r} needs one symmetry for each value of the slot {slot.given!r}, got {slot.symmetry}.")
        if self.groups and sorted(name for group in self.groups for name in group) != sorted(names):
            raise SettingError(f"Groups must hold every slot once, got {self.groups} for {names}.")
        if unknown := [name for name in self.methods if name not in METHOD_NAMES]:
            raise SettingError(f"There is no shifter {unknown[0]!r}. There are {', '.join(METHOD_NAMES)}.")
        if "ensemble" in self.methods and not {"regression", "rbf"} <= set(self.methods):
            raise SettingError("The ensemble is made of regression and rbf; hold these too, or leave it out.")

    @property
    def grouping(self) -> dict[str, tuple[Slot, ...]]:
        """Each group's slots, by its name."""
        by_name = {slot.name: slot for slot in self.slots}
        groups = self.groups or tuple((name,) for name in by_name)
        return {"_".join(group): tuple(by_name[name] for name in group) for group in groups}

    def to_dict(self) -> dict[str, Any]:
        """For a card."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> ShiftsConfig:
        """From a card, where tuples have become lists."""
        slots = tuple(Slot(**{**slot, "symmetry": tuple(slot["symmetry"])}) for slot in plain["slots"])
        groups = tuple(tuple(group) for group in plain["groups"])
        return cls(**{**plain, "slots": slots, "groups": groups, "methods": tuple(plain["methods"])})


class Shifts(nn.Module):
    """Directions, means, kernel machines, networks, and how far each is to go.

    Attributes:
        mean: of the training latents `[d]`.
        std: their standard deviation `[d]`.
        strengths: for each of METHOD_NAMES and each slot, the factor on its step, or for `rbf` and `ensemble` the
            most that is walked, in standard deviations `[methods s]`.
        shares: the RBF's share in the ensemble, for each slot, in [0, 1] `[s]`.
    """

    mean: Tensor
    std: Tensor
    strengths: Tensor
    shares: Tensor
    anchors: Tensor
    gamma: Tensor

    def __init__(self, config: ShiftsConfig) -> None:
        super().__init__()
        self.config = config
        slots, width = config.slots, config.width
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("std", torch.ones(width))
        strengths = torch.ones(len(METHOD_NAMES), len(slots))
        strengths[[METHOD_NAMES.index("rbf"), METHOD_NAMES.index("ensemble")]] = FIRST_REACH
        self.register_buffer("strengths", strengths)
        self.register_buffer("shares", torch.full((len(slots),), 0.5))
        self.codes = sum(slot.count for slot in slots)
        self.reader = LatentReader(width, config.reader_hidden, tuple(slot.count for slot in slots))
        for slot in slots:
            self._make_lines(slot)
        if "rbf" in config.methods:
            self.register_buffer("anchors", torch.zeros(config.anchors, width))
            self.register_buffer("gamma", torch.ones(()) / width)
        if "sum" in config.methods:
            counts = {name: int(torch.tensor([s.count for s in group]).prod()) for name, group in config.grouping.items()}
            self.sums = PartDirections(counts, width)
        if "paper_predictor" in config.methods:
            self.paper_predictor = PaperPredictor(width, self.codes)
        if "predictor" in config.methods:
            self.predictor = Predictor(width, self.codes, config.predictor_hidden, config.predictor_blocks)

    def _make_lines(self, slot: Slot) -> None:
        width = self.config.width
        shape = {"class": (slot.count, width), "ordered": (1, width), "cyclic": (slot.frames, 2, width)}[slot.kind]
        self.register_buffer(f"means_{slot.name}", torch.zeros(slot.frames, slot.count, width))
        if "regression" in self.config.methods:
            self.register_buffer(f"regression_{slot.name}", torch.zeros(shape))
        if "svm" in self.config.methods:
            pairs = slot.kind == "class" and slot.count <= FEW
            self.register_buffer(f"svm_{slot.name}", torch.zeros((slot.count, *shape) if pairs else shape))
        if "rbf" in self.config.methods:
            self.register_buffer(f"duals_{slot.name}", torch.zeros(*shape[:-1], self.config.anchors))
            self.register_buffer(f"biases_{slot.name}", torch.zeros(shape[:-1]))

    def table(self, what: str, slot: str) -> Tensor:
        """What was fitted for a slot: "means" `[frames count d]`; "regression" `[count d]`, `[1 d]` or `[frames 2 d]`.

        "svm" is the same, or `[count count d]` from value to value where there are few; "duals" and "biases"
        are the kernel machines' weights, with `[k]` and nothing in the place of `[d]`.
        """
        found: Tensor = getattr(self, f"{what}_{slot}")
        return found

    def place(self, slot: str) -> int:
        """Which of the slots bears a name; SettingError where none does."""
        names = [known.name for known in self.config.slots]
        if slot not in names:
            raise SettingError(f"There is no slot {slot!r} to shift. There are {', '.join(names)}.")
        return names.index(slot)

    def method(self, name: str) -> int:
        """The row of a shifter in `strengths`; SettingError where it is not held."""
        if name not in self.config.methods:
            raise SettingError(f"There is no shifter {name!r} here. There are {', '.join(self.config.methods)}.")
        return METHOD_NAMES.index(name)

    def standard(self, latent: Tensor) -> Tensor:
        """Latents `[n d]` or `[n c h w]` to standardised ones `[n d]`; ShapeError where the width is another."""
        if latent.dim() < 2 or latent.flatten(1).shape[1] != self.config.width:
            raise ShapeError(f"These shifts move latents [n {self.config.width}], got {list(latent.shape)}.")
        return (latent.flatten(1).float() - self.mean) / self.std

    def raw(self, z: Tensor) -> Tensor:
        """Standardised latents `[n d]` back to plain ones `[n d]`."""
        return z * self.std + self.mean

    def read(self, z: Tensor) -> Tensor:
        """Standardised latents `[n d]` to the values that they hold `[n s]`; cyclic ones as the first that looks the same."""
        return torch.stack([logits.argmax(1) for logits in self.reader(z)], 1)

    def given(self, slot: Slot, values: Tensor) -> Tensor:
        """The values of the slot on which another depends, `[n s]` to `[n]`; 0 where it depends on none."""
        return values[:, self.place(slot.given)] if slot.given else torch.zeros_like(values[:, 0])

    def step(self, kind: str, z: Tensor, slot: Tensor, wanted: Tensor) -> Tensor:
        """What a predictor network adds.

        Args:
            kind: one of PREDICTORS.
            z: standardised latents `[n d]`.
            slot: which slot is to change `[n]`.
            wanted: to which value `[n]`.

        Returns:
            `[n d]`, in standard deviations.
        """
        if kind not in PREDICTORS:
            raise SettingError(f"{kind!r} is no network. The networks are {' and '.join(PREDICTORS)}.")
        self.method(kind)
        starts = [0]
        for known in self.config.slots[:-1]:
            starts.append(starts[-1] + known.count)
        code = F.one_hot(torch.tensor(starts, device=slot.device)[slot] + wanted, self.codes).to(z.dtype)
        found: Tensor = getattr(self, kind)(z, code)
        return found
