"""What turns a face, in w+: lines of w, each in several groups of slots of w+, and of each handle how much it takes of each.

What a unit of each line does to everything that is measured of a face lies beside them: by that, handles were put together, and are
fitted to one picture (core.methods.write.steer).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.foundations.errors import StudioError
from core.foundations.files import load_weights

NAME = "faces_directions"
SPANS = ((0, 4), (4, 7), (7, 13), (13, 23))
"""Groups of slots of w+, from and until: what scales the maps of up to 8 px, of 16, of 32 and 64, and of 128 and more. The first decide
pose and shape, the middle ones features, the last ones colours."""


class FaceDirections(nn.Module):
    """Lines, and handles by their ids.

    Args:
        ids: of the handles, in order.
        lines: how many.
        width: numbers of a style.
        faces: on how many faces the lines were measured.
        measures: how many things were measured.

    Attributes:
        lines: `[m d]`.
        handles: coefficients `[h k]`, k = m times the groups; a line's groups stand beside each other.
        moved: what a unit of each does to each measure on each face, in steps that a person sees `[f k a]`.
        cost: of a step's coefficients, as a quadratic form `[k k]`.
    """

    lines: Tensor
    handles: Tensor
    moved: Tensor
    cost: Tensor

    def __init__(self, ids: tuple[str, ...], lines: int = 22, width: int = 512, faces: int = 1, measures: int = 22) -> None:
        super().__init__()
        self.places = {id: place for place, id in enumerate(ids)}
        k = lines * len(SPANS)
        self.register_buffer("lines", torch.zeros(lines, width))
        self.register_buffer("handles", torch.zeros(len(ids), k))
        self.register_buffer("moved", torch.zeros(faces, k, measures))
        self.register_buffer("cost", torch.eye(k))

    def coefficients(self, id: str) -> Tensor:
        """How much a handle takes of each line in each group `[k]`; StudioError where there is no such handle."""
        if id not in self.places:
            raise StudioError(f"Nothing turns a face by the name {id[:60]!r}. See studio.handles().")
        return self.handles[self.places[id]]

    def along(self, coefficients: Tensor) -> Tensor:
        """The step in w+ of coefficients `[k]`, `[d slots]`."""
        groups = self.lines.T @ coefficients.view(len(self.lines), len(SPANS))
        return groups.repeat_interleave(torch.tensor([last - first for first, last in SPANS], device=groups.device), dim=1)


def load_face_directions() -> FaceDirections:
    """The trained ones, frozen; WeightsError where they are missing or damaged."""
    tensors, card = load_weights(NAME)
    (lines, width), (faces, _, measures) = tensors["lines"].shape, tensors["moved"].shape
    directions = FaceDirections(tuple(card["handles"]), lines, width, faces, measures)
    directions.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    return directions.eval()
