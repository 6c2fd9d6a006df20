"""tfjs graph models: `model.json` with the steps and the list of weights, and the weights in one file beside it.

Source: TensorFlow's NodeDef, and tfjs-converter's weight manifest (numbers as float16, or as bytes with a scale and a least value).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.bench.faces.judges import tensorflow as tf
from core.bench.faces.judges.graph import Network, Step
from core.foundations.errors import WeightsError

KINDS = {"float32": "<f4", "int32": "<i4", "bool": "u1", "uint8": "u1", "uint16": "<u2", "float16": "<f2"}


def weights(listed: list[dict[str, Any]], data: bytes) -> dict[str, Tensor]:
    """The arrays of a weight manifest.

    Args:
        listed: of each its name, shape, dtype and, where it has one, its quantization.
        data: all of them, one after the other.

    Raises:
        WeightsError: where the bytes are fewer than the list says.
    """
    found: dict[str, Tensor] = {}
    at = 0
    for one in listed:
        packed = one.get("quantization") or {}
        kind = np.dtype(KINDS[packed.get("dtype", one["dtype"])])
        count = int(np.prod(one["shape"], dtype=np.int64))
        end = at + count * kind.itemsize
        if end > len(data):
            raise WeightsError("A judge's weights are shorter than they should be. Delete its package from the cache folder.")
        numbers = np.frombuffer(data, kind, count, at).reshape(one["shape"])
        if "scale" in packed:
            numbers = numbers.astype(np.float32) * np.float32(packed["scale"]) + np.float32(packed.get("min", 0))
        at = end
        found[one["name"]] = torch.from_numpy(numbers.astype(np.float32 if one["dtype"] == "float32" else np.int64))
    return found


def _plain(value: dict[str, Any]) -> Any:
    """An attribute's value as Python has it."""
    kind = next(iter(value), "")
    held = value.get(kind)
    if kind == "s":
        return base64.b64decode(value[kind]).decode()
    if kind == "list":
        key, many = next(iter(value[kind].items()), ("", []))
        return [base64.b64decode(one).decode() if key == "s" else int(one) if key == "i" else one for one in many]
    return int(value[kind]) if kind == "i" else held


def _window(at: dict[str, Any], key: str) -> tuple[int, int]:
    return at[key][1], at[key][2]


def _fused(at: dict[str, Any]) -> str:
    """The activation within a fused step, whose other part is a bias."""
    return next((one for one in at.get("fused_ops", ()) if one != "BiasAdd"), "")


def _convolution(at: dict[str, Any], work: Callable[..., Tensor]) -> Callable[..., Tensor]:
    stride, same, activation = _window(at, "strides"), at["padding"] == "SAME", _fused(at)

    def does(x: Tensor, kernel: Tensor, bias: Tensor | None = None, slope: Tensor | None = None) -> Tensor:
        # The one activation with numbers of its own comes as a further input.
        made = work(x, kernel, bias, stride, same, "" if activation == "Prelu" else activation)
        return made if slope is None else tf.bend(made, slope)

    return does


def _fused_matmul(at: dict[str, Any]) -> Callable[..., Tensor]:
    return lambda x, matrix, bias: tf.ACTIVATIONS[_fused(at)](x @ matrix + bias)


def _mean(at: dict[str, Any]) -> Callable[..., Tensor]:
    return lambda x, axes: x.float().mean(tuple(axes.reshape(-1).tolist()), keepdim=bool(at.get("keep_dims")))


def _most(at: dict[str, Any]) -> Callable[..., Tensor]:
    return lambda x, axes: x.amax(tuple(axes.reshape(-1).tolist()), keepdim=bool(at.get("keep_dims")))


def _pad(at: dict[str, Any]) -> Callable[..., Tensor]:
    return lambda x, by: torch.nn.functional.pad(x, [int(n) for pair in by.flip(0).tolist() for n in pair])


def _pool(at: dict[str, Any], work: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return lambda x: work(x, _window(at, "ksize"), _window(at, "strides"), at["padding"] == "SAME")


def _resize(at: dict[str, Any]) -> Callable[..., Tensor]:
    corners, centres = bool(at.get("align_corners")), bool(at.get("half_pixel_centers"))
    return lambda x, size: tf.resize(x, (int(size[0]), int(size[1])), corners, centres)


def _back(at: dict[str, Any]) -> Callable[..., Tensor]:
    stride, same = _window(at, "strides"), at["padding"] == "SAME"
    return lambda shape, kernel, x: tf.unfold_back(x, kernel, stride, (int(shape[1]), int(shape[2])), same)


OPERATIONS: dict[str, Callable[[dict[str, Any]], Callable[..., Tensor]]] = {
    "Conv2D": lambda at: _convolution(at, tf.convolve),
    "_FusedConv2D": lambda at: _convolution(at, tf.convolve),
    "DepthwiseConv2dNative": lambda at: _convolution(at, tf.spread),
    "FusedDepthwiseConv2dNative": lambda at: _convolution(at, tf.spread),
    "Conv2DBackpropInput": _back,
    "_FusedMatMul": _fused_matmul,
    "MatMul": lambda at: lambda x, matrix: x @ matrix,
    "MaxPool": lambda at: _pool(at, tf.pool_most),
    "AvgPool": lambda at: _pool(at, tf.pool_mean),
    "ResizeBilinear": _resize,
    "Mean": _mean,
    "Max": _most,
    "Pad": _pad,
    "Add": lambda at: torch.add,
    "AddV2": lambda at: torch.add,
    "BiasAdd": lambda at: torch.add,
    "AddN": lambda at: lambda *many: sum(many[1:], many[0]),
    "Sub": lambda at: torch.sub,
    "Mul": lambda at: torch.mul,
    "Prelu": lambda at: tf.bend,
    "Relu": lambda at: torch.relu,
    "Relu6": lambda at: tf.ACTIVATIONS["Relu6"],
    "Sigmoid": lambda at: torch.sigmoid,
    "Softmax": lambda at: lambda x: x.softmax(-1),
    "Reshape": lambda at: lambda x, shape: x.reshape([int(n) for n in shape]),
    "Identity": lambda at: lambda x: x,
}
"""What each operation does, of its attributes."""


def _name(text: str) -> str:
    """Of a step, from how an input or a result names it."""
    return text.lstrip("^").split(":")[0]


def network(topology: bytes, data: bytes, gives: tuple[str, ...] = ()) -> Network:
    """A graph model.

    Args:
        topology: the JSON file.
        data: the weights.
        gives: names of the results; its own, where none are named.

    Raises:
        WeightsError: where it has an operation that is not known here, or lacks a part.
    """
    told = json.loads(topology)
    listed = [one for group in told["weightsManifest"] for one in group["weights"]]
    steps, takes, used = [], "", set()
    for node in told["modelTopology"]["node"]:
        inputs = tuple(_name(text) for text in node.get("input", ()) if not text.startswith("^"))
        if node["op"] == "Placeholder":
            takes = node["name"]
        elif node["op"] != "Const":
            if node["op"] not in OPERATIONS:
                raise WeightsError(f"A judge's network has the operation {node['op']}, which is not known here.")
            settings = {key: _plain(value) for key, value in node.get("attr", {}).items()}
            steps.append(Step(node["name"], inputs, OPERATIONS[node["op"]](settings)))
            used |= set(inputs)
    ends = tuple(step.name for step in steps if step.name not in used)
    return Network(steps, weights(listed, data), takes, gives or ends)
