"""ONNX graphs of plain convolutional networks, on `[n c h w]`.

Source: the ONNX specification, onnx.proto; the tensors of float32 are read by `core.models.onnx_tensors`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from core.bench.faces.judges.graph import Network, Step
from core.foundations.errors import WeightsError
from core.models.onnx_tensors import BROKEN, GRAPH, NODE, fields, onnx_tensors, text

WHOLE = 7
"""The type of an array of whole numbers, int64."""


def _settings(node: memoryview) -> dict[str, Any]:
    """A node's attributes: numbers, lists of whole numbers, texts."""
    found: dict[str, Any] = {}
    for field, value in fields(node):
        if field != 5 or not isinstance(value, memoryview):
            continue
        name, held = "", None
        many: list[int] = []
        for part, inner in fields(value):
            if part == 1:
                name = text(inner)
            elif part == 8 and isinstance(inner, int):
                many.append(inner)
            elif part == 2 and isinstance(inner, memoryview):
                (held,) = struct.unpack("<f", inner)
            elif part in (3, 4):
                held = inner if isinstance(inner, int) else text(inner)
        found[name] = many or held
    return found


def _whole(tensor: memoryview) -> tuple[str, Tensor | None]:
    """Name and numbers of an array of whole numbers; None where it is of another type."""
    name, kind, raw = "", 0, b""
    for field, value in fields(tensor):
        if field == 2 and isinstance(value, int):
            kind = value
        elif field == 8:
            name = text(value)
        elif field == 9 and isinstance(value, memoryview):
            raw = bytes(value)
    return name, torch.tensor(struct.unpack(f"<{len(raw) // 8}q", raw)) if kind == WHOLE else None


def _window(at: dict[str, Any]) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, int]]:
    """Kernel, stride and what is added above and left, which is what is added below and right."""
    top, left, below, right = at.get("pads", (0, 0, 0, 0))
    if (top, left) != (below, right) or at.get("ceil_mode"):
        raise WeightsError("A judge's network has windows that are not known here.")
    return tuple(at.get("kernel_shape", ())), tuple(at.get("strides", (1, 1))), (top, left)


def _convolve(at: dict[str, Any]) -> Callable[..., Tensor]:
    _, stride, around = _window(at)
    return lambda x, kernel, bias=None: F.conv2d(x, kernel, bias, stride, around, groups=at.get("group") or 1)


def _pool(at: dict[str, Any], work: Callable[..., Tensor]) -> Callable[..., Tensor]:
    kernel, stride, around = _window(at)
    return lambda x: work(x, kernel, stride, around)


def _pad(at: dict[str, Any]) -> Callable[..., Tensor]:
    def does(x: Tensor, by: Tensor, *_: Tensor) -> Tensor:
        before, after = by.reshape(2, -1).tolist()
        return F.pad(x, [n for pair in zip(reversed(before), reversed(after), strict=True) for n in pair])

    return does


def _dense(at: dict[str, Any]) -> Callable[..., Tensor]:
    return lambda x, matrix, bias: x @ (matrix.T if at.get("transB") else matrix) + bias


OPERATIONS: dict[str, Callable[[dict[str, Any]], Callable[..., Tensor]]] = {
    "Conv": _convolve,
    "Mul": lambda at: torch.mul,
    "Add": lambda at: torch.add,
    "Relu": lambda at: torch.relu,
    "Pad": _pad,
    "AveragePool": lambda at: _pool(at, F.avg_pool2d),
    "MaxPool": lambda at: _pool(at, F.max_pool2d),
    "GlobalAveragePool": lambda at: lambda x: x.mean((2, 3), keepdim=True),
    "Flatten": lambda at: lambda x: x.flatten(1),
    "Gemm": _dense,
    "Softmax": lambda at: lambda x: x.softmax(-1),
}
"""What each operation does, of its attributes."""


def network(data: bytes, takes: str, gives: tuple[str, ...]) -> Network:
    """A graph.

    Args:
        data: the file.
        takes: the name of its input.
        gives: names of the results that are wanted.

    Raises:
        WeightsError: where the file is damaged, or has an operation that is not known here.
    """
    constants, steps = onnx_tensors(data), []
    try:
        graph = next(value for field, value in fields(memoryview(data)) if field == GRAPH and isinstance(value, memoryview))
        for field, value in fields(graph):
            if not isinstance(value, memoryview):
                continue
            if field == NODE:
                steps.append(_step(value))
            elif field == 5:
                name, numbers = _whole(value)
                constants |= {} if numbers is None else {name: numbers}
    except (IndexError, UnicodeDecodeError, ValueError, StopIteration, struct.error) as error:
        raise WeightsError(BROKEN) from error
    return Network(steps, constants, takes, gives)


def _step(node: memoryview) -> Step:
    parts = {number: [text(value) for field, value in fields(node) if field == number] for number in (1, 2, 4)}
    operation = parts[4][0]
    if operation not in OPERATIONS:
        raise WeightsError(f"A judge's network has the operation {operation}, which is not known here.")
    return Step(parts[2][0], tuple(name for name in parts[1] if name), OPERATIONS[operation](_settings(node)))
