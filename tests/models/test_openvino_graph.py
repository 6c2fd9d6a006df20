"""The reader of OpenVINO graphs, on files written by the test: numbers, order, questions, and every kind of damage."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.foundations.errors import WeightsError
from core.models.openvino_graph import openvino_graph
from tests.models.tiny_faces import Writer

FACTOR = torch.arange(6, dtype=torch.float32).reshape(2, 3)
SHAPE = torch.tensor([1, -1])


def written() -> Writer:
    """An input times a matrix, plus a constant with a name, times two."""
    write = Writer()
    x = write.op("Parameter", torch.zeros(1, 3), name="x")
    product = write.op("MatMul", torch.zeros(1, 2), x, write.const(FACTOR), transpose_b="true")
    bias = write.const(torch.tensor([0.5, -1.5], dtype=torch.float16), name="m.first.bias/Output_0/Data__const")
    added = write.op("Add", torch.zeros(1, 2), product, bias)
    write.op("Reshape", torch.zeros(1, 2), added, write.const(SHAPE))
    write.op("Multiply", torch.zeros(1, 2), added, write.const(torch.tensor(2.0)))
    return write


def test_constants_and_who_takes_them() -> None:
    """Axes and numbers by hand, whole ones too, and one without axes; asked for by name, by user and by input."""
    write = written()
    graph = openvino_graph(write.xml, bytes(write.numbers))
    (product,) = graph.of("MatMul")
    assert graph.constant(product).tolist() == FACTOR.tolist() and product.settings == {"transpose_b": "true"}
    bias = graph.named("m.first.bias")
    assert bias.value is not None and bias.value.dtype == torch.float16 and bias.value.tolist() == [0.5, -1.5]
    added = graph.user(bias, "Add")
    assert graph.input(added, "MatMul") == product and graph.user(product, "Add") == added
    assert graph.constant(graph.user(added, "Reshape")).tolist() == [1, -1]
    two = graph.constant(graph.user(added, "Multiply"))
    assert two.shape == () and float(two) == 2 and [len(graph.of(kind)) for kind in ("Const", "Parameter", "Sigmoid")] == [4, 1, 0]


def test_inputs_stand_in_the_order_of_their_ports() -> None:
    """Whatever the order of the edges; the same source may be taken twice."""
    write = Writer()
    one, two = write.op("Parameter", torch.zeros(1)), write.op("Parameter", torch.zeros(1))
    for inputs in ((one, two), (two, one), (two, two)):
        write.op("Divide", torch.zeros(1), *inputs)
    assert [operation.inputs for operation in openvino_graph(write.xml, b"").of("Divide")] == [("0", "1"), ("1", "0"), ("1", "1")]


def test_the_numbers_are_copies() -> None:
    """They can be written to, and nothing else changes."""
    write = written()
    numbers = bytes(write.numbers)
    first, second = (openvino_graph(write.xml, numbers).constant(openvino_graph(write.xml, numbers).of("MatMul")[0]) for _ in range(2))
    first.zero_()
    assert second.tolist() == FACTOR.tolist()


def test_constants_of_other_kinds_have_no_value() -> None:
    """And are no fault before one is asked for."""
    write = Writer()
    x = write.op("Parameter", torch.zeros(1))
    write.op("Add", torch.zeros(1), x, write.const(torch.tensor([1, 2], dtype=torch.uint8), name="odd"))
    graph = openvino_graph(write.xml, bytes(write.numbers))
    assert graph.named("odd").value is None
    for ask in (lambda: graph.constant(graph.of("Add")[0]), lambda: graph.numbers("odd")):
        with pytest.raises(WeightsError, match="damaged"):
            ask()


def test_what_is_not_there_or_there_twice_is_a_sentence() -> None:
    """It names what was looked for."""
    write = written()
    write.const(torch.ones(1), name="m.first.bias/again")
    graph = openvino_graph(write.xml, bytes(write.numbers))
    product = graph.of("MatMul")[0]
    with pytest.raises(WeightsError, match=r"not the network that was asked for: 2 in the place of one m\.first\.bias"):
        graph.named("m.first.bias")
    with pytest.raises(WeightsError, match=r"0 in the place of one m\.first\.$"[:-1]):
        graph.named("m.first.")
    with pytest.raises(WeightsError, match="one Sigmoid behind MatMul_2"):
        graph.user(product, "Sigmoid")
    with pytest.raises(WeightsError, match="one Add before MatMul_2"):
        graph.input(product, "Add")


XML, NUMBERS = written().xml, bytes(written().numbers)
BROKEN = {
    "nothing": (b"", NUMBERS),
    "cut": (XML[:-20], NUMBERS),
    "zip": (b"PK\x03\x04", NUMBERS),
    "no layers": (b"<net><layers/><edges/></net>", NUMBERS),
    "entities": (b'<!DOCTYPE net [<!ENTITY a "aa">]>' + XML.partition(b"?>")[2], NUMBERS),
    "short numbers": (XML, NUMBERS[:-1]),
    "another shape": (XML.replace(b'shape="2,3"', b'shape="2,4"'), NUMBERS),
    "a shape below nothing": (XML.replace(b'shape="2,3"', b'shape="-2,-3"'), NUMBERS),
    "a vast shape": (XML.replace(b'shape="2,3"', b'shape="99999999999,99999999999"'), NUMBERS),
    "a place below nothing": (XML.replace(b'offset="0"', b'offset="-8"'), NUMBERS),
    "no number": (XML.replace(b'offset="0"', b'offset="here"'), NUMBERS),
    "no element type": (XML.replace(b"element_type", b"elements"), NUMBERS),
    "an id twice": (XML.replace(b'id="1"', b'id="0"'), NUMBERS),
    "a source that is not there": (XML.replace(b'from-layer="0"', b'from-layer="77"'), NUMBERS),
    "a source that comes later": (XML.replace(b'from-layer="0"', b'from-layer="4"'), NUMBERS),
    "a taker that is not there": (XML.replace(b'to-layer="4"', b'to-layer="77"'), NUMBERS),
}


@pytest.mark.parametrize("xml, numbers", BROKEN.values(), ids=BROKEN)
def test_damage_is_a_sentence(xml: bytes, numbers: bytes) -> None:
    """What is no such file, was cut, or does not belong together."""
    assert (xml, numbers) != (XML, NUMBERS)
    with pytest.raises(WeightsError, match="OpenVINO graph is damaged"):
        openvino_graph(xml, numbers)


@pytest.mark.filterwarnings("error")
def test_random_damage_raises_our_own_error_or_none() -> None:
    """Bytes changed, left out and doubled."""
    rng = np.random.default_rng(0)
    read = 0
    for _ in range(400):
        data = bytearray(XML)
        place = int(rng.integers(len(data)))
        data[place : place + int(rng.integers(0, 3))] = rng.bytes(int(rng.integers(0, 3)))
        try:
            read += bool(openvino_graph(bytes(data), NUMBERS).operations)
        except WeightsError:
            continue
    assert 0 < read < 400
