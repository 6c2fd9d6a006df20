"""Mining of faces from end to end with tiny networks: latents by number, parts chosen on some faces and judged on others, a card."""

from __future__ import annotations

import torch

from core.foundations.concepts import Concept, Member, Unit
from core.methods.relate.rosetta_matches import Mined
from core.methods.relate.rosetta_parts import PartCover
from core.methods.relate.rosetta_sums import RosettaSettings
from core.models.face_seen import PARTS, SIDE
from core.models.face_zoo import HUB, face_generator_units
from core.models.units import tower_units
from core.train.faces.rosetta import FaceMining, card, covered, mined_by_all, named, sampled
from core.train.mining import Mining, take_in
from core.train.spread import Share
from tests.models.test_units import PLAIN
from tests.models.test_working_faces import tiny_faces_at_work

TINY = Mining(images=12, settings=RosettaSettings(most=8, block=4, shuffles=1))


def brightness(pictures: torch.Tensor) -> torch.Tensor:
    """A parser that knows two parts: light is skin, dark is background."""
    grey = torch.nn.functional.interpolate(pictures.mean(1, keepdim=True), (SIDE, SIDE), mode="bilinear")
    return torch.cat([1 - grey, grey, torch.zeros(len(grey), len(PARTS) - 2, SIDE, SIDE)], 1)


def test_a_face_depends_on_its_number_alone() -> None:
    """Other numbers, other seeds and other truncations give others."""
    painter = tiny_faces_at_work()
    latents = sampled(painter, 3, 0.8)
    assert torch.equal(latents([5, 6])[1:], latents([6])) and not torch.equal(latents([5]), latents([6]))
    assert not torch.equal(sampled(painter, 4, 0.8)([5]), latents([5]))
    assert not torch.equal(sampled(painter, 3, 0.4)([5]), latents([5]))


def test_it_runs_from_end_to_end(tmp_path) -> None:
    """Mined, covered and told; all that goes into the card is plain JSON."""
    painter = tiny_faces_at_work()
    models = [face_generator_units(painter), tower_units("plain", PLAIN, (24, 24))]
    latents = sampled(painter, TINY.seed, 0.8)
    table = take_in(models[0], models[1:], latents, TINY, Share(), tmp_path)
    unit, eye = table.units(HUB)[0], table.units("plain")[0]
    members = tuple(Member(one, unit, 1, 1, 0, 0, 1) for one in (unit, eye))
    found = Mined((Concept("rosetta:a:0", "", members, 0.01),), {"plain": 3}, {"plain": 1.0}, 1, 0.0)
    covers = [covered(found.concepts, models, latents(numbers), brightness) for numbers in (range(3), range(3, 6))]
    concepts = named(found.concepts, *covers)
    assert concepts[0].part in PARTS and 0 <= concepts[0].iou <= 1
    told = card(FaceMining(), table, found, concepts, 1.0)
    assert told["models"] == {HUB: len(table.units(HUB)), "plain": len(table.units("plain"))} and told["quality"]["faces"] == 12  # type: ignore[index]
    assert callable(mined_by_all)


def test_equal_names_are_numbered() -> None:
    """And where a part is hardly covered, the name says so."""
    member = Member(Unit(HUB, "a", 0), Unit(HUB, "a", 0), 1, 1, 0, 0, 1)
    concepts = [Concept(f"rosetta:a:{n}", "", (member,), 0.01) for n in range(3)]
    owners = torch.zeros(4, SIDE, SIDE, dtype=torch.int64)
    owners[:, :20, :20] = PARTS.index("hair")
    on_it = 4.0 * (owners == PARTS.index("hair"))
    nowhere = torch.where((owners == PARTS.index("hair")) & (torch.arange(SIDE) < 1), 4.0, -9.0)
    cover = PartCover(3, len(PARTS)).add(torch.stack([on_it, on_it, nowhere], 1), owners)
    names = [one.name for one in named(concepts, cover, cover)]
    assert names == ["hair", "hair 2", "near the hair"]
