"""The faces' handles on the tab Shift: how often each brings about what it is called, and what else moves along, at every strength."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.shared import widgets
from app.shared.address import FACES, sign
from app.shared.desks import DESKS, Desks
from app.shared.templates import macros
from app.shift.cards import digits
from core.foundations.errors import StudioError
from core.foundations.records import Handle

MOST = 3
"""Strengths side by side."""


@dataclass(frozen=True)
class Choice:
    """A world of this tab, for its picker.

    Attributes:
        name: of the world.
        title: of the world, for people.
        shape: the path of its mark, in 16 x 16.
    """

    name: str
    title: str
    shape: str


SPRITES = Choice("dsprites", "Sprites", "M8 14.2 2.2 8.3a3.6 3.6 0 0 1 5.1-5.1l.7.8.7-.8a3.6 3.6 0 0 1 5.1 5.1z")
WORLDS = (SPRITES.name, FACES)
"""What the picker offers."""


def bar(desks: Desks, world: str) -> str:
    """The picker, which is that of the tab Edit; nothing where there are no faces here."""
    desk = DESKS[FACES]
    choices = (SPRITES, Choice(desk.name, desk.title, desk.shape))
    place = sign(table=world) if world == FACES else ""
    return place + str(macros("edit/desk.html").bar(world, choices, "")) if desks.offered else ""


def _cells(handle: Handle, strengths: Sequence[float]) -> list[dict[str, str]]:
    found = {strength: place for place, strength in enumerate(handle.curve.strengths)}
    cells = []
    for strength in strengths:
        at = found.get(strength)
        came, moved = (None, None) if at is None else (handle.curve.success[at], 1 - handle.curve.kept[at])
        for kind, share in (("meant", came), ("stray", moved)):
            cells.append({"kind": kind, "number": digits(share), "share": f"{100 * (share or 0.0):.1f}"})
    return cells


def _rows(handles: Sequence[Handle], strengths: Sequence[float], images: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"id": h.id, "name": h.name, "image": images.get(h.id, ""), "cells": _cells(h, strengths)} for h in handles]


def _without(studio: Any, known: set[tuple[str, str]]) -> list[str]:
    """The states that no handle is called after, by their names."""
    names = []
    for slot in studio.slots:
        try:
            names += [part.name for part in studio.parts(slot) if (slot, part.id) not in known]
        except StudioError:  # a slot that is read and never turned
            continue
    return names


def table(studio: Any, images: Mapping[str, str] | None = None) -> str:
    """Every handle of the faces that brings about a state, slot by slot; nothing of it needs the generator.

    Args:
        images: what each does, as URIs by their ids, as far as that was painted by now; None where nothing can be painted here.
    """
    handles = [handle for handle in studio.handles() if len(handle.curve.strengths) > 0]
    often = Counter(strength for handle in handles for strength in handle.curve.strengths if strength > 0)
    strengths = sorted(strength for strength, _ in often.most_common(MOST))
    groups = [(slot, _rows([h for h in handles if h.slot == slot], strengths, images or {})) for slot in studio.slots]
    rest = _without(studio, {(handle.slot, handle.part) for handle in handles})
    words = [widgets.strength_word(strength) for strength in strengths]
    return str(
        macros("shift/faces.html").table(words, [(slot, rows) for slot, rows in groups if rows], rest, widgets.SHAPES, images is not None)
    )
