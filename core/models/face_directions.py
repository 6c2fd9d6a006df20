"""What turns a face, in w+: of each handle one line in w, and the slots of w+ that it is added to."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.foundations.errors import StudioError
from core.foundations.files import load_weights

NAME = "faces_directions"


class FaceDirections(nn.Module):
    """Lines by the ids of their handles.

    Args:
        ids: of the handles, in order.
        width: numbers of a style.

    Attributes:
        lines: `[k d]`; a strength of 1 adds one of them.
        spans: the first slot of w+ that a line is added to, and the first after it, `[k 2]`.
    """

    lines: Tensor
    spans: Tensor

    def __init__(self, ids: tuple[str, ...], width: int = 512) -> None:
        super().__init__()
        self.places = {id: place for place, id in enumerate(ids)}
        self.register_buffer("lines", torch.zeros(len(ids), width))
        self.register_buffer("spans", torch.zeros(len(ids), 2, dtype=torch.int64))

    def line(self, id: str) -> tuple[Tensor, slice]:
        """A handle's line `[d]` and the slots of w+ that it is added to; StudioError where there is no such handle."""
        if id not in self.places:
            raise StudioError(f"Nothing turns a face by the name {id[:60]!r}. See studio.handles().")
        place = self.places[id]
        first, last = self.spans[place].tolist()
        return self.lines[place], slice(first, last)


def load_face_directions() -> FaceDirections:
    """The trained ones, frozen; WeightsError where they are missing or damaged."""
    tensors, card = load_weights(NAME)
    directions = FaceDirections(tuple(card["handles"]), tensors["lines"].shape[1])
    directions.load_state_dict({"lines": tensors["lines"].float(), "spans": tensors["spans"]})
    return directions.eval()
