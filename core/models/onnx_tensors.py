"""The tensors of an ONNX file, by the names its weights had before they were exported. No graph is run, no code loaded.

An ONNX file is a protocol buffer: fields, each a number and a value. Four kinds of message are read here: a model
holds a graph (field 7), a graph holds nodes (1) and tensors (5), a tensor its axes (1), type (2), floats (4) or bytes (9),
and name (8). The package `onnx` would read them too, and would be one more thing for every user to install for one file.
An exporter folds the transposition of a matrix into a new, nameless constant; the node that multiplies by it tells its
module. Source: the ONNX specification, onnx.proto.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from core.foundations.errors import WeightsError

FLOAT = 1
NAMELESS = "onnx::"
"""How the exporter calls a constant without a name begins."""
GRAPH, NODE, TENSOR = 7, 1, 5
BROKEN = "This ONNX file is damaged. Delete it from the cache folder and fetch it again."


def _number(data: memoryview, at: int) -> tuple[int, int]:
    """A number in groups of seven bits, and where it ends."""
    value = shift = 0
    while shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at
    raise WeightsError(BROKEN)


def fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Field numbers and values of a message."""
    at = 0
    while at < len(data):
        key, at = _number(data, at)
        kind = key & 7
        if kind == 0:
            value, at = _number(data, at)
            yield key >> 3, value
            continue
        length = {1: 8, 5: 4}.get(kind)
        if length is None:
            if kind != 2:
                raise WeightsError(BROKEN)
            length, at = _number(data, at)
        if length > len(data) - at:
            raise WeightsError(BROKEN)
        yield key >> 3, data[at : at + length]
        at += length


def text(value: int | memoryview) -> str:
    """A field that is a text; a number is none."""
    return bytes(value).decode() if isinstance(value, memoryview) else ""


def _tensor(data: memoryview) -> tuple[str, Tensor | None]:
    """Name and numbers of a tensor; None where it is no float32."""
    name, axes, kind, raw = "", [], 0, memoryview(b"")
    for field, value in fields(data):
        if field == 1 and isinstance(value, int):
            axes.append(value)
        elif field == 2 and isinstance(value, int):
            kind = value
        elif field == 8:
            name = text(value)
        elif field in (4, 9) and isinstance(value, memoryview):  # floats one after the other, or the same as bytes
            raw = value
    if kind != FLOAT or len(raw) != 4 * int(np.prod(axes)):
        return name, None
    return name, torch.from_numpy(np.frombuffer(raw, "<f4").reshape(axes).astype(np.float32))


def _node(data: memoryview) -> tuple[str, str, list[str]]:
    """Operation, name and inputs of a node."""
    operation, name, inputs = "", "", []
    for field, value in fields(data):
        if field == 1:
            inputs.append(text(value))
        elif field == 3:
            name = text(value)
        elif field == 4:
            operation = text(value)
    return operation, name, inputs


def onnx_tensors(data: bytes) -> dict[str, Tensor]:
    """All float32 tensors of an ONNX model.

    Args:
        data: the file.

    Returns:
        By name. The second factor of a matrix product, where nameless, is under "<module path>.weight", transposed as
        a linear layer keeps it: "blocks.0.attn.qkv.weight" `[3d d]`.

    Raises:
        WeightsError: where it is not an ONNX file, or damaged.
    """
    found: dict[str, Tensor] = {}
    products: dict[str, str] = {}
    try:
        graphs = [value for field, value in fields(memoryview(data)) if field == GRAPH]
        for field, value in fields(graphs[0]) if graphs and isinstance(graphs[0], memoryview) else ():
            if field == TENSOR and isinstance(value, memoryview):
                name, tensor = _tensor(value)
                found |= {} if tensor is None else {name: tensor}
            elif field == NODE and isinstance(value, memoryview):
                operation, name, inputs = _node(value)
                if operation == "MatMul" and len(inputs) == 2 and inputs[1].startswith(NAMELESS):
                    products[inputs[1]] = name.removesuffix("/MatMul").strip("/").replace("/", ".") + ".weight"
    except (IndexError, UnicodeDecodeError, ValueError) as error:
        raise WeightsError(BROKEN) from error
    if not found:
        raise WeightsError(BROKEN)
    turned = {name for name in products.keys() & found.keys() if found[name].ndim == 2}
    return {products[name] if name in turned else name: t.T.contiguous() if name in turned else t for name, t in found.items()}
