"""A generator of faces of a few numbers, written as OpenVINO graphs and run, plainly, while it is written.

It has the kinds of operations, the names and the order of the real one, and its doubling is spelled out as the transposed
convolutions of the graph: what the studio's own network makes of the files is held against what comes out here.
"""

from __future__ import annotations

from typing import NamedTuple
from xml.sax.saxutils import quoteattr

import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.seeds import torch_rng
from core.models.mobile_stylegan import MobileStyleGAN

WIDTH, CHANNELS, DEPTH = 6, (8, 8, 4), 2
SLOTS, SIDE = 8, 32
KINDS = {torch.float32: "f32", torch.float16: "f16", torch.int64: "i64", torch.int32: "i32", torch.uint8: "u8"}


class Out(NamedTuple):
    """An output of an operation, and what it is worth."""

    id: int
    port: int
    value: Tensor


class Writer:
    """Writes a graph, and numbers for its constants from one seed."""

    def __init__(self, seed: int = 0) -> None:
        self.layers: list[str] = []
        self.edges: list[str] = []
        self.numbers = bytearray()
        self.rng = torch_rng("tiny faces", seed)

    def op(self, kind: str, value: Tensor, *inputs: Out, name: str = "", **settings: object) -> Out:
        """An operation whose first output is worth `value`."""
        id = len(self.layers)
        told = "".join(f" {key}={quoteattr(str(x))}" for key, x in settings.items())
        self.layers.append(f'<layer id="{id}" name={quoteattr(name or f"{kind}_{id}")} type="{kind}"><data{told}/></layer>')
        for port, source in enumerate(inputs):
            # Later ports first: a reader must not rely on the order of edges.
            edge = f'<edge from-layer="{source.id}" from-port="{source.port}" to-layer="{id}" to-port="{port}"/>'
            self.edges.insert(0, edge)
        return Out(id, 0, value)

    def const(self, value: Tensor, name: str = "") -> Out:
        """A constant; its numbers go to the end of the second file."""
        data, shape = value.numpy().tobytes(), ",".join(map(str, value.shape))
        offset = len(self.numbers)
        self.numbers += data
        return self.op("Const", value, name=name, element_type=KINDS[value.dtype], shape=shape, offset=offset, size=len(data))

    def drawn(self, *shape: int, name: str = "", scale: float = 0.5) -> Out:
        """A constant of random numbers."""
        return self.const(scale * torch.randn(shape, generator=self.rng), name)

    def axes(self, *axes: int) -> Out:
        """What a Reshape takes: put together, though of constants, as an exporter does it."""
        return self.op("Concat", torch.tensor(axes), *(self.const(torch.tensor([axis])) for axis in axes))

    @property
    def xml(self) -> bytes:
        layers, edges = "".join(self.layers), "".join(self.edges)
        return f'<?xml version="1.0"?><net name="tiny" version="10"><layers>{layers}</layers><edges>{edges}</edges></net>'.encode()


def mapping(z: Tensor, seed: int = 0) -> tuple[Writer, Tensor]:
    """The graph of z `[n d]` to w, and w."""
    write = Writer(seed)
    out = write.op("Parameter", z, name="var")
    out = write.op("Multiply", z / (z.square().mean(1, keepdim=True) + 1e-8).sqrt(), out, out)
    for _ in range(DEPTH):
        factor, bias = write.drawn(WIDTH, WIDTH), write.drawn(WIDTH)
        slope, gain = write.const(torch.tensor([0.2])), write.const(torch.tensor([[2**0.5]]))
        product = write.op("MatMul", out.value @ factor.value.T, out, factor, transpose_b="true")
        write.op("ShapeOf", torch.tensor(product.value.shape), product)
        row = write.op("Reshape", bias.value[None], bias, write.axes(1, WIDTH))
        added = write.op("Add", product.value + row.value, product, row)
        rectified = write.op("PReLU", F.leaky_relu(added.value, 0.2), added, slope)
        out = write.op("Multiply", rectified.value * gain.value, rectified, gain)
    return write, out.value


def affine(write: Writer, module: str, w: Out, given: int, gain: float | None) -> Out:
    """A style as factors `[n u 1 1]`."""
    factor, bias = write.drawn(given, WIDTH), write.drawn(1, given, name=f"m.{module}.modulation.bias/Eltwise")
    product = write.op("MatMul", w.value @ factor.value.T, w, factor, transpose_b="true")
    added = write.op("Add", product.value + bias.value, product, bias)
    turned = write.op("Reshape", added.value[:, :, None, None], added, write.axes(-1, given, 1, 1))
    if gain is None:
        return turned
    by = write.const(torch.full((1, 1, 1, 1), gain))
    return write.op("Multiply", turned.value * by.value, turned, by)


