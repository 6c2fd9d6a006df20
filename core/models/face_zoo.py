"""The models that look at faces in five ways, and the generator that paints them, each with the layers whose channels are its units.

    generator   MobileStyleGAN at its working size: the maps of 8 to 128 px before the next doubling     generative
    dinov2      ViT-S/14: the stream after blocks 3, 6, 9 and 12                                         self-supervised
    resnet50    the four stages                                                                         class-supervised, 1,000 things
    tiny_vit    the four stages                                                                         class-supervised, 22 thousand things
    faceres     five of its convolutions                                                                identity-supervised

The world's CLIP for photographs stands on DINOv2's own trunk (core.models.photo_clip), so it is no sixth.
"""

from __future__ import annotations

from collections.abc import Callable

from core.models import dinov2
from core.models.face_identity import LAYERS, FaceIdentity, load_faceres
from core.models.imagenet_networks import BGR_MEAN, SIDE, load_resnet50, load_tiny_vit
from core.models.units import IMAGENET, Units, brought, generator_units, tower_units
from core.models.working_faces import WorkingFaces, load_working_faces

HUB = "generator"
SIZES = (8, 16, 32, 64, 128)
"""Of the generator's maps, in pixels."""
BLOCKS = (2, 5, 8, 11)
"""Of DINOv2, the first being 0."""


def face_generator_units(generator: WorkingFaces) -> Units:
    """The generator's units, and the picture of 256 px; latents as `WorkingFaces` takes them."""
    sizes = [size for size in SIZES if size in generator.real.sizes[:-1]]  # the tail paints before the last
    return generator_units(HUB, generator, [f"real.stages.{size}.c2" for size in sizes], singly=True)


def _dinov2() -> Units:
    layers = [f"blocks.{block}" for block in BLOCKS]
    return tower_units("dinov2", dinov2.dinov2(224), (224, 224), (dinov2.MEAN, dinov2.STD), layers)


def _resnet50() -> Units:
    network = load_resnet50()
    mean, std = [value / 255 for value in BGR_MEAN], (1 / 255,) * 3
    stages = ("layer1", "layer2", "layer3", "layer4")
    return Units("resnet50", network, stages, lambda images: network(brought(images.flip(1), (SIDE, SIDE), mean, std)))


def _faceres() -> Units:
    network = FaceIdentity(load_faceres())
    return Units("faceres", network, tuple(f"layers.{name}" for name in LAYERS), network)


LOADERS: dict[str, Callable[[], Units]] = {
    HUB: lambda: face_generator_units(load_working_faces()),
    "dinov2": _dinov2,
    "resnet50": _resnet50,
    "tiny_vit": lambda: tower_units("tiny_vit", load_tiny_vit(), (SIDE, SIDE), IMAGENET),
    "faceres": _faceres,
}
"""By name. WeightsError where one was not fetched."""
EYES = tuple(name for name in LOADERS if name != HUB)
"""Those that look."""
