"""What a description of a face stands for: "as if she had won the lottery" for a smile, by one linear layer over a sentence encoder.

p = softmax(W e + b), where e is a text's vector from MiniLM (core.models.text). Each row of W is a state of a face, and the last is for
what is none: a parrot, curls, a beach. It learns from phrases of ours (core.train.faces.phrases).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from torch import Tensor

from core.foundations.errors import ShapeError
from core.foundations.files import load_weights

NAME = "faces_phrases"


class Described(NamedTuple):
    """What a text may describe.

    Attributes:
        slot, state: of a face; both "" where it is none.
        sure: the probability, in [0, 1].
    """

    slot: str
    state: str
    sure: float


class FacePhrases:
    """The linear layer.

    Args:
        places: the slot and state of each row but the last.
        weights: `[k d]`, a row for each place, and the last for none of them.
        bias: `[k]`.
        embed: m texts to `[m d]` of unit norm.

    Raises:
        ShapeError: where there is not a row for each place and one more.
    """

    def __init__(self, places: Sequence[Sequence[str]], weights: Tensor, bias: Tensor, embed: Callable[[list[str]], np.ndarray]) -> None:
        if len(weights) != len(places) + 1 or len(bias) != len(weights):
            raise ShapeError(f"Expected {len(places) + 1} rows and as many biases, got {len(weights)} and {len(bias)}.")
        self.places, self.embed = [(slot, state) for slot, state in places] + [("", "")], embed
        self.weights, self.bias = weights.float().numpy(), bias.float().numpy()

    def __call__(self, text: str) -> list[Described]:
        """All places by how likely it is that a text describes them, the likeliest first; together 1."""
        logits = self.weights @ self.embed([text])[0] + self.bias
        raised = np.exp(logits - logits.max())
        found = [Described(*place, float(p)) for place, p in zip(self.places, raised / raised.sum(), strict=True)]
        return sorted(found, key=lambda one: -one.sure)


def load_face_phrases(embed: Callable[[list[str]], np.ndarray]) -> FacePhrases:
    """The trained layer; WeightsError where it is missing or damaged."""
    tensors, card = load_weights(NAME)
    return FacePhrases(card["places"], tensors["weights"], tensors["bias"], embed)
