"""What can be measured of a portrait, and in which state each of its slots is.

An attribute is one number of a picture, by a formula from its colours and from what was seen of it (core.models.face_seen). Colours
are looked at with 64 x 64 places, which is what the parts have. Areas are in square eye distances; lightness and colour are CIE
L*a*b*'s, from sRGB, white at D65; expressions and sex are odds, as natural logarithms.

Source: CIE 15:2004 for L*a*b*. The formulas are our own. Each was kept after the eight lowest and the eight highest of 2,200 painted
faces, and those about its threshold, had been looked at, and showed what its name says. Left out were: curls (how rough hair is, and
how little its edges run one way, found knitted hats, bald heads and darkness), stubble apart from beards (it found glasses and hands),
and how much of the mouth's inside is seen (it says no more than the gap between the lips). Anger is the network's own number; the
painted faces hardly show any, so nothing was learned of its threshold.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from core.models.face_seen import EXPRESSIONS, PARTS, SIDE, FaceSeen

LEFT_EYE, RIGHT_EYE = slice(36, 42), slice(42, 48)
LEFT_BROW, RIGHT_BROW = slice(17, 22), slice(22, 27)
OUTER_LIPS = slice(48, 60)
LEFT_JAW, RIGHT_JAW, NOSE_BRIDGE = slice(0, 5), slice(12, 17), slice(28, 31)
NOSE_TIP, NOSE_END, CHIN = 30, 33, 8
LEFT_CORNERS, RIGHT_CORNERS = (36, 48), (45, 54)
"""Landmarks, in dlib's order; the corners are those of an eye and of the mouth."""
LEAST = 1e-6
"""Nearest that a probability is taken to 0 or 1."""