def convolved(write: Writer, module: str, maps: Out, w: Out, given: int) -> Out:
    """Scaled, convolved, with noise and bias, rectified."""
    taken, side = maps.value.shape[1], maps.value.shape[-1]
    scale = affine(write, f"{module}.conv", w, taken, 0.7)
    maps = write.op("Multiply", scale.value * maps.value, scale, maps)
    if side == 4:
        point = write.drawn(given, taken, 3, 3)
    else:
        depth, point = write.drawn(taken, 1, 1, 3, 3), write.drawn(given, taken, 1, 1)
        maps = write.op("GroupConvolution", F.conv2d(maps.value, depth.value[:, 0], padding=1, groups=taken), maps, depth)
    maps = write.op("Convolution", F.conv2d(maps.value, point.value, padding=point.value.shape[-1] // 2), maps, point)
    noise = write.drawn(1, 1, side, side, name="1577/Output_0/Data__const")
    maps = write.op("Add", maps.value + noise.value, maps, noise)
    bias = write.drawn(1, given, 1, 1, name=f"m.{module}.bias/Output_0/Data__const")
    maps = write.op("Add", maps.value + bias.value, maps, bias)
    return write.op("PReLU", F.leaky_relu(maps.value, 0.2), maps, write.const(torch.tensor([0.2])))


def doubled(write: Writer, maps: Out) -> Out:
    """The inverse Haar transform as the graph has it: transposed convolutions down, then across."""
    n, channels, h, w = maps.value.shape
    c = channels // 4
    split = write.op("VariadicSplit", maps.value[:, :c], maps)
    bands = maps.value[:, c:].reshape(n, c, 3, h, w)

    def along(source: Out, sign: float, across: bool) -> Out:
        kernel = write.const(
            torch.tensor([0.5**0.5, sign * 0.5**0.5]).reshape(1, 1, 1, *((1, 2) if across else (2, 1))).repeat(c, 1, 1, 1, 1)
        )
        value = F.conv_transpose2d(source.value, kernel.value[:, 0], stride=(1, 2) if across else (2, 1), groups=c)
        return write.op("GroupConvolutionBackpropData", value, source, kernel)

    def both(one: Out, other: Out, across: bool) -> Out:
        low, high = along(one, 1, across), along(other, -1, across)
        return write.op("Add", low.value + high.value, low, high)

    down, across, corner = (write.op("Squeeze", bands[:, :, band], split._replace(port=1)) for band in range(3))
    return both(both(split, down, False), both(across, corner, False), True)


class Painted(NamedTuple):
    """What the synthesis gives: maps in their order (4 px has one, the others two), and RGB about [-1, 1]."""

    maps: list[Tensor]
    rgb: Tensor


def synthesis(styles: Tensor, seed: int = 0) -> tuple[Writer, Painted]:
    """The graph of a style to a picture, run with the styles w+ `[n slots d]`, one for each affine function."""
    write = Writer(seed + 1)
    given = write.op("Parameter", styles[:, 0], name="style")
    slots = iter([given._replace(value=styles[:, slot]) for slot in range(SLOTS)])
    start = write.drawn(1, CHANNELS[0], 4, 4, name="m.input.input/Output_0/Data__const", scale=1)
    maps = [convolved(write, "conv1", start, next(slots), CHANNELS[0])]
    for place, channels in enumerate(CHANNELS[1:]):
        scale = affine(write, f"layers.{place}.up", next(slots), maps[-1].value.shape[1], None)
        large = doubled(write, write.op("Multiply", scale.value * maps[-1].value, scale, maps[-1]))
        maps.append(convolved(write, f"layers.{place}.conv1", large, next(slots), channels))
        maps.append(convolved(write, f"layers.{place}.conv2", maps[-1], next(slots), channels))
    head = f"layers.{len(CHANNELS) - 2}.to_img"
    scale = affine(write, f"{head}.conv", next(slots), CHANNELS[-1], 0.3)
    scaled = write.op("Multiply", scale.value * maps[-1].value, scale, maps[-1])
    point = write.drawn(12, CHANNELS[-1], 1, 1, name=f"m.{head}.conv.weight/Output_0/Data__const")
    bias = write.drawn(1, 12, 1, 1, name=f"m.{head}.bias/Output_0/Data__const", scale=0.1)
    bands = write.op("Convolution", F.conv2d(scaled.value, point.value), scaled, point)
    rgb = doubled(write, write.op("Add", bands.value + bias.value, bands, bias)).value
    return write, Painted([out.value for out in maps], rgb)


def tiny_styles(count: int = 2, seed: int = 0) -> Tensor:
    """Random w+ `[n slots d]`."""
    return torch.randn(count, SLOTS, WIDTH, generator=torch_rng("tiny styles", seed))


def tiny_network() -> MobileStyleGAN:
    """The studio's network in the tiny one's shape, without its numbers."""
    return MobileStyleGAN(WIDTH, CHANNELS, DEPTH)


def drawn_network(seed: int = 0) -> MobileStyleGAN:
    """The same with random numbers, without a graph."""
    model, rng = tiny_network(), torch_rng("tiny network", seed)
    for tensor in model.state_dict().values():
        tensor.copy_(0.5 * torch.randn(tensor.shape, generator=rng))
    return model
