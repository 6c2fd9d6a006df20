"""The reader of ONNX tensors, on files written by hand: names, the turned factors, and every kind of damage."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import torch

from core.foundations.errors import WeightsError
from core.models.onnx_tensors import onnx_tensors

FLOAT, INT64, HALF = 1, 7, 10


def number(value: int) -> bytes:
    """Groups of seven bits, the least first."""
    groups = []
    while True:
        groups.append(value & 127 | (128 if value > 127 else 0))
        value >>= 7
        if not value:
            return bytes(groups)


def whole(field: int, value: int) -> bytes:
    """A field that is a number."""
    return number(field << 3) + number(value)


def block(field: int, data: bytes | str) -> bytes:
    """A field that is bytes, a text or a message."""
    data = data.encode() if isinstance(data, str) else data
    return number(field << 3 | 2) + number(len(data)) + data


def tensor(name: str, values: np.ndarray, kind: int = FLOAT) -> bytes:
    """A graph's initialiser."""
    axes = b"".join(whole(1, edge) for edge in values.shape)
    return block(5, axes + whole(2, kind) + block(8, name) + block(9, values.tobytes()))


def node(operation: str, name: str, *inputs: str) -> bytes:
    """A graph's node, with an output and an attribute that nobody asks for."""
    attribute = block(5, block(1, "alpha") + number(2 << 3 | 5) + struct.pack("<f", 1.0) + number(9 << 3 | 1) + bytes(8))
    return block(1, b"".join(block(1, x) for x in inputs) + block(2, "out") + block(3, name) + block(4, operation) + attribute)


def model(*parts: bytes) -> bytes:
    """A file: version, who made it, and the graph."""
    return whole(1, 8) + block(2, "by hand") + block(7, b"".join(parts) + block(2, "graph")) + block(8, whole(2, 17))


TOKEN = np.arange(3, dtype="<f4").reshape(1, 1, 3)
BIAS = np.array([0.5, -1.5], "<f4")
FACTOR = np.arange(6, dtype="<f4").reshape(3, 2)
FILE = model(
    tensor("model.cls_token", TOKEN),
    node("Concat", "/Concat", "model.cls_token", "x"),
    node("MatMul", "/model/blocks.0/attn/qkv/MatMul", "y", "onnx::MatMul_7"),
    node("Add", "/model/blocks.0/attn/qkv/Add", "model.blocks.0.attn.qkv.bias", "z"),
    tensor("model.blocks.0.attn.qkv.bias", BIAS),
    tensor("onnx::MatMul_7", FACTOR),
    tensor("shape", np.array([1, 2]), INT64),
    tensor("half", np.ones(2, "<f2"), HALF),
)


def test_tensors_by_name() -> None:
    """Axes and numbers by hand; what is no float32 is left out."""
    found = onnx_tensors(FILE)
    assert set(found) == {"model.cls_token", "model.blocks.0.attn.qkv.bias", "model.blocks.0.attn.qkv.weight"}
    assert found["model.cls_token"].tolist() == [[[0, 1, 2]]] and found["model.blocks.0.attn.qkv.bias"].tolist() == [0.5, -1.5]
    assert all(found[name].dtype == torch.float32 for name in found)


def test_floats_that_are_no_bytes() -> None:
    """Some exporters write a tensor's numbers into the field of floats."""
    found = onnx_tensors(model(block(5, whole(1, 2) + whole(2, FLOAT) + block(4, BIAS.tobytes()) + block(8, "bias"))))
    assert found["bias"].tolist() == [0.5, -1.5]


def test_a_factor_is_turned_and_named_by_its_module() -> None:
    """As a linear layer keeps it, `[out in]`, so that x W^T is x times the factor."""
    weight = onnx_tensors(FILE)["model.blocks.0.attn.qkv.weight"]
    assert weight.tolist() == [[0, 2, 4], [1, 3, 5]] and weight.is_contiguous()
    x = torch.tensor([[1.0, 2.0, 3.0]])
    assert torch.equal(torch.nn.functional.linear(x, weight), x @ torch.from_numpy(FACTOR))


def test_products_of_two_activations_name_nothing() -> None:
    """Attention multiplies too."""
    found = onnx_tensors(model(node("MatMul", "/attn/MatMul", "q", "k"), tensor("a", FACTOR)))
    assert set(found) == {"a"} and found["a"].tolist() == FACTOR.tolist()


