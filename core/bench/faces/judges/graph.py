"""A network as a list of steps over named arrays, run with PyTorch: what the files of the judges are read into.

Three kinds of file are read (tfjs, TFLite, ONNX: the modules beside this one). Each says an operation in its own words; its
module turns them into functions here. Nothing is differentiated, and nothing of a file is executed but these functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from core.foundations.errors import WeightsError


class Step(NamedTuple):
    """One operation.

    Attributes:
        name: of what it gives, unique in the network.
        inputs: names of what it takes, in order.
        does: the arrays, in that order, to the result.
    """

    name: str
    inputs: tuple[str, ...]
    does: Callable[..., Tensor]


class Network:
    """Steps in an order in which each finds its inputs.

    Args:
        steps: in any order.
        constants: arrays by name.
        takes: the name of the one array that it is given.
        gives: names of the results that are wanted; what they do not need is left out.

    Raises:
        WeightsError: where an input of a step is neither given nor made.
    """

    def __init__(self, steps: list[Step], constants: dict[str, Tensor], takes: str, gives: tuple[str, ...]) -> None:
        self.constants, self.takes, self.gives = constants, takes, gives
        self.steps = _ordered({step.name: step for step in steps}, constants.keys() | {takes}, gives)

    @torch.inference_mode()
    def __call__(self, given: Tensor) -> tuple[Tensor, ...]:
        """The results, in the order of `gives`."""
        at = dict(self.constants) | {self.takes: given}
        for step in self.steps:
            at[step.name] = step.does(*(at[name] for name in step.inputs))
        return tuple(at[name] for name in self.gives)


def _ordered(steps: dict[str, Step], known: set[str], wanted: tuple[str, ...]) -> list[Step]:
    """The steps that the wanted results need, each after its inputs."""
    done, found, open_names = set(known), [], list(reversed(wanted))
    while open_names:
        name = open_names[-1]
        if name in done:
            open_names.pop()
            continue
        if name not in steps or len(open_names) > len(steps) + len(wanted):
            raise WeightsError(f"The network needs “{name}”, which nothing in it makes.")
        missing = [other for other in steps[name].inputs if other not in done]
        if not missing:
            done.add(name)
            found.append(steps[name])
        open_names += missing
    return found
