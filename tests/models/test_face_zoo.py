"""What looks at faces, and what paints them, as units: with tiny networks in place of the real ones."""

from __future__ import annotations

import numpy as np
import torch

from core.models.face_identity import FaceIdentity, prepared
from core.models.face_zoo import EYES, HUB, LOADERS, face_generator_units
from core.models.units import Units
from core.models.working_faces import latents_of
from tests.models.test_tfjs_graph import _convolution, _graph
from tests.models.test_working_faces import tiny_faces_at_work
from tests.models.tiny_faces import tiny_styles


def tiny_identity() -> FaceIdentity:
    """A graph of two convolutions with random numbers."""
    rng = np.random.default_rng(0)
    nodes = [
        {"name": "in", "op": "Placeholder"},
        _convolution("a_conv", "in", "k1"),
        {"name": "a_relu/clip_by_value", "op": "Relu", "input": ["a_conv"]},
        _convolution("b_conv", "a_relu/clip_by_value", "k2"),
        {"name": "b_relu/clip_by_value", "op": "Relu", "input": ["b_conv"]},
        {"name": "out", "op": "Mean", "input": ["b_relu/clip_by_value", "axes"]},
    ]
    kernels = {"k1": (3, 3, 3, 4), "k2": (3, 3, 4, 6)}
    tensors = {name: rng.standard_normal(shape).astype(np.float32) for name, shape in kernels.items()}
    return FaceIdentity(_graph(nodes, tensors | {"axes": np.array([1, 2], np.int32)}), ("a", "b"), "out", 16)


def test_a_graphs_layers_can_be_traced() -> None:
    """Their maps are what the graph gives, differentiable in the picture; what comes out has length 1."""
    network = tiny_identity()
    units = Units("identity", network, ("layers.a", "layers.b"), network)
    pictures = torch.rand(2, 3, 16, 16, requires_grad=True)
    seen = units.see(pictures)
    wanted = network.graph(prepared(pictures), "a_relu/clip_by_value", "b_relu/clip_by_value")
    assert [tuple(maps.shape) for maps in seen.maps.values()] == [(2, 4, 8, 8), (2, 6, 4, 4)]
    assert all(torch.equal(maps, one) for maps, one in zip(seen.maps.values(), wanted, strict=True))
    assert torch.allclose(seen.output.norm(dim=1), torch.ones(2))
    seen.maps["layers.b"].sum().backward()
    assert pictures.grad is not None and pictures.grad.abs().sum() > 0


def test_the_generators_units_are_its_maps_before_each_doubling() -> None:
    """Of the sizes that it has, picture by picture the same as together, with the picture of its working size."""
    painter = tiny_faces_at_work()
    units = face_generator_units(painter)
    styles = tiny_styles(2)
    seen = units.see(latents_of(styles))
    levels = {level.size: level.c2 for level in painter.real.levels(styles)}
    assert units.name == HUB and units.layers == ("real.stages.8.c2",)
    assert torch.allclose(seen.maps["real.stages.8.c2"], levels[8], atol=1e-5)
    assert seen.output.shape == (2, 3, *painter.image_size)


def test_five_models_are_known() -> None:
    """One paints and four look."""
    assert len(LOADERS) == 5 and len(EYES) == 4 and HUB not in EYES
