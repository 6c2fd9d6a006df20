"""What strangers may send: each kind of argument with its words, its example, and its check. Every refusal is a sentence."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Annotated, Any

from PIL import Image
from pydantic import Field, TypeAdapter, ValidationError

from app.shared import guard
from app.shared.worlds import World, Worlds
from core.foundations.errors import PictureError, RecipeError, SettingError
from core.foundations.images import open_image
from core.language.words import LONGEST
from core.worlds.dsprites.factors import COUNTS, FACTORS

IMAGE = 6_000_000
"""Longest image, in characters of base64."""
METHOD = 40
"""Longest name of a method, in characters."""
TEXTS = 12
"""Most texts that are held against each other."""
HEADS = 512
"""Most heads that are switched off."""
SEEDS = 2**31 - 1
"""The largest seed."""
NOUN = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgBAMAAACBVGfHAAAAElBMVEX//////fLh19XpJlwCfJIAAAC73UXOAAAAlklEQVR42q2QzQ3DIAxGnxED0A1SFmkO"
    "jJ0DXaRig2YA5PRA+ElaqapUDrb86dkftniOz/CzYPesCT8SmuAxCqmFImiPpgMlGajd3bbVWmwVAsSZHNuMfHcsl9qSbADm8esLEHeb4y5ahIy9rYQnAOLR"
    "1BH/8R7mrepnnUA8IA6Aba0X07KNuCoY/5W4yolI24mY/ku8ANe0N7D9dw47AAAAAElFTkSuQmCC"
)
"""A Noun, as an example."""

Sentence = Annotated[
    str,
    Field(
        description=f'What should change, in a sentence of up to {LONGEST} characters, such as "swap the head for a shark".',
        examples=["swap the head for a shark"],
    ),
]
Recipe = Annotated[
    str, Field(description="A picture and its edits, as JSON in a string: the `recipe` of an earlier answer, or of a saved picture.")
]
Start = Annotated[
    str,
    Field(description="The picture and its edits so far: the `recipe` of an earlier answer. Empty begins with a picture of our own."),
]
ImageText = Annotated[
    str,
    Field(description="A picture as base64 or as a data URI: PNG, JPEG, WebP or another common kind, up to 4 MB.", examples=[NOUN]),
]
Text = Annotated[
    str,
    Field(description=f'What to look for, in up to {LONGEST} characters, such as "shark" or "red glasses".', examples=["red glasses"]),
]
Texts = Annotated[
    list[str],
    Field(
        description=f"From 1 to {TEXTS} texts among which the model chooses, such as names of animals.",
        examples=[["an animal", "a machine", "a house"]],
    ),
]
Limit = Annotated[int, Field(description="How many answers at most; a number out of bounds is moved into them.")]
Method = Annotated[
    str, Field(description='The way to do it, by its name; the endpoint `methods` lists all of them. "studio" is the studio\'s own.')
]
WorldName = Annotated[
    str,
    Field(
        description='Whose model looks: "nouns" for pixel-art characters, 64 x 64 pixels, or "photos" for photographs; the latter needs '
        "weights that are fetched on the tab Segment first."
    ),
]
ClassName = Annotated[
    str,
    Field(description='The class that is asked after, by its name, such as "shark"; empty asks after the answer.', examples=["shark"]),
]
Seed = Annotated[int, Field(description="Of chance: the same seed gives the same pictures.")]
Off = Annotated[
    list[list[int]],
    Field(
        description="The attention heads that are switched off, each as [layer, head], both counted from 0. The endpoint `heads` lists "
        "them.",
        examples=[[[5, 0], [5, 3]]],
    ),
]
Sprite = Annotated[
    dict[str, int],
    Field(
        description="The sprite to start from, all five factors: "
        + ", ".join(f"{name} from 0 to {count - 1}" for name, count in zip(FACTORS, COUNTS, strict=True))
        + ". Shapes are 0 square, 1 ellipse, 2 heart; x counts columns from the left, y rows from the top.",
        examples=[{"shape": 2, "scale": 4, "rotation": 3, "x": 25, "y": 9}],
    ),
]
Wanted = Annotated[
    dict[str, int],
    Field(description="The factors that should change and the values they should have; the others should stay.", examples=[{"x": 5}]),
]


def picture(image: Any) -> Image.Image:
    """Base64 or a data URI to an image, upright and with its transparency, as the page takes in an upload; PictureError otherwise."""
    if not isinstance(image, str):
        raise PictureError("An image is text here. Send a PNG or JPEG as base64 or as a data URI.")
    if len(image) > IMAGE:
        raise PictureError("This image is too long. Send a PNG or JPEG of up to 4 MB.")
    try:
        data = base64.b64decode(image.partition(",")[2] if image.startswith("data:") else image, validate=True)
    except ValueError as error:  # binascii.Error is one
        raise PictureError("This image is not base64. Send a PNG or JPEG as base64 without line breaks, or as a data URI.") from error
    return open_image(data, ground=None)  # each world lays it on its own ground


def recipe(text: Any) -> str:
    """What may be a recipe; RecipeError where it is no text or too long."""
    if not isinstance(text, str):
        raise RecipeError("A recipe is text here. Send the recipe of an earlier answer as it is, as JSON in a string.")
    return guard.recipe(text)


def limit(value: Any, most: int) -> int:
    """How many answers, moved into its bounds; SettingError where it is no whole number."""
    if isinstance(value, bool) or not (isinstance(value, int) or isinstance(value, float) and value.is_integer()):
        raise SettingError(f"The limit is not a whole number. Send one from 1 to {most}.")
    return int(min(max(value, 1), most))


def whole(value: Any, what: str, most: int) -> int:
    """A whole number from 0 to `most`; SettingError where it is none."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise SettingError(f"The {what} is a whole number from 0 to {most}.")
    return value


