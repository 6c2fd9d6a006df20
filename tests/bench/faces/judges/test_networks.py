"""The readers of the judges' files, on networks of a few numbers written by hand."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core.bench.faces.judges import onnx, tensorflow, tfjs, tflite
from core.bench.faces.judges.graph import Network, Step
from core.foundations.errors import WeightsError
from core.foundations.seeds import torch_rng
from tests.models.test_onnx_tensors import block, model, number, tensor, whole


def drawn(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch_rng("judges", *shape))


def test_steps_run_in_the_order_in_which_they_can() -> None:
    """Written last first; what the result does not need is not run."""
    steps = [
        Step("end", ("twice", "given"), torch.add),
        Step("never", ("given",), lambda x: pytest.fail("nobody asked")),
        Step("twice", ("given", "two"), torch.mul),
    ]
    assert Network(steps, {"two": torch.tensor(2.0)}, "given", ("end",))(torch.tensor(5.0))[0] == 15


@pytest.mark.parametrize("steps", [[], [Step("end", ("other",), torch.relu)], [Step("end", ("end",), torch.relu)]])
def test_a_network_that_lacks_a_part_is_refused(steps: list[Step]) -> None:
    """Nothing makes the result; nothing makes its input; it makes itself."""
    with pytest.raises(WeightsError, match="nothing in it makes"):
        Network(steps, {}, "given", ("end",))


@pytest.mark.parametrize(("size", "kernel", "stride"), [(7, 3, 2), (8, 3, 2), (5, 3, 1), (6, 2, 2), (9, 5, 3)])
def test_same_is_as_many_as_strides_with_the_odd_pixel_last(size: int, kernel: int, stride: int) -> None:
    """Each result is the sum of the window that begins half of what is added before it."""
    x, ones = drawn(1, size, size, 1), torch.ones(kernel, kernel, 1, 1)
    made = tensorflow.convolve(x, ones, None, (stride, stride), same=True)
    count = -(-size // stride)
    before = max((count - 1) * stride + kernel - size, 0) // 2
    by_hand = torch.zeros(count, count)
    for row in range(count):
        for column in range(count):
            top, left = row * stride - before, column * stride - before
            window = x[0, max(top, 0) : top + kernel, max(left, 0) : left + kernel, 0]
            by_hand[row, column] = window.sum()
    assert made.shape == (1, count, count, 1) and torch.allclose(made[0, :, :, 0], by_hand, atol=1e-5)


def test_means_are_of_what_lies_within_the_picture() -> None:
    """The mean of ones is one at the border too."""
    assert torch.equal(tensorflow.pool_mean(torch.ones(1, 5, 5, 2), (3, 3), (2, 2), True), torch.ones(1, 3, 3, 2))


def test_the_transposed_convolution_is_the_convolutions_transpose() -> None:
    """<y, conv x> = <back y, x>."""
    kernel, x = drawn(3, 3, 2, 4), drawn(1, 7, 7, 2)
    y = tensorflow.convolve(x, kernel, None, (2, 2), True)
    other = drawn(*y.shape)
    back = tensorflow.unfold_back(other, kernel, (2, 2), (7, 7), True)
    assert back.shape == x.shape and torch.isclose((back * x).sum(), (other * y).sum(), rtol=1e-4)


def test_bilinear_in_three_ways() -> None:
    """A ramp of 0 and 1, doubled: by corners, by centres, and by neither."""
    ramp = torch.tensor([0.0, 1.0]).view(1, 1, 2, 1).expand(1, 2, 2, 1)
    told = {(True, False): [0, 1 / 3, 2 / 3, 1], (False, True): [0, 0.25, 0.75, 1], (False, False): [0, 0.5, 1, 1]}
    for (corners, centres), row in told.items():
        assert torch.allclose(tensorflow.resize(ramp, (4, 4), corners, centres)[0, 0, :, 0], torch.tensor(row), atol=1e-6)


def text(value: str) -> dict[str, str]:
    return {"s": base64.b64encode(value.encode()).decode()}


def written(kernel: np.ndarray, bias: np.ndarray) -> tuple[bytes, bytes]:
    """A tfjs model: convolution with bias and rectifier, then the mean of each channel; a kernel of bytes, a bias of halves."""
    strides = {"list": {"i": ["1", "2", "2", "1"]}}
    fused = {"strides": strides, "padding": text("SAME"), "fused_ops": {"list": {"s": [text("BiasAdd")["s"], text("Relu")["s"]]}}}
    nodes: list[dict[str, Any]] = [
        {"name": "mean", "op": "Mean", "input": ["conv:0", "axes"], "attr": {"keep_dims": {"b": False}}},
        {"name": "conv", "op": "_FusedConv2D", "input": ["picture", "kernel", "bias", "^axes"], "attr": fused},
        {"name": "picture", "op": "Placeholder"},
        *({"name": name, "op": "Const"} for name in ("kernel", "bias", "axes")),
    ]
    listed = [
        {"name": "kernel", "shape": list(kernel.shape), "dtype": "float32", "quantization": {"dtype": "uint8", "scale": 0.5, "min": -1}},
        {"name": "bias", "shape": list(bias.shape), "dtype": "float32", "quantization": {"dtype": "float16"}},
        {"name": "axes", "shape": [2], "dtype": "int32"},
    ]
    data = kernel.tobytes() + bias.astype("<f2").tobytes() + np.array([1, 2], "<i4").tobytes()
    return json.dumps({"modelTopology": {"node": nodes}, "weightsManifest": [{"weights": listed}]}).encode(), data


def test_a_tfjs_model() -> None:
    """Beside PyTorch's own convolution."""
    kernel, bias = np.arange(18, dtype=np.uint8).reshape(3, 3, 1, 2), np.array([0.5, -2], np.float32)
    network = tfjs.network(*written(kernel, bias))
    x = drawn(2, 4, 4, 1)
    weight = torch.from_numpy(kernel.astype(np.float32) / 2 - 1).permute(3, 2, 0, 1)
    expected = F.conv2d(F.pad(x.permute(0, 3, 1, 2), (0, 1, 0, 1)), weight, torch.from_numpy(bias), 2).relu().mean((2, 3))
    assert network.takes == "picture" and network.gives == ("mean",)
    assert torch.allclose(network(x)[0], expected, atol=1e-5)


