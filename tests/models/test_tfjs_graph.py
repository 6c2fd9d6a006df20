"""Graphs written by hand: numbers are unpacked, maps are padded and enlarged as TensorFlow does, and what is unknown is said."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
import torch

from core.foundations.errors import WeightsError
from core.models.tfjs_graph import TfjsGraph, convolved, enlarged, padded, tfjs_graph, tfjs_tensors


def _word(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _ints(*numbers: int) -> dict[str, Any]:
    return {"list": {"i": [str(n) for n in numbers]}}


def _convolution(name: str, *inputs: str, fused: tuple[str, ...] = (), kind: str = "_FusedConv2D") -> dict[str, Any]:
    fused_ops = {"list": {"s": [_word(f) for f in fused]}}
    attr = {"strides": _ints(1, 2, 2, 1), "padding": {"s": _word("SAME")}, "fused_ops": fused_ops}
    return {"name": name, "op": kind, "input": list(inputs), "attr": attr}


def _graph(nodes: list[dict[str, Any]], tensors: dict[str, np.ndarray]) -> TfjsGraph:
    """Nodes from last to first, as a converter may write them."""
    dtypes = {name: "float32" if t.dtype == np.float32 else "int32" for name, t in tensors.items()}
    weights = [{"name": name, "shape": list(t.shape), "dtype": dtypes[name]} for name, t in tensors.items()]
    constants = [{"name": name, "op": "Const"} for name in tensors]
    model = {"modelTopology": {"node": [*reversed(nodes), *constants]}, "weightsManifest": [{"paths": ["a"], "weights": weights}]}
    return TfjsGraph(model, [b"".join(t.tobytes() for t in tensors.values())])


def test_packed_numbers_are_unpacked() -> None:
    """Eight bits with a scale and a least value, sixteen, and whole ones, one after the other over two files."""
    manifest = [
        {"weights": [{"name": "a", "shape": [2], "dtype": "float32", "quantization": {"dtype": "uint8", "scale": 0.5, "min": -1.0}}]},
        {
            "weights": [
                {"name": "b", "shape": [1, 2], "dtype": "float32", "quantization": {"dtype": "float16"}},
                {"name": "c", "shape": [], "dtype": "int32"},
            ]
        },
    ]
    data = bytes([0, 6]) + np.array([1.5, -2], "<f2").tobytes() + np.array(7, "<i4").tobytes()
    found = tfjs_tensors(manifest, [data[:3], data[3:]])
    assert found["a"].tolist() == [-1.0, 2.0] and found["b"].tolist() == [[1.5, -2.0]] and int(found["c"]) == 7
    with pytest.raises(WeightsError, match="c cannot be read"):
        tfjs_tensors(manifest, [data[:-1]])


def test_padding_is_tensorflows() -> None:
    """An odd place goes below and to the right: kernel 3 with stride 2 on 4 places begins at the first one."""
    line = torch.arange(1.0, 5)[None, None, None].expand(1, 1, 4, 4)
    assert padded(line, (3, 3), (2, 2)).shape == (1, 1, 5, 5)
    found = convolved(line, torch.ones(1, 1, 3, 3), (2, 2))
    assert found[0, 0].tolist() == [[18.0, 21.0], [12.0, 14.0]]


def test_enlarging_counts_from_the_corner() -> None:
    """Place i of the result lies at i / 2; after the last place it goes on."""
    assert enlarged(torch.tensor([[[[0.0, 2.0]]]]), (1, 4)).flatten().tolist() == [0.0, 1.0, 2.0, 2.0]


def test_a_graph_runs_in_the_order_of_what_it_takes() -> None:
    """A convolution with a bias and a rectifier, the mean over all places, a product: against the same by hand."""
    rng = np.random.default_rng(0)
    kernel, bias = rng.standard_normal((3, 3, 3, 4), np.float32), rng.standard_normal(4, np.float32)
    table, axes = rng.standard_normal((4, 2), np.float32), np.array([1, 2], np.int32)
    nodes = [
        {"name": "x", "op": "Placeholder"},
        _convolution("maps", "x", "kernel", "bias", fused=("BiasAdd", "Relu")),
        {"name": "mean", "op": "Mean", "input": ["maps:0", "axes"], "attr": {}},
        {"name": "out", "op": "MatMul", "input": ["mean", "table"], "attr": {}},
    ]
    graph = _graph(nodes, {"kernel": kernel, "bias": bias, "table": table, "axes": axes})
    pictures = torch.randn(2, 3, 6, 6, generator=torch.Generator().manual_seed(0))
    (found,) = graph(pictures, "out")
    wide = torch.nn.functional.pad(pictures, [0, 1, 0, 1])
    turned = torch.from_numpy(kernel).permute(3, 2, 0, 1)
    maps = torch.relu(torch.nn.functional.conv2d(wide, turned, torch.from_numpy(bias), 2))
    assert torch.allclose(found, maps.mean((2, 3)) @ torch.from_numpy(table), atol=1e-5)


def test_each_unit_alone() -> None:
    """A kernel of units that each see themselves only, and then a scale for each."""
    kernel, scale = np.ones((1, 1, 2, 1), np.float32) * np.array([2, 3], np.float32)[:, None], np.array([1, 10], np.float32)
    alone = _convolution("alone", "x", "kernel", kind="DepthwiseConv2dNative")
    alone["attr"]["strides"] = _ints(1, 1, 1, 1)
    nodes = [{"name": "x", "op": "Placeholder"}, alone, {"name": "out", "op": "Mul", "input": ["alone", "scale"], "attr": {}}]
    (found,) = _graph(nodes, {"kernel": kernel, "scale": scale})(torch.ones(1, 2, 2, 2), "out")
    assert found[0, :, 0, 0].tolist() == [2.0, 30.0]


def test_what_is_not_known_is_said() -> None:
    """An operation of another kind, a name that is nowhere, a file that is missing."""
    graph = _graph([{"name": "x", "op": "Placeholder"}, {"name": "y", "op": "Fft", "input": ["x"]}], {})
    with pytest.raises(WeightsError, match="y is a Fft"):
        graph(torch.zeros(1, 3, 2, 2), "y")
    with pytest.raises(WeightsError, match="no operation called z"):
        graph(torch.zeros(1, 3, 2, 2), "z")
    with pytest.raises(WeightsError, match="does not hold"):
        tfjs_graph({"m.json": b'{"weightsManifest": [{"paths": ["a.bin"]}]}'}, "m.json")
