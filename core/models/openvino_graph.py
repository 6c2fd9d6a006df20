"""An OpenVINO graph (`.xml` and `.bin`) as operations with their constants. Nothing is run, and no code loaded.

The XML lists layers, each with an id, a kind, a name and settings, and edges from one layer's output to another's input. A
constant's settings say where in the second file its numbers lie. A converter drops most names of weights; what is left
is the order of operations and who takes what, so the graph is kept as such and a network's own reader walks it. The package
`openvino` would read it too, and would be one more thing for every user to install for one file.
Source: OpenVINO's description of its intermediate representation, versions 10 and 11.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from xml.etree import ElementTree

import numpy as np
import torch
from torch import Tensor

from core.foundations.errors import WeightsError

NUMBERS = {"f32": "<f4", "f16": "<f2", "i64": "<i8", "i32": "<i4"}
"""The kinds of numbers that are read; constants of another kind have no value."""
BROKEN = "This OpenVINO graph is damaged. Delete it from the cache folder and fetch it again."


@dataclass(frozen=True)
class Operation:
    """One layer of a graph.

    Attributes:
        id: within the graph.
        kind: such as "MatMul" or "Const".
        name: what the converter called it.
        settings: such as {"strides": "1,1"}.
        inputs: ids of the operations whose outputs it takes, in its own order.
        value: a constant's numbers, in its own axes; None for all others.
    """

    id: str
    kind: str
    name: str
    settings: dict[str, str]
    inputs: tuple[str, ...]
    value: Tensor | None = None


@dataclass(frozen=True)
class Graph:
    """Operations in an order in which they can be run. What a question does not find is a WeightsError."""

    operations: dict[str, Operation]
    users: dict[str, list[Operation]] = field(init=False)

    def __post_init__(self) -> None:
        """Note who takes what."""
        users: dict[str, list[Operation]] = defaultdict(list)
        for operation in self.operations.values():
            for id in operation.inputs:
                users[id].append(operation)
        object.__setattr__(self, "users", users)

    def of(self, kind: str) -> list[Operation]:
        """All operations of a kind, in their order."""
        return [operation for operation in self.operations.values() if operation.kind == kind]

    def named(self, name: str) -> Operation:
        """The one operation of this name; what a converter appends after a slash does not count."""
        return self._only([operation for operation in self.operations.values() if operation.name.partition("/")[0] == name], name)

    def user(self, operation: Operation, kind: str) -> Operation:
        """The one operation of a kind that takes what another gives."""
        return self._only([user for user in self.users[operation.id] if user.kind == kind], f"{kind} behind {operation.name}")

    def input(self, operation: Operation, kind: str) -> Operation:
        """The one input of an operation that is of a kind."""
        found = [self.operations[id] for id in operation.inputs if self.operations[id].kind == kind]
        return self._only(found, f"{kind} before {operation.name}")

    def constant(self, operation: Operation) -> Tensor:
        """The one constant that an operation takes as its input."""
        return self._numbers(self.input(operation, "Const"))

    def numbers(self, name: str) -> Tensor:
        """The constant of this name."""
        return self._numbers(self.named(name))

    def _numbers(self, operation: Operation) -> Tensor:
        if operation.value is None:
            raise WeightsError(BROKEN)
        return operation.value

    def _only(self, found: list[Operation], what: str) -> Operation:
        if len(found) != 1:
            raise WeightsError(f"This OpenVINO graph is not the network that was asked for: {len(found)} in the place of one {what}.")
        return found[0]


def _value(settings: dict[str, str], numbers: memoryview) -> Tensor | None:
    """A constant's numbers; None where they are of a kind that is not read."""
    kind = NUMBERS.get(settings["element_type"])
    if kind is None:
        return None
    axes = [int(axis) for axis in settings["shape"].split(",") if axis.strip()]
    start, size = int(settings["offset"]), int(settings["size"])
    count = 1
    for axis in axes:
        count *= axis
    if min(start, size, *axes, 0) < 0 or start + size > len(numbers) or count * np.dtype(kind).itemsize != size:
        raise WeightsError(BROKEN)
    raw = np.frombuffer(numbers[start : start + size], kind)
    return torch.from_numpy(raw.reshape(axes).astype(np.dtype(kind).newbyteorder("=")))


def _inputs(root: ElementTree.Element) -> dict[str, tuple[str, ...]]:
    """Ids of what each operation takes, in the order of its ports."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for edge in root.iterfind("edges/edge"):
        found[edge.attrib["to-layer"]].append((int(edge.attrib["to-port"]), edge.attrib["from-layer"]))
    return {id: tuple(source for _, source in sorted(edges)) for id, edges in found.items()}


def openvino_graph(xml: bytes, numbers: bytes) -> Graph:
    """The graph of an OpenVINO network.

    Args:
        xml: the file that describes it.
        numbers: the file with its constants.

    Raises:
        WeightsError: where they are not such files, do not belong together, or are damaged.
    """
    operations: dict[str, Operation] = {}
    try:
        if b"<!" in xml:  # it needs no entities, and they can be made to grow without end
            raise WeightsError(BROKEN)
        root = ElementTree.fromstring(xml)
        inputs = _inputs(root)
        for layer in root.iterfind("layers/layer"):
            id, kind, data = layer.attrib["id"], layer.attrib["type"], layer.find("data")
            settings = dict(data.attrib) if data is not None else {}
            value = _value(settings, memoryview(numbers)) if kind == "Const" else None
            if id in operations or any(source not in operations for source in inputs.get(id, ())):
                raise WeightsError(BROKEN)
            operations[id] = Operation(id, kind, layer.attrib["name"], settings, inputs.get(id, ()), value)
    except (ElementTree.ParseError, KeyError, ValueError, OverflowError, UnicodeError) as error:
        raise WeightsError(BROKEN) from error
    if not operations or inputs.keys() - operations.keys():
        raise WeightsError(BROKEN)
    return Graph(operations)
