"""Attributes of faces that are drawn by hand: each says what was drawn, and nothing else moves it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from core.models.face_seen import EXPRESSIONS, LANDMARKS, PARTS, SIDE, FaceSeen
from core.worlds.faces.attributes import ATTRIBUTES, attributes, lab, states
from core.worlds.faces.slots import SLOTS

EYES, MOUTH = 0.46, 0.72
"""How far down they are."""


def _landmarks() -> Tensor:
    """A face that looks ahead, `[68 2]`."""
    marks = torch.zeros(LANDMARKS, 2)
    bend = torch.linspace(-1, 1, 17)
    marks[:17] = torch.stack([0.5 + 0.3 * bend, 0.95 - 0.5 * bend.square()], 1)
    marks[17:27] = torch.stack([torch.linspace(0.3, 0.7, 10), torch.full((10,), EYES - 0.07)], 1)
    marks[27:36] = torch.stack([torch.full((9,), 0.5), torch.linspace(EYES, 0.62, 9)], 1)
    marks[31:36, 1] = 0.62
    for eye, x in ((slice(36, 42), 0.38), (slice(42, 48), 0.62)):
        marks[eye] = torch.tensor([x, EYES]) + 0.04 * torch.tensor([[-1.0, 0], [-0.5, -0.3], [0.5, -0.3], [1, 0], [0.5, 0.3], [-0.5, 0.3]])
    around = torch.linspace(0, 2 * torch.pi, 13)[:12]
    marks[48:60] = torch.stack([0.5 - 0.1 * around.cos(), MOUTH - 0.04 * around.sin()], 1)
    marks[60:68] = torch.stack([torch.tensor([0.42, 0.46, 0.5, 0.54, 0.58, 0.54, 0.5, 0.46]), torch.full((8,), MOUTH)], 1)
    return marks


class Drawn:
    """A picture and what is seen of it; parts are painted as boxes, in shares of the side."""

    def __init__(self) -> None:
        self.picture = torch.full((3, 256, 256), 0.5)
        self.parts = torch.zeros(len(PARTS), SIDE, SIDE)
        self.parts[0] = 1
        self.landmarks = _landmarks()
        self.expressions = torch.eye(len(EXPRESSIONS))[0]
        self.paint("skin", 0.2, 0.25, 0.8, 0.95, (0.8, 0.6, 0.5))
        self.paint("nose", 0.46, 0.46, 0.54, 0.62, (0.8, 0.6, 0.5))
        self.paint("hair", 0.2, 0.05, 0.8, 0.25, (0.2, 0.15, 0.1))
        self.paint("upper lip", 0.4, 0.69, 0.6, 0.72, (0.8, 0.5, 0.45))
        self.paint("lower lip", 0.4, 0.72, 0.6, 0.76, (0.8, 0.5, 0.45))

    def paint(self, part: str, left: float, top: float, right: float, bottom: float, colour: tuple[float, float, float]) -> None:
        """A box of a part, in one colour."""
        self.picture[:, int(top * 256) : int(bottom * 256), int(left * 256) : int(right * 256)] = torch.tensor(colour)[:, None, None]
        box = (slice(int(top * SIDE), int(bottom * SIDE)), slice(int(left * SIDE), int(right * SIDE)))
        self.parts[:, box[0], box[1]] = torch.eye(len(PARTS))[PARTS.index(part)][:, None, None]

    @property
    def seen(self) -> FaceSeen:
        """Of the one picture."""
        age, female = torch.tensor([30.0]), torch.tensor([0.5])
        return FaceSeen(self.expressions[None], age, female, self.landmarks[None], self.parts[None], torch.ones(1, 1))

    def values(self) -> dict[str, float]:
        """Its attributes by name."""
        return dict(zip(ATTRIBUTES, attributes(self.picture[None], self.seen)[0].tolist(), strict=True))

    def states(self) -> dict[str, str]:
        """In which state each slot is."""
        return states(attributes(self.picture[None], self.seen))[0]


def test_colours_are_cies() -> None:
    """White, black, middle grey and pure red, as published."""
    given = torch.tensor([[1.0, 1, 1], [0, 0, 0], [0.4663, 0.4663, 0.4663], [1, 0, 0]])[:, :, None, None]
    found = lab(given)[:, :, 0, 0]
    wanted = torch.tensor([[100.0, 0, 0], [0, 0, 0], [50, 0, 0], [53.2, 80.1, 67.2]])
    assert torch.allclose(found, wanted, atol=0.2)


def test_a_plain_face() -> None:
    """Every slot is in a state that it has; nothing is there that was not drawn."""
    found = Drawn().states()
    assert all(found[slot] in SLOTS[slot].ids for slot in SLOTS) and set(found) == set(SLOTS)
    plain = {"glasses": "none", "hat": "none", "beard": "none", "lips": "plain", "turn": "ahead", "mouth": "closed", "setting": "plain"}
    assert plain.items() <= found.items()
    assert found["hair colour"] == "dark" and found["hair length"] == "short" and found["expression"] == "neutral"


def test_each_thing_that_is_drawn_is_found() -> None:
    """Glasses and dark ones, a hat, long hair and none, a beard, red lips, light hair, a light ground."""
    glasses = Drawn()
    glasses.paint("glasses", 0.3, 0.42, 0.7, 0.5, (0.75, 0.55, 0.45))
    assert glasses.states()["glasses"] == "glasses"
    glasses.paint("glasses", 0.3, 0.42, 0.7, 0.5, (0.05, 0.05, 0.05))
    assert glasses.states()["glasses"] == "sunglasses"
    hat = Drawn()
    hat.paint("hat", 0.15, 0.0, 0.85, 0.3, (0.1, 0.5, 0.1))
    assert hat.states()["hat"] == "hat"
    long = Drawn()
    long.paint("hair", 0.02, 0.2, 0.2, 1.0, (0.8, 0.7, 0.4))
    assert long.states()["hair length"] == "long" and long.values()["hair lightness"] > Drawn().values()["hair lightness"] + 10
    bald = Drawn()
    bald.paint("skin", 0.2, 0.05, 0.8, 0.25, (0.8, 0.6, 0.5))
    assert bald.states()["hair length"] == "bald"
    beard = Drawn()
    for box in ((0.3, 0.64, 0.7, 0.69), (0.3, 0.76, 0.7, 0.95)):
        beard.paint("skin", *box, (0.3, 0.2, 0.15))
    assert beard.states()["beard"] == "beard"
    lips = Drawn()
    lips.paint("lower lip", 0.4, 0.69, 0.6, 0.76, (0.8, 0.1, 0.15))
    assert lips.states()["lips"] == "lipstick"


@pytest.mark.parametrize(("way", "state"), [(-0.12, "left"), (0.12, "right")])
def test_a_turned_head(way: float, state: str) -> None:
    """The nose moves, the jaw stays; in the mirror it is the other way."""
    drawn = Drawn()
    drawn.landmarks[27:36, 0] += way
    assert drawn.states()["turn"] == state
    drawn.landmarks[31] += 0.5  # the nose's wings do not count
    assert drawn.states()["turn"] == state


def test_a_head_that_nods_and_a_mouth_that_opens() -> None:
    """The nose's tip goes up or down between eyes and mouth; lips part."""
    drawn = Drawn()
    drawn.landmarks[30, 1] = EYES + 0.35 * (MOUTH - EYES)
    assert drawn.states()["nod"] == "up"
    drawn.landmarks[30, 1] = EYES + 0.8 * (MOUTH - EYES)
    drawn.landmarks[65:68, 1] += 0.05
    assert drawn.states()["nod"] == "down" and drawn.states()["mouth"] == "open"
    assert drawn.values()["mouth open"] == pytest.approx(0.05 / 0.24, rel=0.1)


def test_a_busy_ground_and_expressions() -> None:
    """Stripes of two colours are busy, and lighter on the mean; the likeliest expression counts."""
    drawn, plain = Drawn(), Drawn()
    drawn.picture[:, :12] = 1.0
    drawn.picture[:, :, :40:4] = 1.0
    assert drawn.states()["setting"] == "busy" and plain.states()["setting"] == "plain"
    assert drawn.values()["background lightness"] > plain.values()["background lightness"]
    drawn.expressions = torch.tensor([0.1, 0.8, 0.02, 0.02, 0.02, 0.02, 0.02])
    assert drawn.states()["expression"] == "smiling"
    assert drawn.values()["smiling"] == pytest.approx(torch.logit(torch.tensor(0.8)).item(), abs=1e-4)