def test_a_tfjs_model_that_is_short_or_strange_is_refused() -> None:
    """Fewer bytes than weights; an operation of another trade."""
    topology, data = written(np.zeros((3, 3, 1, 2), np.uint8), np.zeros(2, np.float32))
    with pytest.raises(WeightsError, match="shorter"):
        tfjs.network(topology, data[:-1])
    with pytest.raises(WeightsError, match="Conjure"):
        tfjs.network(topology.replace(b'"Mean"', b'"Conjure"'), data)


def test_an_onnx_graph() -> None:
    """A convolution with a stride and what is added around, a factor of each channel, and a matrix."""
    kernel, factor, matrix = (drawn(*shape).numpy() for shape in ((2, 3, 3, 3), (1, 2, 1, 1), (2, 4)))
    window = _ints("strides", 2, 2) + _ints("pads", 1, 1, 1, 1)
    file = model(
        tensor("kernel", kernel),
        tensor("factor", factor),
        tensor("matrix", matrix),
        tensor("offset", np.zeros(4, "<f4")),
        tensor("pads", np.array([0, 1, 0, 0, 0, 0, 0, 0]), 7),
        _node("Softmax", "end", "dense"),
        _node("Gemm", "dense", "flat", "matrix", "offset"),
        _node("Flatten", "flat", "mean"),
        _node("GlobalAveragePool", "mean", "scaled"),
        _node("Mul", "scaled", "conv", "factor"),
        _node("Conv", "conv", "picture", "kernel", attributes=window),
        _node("Pad", "grown", "picture", "pads"),
    )
    x = drawn(2, 3, 8, 8)
    made = (F.conv2d(x, torch.from_numpy(kernel), None, 2, 1) * torch.from_numpy(factor)).mean((2, 3)) @ torch.from_numpy(matrix)
    got, grown = onnx.network(file, "picture", ("end", "grown"))(x)
    assert torch.allclose(got, made.softmax(-1), atol=1e-6)
    assert grown.shape == (2, 4, 8, 8) and not grown[:, 0].any() and torch.equal(grown[:, 1:], x)


def test_an_onnx_graph_that_is_strange_is_refused() -> None:
    """An operation of another trade; nothing at all."""
    with pytest.raises(WeightsError, match="Conjure"):
        onnx.network(model(tensor("a", np.ones(1, "<f4")), _node("Conjure", "end", "picture")), "picture", ("end",))
    with pytest.raises(WeightsError):
        onnx.network(b"", "picture", ("end",))


def _ints(name: str, *values: int) -> bytes:
    return block(5, block(1, name) + b"".join(whole(8, value) for value in values))


def _node(operation: str, out: str, *inputs: str, attributes: bytes = b"") -> bytes:
    return block(1, b"".join(block(1, one) for one in inputs) + block(2, out) + block(4, operation) + attributes)


def test_groups_of_seven_bits() -> None:
    """What the hand-written files above rest on."""
    assert number(300) == b"\xac\x02"


