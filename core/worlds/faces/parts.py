"""The parts that the reader of faces tells apart (core.models.face_seen), by the words that people have for them.

Left and right are those of the picture. Earrings and necklaces are left out: the reader finds next to none of those that its teacher
finds (its card: intersection over union .08 and .11), so that it could not say whether one is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.models.face_seen import PARTS

_EYES, _BROWS, _LIPS = ("left eye", "right eye"), ("left brow", "right brow"), ("upper lip", "lower lip")
_MOUTH = ("mouth", *_LIPS)
_FACE = ("skin", *_BROWS, *_EYES, "glasses", "nose", *_MOUTH)
_EARS = ("left ear", "right ear", "earring")


@dataclass(frozen=True)
class Named:
    """Something of a face that can be asked for by name.

    Attributes:
        name: what people are told it is called.
        parts: of PARTS, whose places together are its own.
        words: what else it is called.
        state: the slot and state in which it has to be, or () where its places alone tell whether it is there.
    """

    name: str
    parts: tuple[str, ...]
    words: tuple[str, ...] = ()
    state: tuple[str, ...] = ()

    @property
    def channels(self) -> list[int]:
        """Where its parts stand in PARTS."""
        return [PARTS.index(part) for part in self.parts]


NAMED: tuple[Named, ...] = (
    Named("hair", ("hair",), ("hairs", "hairstyle", "hairdo", "haircut", "locks", "tresses", "mane")),
    Named("face", _FACE),
    Named("background", ("background",), ("backdrop", "surroundings", "scenery")),
    Named("glasses", ("glasses",), ("eyeglasses", "spectacles", "specs", "eyewear", "pair of glasses", "reading glasses")),
    Named("sunglasses", ("glasses",), ("shades", "dark glasses", "sun glasses", "pair of sunglasses"), ("glasses", "sunglasses")),
    Named("hat", ("hat",), ("cap", "headwear", "headgear", "beanie")),
    Named("lips", _LIPS, ("lip",)),
    Named("lipstick", _LIPS, (), ("lips", "lipstick")),
    Named("mouth", _MOUTH),
    Named("inside of the mouth", ("mouth",), ("inside the mouth", "inside mouth", "inside of mouth")),
    Named("eyes", _EYES, ("eye",)),
    Named("eyebrows", _BROWS, ("eyebrow", "brows", "brow")),
    Named("nose", ("nose",)),
    Named("ears", _EARS, ("ear",)),
    Named("neck", ("neck", "necklace"), ("throat",)),
    Named("clothes", ("cloth",), ("clothing", "cloth", "garment", "garments", "outfit", "apparel")),
    Named("skin", ("skin", "nose", "neck", *_EARS), ("complexion",)),
    Named("head", (*_FACE, *_EARS, "hair", "hat")),
    Named("person", PARTS[1:], ("someone", "human", "figure")),
    Named("upper lip", ("upper lip",), ("top lip",)),
    Named("lower lip", ("lower lip",), ("bottom lip",)),
    Named("left eye", ("left eye",)),
    Named("right eye", ("right eye",)),
    Named("left eyebrow", ("left brow",), ("left brow",)),
    Named("right eyebrow", ("right brow",), ("right brow",)),
    Named("left ear", ("left ear",)),
    Named("right ear", ("right ear",)),
)
"""Everything that can be asked for, what is asked for most first."""
_APART = ("hair", "background", "glasses", "hat", "lips", "eyes", "eyebrows", "nose", "ears", "neck", "clothes", "inside of the mouth")
PLACED: tuple[Named, ...] = (*(named for named in NAMED if named.name in _APART), Named("skin", ("skin",)))
"""What a place may be of: every part of PARTS is in one of these, and in no other."""
_BESIDE = frozenset("a an the this that these those his her their its my your our some any person's only just".split())
"""Words that say nothing about which part is meant."""
_BY_WORD = {word: named for named in NAMED for word in (named.name, *named.words)}


def part_named(words: Sequence[str]) -> Named | None:
    """What a phrase, word for word in plain form, names of a face; None where that is no part of one, or more than one."""
    return _BY_WORD.get(" ".join(word for word in words if word not in _BESIDE))