def seed(value: Any) -> int:
    """A seed; SettingError where it is none."""
    return whole(value, "seed", SEEDS)


def method(name: Any) -> str:
    """What may be the name of a method; SettingError where it cannot."""
    if not isinstance(name, str) or not 0 < len(name) <= METHOD:
        raise SettingError('A method is a short name. Send one such as "studio" or "tokens".')
    return name


def class_name(name: Any) -> str:
    """What may be the name of a class; "" for none; RequestError where it is none or too long."""
    return guard.asked(name) if name not in ("", None) else ""


def world(worlds: Worlds, name: Any) -> World:
    """A world by its name; SettingError where there is none."""
    if not isinstance(name, str) or name not in worlds.all:
        raise SettingError(f"There is no such world here. Send one of: {', '.join(worlds.all)}.")
    return worlds.named(name)


_TEXTS: TypeAdapter = TypeAdapter(Annotated[list[str], Field(min_length=1, max_length=TEXTS)])
_OFF: TypeAdapter = TypeAdapter(Annotated[list[tuple[int, int]], Field(max_length=HEADS)])
_FACTORS: TypeAdapter = TypeAdapter(Annotated[dict[str, int], Field(max_length=len(FACTORS))])


def _as(kind: TypeAdapter, value: Any, sentence: str) -> Any:
    """A value of a kind, nothing converted that is of another; SettingError with a sentence otherwise."""
    try:
        return kind.validate_json(kind.dump_json(value, warnings=False), strict=True)
    except (ValidationError, ValueError, TypeError, RecursionError) as error:
        raise SettingError(sentence) from error


def texts(value: Any) -> list[str]:
    """Texts to choose among; an error in a sentence where they are none, too many or too long."""
    found = _as(_TEXTS, value, f'Send a list of 1 to {TEXTS} texts, such as ["an animal", "a machine"].')
    return [guard.asked(text) for text in found]


def off(value: Any) -> tuple[tuple[int, int], ...]:
    """Heads that are switched off, each once; SettingError where they are no pairs of numbers."""
    found = _as(_OFF, value, f"Send up to {HEADS} heads as pairs of layer and head, such as [[5, 0], [5, 3]]; [] switches none off.")
    return tuple(dict.fromkeys(tuple(pair) for pair in found))


def factors(value: Any, what: str) -> dict[str, int]:
    """Values of a sprite's factors by name; SettingError where a name or a value does not exist."""
    found: Mapping[str, int] = _as(_FACTORS, value, f'Send {what} as names and whole numbers, such as {{"x": 5}}.')
    for name, number in found.items():
        if name not in FACTORS:
            raise SettingError(f"A sprite has no {name[:METHOD]!r}. Send {', '.join(FACTORS)}.")
        if not 0 <= number < (count := COUNTS[FACTORS.index(name)]):
            raise SettingError(f"The {name} of a sprite goes from 0 to {count - 1}. Send a whole number between them.")
    return dict(found)


def sprite(value: Any) -> tuple[int, ...]:
    """A whole sprite; SettingError where a factor is missing."""
    found = factors(value, "the sprite")
    if missing := [name for name in FACTORS if name not in found]:
        raise SettingError(f"The sprite's {missing[0]} is missing. Send all five: {', '.join(FACTORS)}.")
    return tuple(found[name] for name in FACTORS)
