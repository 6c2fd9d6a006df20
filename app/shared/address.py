"""Where a visitor is, as the page's URL: the one reader and the one writer. The browser's half, address.js, has its names from here.

Whatever shows something tells where that is by an attribute, `data-address`, which `tell` writes. The browser joins what all
opened tabs tell, the open one's last, into the URL: a new entry of its history where one is somewhere else, and none where only
something small was turned. A link, Reload and Back go the other way: `read` checks what is hostile, and each tab takes what is
its own (`app.shared.arrival`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from markupsafe import Markup

from app.shared.templates import macros
from core.foundations.errors import SettingError
from core.language.words import LONGEST

FACES = "faces"
"""The world that only the tabs Edit, Features and Shift open; Segment and Heads look at faces as at photographs."""
TABS = ("edit", "features", "invert", "rosetta", "segment", "heads", "fool", "classes", "shift")
MOST = 16_000
"""Longest address, in characters."""
EYES = r"[\w.:/ -]{1,160}"
"""A public model that looks, see `core.models.named_eyes.Named.link`."""
PLACE = r"\d{1,4}\.\d{1,4}"
BROKEN = "This link names something that does not exist here ({}). Ask for it again, or begin with what you see."


@dataclass(frozen=True)
class Field:
    """One name of an address.

    Attributes:
        tabs: those that tell it and take it.
        form: what its value looks like, as a pattern; a tab still has to find out whether there is such a thing.
        small: whether another value is no new place, so that Back passes it by.
    """

    tabs: tuple[str, ...]
    form: str
    small: bool = False


FIELDS = {
    "tab": Field((), "|".join(TABS)),
    "recipe": Field(("edit",), r"[\w-]+", small=True),
    "portrait": Field(("edit",), r"[0-9a-f]{16}", small=True),
    "edit": Field(("edit",), r"\w{1,20}", small=True),
    "world": Field(("segment", "heads"), r"\w{1,20}"),
    "picture": Field(("segment", "heads"), r"(?:scene|example)-\d{1,10}|photo-[\w-]{1,60}|own-[0-9a-f]{16}|noun|face"),
    "eyes": Field(("segment", "heads"), EYES),
    "word": Field(("segment",), rf".{{1,{LONGEST}}}"),
    "against": Field(("segment",), rf".{{1,{LONGEST}}}"),
    "method": Field(("segment",), r"\w{1,40}", small=True),
    "head": Field(("heads",), PLACE),
    "neuron": Field(("heads",), PLACE),
    "off": Field(("heads",), rf"{PLACE}(?:_{PLACE}){{0,143}}", small=True),
    "texts": Field(("heads",), rf"(?s:.){{1,{12 * (LONGEST + 1)}}}", small=True),
    "decides": Field(("classes",), r"noun(?:-\d{1,10})?|photo-[\w-]{1,60}"),
    "class": Field(("classes",), r".{1,60}"),
    "judge": Field(("classes",), EYES),
    "map": Field(("features",), r"\w{1,20}"),
    "feature": Field(("features",), r".{1,120}"),
    "strength": Field(("features",), r"-?\d(?:\.\d{1,2})?", small=True),
    "into": Field(("invert",), r"\w{1,20}"),
    "given": Field(("invert",), r"(?:example|sample)-\d{1,10}|photo-[\w-]{1,60}"),
    "guide": Field(("invert",), r"\w{1,60}", small=True),
    "begin": Field(("invert",), r"\w{1,20}", small=True),
    "wall": Field(("rosetta",), r"\w{1,20}"),
    "concept": Field(("rosetta",), r"[\w:.-]{1,60}"),
    "true": Field(("fool",), r".{1,60}"),
    "wrong": Field(("fool",), r".{1,60}"),
    "laid": Field(("fool",), r"[\w-]{1,60}"),
    "through": Field(("fool",), EYES),
    "table": Field(("shift",), FACES),
    "sprite": Field(("shift",), r"\d{1,2}(?:\.\d{1,2}){4}"),
    "to": Field(("shift",), r"(?:-|\d{1,2})(?:\.(?:-|\d{1,2})){4}", small=True),
    "way": Field(("shift",), r"\w{1,40}", small=True),
    "stage": Field((), r"\d{1,2}|live", small=True),
}
"""Everything that an address may say. `edit` is the world of the tab Edit where no recipe tells it; of a world that is Edit's alone
`world` is another name for it. `portrait` names what a recipe lacks, see `app.shared.own_portrait`. `recipe` is small because the
picture and the number of its steps tell of themselves."""


@dataclass(frozen=True)
class Address:
    """What a link says; false where it says nothing.

    Attributes:
        said: names and values, each of its form.
        open: the tab that the link opens.
        recipe: of the Noun on the tab Edit, which other tabs may look at.
        own: a visitor's own picture as the browser kept it, as a data URI; "" where the link shows none. Hostile until checked.
        portrait: a visitor's own face of the tab Edit likewise, as JSON.
    """

    said: tuple[tuple[str, str], ...] = ()
    open: str = ""
    recipe: str = ""
    own: str = ""
    portrait: str = ""

    def __bool__(self) -> bool:
        return bool(self.said)

    def get(self, name: str) -> str:
        """A value, or ""."""
        return dict(self.said).get(name, "")

    def of(self, tab: str) -> Address:
        """What it says of one tab."""
        said = tuple((name, value) for name, value in self.said if tab in FIELDS[name].tabs)
        return Address(said, self.open, self.recipe, self.own, self.portrait if tab == TABS[0] else "")


NOWHERE = Address()
"""Where no link leads."""


def read(query: Any, own: Any = "", portrait: Any = "") -> Address:
    """An address from the browser; names that are not ours are passed over.

    Args:
        query: what stands behind the question mark.
        own: see `Address`.
        portrait: likewise.

    Raises:
        SettingError: where it is too long, or says what nothing here could be.
    """
    if not isinstance(query, str) or len(query) > MOST:
        raise SettingError(BROKEN.format("it is too long"))
    try:
        pairs = parse_qsl(query.removeprefix("?"), max_num_fields=64, errors="strict")
    except ValueError as error:
        raise SettingError(BROKEN.format("its letters are damaged")) from error
    said = {name: value for name, value in pairs if name in FIELDS}
    if said.get("world") == FACES:
        said["edit"] = said.pop("world")
    for name, value in said.items():
        if not re.fullmatch(FIELDS[name].form, value):
            raise SettingError(BROKEN.format(name))
    tab = said.pop("tab", "") or next((FIELDS[name].tabs[0] for name in said if FIELDS[name].tabs), TABS[0])
    own, portrait = (kept if isinstance(kept, str) else "" for kept in (own, portrait))
    return Address(tuple(sorted(said.items())), tab, said.get("recipe", ""), own, portrait)


def write(**said: str) -> str:
    """What is told, as it stands behind the question mark; what is empty is left out."""
    assert said.keys() <= FIELDS.keys(), f"an address has no {sorted(said.keys() - FIELDS.keys())}"
    return urlencode({name: value for name, value in said.items() if value})


def tell(place: str = "", **said: str) -> Markup:
    """The attribute by which a piece of a tab tells where it is, for a template or a tag.

    Args:
        place: tells of a new place where no name that is not small does.
    """
    return macros("shared/address.html").tell(write(**said), place)


def sign(**said: str) -> str:
    """The same as a tag of its own, which is not seen, for a piece whose tags are made elsewhere."""
    return str(macros("shared/address.html").sign(write(**said)))


def known() -> dict[str, dict]:
    """The names for the browser: whose each is, and which are small."""
    return {name: {"tabs": field.tabs, "small": field.small} for name, field in FIELDS.items()}