def lab(pictures: Tensor) -> Tensor:
    """L*a*b* `[n 3 h w]` of RGB `[n 3 h w]` in [0, 1]: lightness in 0 to 100, a towards red, b towards yellow."""
    linear = torch.where(pictures <= 0.04045, pictures / 12.92, ((pictures + 0.055) / 1.055).clamp(min=0) ** 2.4)
    to_xyz = pictures.new_tensor([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    t = torch.einsum("kc,nchw->nkhw", to_xyz, linear) / pictures.new_tensor([0.9505, 1.0, 1.089])[:, None, None]
    f = torch.where(t > (6 / 29) ** 3, t.clamp(min=1e-6) ** (1 / 3), t / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = f.unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


class Look:
    """Pictures, and what was seen of them, as the formulas want it.

    Args:
        pictures: RGB `[n 3 256 256]` in [0, 1], aligned as FFHQ.
        seen: what was seen of them.
    """

    def __init__(self, pictures: Tensor, seen: FaceSeen) -> None:
        self.seen = seen
        self.lab = lab(F.adaptive_avg_pool2d(pictures, SIDE))
        self.rough = _roughness(pictures)
        at = (torch.arange(SIDE, device=pictures.device) + 0.5) / SIDE
        self.y, self.x = torch.meshgrid(at, at, indexing="ij")

    def part(self, *names: str) -> Tensor:
        """How much of each place is of these parts, `[n 64 64]`."""
        return self.seen.parts[:, [PARTS.index(name) for name in names]].sum(1)

    def expression(self, name: str) -> Tensor:
        """The odds of an expression, as a natural logarithm `[n]`."""
        return torch.logit(self.seen.expressions[:, EXPRESSIONS.index(name)].clamp(LEAST, 1 - LEAST))

    def middle(self, marks: slice | int) -> Tensor:
        """(x, y) `[n 2]` of one landmark, or of the middle of some."""
        return self.seen.landmarks[:, marks] if isinstance(marks, int) else self.seen.landmarks[:, marks].mean(1)

    @cached_property
    def eyes(self) -> Tensor:
        """(x, y) `[n 2]` of the middle between the eyes."""
        return (self.middle(LEFT_EYE) + self.middle(RIGHT_EYE)) / 2

    @cached_property
    def apart(self) -> Tensor:
        """The eye distance `[n]`, as a share of the picture's side; of a face that is turned away, what it would be.

        Turning brings the eyes nearer to each other, not to the mouth, which lies 1.18 eye distances below on the mean face.
        """
        across = (self.middle(RIGHT_EYE) - self.middle(LEFT_EYE)).norm(dim=1)
        down = (self.middle(OUTER_LIPS) - self.eyes).norm(dim=1)
        return torch.maximum(across, down / 1.18).clamp(min=0.02)

    def area(self, weights: Tensor) -> Tensor:
        """How large something `[n 64 64]` is, in square eye distances `[n]`."""
        return weights.mean((1, 2)) / self.apart.square()

    def mean(self, values: Tensor, weights: Tensor) -> Tensor:
        """The mean `[n]` of values `[n 64 64]` under weights."""
        return (values * weights).sum((1, 2)) / weights.sum((1, 2)).clamp(min=1e-3)

    def within(self, low: Tensor, high: Tensor) -> Tensor:
        """Places `[n 64 64]` inside boxes from (x, y) `[n 2]` to (x, y) `[n 2]`."""
        low, high = low[:, :, None, None], high[:, :, None, None]
        across = (self.x >= low[:, 0]) & (self.x <= high[:, 0])
        return (across & (self.y >= low[:, 1]) & (self.y <= high[:, 1])).float()

    def box(self, left: tuple[int, float], top: tuple[int, float], right: tuple[int, float], bottom: tuple[int, float]) -> Tensor:
        """Places `[n 64 64]` between four landmarks, each with what is added, in eye distances."""
        sides = [
            self.seen.landmarks[:, mark, axis] + more * self.apart for axis, (mark, more) in ((0, left), (1, top), (0, right), (1, bottom))
        ]
        return self.within(torch.stack(sides[:2], 1), torch.stack(sides[2:], 1))

    @cached_property
    def cheeks(self) -> Tensor:
        """The skin `[n 64 64]` from below the eyes to the nose's end, as wide as the eyes."""
        return self.part("skin") * self.box((36, 0), (40, 0.25), (45, 0), (NOSE_END, 0))

    @cached_property
    def around_mouth(self) -> Tensor:
        """The skin `[n 64 64]` above, below and beside the lips, down to the chin."""
        return self.part("skin") * self.box((48, -0.1), (NOSE_END, 0.08), (54, 0.1), (CHIN, -0.05))

    @cached_property
    def lenses(self) -> Tensor:
        """Places `[n 64 64]` about the eyes, where lenses are."""
        reach = torch.stack([0.32 * self.apart, 0.22 * self.apart], 1)
        boxes = [self.within(self.middle(eye) - reach, self.middle(eye) + reach) for eye in (LEFT_EYE, RIGHT_EYE)]
        return torch.maximum(*boxes)

    def lightness(self, weights: Tensor) -> Tensor:
        """The mean L* `[n]` under weights `[n 64 64]`."""
        return self.mean(self.lab[:, 0], weights)


def _roughness(pictures: Tensor) -> Tensor:
    """How much lightness changes from one pixel to the next, the root of the mean square, `[n 64 64]`."""
    grey = F.pad(lab(pictures)[:, :1], [0, 1, 0, 1], mode="replicate")
    here = grey[..., :-1, :-1]
    steps = (grey[..., :-1, 1:] - here).square() + (grey[..., 1:, :-1] - here).square()
    return F.adaptive_avg_pool2d(steps, SIDE)[:, 0].clamp(min=1e-8).sqrt()


def _open(look: Look) -> Tensor:
    """The gap between the lips, in eye distances."""
    marks = look.seen.landmarks
    return (marks[:, [67, 66, 65]] - marks[:, [61, 62, 63]]).norm(dim=2).mean(1) / look.apart


def _sunglasses(look: Look) -> Tensor:
    """How much darker than the cheeks it is behind glasses, times the share of glasses there."""
    glasses = look.part("glasses")
    behind = (glasses + look.part("left eye", "right eye")) * look.lenses
    return (look.lightness(look.cheeks) - look.lightness(behind)) * look.mean(glasses, look.lenses)


def _hair_below(look: Look) -> Tensor:
    """Hair lower than the nose's end."""
    return look.area(look.part("hair") * (look.y > look.middle(NOSE_END)[:, 1, None, None]))


def _hair_above(look: Look) -> Tensor:
    """Hair, or a hat that hides it, higher than the brows."""
    brow = torch.minimum(look.middle(LEFT_BROW), look.middle(RIGHT_BROW))[:, 1, None, None]
    return look.area(look.part("hair", "hat") * (look.y < brow))


def _beard(look: Look) -> Tensor:
    """How much darker than the nose the skin around the mouth is; the cheeks lie in the shadow of glasses."""
    return look.lightness(look.part("nose")) - look.lightness(look.around_mouth)


def _lipstick(look: Look) -> Tensor:
    """How much redder than the cheeks the lips are."""
    lips = look.part("upper lip", "lower lip").square()
    return look.mean(look.lab[:, 1], lips) - look.mean(look.lab[:, 1], look.cheeks)


def _turn(look: Look) -> Tensor:
    """Where the nose lies between the jaw's two sides, along the line of the eyes: -1 at the left one, 1 at the right one."""
    along = F.normalize(look.middle(RIGHT_EYE) - look.middle(LEFT_EYE), dim=1)
    nose = look.middle(NOSE_BRIDGE)
    left, right = ((nose - look.middle(LEFT_JAW)) * along).sum(1), ((look.middle(RIGHT_JAW) - nose) * along).sum(1)
    return (left - right) / (left + right).clamp(min=0.02)


def _nod(look: Look) -> Tensor:
    """How far down the nose's tip lies on the way from the eyes to the mouth, as a share."""
    down = look.middle(OUTER_LIPS) - look.eyes
    return ((look.middle(NOSE_TIP) - look.eyes) * down).sum(1) / down.square().sum(1).clamp(min=1e-4)


def _busy(look: Look) -> Tensor:
    """How unlike each other the background's places are in colour, times how rough it is, as a natural logarithm."""
    ground = look.part("background").square()
    spread = [(look.lab[:, c] - look.mean(look.lab[:, c], ground)[:, None, None]).square() for c in range(3)]
    unlike = look.mean(torch.stack(spread).sum(0), ground).clamp(min=1e-2).sqrt()
    return unlike.log() + look.mean(look.rough, ground).clamp(min=0.1).log()


def _hair(look: Look) -> Tensor:
    return look.part("hair").square()


FORMULAS: dict[str, Callable[[Look], Tensor]] = {
    "neutral": lambda look: look.expression("neutral"),
    "smiling": lambda look: look.expression("happy"),
    "surprised": lambda look: look.expression("surprised"),
    "sad": lambda look: look.expression("sad"),
    "angry": lambda look: look.expression("angry"),
    "mouth open": _open,
    "age": lambda look: look.seen.age,
    "female": lambda look: torch.logit(look.seen.female.clamp(LEAST, 1 - LEAST)),
    "glasses": lambda look: look.area(look.part("glasses")),
    "sunglasses": _sunglasses,
    "hat": lambda look: look.area(look.part("hat")),
    "hair lightness": lambda look: look.lightness(_hair(look)),
    "hair colour": lambda look: look.mean(look.lab[:, 1:].norm(dim=1), _hair(look)),
    "hair below": _hair_below,
    "hair above": _hair_above,
    "beard": _beard,
    "lipstick": _lipstick,
    "turn": _turn,
    "nod": _nod,
    "background lightness": lambda look: look.lightness(look.part("background").square()),
    "busy": _busy,
    "skin lightness": lambda look: look.lightness(look.cheeks),
}
"""Each attribute by its name."""
ATTRIBUTES = tuple(FORMULAS)
"""Their names, in the order of all tables."""


def attributes(pictures: Tensor, seen: FaceSeen) -> Tensor:
    """All attributes `[n k]`, in the order of ATTRIBUTES.

    Args:
        pictures: RGB `[n 3 256 256]` in [0, 1], aligned as FFHQ.
        seen: what was seen of them.
    """
    look = Look(pictures, seen)
    return torch.stack([formula(look) for formula in FORMULAS.values()], 1)


def states(values: Tensor) -> list[dict[str, str]]:
    """In which state each slot is (core.worlds.faces.slots), for each row of attributes `[n k]`."""
    return [_states(dict(zip(ATTRIBUTES, row, strict=True))) for row in values.tolist()]


EXPRESSION_STATES = ("neutral", "smiling", "surprised", "sad", "angry")
"""Each with an attribute of its name; the likeliest one is the state."""


BORDERS: dict[str, tuple[float, ...]] = {
    "mouth open": (0.12,),
    "age": (28, 45),
    "glasses": (0.13,),
    "sunglasses": (24,),
    "hat": (2.0,),
    "hair lightness": (24, 42),
    "hair colour": (12,),
    "hair below": (0.8,),
    "hair above": (1.45,),
    "beard": (19,),
    "lipstick": (21,),
    "turn": (-0.3, 0.3),
    "nod": (0.48, 0.65),
    "background lightness": (28, 70),
    "busy": (4.0,),
}
"""Where one state ends and the next one begins, in rising order."""


def _states(of: dict[str, float]) -> dict[str, str]:
    def level(name: str, *names: str) -> str:
        return _level(of[name], names, BORDERS[name])

    long, worn = of["hair below"] > BORDERS["hair below"][0], of["sunglasses"] > BORDERS["sunglasses"][0]
    grey = of["hair lightness"] > BORDERS["hair lightness"][1] and of["hair colour"] < BORDERS["hair colour"][0]
    return {
        "expression": max(EXPRESSION_STATES, key=lambda name: of[name]),
        "mouth": level("mouth open", "closed", "open"),
        "age": level("age", "young", "middle-aged", "old"),
        "glasses": "sunglasses" if worn else level("glasses", "none", "glasses"),
        "hat": level("hat", "none", "hat"),
        "hair colour": "grey" if grey else level("hair lightness", "dark", "brown", "blond"),
        "hair length": "long" if long else level("hair above", "bald", "short"),
        "beard": level("beard", "none", "beard"),
        "lips": level("lipstick", "plain", "lipstick"),
        "turn": level("turn", "left", "ahead", "right"),
        "nod": level("nod", "up", "level", "down"),
        "background": level("background lightness", "dark", "middle", "light"),
        "setting": level("busy", "plain", "busy"),
    }


def _level(value: float, names: tuple[str, ...], bounds: tuple[float, ...]) -> str:
    """The name of the stretch, between bounds in rising order, that a value lies in."""
    return names[sum(value > bound for bound in bounds)]