@pytest.mark.filterwarnings("error")
def test_what_has_a_name_keeps_it_and_what_is_no_matrix_its_axes() -> None:
    """Only the exporter's nameless constants were turned; a stack of matrices is no linear layer."""
    stack = np.arange(12, dtype="<f4").reshape(2, 3, 2)
    products = node("MatMul", "/m/MatMul", "x", "model.proj"), node("MatMul", "/n/MatMul", "x", "onnx::MatMul_8")
    found = onnx_tensors(model(*products, tensor("model.proj", FACTOR), tensor("onnx::MatMul_8", stack)))
    assert found["model.proj"].tolist() == FACTOR.tolist() and found["onnx::MatMul_8"].tolist() == stack.tolist()


def test_the_order_of_nodes_and_tensors_does_not_matter() -> None:
    """Nor does it how many axes there are: a scalar, and an empty tensor."""
    parts = tensor("onnx::MatMul_1", FACTOR), node("MatMul", "/m/MatMul", "x", "onnx::MatMul_1")
    assert onnx_tensors(model(*parts))["m.weight"].tolist() == onnx_tensors(model(*parts[::-1]))["m.weight"].tolist()
    found = onnx_tensors(model(tensor("one", np.float32(2).reshape(())), tensor("none", np.zeros((0, 3), "<f4"))))
    assert found["one"].tolist() == 2 and found["none"].shape == (0, 3)


def test_numbers_longer_than_a_byte() -> None:
    """A name and a tensor of several hundred bytes."""
    values = np.arange(300, dtype="<f4").reshape(1, 300)
    assert onnx_tensors(model(tensor("n" * 200, values)))["n" * 200].tolist() == values.tolist()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80",
        b"PK\x03\x04 a zip",
        b"\xff" * 40,
        model(),
        whole(7, 5),
        model(tensor("shape", np.array([1, 2]), INT64)),
        model(block(5, whole(2, FLOAT) + block(8, b"\xff\xfe") + block(9, bytes(4)))),
        model(block(5, whole(1, 1 << 63) + whole(1, 1 << 63) + whole(2, FLOAT) + block(8, "vast"))),
        model(block(5, whole(1, 0) + whole(1, 1 << 63) + whole(2, FLOAT) + block(8, "vast"))),
        model(block(5, whole(1, (1 << 69) - 1) * 40 + whole(2, FLOAT) + block(8, "vast"))),
        model(block(5, whole(1, 1) * 90 + whole(2, FLOAT) + block(8, "deep") + block(9, bytes(4)))),
    ],
    ids=["nothing", "cut number", "zip", "endless number", "no tensors", "graph is a number", "no floats", "name", "square", "zero", "vast",
         "deep"],
)  # fmt: skip
def test_what_is_no_onnx_file_is_a_sentence(data: bytes) -> None:
    """Empty, something else, nothing of use in it, or axes that nothing can have."""
    with pytest.raises(WeightsError, match="ONNX file is damaged"):
        onnx_tensors(data)


def test_a_number_of_endless_zeros_is_refused() -> None:
    """Though it says something in the end."""
    for zeros, fine in ((0, True), (3, True), (12, False)):
        data = b"\x88" + b"\x80" * zeros + b"\x00" + number(3) + FILE
        if fine:
            assert len(onnx_tensors(data)) == 3
        else:
            with pytest.raises(WeightsError):
                onnx_tensors(data)


def test_a_file_that_was_cut_is_refused() -> None:
    """Wherever it was cut: never fewer tensors without a word."""
    for length in range(len(model(tensor("a", FACTOR), tensor("b", BIAS))) - len(block(8, whole(2, 17)))):
        with pytest.raises(WeightsError):
            onnx_tensors(model(tensor("a", FACTOR), tensor("b", BIAS))[:length])


@pytest.mark.filterwarnings("error")
def test_random_damage_raises_our_own_error_or_none() -> None:
    """Bytes changed, left out, doubled; and plain noise."""
    rng = np.random.default_rng(0)
    for turn in range(600):
        data = bytearray(FILE)
        for _ in range(int(rng.integers(1, 6))):
            place = int(rng.integers(len(data)))
            kind = rng.integers(4)
            if kind == 0:
                data[place] = int(rng.integers(256))
            elif kind == 1:
                del data[place : place + int(rng.integers(1, 9))]
            elif kind == 2:
                data[place:place] = rng.bytes(int(rng.integers(1, 9)))
            else:
                data[place] = (data[place] + 1) % 256
        try:
            found = onnx_tensors(bytes(data) if turn % 10 else rng.bytes(200))
        except WeightsError:
            continue
        assert found and all(value.dtype == torch.float32 for value in found.values())
