"""Moving what concepts say: the method of core.methods.write.guided, joined to a world's generator and to its reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from core.foundations.concepts import Concept, Member
from core.foundations.inverted import Moved
from core.foundations.records import Curve, Handle, Picture
from core.foundations.region import Region
from core.methods.write.alone import Alone, alone
from core.methods.write.descend import Down, descend
from core.methods.write.guided import Editing, Plan, active_places, hub_members, plan_edit
from core.methods.write.rearrange import Move, rearranged
from core.methods.write.repaint import Meant, calmed
from core.studio import recipes
from core.studio.looking import compared
from core.studio.playing import Step
from core.studio.shared import Free, Shared, latent_of, strongest
from core.studio.shelf import Shelf

SHOWN = 12
"""Concepts whose maps are told where all were moved: the strongest."""


@dataclass(frozen=True)
class Asked:
    """What is asked of concepts.

    Attributes:
        concepts: which.
        few: whether they were picked out, so that all others are kept.
        move: what is done.
        within: where; everywhere where None.
    """

    concepts: tuple[Concept, ...]
    few: bool
    move: Move
    within: Region | None


def moves(library: Shelf, picture: Picture, asked: Asked, settings: Editing | None = None) -> Iterator[Moved]:
    """The steps to a picture whose concepts say what is asked; see `core.studio.rosetta.RosettaVerbs.move`."""
    shared, latent = library.shared, latent_of(picture).to(library.device)
    if asked.move.nothing:  # not even the rounding of a recipe's numbers
        yield _told(library, picture, asked, Moved(picture, 0, 0, -1.0, True), None)
        return
    free = shared.free(latent)
    chosen = settings or replace(shared.editing, usual=shared.usual)
    if asked.move.strengthen != 1:  # the only form that knows it
        chosen = replace(chosen, likeness=replace(chosen.likeness, form="nearness"))
    region = None if asked.within is None else torch.from_numpy(asked.within.allowed)[None, None].float().to(latent)
    size = (shared.side, shared.side)
    with torch.inference_mode(False):
        if region is None and asked.few:
            places = active_places(shared.maps(latent), hub_members(asked.concepts), size, chosen.active)
            region = shared.around(latent, places)
        meant = shared.meant(latent, asked.move, region)
        # Who is picked out says where; where the picture itself is known, everything there moves along.
        members = hub_members(asked.concepts if meant is None else shared.concepts)
        plan = plan_edit(free.start, free.see, members, asked.move, size, region, asked.few, chosen, meant)
        for down in whole_descent(plan, free, chosen, meant):
            now = _painted(library, picture, free.latent(down.latent))
            step = Moved(now, down.step, down.steps, down.loss, down.done)
            yield step if not down.done else _told(library, picture, asked, step, plan.region)


def whole_descent(plan: Plan, free: Free, settings: Editing, meant: Meant | None) -> Iterator[Down]:
    """Down an edit's loss; and, where it is known what the picture is meant to look like, until it has no loose pixels."""
    for down in descend(plan.start, plan.loss, settings.descent):
        if not down.done or meant is None:
            yield down
    if meant is None:
        return
    yield down._replace(done=False)
    for latent in calmed(down.latent, free.see, meant):
        with torch.no_grad():
            down = down._replace(latent=latent, loss=float(plan.loss(latent)))
        yield down._replace(done=False)
    yield down._replace(done=True)


def _painted(library: Shelf, picture: Picture, latent: Tensor) -> Picture:
    """A latent's picture, by the numbers that a recipe will keep."""
    kept = latent.clamp(-recipes.LARGEST, recipes.LARGEST).detach().half().float()
    image = Image.fromarray(library.painted(kept[None])[0])
    origin = {"latent": recipes.pack_latent(kept), "fit": round(picture.fit, 4)}
    return replace(picture, image=image, latent=kept, truth=None, origin=origin)


def pictures_of(library: Shelf, concept: Concept, starts: Tensor) -> tuple[Picture, ...]:
    """What is painted for a concept alone from latents `[n c h w]`; see `core.studio.rosetta.RosettaVerbs.concept_pictures`."""
    shared, found = library.shared, []
    with torch.inference_mode(False):
        for start in starts:
            free = shared.free(start.to(library.device))
            (end,) = alone(free.start, free.see, hub_members([concept]), Alone(usual=shared.usual))
            blank = Picture(Image.new("RGB", (shared.side, shared.side)))
            found.append(_painted(library, blank, free.latent(end[None])))
    return tuple(found)


def _told(library: Shelf, before: Picture, asked: Asked, step: Moved, region: Tensor | None) -> Moved:
    """The last step, with what changed and the concepts' maps."""
    shared = library.shared
    first, last = (shared.maps(latent_of(one).to(library.device)) for one in (before, step.picture))
    name = ", ".join(one.name or one.id for one in asked.concepts[:3])
    handle = Handle("rosetta", "feature", "", "", name, (), 1.0, 1.0, 1.0, Curve((), (), ()))
    read = library.read(np.asarray(before.image)[None])[0]
    report = compared(library, before, step.picture, read, [Step(handle, 1.0, asked.within)])
    chosen = asked.concepts if asked.few else tuple(one for one, _ in strongest(shared, before, SHOWN))
    return replace(
        step,
        report=report,
        before={one.id: shared.heat(first, one.hub) for one in chosen},
        wanted={one.id: _wanted(shared, first, one.hub, asked.move, region) for one in chosen},
        after={one.id: shared.heat(last, one.hub) for one in chosen},
    )


@torch.no_grad()
def _wanted(shared: Shared, maps: Mapping[str, Tensor], member: Member, move: Move, region: Tensor | None) -> np.ndarray:
    raw = maps[member.unit.layer][:1, member.unit.channel, None]
    target = rearranged(raw, move, raw.new_tensor([member.mean]), region=region)
    alone = replace(member, unit=member.unit._replace(channel=0))
    return shared.heat({member.unit.layer: target}, alone)