class Flat:
    """Writes a FlatBuffer from its end: tables after what they point at."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    @property
    def size(self) -> int:
        return sum(len(part) for part in self.parts)

    def put(self, data: bytes) -> int:
        """Bytes, padded to 8; how far their start is from the end of the file."""
        self.parts.insert(0, data + bytes(-len(data) % 8))
        return self.size

    def numbers(self, values: np.ndarray) -> int:
        # The numbers themselves are aligned to 8: four bytes before the length.
        return self.put(bytes(4) + struct.pack("<I", values.size) + values.tobytes()) - 4

    def tables(self, ends: list[int]) -> int:
        whole_size = -(-(4 + 4 * len(ends)) // 8) * 8
        start = self.size + whole_size
        return self.put(struct.pack("<I", len(ends)) + b"".join(struct.pack("<I", start - 4 * (k + 1) - end) for k, end in enumerate(ends)))

    def table(self, fields: dict[int, int | bytes]) -> int:
        """Fields by number: bytes of a number within (4 at most), or where a list or table is."""
        places = range(4, 4 + 4 * len(fields), 4)
        listed = [0] * (max(fields, default=-1) + 1)
        for place, field in zip(places, fields, strict=True):
            listed[field] = place
        before = struct.pack(f"<HH{len(listed)}H", 4 + 2 * len(listed), 4 + 4 * len(fields), *listed)
        before = bytes(-len(before) % 8) + before
        body_size = 4 + 4 * len(fields)
        body_size += -(len(before) + body_size) % 8
        start = self.size + body_size
        # How far back its list of fields is, which stands right before the table.
        length = 4 + 2 * len(listed)
        body = struct.pack("<i", length)
        for place, value in zip(places, fields.values(), strict=True):
            body += value.ljust(4, b"\0") if isinstance(value, bytes) else struct.pack("<I", start - place - value)
        self.put(before + body + bytes(body_size - len(body)))
        return start


def i32(value: int) -> bytes:
    return struct.pack("<i", value)


def flat_file(kernel: np.ndarray, scale: np.ndarray) -> bytes:
    """A TFLite model: a convolution of whole numbers with a scale of each channel, then the mean and a softmax."""
    write = Flat()
    arrays = [None, kernel.astype("i1"), np.array([1, 2], "<i4")]
    buffers = write.tables([write.table({} if one is None else {0: write.numbers(np.frombuffer(one.tobytes(), "u1"))}) for one in arrays])
    quantized = write.table({2: write.numbers(scale.astype("<f4")), 3: write.numbers(np.zeros(len(scale), "<i8")), 6: i32(0)})
    shapes: list[tuple[tuple[int, ...], bytes, int]] = [((1, 4, 4, 1), b"\0", 0), (kernel.shape, b"\x09", 1), ((2,), b"\x02", 2)]
    shapes += [((1, 2, 2, 2), b"\0", 0), ((1, 2), b"\0", 0), ((1, 2), b"\0", 0)]
    tensors = []
    for shape, kind, buffer in shapes:
        fields: dict[int, int | bytes] = {0: write.numbers(np.array(shape, "<i4")), 1: kind, 2: i32(buffer)}
        tensors.append(write.table(fields | ({4: quantized} if buffer == 1 else {})))
    valid = write.table({0: b"\x01", 1: i32(1), 2: i32(1), 3: b"\x01"})
    steps = [(0, (0, 1, -1), 3, valid), (1, (3, 2), 4, 0), (2, (4,), 5, 0)]
    operators = []
    for code, inputs, out, settings in steps:
        fields = {0: i32(code), 1: write.numbers(np.array(inputs, "<i4")), 2: write.numbers(np.array([out], "<i4"))}
        operators.append(write.table(fields | ({4: settings} if settings else {})))
    inputs_at, outputs_at = write.numbers(np.array([0], "<i4")), write.numbers(np.array([5], "<i4"))
    graph = write.table({0: write.tables(tensors), 1: inputs_at, 2: outputs_at, 3: write.tables(operators)})
    codes = [write.table({0: bytes([code])}) for code in (tflite.CONVOLVE, tflite.MEAN, tflite.SOFTMAX)]
    top = write.table({1: write.tables(codes), 2: write.tables([graph]), 4: buffers})
    return struct.pack("<I4s", write.size + 8 - top, b"TFL3") + b"".join(write.parts)


def test_a_tflite_model() -> None:
    """Beside PyTorch's own convolution of the fractions."""
    kernel, scale = np.arange(-9, 9).reshape(2, 3, 3, 1), np.array([0.25, 0.5])
    x = drawn(1, 4, 4, 1)
    weight = torch.from_numpy((kernel * scale.reshape(2, 1, 1, 1)).astype(np.float32)).permute(0, 3, 1, 2)
    expected = F.conv2d(x.permute(0, 3, 1, 2), weight).relu().mean((2, 3)).softmax(-1)
    assert torch.allclose(tflite.network(flat_file(kernel, scale))(x)[0], expected, atol=1e-6)


@pytest.mark.parametrize("data", [b"", b"\x08\0\0\0TFL3", bytes(64), b"\xff" * 64])
def test_a_tflite_file_that_is_damaged_is_refused(data: bytes) -> None:
    """Empty, cut, zeros, ones."""
    with pytest.raises(WeightsError, match="cannot be read"):
        tflite.network(data)
