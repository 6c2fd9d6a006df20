"""Networks that were written for TensorFlow.js (`.json` and `.bin`), rebuilt in PyTorch. No code of theirs is run.

A manifest lists names, shapes and kinds of numbers that lie one after the other in binary files; some are packed into 8 or 16
bits with a scale and a least value. A graph model also lists its operations, each with the names of those whose output it takes.
`TfjsGraph` walks them. TensorFlow's maps are `[n h w u]`; here they are `[n u h w]`, so kernels are turned once, and
what speaks of an axis is read with that in mind.
Sources: the TensorFlow.js converter's description of its formats, and TensorFlow's of its operations.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.foundations.errors import WeightsError

NUMBERS = {"float32": "<f4", "float16": "<f2", "int32": "<i4", "uint8": "u1", "uint16": "<u2"}
AXES = {0: 0, 1: 2, 2: 3, 3: 1, -1: 1}
"""Of maps: TensorFlow's to PyTorch's."""


def tfjs_tensors(manifest: list[dict[str, Any]], files: list[bytes]) -> dict[str, Tensor]:
    """The numbers of a network, by name, in TensorFlow's axes.

    Args:
        manifest: groups of weights, as the JSON has them.
        files: the contents of all files that it names, in its order.

    Raises:
        WeightsError: where there are fewer numbers than it lists, or of another kind.
    """
    data, at, found = b"".join(files), 0, {}
    for entry in (entry for group in manifest for entry in group["weights"]):
        packing = entry.get("quantization", {"dtype": entry["dtype"]})
        try:
            kind = np.dtype(NUMBERS[packing["dtype"]])
            raw = np.frombuffer(data, kind, int(np.prod(entry["shape"], dtype=np.int64)), at)
        except (KeyError, ValueError) as error:
            raise WeightsError(f"The network's {entry['name']} cannot be read.") from error
        at += raw.nbytes
        numbers = raw.astype(np.int64 if entry["dtype"] == "int32" else np.float32)
        if "scale" in packing:
            numbers = (numbers * packing["scale"] + packing["min"]).astype(np.float32)
        found[entry["name"]] = torch.from_numpy(numbers.reshape(entry["shape"]))
    return found


@dataclass(frozen=True)
class Node:
    """One operation: its name, kind, whose outputs it takes, and its settings as the JSON has them."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    settings: dict[str, Any]

    def numbers(self, name: str) -> list[int]:
        """A setting that is a list of whole numbers."""
        return [int(i) for i in self.settings[name]["list"]["i"]]

    def flag(self, name: str) -> bool:
        """A setting that is yes or no, or a mask of them; no where it is absent."""
        value = self.settings.get(name, {})
        return bool(value.get("b", False)) or bool(int(value.get("i", 0)))

    def words(self, name: str) -> list[str]:
        """A setting that is a list of words; none where it is absent."""
        return [base64.b64decode(s).decode() for s in self.settings.get(name, {}).get("list", {}).get("s", [])]

    @property
    def same(self) -> bool:
        """Whether maps are padded, so that only the stride makes them smaller."""
        return base64.b64decode(self.settings["padding"]["s"]) == b"SAME"


