"""What models share on a tiny generator of faces: w+ moves in whitened coordinates, guidance guides, edits go down."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from core.foundations.concepts import Concept, Member, Unit
from core.foundations.errors import StudioError
from core.foundations.images import to_rgb, to_tensor
from core.foundations.records import Picture
from core.foundations.seeds import torch_rng
from core.methods.write.descend import Descent, descend
from core.methods.write.guide import Guidance, Likeness, Watching
from core.methods.write.guided import hub_members, plan_edit
from core.methods.write.invert import Inversion
from core.methods.write.rearrange import Move
from core.models.face_tail import FaceTail
from core.models.mobile_stylegan import MobileStyleGAN
from core.models.units import Units
from core.models.working_faces import WorkingFaces, latents_of
from core.studio.face_inversion import brought_closer
from core.studio.face_shared import FaceShared
from tests.studio.test_face_library import NoDistance

EYE = "dinov2"


@pytest.fixture(scope="module")
def shared() -> FaceShared:
    """Concepts are channels of 8 and 16 px, matched with a network that looks."""
    real, rng = MobileStyleGAN(8, (8, 8, 8, 4), 2), torch_rng("tiny shared faces")
    for tensor in real.state_dict().values():
        tensor.copy_(0.5 * torch.randn(tensor.shape, generator=rng))
    made = FaceShared(WorkingFaces(real, FaceTail.folded(real).requires_grad_(False)), torch.device("cpu"))
    eye = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3, padding=1)).requires_grad_(False)
    made._eyes[EYE] = Units(EYE, eye, ("0",), eye)
    concepts = []
    for number, (layer, maps) in enumerate((layer, maps) for layer, maps in made.maps(latent(made, 1)).items()):
        for channel in range(3):
            unit, other = Unit(made.hub, layer, channel), Unit(EYE, "0", channel)
            hub = Member(unit, unit, 1.0, 1.0, 0.0, float(maps[:, channel].mean()), float(maps[:, channel].std()))
            concepts.append(Concept(f"rosetta:{number}:{channel}", "", (hub, Member(other, unit, 0.9, 0.9, 0.01, 0.0, 1.0)), 0.01))
    made.__dict__["concepts"] = tuple(concepts)
    return made


def latent(shared: FaceShared, seed: int) -> torch.Tensor:
    return latents_of(torch.randn(1, shared.faces.real.slots, 8, generator=torch_rng("tiny shared", seed)))[0]


def test_nothing_moved_is_the_latent_itself(shared: FaceShared) -> None:
    free, own = shared.free(latent(shared, 2)), latent(shared, 2)
    torch.testing.assert_close(free.latent(free.start), own)
    seen, maps = free.see(free.start).maps, shared.maps(own)
    assert set(seen) == {"real.stages.8.c2", "real.stages.16.c2", "real.stages.32.c2"}
    for layer in seen:
        torch.testing.assert_close(seen[layer], maps[layer])
    painted = free.paint(free.start).output
    torch.testing.assert_close(painted, shared.faces.decode(own[None]))


def test_what_is_watched_is_what_the_units_say(shared: FaceShared) -> None:
    """The layers' names are those of the zoo, so maps of both ways are the same."""
    own = latent(shared, 2)
    units = Units(shared.hub, shared.faces, ("real.stages.8.c2", "real.stages.16.c2"), shared.faces.decode)
    for layer, maps in units.see(own[None]).maps.items():
        torch.testing.assert_close(maps, shared.maps(own)[layer])


def test_an_edit_goes_down(shared: FaceShared) -> None:
    free = shared.free(latent(shared, 2))
    plan = plan_edit(free.start, free.see, hub_members(shared.concepts), Move(shift=(0.25, 0.0)), (8, 8), settings=shared.editing)
    steps = list(descend(plan.start, plan.loss, Descent(steps=20, rate=0.05, least=0)))
    assert steps[-1].loss < steps[0].loss
    assert free.latent(steps[-1].latent).shape == latent(shared, 2).shape


def test_a_guided_face_is_watched_and_brought_closer(shared: FaceShared) -> None:
    start, target = latent(shared, 2), latent(shared, 3)
    images = [Image.fromarray(to_rgb(shared.faces.decode(one[None]))[0]) for one in (start, target)]
    pairs = [one for one in shared.pairs("rosetta") if ".8." in one[0].unit.layer]  # what the quick painter of so small a network reaches
    seen = {EYE: shared.seen(EYE, to_tensor(np.asarray(images[1])[None]))}
    guidance = Guidance(pairs, seen, {layer: maps.shape[2:] for layer, maps in shared.maps(start).items()}, Likeness("nearness"))
    with Watching(shared.faces, guidance, 2.0) as watching:
        shared.faces.decode(start[None])
    torch.testing.assert_close(watching.loss(), 2 * guidance.loss(shared.maps(start))[0])
    settings = Inversion(steps=8, detail=4, close=2, size=4, shown=4, looks=0.0)
    found = list(brought_closer(shared.faces, Picture(images[0], start, original=images[1]), settings, NoDistance(), guidance))
    assert found[-1].done and found[-1].psnr >= found[0].psnr and found[-1].ssim is not None


def test_who_cannot_guide_is_told(shared: FaceShared) -> None:
    with pytest.raises(StudioError, match="Nothing guides"):
        shared.pairs("nobody")
    with pytest.raises(StudioError, match="looks at faces"):
        shared.eye("nobody")
