"""What lies ready of each head is the first image that is still taken for it when it is read back."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from core.methods.read.excited_keys import Excited
from core.train.nouns.exciting import ExcitingTraining, Growth, named, read_back


class Colours:
    """Takes a picture for its strongest colour."""

    def __call__(self, images: Tensor) -> Tensor:
        return images.mean((2, 3))


class Planned(Growth):
    """Images by plan: of each turn, which colour each head's image has."""

    def __init__(self, plan: Sequence[Sequence[int]], turns: int) -> None:
        self.eye, self.plan, self.asked = Colours(), plan, []  # type: ignore[assignment]
        self.settings = ExcitingTraining(turns=turns)
        self.excited = Excited(*(torch.zeros(3, 1) for _ in range(3)))

    def of(self, heads: Sequence[int], turn: int) -> Tensor:
        """One colour each, brighter with every turn."""
        self.asked.append((list(heads), turn))
        images = torch.zeros(len(heads), 3, 32, 32)
        for at, head in enumerate(heads):
            images[at, self.plan[turn][head]] = 0.5 + 0.2 * turn
        return images


def test_another_seed_is_tried_where_an_image_is_taken_for_something_else() -> None:
    """Only of those heads, and only until it is right; what never is stays as it was first."""
    growth = Planned([(0, 0, 0), (1, 1, 0), (2, 2, 0)], 3)
    images = growth.best()
    assert growth.asked == [([0, 1, 2], 0), ([1, 2], 1), ([2], 2)]
    assert named(Colours(), read_back(images, 80)).tolist() == [0, 1, 0]  # type: ignore[arg-type]
    assert torch.equal(images.amax((1, 2, 3)), torch.tensor([0.5, 0.7, 0.5]))
    assert len(Planned([(0, 1, 2)], 3).best()) == 3  # all are right at once, and no second turn is asked for
