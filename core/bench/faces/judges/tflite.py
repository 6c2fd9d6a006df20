"""TFLite files: a FlatBuffer of tables with steps, shapes and numbers, some of them whole numbers with a scale.

Only what a small classifier needs is read: convolutions, pools, sums, means. Numbers with a scale are turned into fractions at
once, so that the network runs in float32. Source: TensorFlow Lite's schema.fbs; the places of fields in their tables are its.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from core.bench.faces.judges import tensorflow as tf
from core.bench.faces.judges.graph import Network, Step
from core.foundations.errors import WeightsError

KINDS = {0: "<f4", 1: "<f2", 2: "<i4", 3: "u1", 4: "<i8", 9: "i1"}
"""Numbers of types."""
ACTIVATIONS = {0: "", 1: "Relu", 3: "Relu6"}
ADD, POOL_MEAN, JOIN, CONVOLVE, SPREAD, DEQUANTIZE, DENSE, POOL_MOST = 0, 1, 2, 3, 4, 6, 9, 17
MULTIPLY, RELU, RESHAPE, SOFTMAX, MEAN = 18, 19, 22, 25, 40


class Table(NamedTuple):
    """A table of a FlatBuffer: where it begins, and where its fields lie."""

    data: bytes
    at: int

    def place(self, field: int) -> int:
        """Where a field lies, 0 where it was left out."""
        (back,) = struct.unpack_from("<i", self.data, self.at)
        fields = self.at - back
        (size,) = struct.unpack_from("<H", self.data, fields)
        where = 4 + 2 * field
        offset = struct.unpack_from("<H", self.data, fields + where)[0] if where < size else 0
        return self.at + offset if offset else 0

    def number(self, field: int, form: str = "b", default: int = 0) -> int:
        """A number."""
        place = self.place(field)
        return struct.unpack_from("<" + form, self.data, place)[0] if place else default

    def _list(self, field: int) -> tuple[int, int]:
        """Where a list begins, and how long it is."""
        place = self.place(field)
        if not place:
            return 0, 0
        place += struct.unpack_from("<I", self.data, place)[0]
        return place + 4, struct.unpack_from("<I", self.data, place)[0]

    def numbers(self, field: int, kind: str) -> np.ndarray:
        """A list of numbers."""
        place, length = self._list(field)
        return np.frombuffer(self.data, kind, length, place)

    def table(self, field: int) -> Table | None:
        """A table within."""
        place = self.place(field)
        return Table(self.data, place + struct.unpack_from("<I", self.data, place)[0]) if place else None

    def tables(self, field: int) -> Iterator[Table]:
        """A list of tables."""
        place, length = self._list(field)
        for one in range(place, place + 4 * length, 4):
            yield Table(self.data, one + struct.unpack_from("<I", self.data, one)[0])


def _constant(tensor: Table, raw: np.ndarray) -> Tensor:
    """The numbers of a tensor, in float32 or as whole numbers."""
    shape = tensor.numbers(0, "<i4")
    kind = KINDS[tensor.number(1)]
    numbers = raw.view(kind).reshape(shape)
    quantized = tensor.table(4)
    scale = quantized.numbers(2, "<f4") if quantized else np.zeros(0, np.float32)
    if quantized is not None and len(scale):
        zero = quantized.numbers(3, "<i8")
        axes = [1] * len(shape)
        if len(scale) > 1:
            axes[quantized.number(6, "i")] = len(scale)
        numbers = (numbers.astype(np.float32) - zero.reshape(axes).astype(np.float32)) * scale.reshape(axes)
    return torch.from_numpy(numbers.astype(np.float32 if numbers.dtype.kind == "f" else np.int64))


def _convolve(at: Table, depthwise: bool) -> Callable[..., Tensor]:
    same, stride = at.number(0) == 0, (at.number(2, "i", 1), at.number(1, "i", 1))
    activation = ACTIVATIONS[at.number(4 if depthwise else 3)]
    # Its kernels are [k h w c], and channel by channel [1 h w c].
    order = (1, 2, 3, 0)
    work = tf.spread if depthwise else tf.convolve
    return lambda x, kernel, bias=None: work(x, kernel.permute(order), bias, stride, same, activation)


def _pool(at: Table, work: Callable[..., Tensor]) -> Callable[..., Tensor]:
    same, stride = at.number(0) == 0, (at.number(2, "i", 1), at.number(1, "i", 1))
    size = (at.number(4, "i", 1), at.number(3, "i", 1))
    return lambda x: work(x, size, stride, same)


def _activated(at: Table, work: Callable[..., Tensor]) -> Callable[..., Tensor]:
    activation = tf.ACTIVATIONS[ACTIVATIONS[at.number(0)]]
    return lambda *given: activation(work(*given))


def _mean(at: Table) -> Callable[..., Tensor]:
    return lambda x, axes: x.mean(tuple(axes.reshape(-1).tolist()), keepdim=bool(at.number(0)))


def _dense(at: Table) -> Callable[..., Tensor]:
    return _activated(at, lambda x, matrix, bias=None: torch.nn.functional.linear(x.flatten(1), matrix, bias))


OPERATIONS: dict[int, Callable[[Table], Callable[..., Tensor]]] = {
    ADD: lambda at: _activated(at, torch.add),
    MULTIPLY: lambda at: _activated(at, torch.mul),
    CONVOLVE: lambda at: _convolve(at, depthwise=False),
    SPREAD: lambda at: _convolve(at, depthwise=True),
    POOL_MEAN: lambda at: _pool(at, tf.pool_mean),
    POOL_MOST: lambda at: _pool(at, tf.pool_most),
    JOIN: lambda at: lambda *many: torch.cat(many, at.number(0, "i")),
    DENSE: _dense,
    DEQUANTIZE: lambda at: lambda x: x,
    RELU: lambda at: torch.relu,
    RESHAPE: lambda at: lambda x, shape: x.reshape([int(n) for n in shape]),
    SOFTMAX: lambda at: lambda x: x.softmax(-1),
    MEAN: _mean,
}
"""What each operation does, of its table of settings."""


def network(data: bytes) -> Network:
    """The network of a TFLite file, with its own results.

    Raises:
        WeightsError: where the file is damaged, or has an operation that is not known here.
    """
    try:
        model = Table(data, struct.unpack_from("<I", data)[0])
        buffers = [buffer.numbers(0, "u1") for buffer in model.tables(4)]
        codes = [max(one.number(0), one.number(3, "i")) for one in model.tables(1)]
        graph = next(model.tables(2))
        tensors = list(graph.tables(0))
        # An input that is left out has the number -1.
        constants = {str(n): _constant(one, raw) for n, one in enumerate(tensors) if len(raw := buffers[one.number(2, "I")])}
        steps = [_step(one, codes) for one in graph.tables(3)]
        ends = tuple(str(number) for number in graph.numbers(2, "<i4"))
        return Network(steps, constants, str(graph.numbers(1, "<i4")[0]), ends)
    except (struct.error, ValueError, IndexError, KeyError, StopIteration) as error:
        raise WeightsError("This TFLite file cannot be read. Delete its package from the cache folder and fetch it again.") from error


def _step(one: Table, codes: list[int]) -> Step:
    code = codes[one.number(0, "I")]
    if code not in OPERATIONS:
        raise WeightsError(f"A judge's network has TFLite's operation {code}, which is not known here.")
    inputs = tuple(str(number) for number in one.numbers(1, "<i4") if number >= 0)
    settings = one.table(4) or Table(bytes(12), 4)  # none: a table without fields
    return Step(str(one.numbers(2, "<i4")[0]), inputs, OPERATIONS[code](settings))