def padded(maps: Tensor, kernel: Iterable[int], stride: Iterable[int], value: float = 0.0) -> Tensor:
    """Maps `[n u h w]` with TensorFlow's "SAME" padding around, the odd place below and to the right."""
    edges: list[int] = []
    for size, k, s in zip(maps.shape[2:], kernel, stride, strict=True):
        extra = max((-(-size // s) - 1) * s + k - size, 0)
        edges = [extra // 2, extra - extra // 2, *edges]
    return F.pad(maps, edges, value=value) if any(edges) else maps


def convolved(maps: Tensor, kernel: Tensor, stride: tuple[int, int] = (1, 1), same: bool = True, groups: int = 1) -> Tensor:
    """Maps `[n u h w]` under a kernel in PyTorch's axes, padded as TensorFlow does."""
    return F.conv2d(padded(maps, kernel.shape[2:], stride) if same else maps, kernel, stride=stride, groups=groups)


def enlarged(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Maps `[n u h w]` made larger by a whole number, bilinear, counted from the corner of the first place.

    So TensorFlow does where neither corners nor half pixels are aligned: place i of the result lies at i / times.
    """
    times = [large // small for large, small in zip(size, maps.shape[2:], strict=True)]
    inner = [t * (small - 1) + 1 for t, small in zip(times, maps.shape[2:], strict=True)]
    grown = F.interpolate(maps, inner, mode="bilinear", align_corners=True)
    return F.pad(grown, [0, size[1] - inner[1], 0, size[0] - inner[0]], mode="replicate")


def _stride(node: Node) -> tuple[int, int]:
    _, down, across, _ = node.numbers("strides")
    return down, across


def _fused(node: Node, out: Tensor, extra: tuple[Tensor, ...]) -> Tensor:
    """What is done at once after a product: a bias, a rectifier."""
    for word in node.words("fused_ops"):
        if word == "BiasAdd":
            out = out + _along(extra[0], out)
        elif word in ("Relu", "Relu6"):
            out = F.relu(out) if word == "Relu" else F.relu6(out)
        else:
            raise WeightsError(f"The network does {word}, which is not known here.")
    return out


def _along(numbers: Tensor, maps: Tensor) -> Tensor:
    """One number for each unit, laid along the units of maps."""
    return numbers[:, None, None] if numbers.ndim == 1 and maps.ndim == 4 else numbers


def _convolution(node: Node, maps: Tensor, kernel: Tensor, *extra: Tensor) -> Tensor:
    return _fused(node, convolved(maps, kernel, _stride(node), node.same), extra)


def _depthwise(node: Node, maps: Tensor, kernel: Tensor, *extra: Tensor) -> Tensor:
    return _fused(node, convolved(maps, kernel, _stride(node), node.same, groups=maps.shape[1]), extra)


def _pooled(node: Node, maps: Tensor) -> Tensor:
    _, *kernel, _ = node.numbers("ksize")
    stride, spread = _stride(node), kernel if node.same else [1, 1]
    if node.kind == "MaxPool":
        return F.max_pool2d(padded(maps, spread, stride if node.same else (1, 1), -torch.inf), kernel, stride)
    around = padded(torch.ones_like(maps[:1, :1]), spread, stride if node.same else (1, 1))
    padded_maps = padded(maps, spread, stride if node.same else (1, 1))
    return F.avg_pool2d(padded_maps, kernel, stride) / F.avg_pool2d(around, kernel, stride)


def _mean(node: Node, maps: Tensor, axes: Tensor) -> Tensor:
    return maps.mean([AXES[int(axis)] for axis in axes.flatten()], keepdim=node.flag("keep_dims"))


def _slice(node: Node, numbers: Tensor, begin: Tensor, end: Tensor, step: Tensor) -> Tensor:
    cut = numbers[int(begin) : None if node.flag("end_mask") else int(end) : int(step)]
    return cut[0] if node.flag("shrink_axis_mask") else cut


def _pair(how: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda node, one, other: how(_along(one, other), _along(other, one))


def _concatenated(node: Node, *given: Tensor) -> Tensor:
    *parts, axis = given
    return torch.cat(parts, AXES[int(axis)] if parts[0].ndim == 4 else int(axis))


def _shape(node: Node, maps: Tensor) -> Tensor:
    n, u, h, w = maps.shape
    return torch.tensor([n, h, w, u])


OPERATIONS: dict[str, Callable[..., Tensor]] = {
    "Conv2D": _convolution,
    "_FusedConv2D": _convolution,
    "DepthwiseConv2dNative": _depthwise,
    "FusedDepthwiseConv2dNative": _depthwise,
    "MaxPool": _pooled,
    "AvgPool": _pooled,
    "Mean": _mean,
    "Add": _pair(torch.add),
    "AddV2": _pair(torch.add),
    "Sub": _pair(torch.sub),
    "Mul": _pair(torch.mul),
    "Minimum": _pair(torch.minimum),
    "Maximum": _pair(torch.maximum),
    "Relu": lambda node, maps: F.relu(maps),
    "Relu6": lambda node, maps: F.relu6(maps),
    "Sigmoid": lambda node, maps: torch.sigmoid(maps),
    "Softmax": lambda node, maps: maps.softmax(1),
    "Prelu": lambda node, maps, slope: torch.where(maps > 0, maps, maps * _along(slope.flatten(), maps)),
    "_FusedMatMul": lambda node, rows, table, *extra: _fused(node, rows @ table, extra),
    "MatMul": lambda node, rows, table: rows @ table,
    "ConcatV2": _concatenated,
    "Identity": lambda node, maps: maps,
    "Shape": _shape,
    "StridedSlice": _slice,
    "Pack": lambda node, *parts: torch.stack(parts),
    "ResizeBilinear": lambda node, maps, size: enlarged(maps, (int(size[0]), int(size[1]))),
}
"""What each kind of operation does."""


class TfjsGraph(nn.Module):
    """A frozen graph model.

    Args:
        model: what its JSON holds.
        files: the contents of the files that it names, in its order.

    Raises:
        WeightsError: where numbers are missing.

    Example:
        graph = TfjsGraph(json.loads(text), [numbers])
        (found,) = graph(pictures, "feats/Relu")
    """

    def __init__(self, model: dict[str, Any], files: list[bytes]) -> None:
        super().__init__()
        self.nodes = {n["name"]: self._node(n) for n in model["modelTopology"]["node"]}
        tensors = tfjs_tensors(model["weightsManifest"], files)
        kernels = {node.inputs[1]: node.kind for node in self.nodes.values() if "onv2" in node.kind}
        self.constants = {name: turned(kernels.get(name, ""), numbers) for name, numbers in tensors.items()}
        self.eval()

    @staticmethod
    def _node(node: dict[str, Any]) -> Node:
        inputs = (name.split(":")[0].lstrip("^") for name in node.get("input", ()))
        return Node(node["name"], node["op"], tuple(inputs), node.get("attr", {}))

    def forward(self, pictures: Tensor, *outputs: str) -> list[Tensor]:
        """Some operations' outputs, for `[n 3 h w]` in the range that the network was trained with.

        Raises:
            WeightsError: where one of them, or one on the way, is not known.
        """
        known: dict[str, Tensor] = dict(self.constants)
        for name in self._order(outputs):
            node = self.nodes[name]
            if node.kind == "Placeholder":
                known[name] = pictures
            elif node.kind in OPERATIONS:
                known[name] = OPERATIONS[node.kind](node, *(known[i] for i in node.inputs))
            else:
                raise WeightsError(f"The network's {name} is a {node.kind}, which is not known here.")
        return [known[name] for name in outputs]

    def _order(self, outputs: Iterable[str]) -> list[str]:
        """What must be done for some outputs, each after all that it takes."""
        order: dict[str, None] = {}
        waiting = list(outputs)
        while waiting:
            name = waiting[-1]
            if name not in self.nodes:
                raise WeightsError(f"The network has no operation called {name}.")
            missing = [i for i in self.nodes[name].inputs if i not in order and i not in self.constants]
            if missing and name not in order:
                waiting += missing
                continue
            order.setdefault(waiting.pop())
        return [name for name in order if name not in self.constants]


def turned(kind: str, numbers: Tensor) -> Tensor:
    """A kernel in PyTorch's axes `[u taken h w]`; all else as it is.

    Args:
        kind: of the operation that takes it, such as "Conv2D"; nothing where the numbers are no kernel.
    """
    if "epthwise" in kind:
        return numbers.permute(2, 3, 0, 1).flatten(0, 1)[:, None].contiguous()
    return numbers.permute(3, 2, 0, 1).contiguous() if kind else numbers


def tfjs_graph(packed: dict[str, bytes], json_name: str) -> TfjsGraph:
    """A graph model out of a package's files, by the path of its JSON; WeightsError where one of its files is missing."""
    try:
        model = json.loads(packed[json_name])
        folder = json_name.rpartition("/")[0]
        files = [packed[f"{folder}/{path}"] for group in model["weightsManifest"] for path in group["paths"]]
    except (KeyError, ValueError) as error:
        raise WeightsError(f"{json_name} does not hold what it should.") from error
    return TfjsGraph(model, files)
