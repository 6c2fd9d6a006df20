"""What turns concepts of the faces: for each a step in w+, the way in which the concept becomes louder, or the opposite one.

w' = w + s d_k        in the slots of w+ that are turned; see core.train.faces.concept_handles
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.foundations.errors import StudioError
from core.foundations.files import load_weights

NAME = "faces_concept_steps"


class ConceptSteps(nn.Module):
    """Steps in w+ by the concepts' ids.

    Args:
        ids: of the concepts, in order.
        slots: how many slots of w+ are turned, the first ones.
        width: numbers of a style.

    Attributes:
        steps: `[k s d]`, those of strength 1.
    """

    steps: Tensor

    def __init__(self, ids: tuple[str, ...], slots: int = 13, width: int = 512) -> None:
        super().__init__()
        self.places = {id: place for place, id in enumerate(ids)}
        self.register_buffer("steps", torch.zeros(len(ids), slots, width))

    def turn(self, latent: Tensor, id: str, strength: float) -> Tensor:
        """Latents `[n d s 1]`, one column for each slot of w+ and perhaps more behind them, with a concept turned; the same axes.

        Raises:
            StudioError: where no step is known of the concept.
        """
        if id not in self.places:
            raise StudioError(f"Nothing turns a face by the name {id[:60]!r}. See studio.handles().")
        step = self.steps[self.places[id]].T[None, :, :, None].to(latent)
        turned = latent.clone()
        turned[:, :, : step.shape[2]] += strength * step
        return turned


def load_concept_steps() -> ConceptSteps:
    """The ones that were found, frozen; WeightsError where they are missing or damaged."""
    tensors, card = load_weights(NAME)
    steps = ConceptSteps(tuple(card["handles"]), *tensors["steps"].shape[1:])
    steps.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    return steps.eval()
