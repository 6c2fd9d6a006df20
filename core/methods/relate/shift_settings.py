"""Everything that decides what the shifters of papers/vit_latent_editing.md (sections 2.3, 2.4, 4.3) learn."""

from __future__ import annotations

from dataclasses import dataclass, fields

from core.foundations.errors import SettingError


@dataclass(frozen=True)
class ShiftSettings:
    """For the lines, the kernel machines, the joint sum and the two predictors."""

    seed: int = 0
    """Which latents are anchors, which are held back."""
    ridge: float = 1.0
    """Penalty on the squared weights of the linear regression and of the joint sum, in latents."""
    rows: int = 4000
    """Latents from which each linear support vector machine learns, at most."""
    held_back: int = 1000
    """Latents on which C is chosen, at most; never more than a quarter."""
    c_linear: tuple[float, ...] = (0.001, 0.01, 0.1)
    """C of the linear support vector machines, by grid search."""
    c_kernel: tuple[float, ...] = (1.0, 10.0, 100.0)
    """C of the kernel machines, by grid search; the paper took 10."""
    gamma: float = 0.5
    """Of the RBF kernel, divided by the numbers in a latent, which are standardised."""
    epsilon: float = 0.05
    """How far kernel regressions may be off at no cost, in units of their targets."""
    delta: float = 1.0
    """Weight of the squared error of the predicted change, averaged over numbers."""
    reconstruction: float = 1.0
    """Weight of the squared error of the picture, averaged over pixels."""
    triplet: float = 0.1
    """Weight of the triplet loss."""
    margin: float = 0.5
    """By how much nearer to the target than to its start a latent must come, in standard deviations."""
    natural: float = 0.01
    """Weight of the fourth loss, from a judge of unnatural shapes, where one is given."""

    def __post_init__(self) -> None:
        """Bounds."""
        for field in fields(self):
            value = getattr(self, field.name)
            low = min(value) if isinstance(value, tuple) else value
            if low < 0 or (low == 0 and field.name in ("rows", "held_back", "c_linear", "c_kernel", "gamma")):
                raise SettingError(f"{field.name} must be greater than 0, got {value}.")


@dataclass(frozen=True)
class Grid:
    """What a grid search tries."""

    strengths: tuple[float, ...] = (1.0,)
    """Factors on the step, or for walks the most that is walked, in standard deviations."""
    shares: tuple[float, ...] = (0.5,)
    """Of the RBF in the ensemble."""

    def __post_init__(self) -> None:
        """Bounds."""
        if not self.strengths or not self.shares or min(self.shares) < 0 or max(self.shares) > 1:
            raise SettingError(f"A grid needs strengths, and shares between 0 and 1; got {self.strengths} and {self.shares}.")


FACTORS = Grid((1.0, 0.75, 1.25, 0.5, 1.5, 2.0, 3.0, 5.0, 8.0))
WALKS = (4.0, 8.0, 12.0, 16.0, 24.0, 36.0)
GRIDS: dict[str, Grid] = {
    "regression": FACTORS,
    "svm": FACTORS,
    "rbf": Grid(WALKS),
    "ensemble": Grid(WALKS, (0.0, 0.25, 0.5, 0.75, 1.0)),
    "means": FACTORS,
    "sum": Grid((1.0, 0.9, 1.1)),
    "paper_predictor": Grid((1.0, 0.9, 1.1)),
    "predictor": Grid((1.0, 0.9, 1.1)),
}
"""For every shifter; the first of equals is taken, so what is usual stands first."""
