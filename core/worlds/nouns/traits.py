"""What a unit can follow in pictures of Nouns: a slot, a colour, a slot in a colour, or one part; each with its exact map.

Made from compositions, be they the truth or what was read in a picture by its pixels (core.worlds.nouns.reader).
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.worlds.nouns import catalogue
from core.worlds.nouns.art import SIDE, SLOTS, load_art
from core.worlds.nouns.compose import draw, owners, to_rgb

COLOURS = ("black", "grey", "white", "red", "orange", "brown", "yellow", "beige", "green", "teal", "blue", "purple", "pink")
"""The words for colours, as people divide them."""
TONES = ("light", "dark", "vivid", "pale", "warm", "cool")
"""How light, how vivid and how warm a place is, and the contrary; no matter which colour it has."""
HUES = (
    (15, "red"),
    (42, "orange"),
    (66, "yellow"),
    (160, "green"),
    (195, "teal"),
    (255, "blue"),
    (290, "purple"),
    (345, "pink"),
    (361, "red"),
)
"""Up to which angle of the colour wheel, in degrees, a colour has which name."""


@dataclass(frozen=True)
class Trait:
    """Something that a picture can have at a place.

    Attributes:
        slot: where it is; "" for anywhere.
        part: the part's id; "" for any.
        colour: one of COLOURS or TONES; "" for any.
        name: for people.
    """

    slot: str
    part: str
    colour: str
    name: str


def colour_word(rgb: tuple[int, int, int] | np.ndarray) -> str:
    """The word for a colour, three whole numbers up to 255; one of COLOURS."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(int(c) / 255 for c in rgb))
    if value < 0.22:
        return "black"
    if saturation < 0.13:
        return "white" if value > 0.88 else "grey"
    if saturation < 0.3 and value > 0.6 and 15 <= hue * 360 < 66:
        return "beige"
    word = next(name for end, name in HUES if hue * 360 < end)
    if word in ("red", "orange") and value < 0.65 and saturation < 0.85 or word == "orange" and value < 0.65:
        return "brown"
    return "pink" if word == "red" and saturation < 0.5 and value > 0.75 else word


@lru_cache(maxsize=1)
def palette_words() -> np.ndarray:
    """For each palette entry the place of its word in COLOURS `[241]`; -1 for the transparent one."""
    words = np.array([COLOURS.index(colour_word(rgb)) for rgb in load_art().palette])
    words[0] = -1
    return words


@lru_cache(maxsize=1)
def traits() -> tuple[Trait, ...]:
    """All of them: slots, colours, tones, slots in a colour, then every part that shows something."""
    found = [Trait(slot, "", "", slot) for slot in SLOTS]
    found += [Trait("", "", colour, colour) for colour in COLOURS]
    found += [Trait("", "", tone, tone) for tone in TONES]
    found += [Trait(slot, "", colour, f"{colour} {slot}") for slot in SLOTS for colour in COLOURS]
    for slot in SLOTS:
        layers = load_art().layers[slot]
        found += [Trait(slot, p.id, "", catalogue.title(p)) for p, layer in zip(catalogue.parts(slot), layers, strict=True) if layer.any()]
    return tuple(found)


def trait_maps(compositions: np.ndarray, side: int = SIDE, parts: bool = True) -> np.ndarray:
    """How much of each place has each trait.

    Args:
        compositions: `[n 5]`.
        side: height and width of the maps, a divisor of 32.
        parts: whether single parts are among the traits.

    Returns:
        `[n a side side]` float32 in [0, 1], in the order of `traits()`.
    """
    indices, owner = draw(compositions), owners(compositions)
    word = palette_words()[indices]
    slots = [owner == place for place in range(len(SLOTS))]
    colours = [word == place for place in range(len(COLOURS))]
    both = [s & c for s in slots for c in colours]
    maps = [pooled(one, side) for one in (*slots, *colours, *tones(to_rgb(indices)), *both)]
    if parts:
        small = maps[: len(SLOTS)]
        for trait in traits()[len(maps) :]:
            place = SLOTS.index(trait.slot)
            has = compositions[:, place] == load_art().position(trait.slot, trait.part)
            maps.append(small[place] * has[:, None, None])
    return np.stack(maps, 1)


def trait_of(name: str) -> int | None:
    """The place among `traits()` of the trait, other than a single part, that a name says, be the name numbered or not; None for none."""
    plain, names = name.rstrip("0123456789 "), [one.name for one in traits() if not one.part]
    return names.index(plain) if plain in names else None


def amount(compositions: np.ndarray, trait: int) -> np.ndarray:
    """How many pixels of compositions `[n 5]` have a trait, other than a single part, `[n]`."""
    found: np.ndarray = trait_maps(compositions, parts=False)[:, trait].sum((1, 2))
    return found


def tones(rgb: np.ndarray) -> list[np.ndarray]:
    """How much of each of TONES every pixel has, RGB `[n h w 3]` uint8 to `[n h w]` float32 each, in [0, 1]."""
    red, green, blue = (rgb[..., c].astype(np.float32) / 255 for c in range(3))
    light, vivid = 0.299 * red + 0.587 * green + 0.114 * blue, np.ptp(rgb, -1).astype(np.float32) / 255
    warm = (1 + red - blue) / 2
    return [light, 1 - light, vivid, 1 - vivid, warm, 1 - warm]


def pooled(mask: np.ndarray, side: int) -> np.ndarray:
    """Means of a mask or of numbers `[n 32 32]` in each place of maps `[n side side]`, float32."""
    step = SIDE // side
    return mask.reshape(len(mask), side, step, side, step).mean((2, 4), dtype=np.float32)
