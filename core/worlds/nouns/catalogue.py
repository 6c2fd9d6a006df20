"""The names of the Nouns' parts, for people: what each part is called, what else it may be called, its kind and colours.

Source: assets/nouns/names.json, written by hand from the artwork. The two generated parts "bare" (no head, no
glasses) are added here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache

from core.foundations.english import with_article
from core.foundations.errors import RecipeError
from core.foundations.files import asset
from core.worlds.nouns.art import BARE, SLOTS, load_art
from core.worlds.parts import Part as Part

NOTHING = "nothing"
"""The kind of the parts that mean that nothing is there."""

_AS_NAMED = frozenset({"jewellery", "clothing", "pattern", "text", "symbol"})
_BARE_NAMES = {
    "head": ("no head", ("bare neck", "headless", "without a head")),
    "glasses": ("no glasses", ("bare eyes", "without glasses", "bare face")),
}


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, dict[str, Part]]:
    names = json.loads(asset("nouns/names.json").read_text())
    found: dict[str, dict[str, Part]] = {}
    for slot in SLOTS:
        found[slot] = {}
        for id_ in load_art().ids[slot]:
            if id_ not in names[slot]:
                name, synonyms = _BARE_NAMES[slot]
                found[slot][id_] = Part(slot, id_, name, synonyms, NOTHING, ())
                continue
            e = names[slot][id_]
            found[slot][id_] = Part(slot, id_, e["name"], tuple(e["synonyms"]), e["kind"], tuple(e["colours"]))
    return found


def parts(slot: str) -> tuple[Part, ...]:
    """All parts of a slot, in the artwork's order, the bare one included; RecipeError where there is no such slot."""
    try:
        return tuple(_catalogue()[slot].values())
    except KeyError as error:
        raise RecipeError(f"There is no slot {slot!r}. The slots are {', '.join(SLOTS)}.") from error


def part(slot: str, id: str) -> Part:
    """One part; RecipeError where the slot or the part does not exist."""
    for one in parts(slot):
        if one.id == id:
            return one
    raise RecipeError(f"There is no {slot} {id!r}. Choose one of the {len(parts(slot))} that core.worlds.nouns.catalogue lists.")


def title(part: Part) -> str:
    """What a part is called with its slot, without an article, as in "shark head" or "pink-purple glasses"."""
    if part.id == BARE.get(part.slot):
        return f"no {part.slot}"
    if part.slot == "background":
        return f"{part.name.removesuffix(' grey')} background"
    if part.slot == "glasses":
        first, _, rest = part.name.partition(" with ")
        return f"{first} glasses with {rest}" if rest else f"{first} glasses"
    if part.slot == "accessory":
        return part.name if part.kind in _AS_NAMED or part.name.endswith("text") else f"{part.name} print"
    return f"{part.name} {part.slot}"


def shown(part: Part) -> str:
    """What a picture shows of a part: of a head the thing itself, "shark"; all else as it is titled, "red glasses"."""
    return part.name if part.slot == "head" else title(part)


def parts_of(composition: Sequence[int]) -> dict[str, Part]:
    """The parts of a composition `[5]` of integers (see core.worlds.nouns.compose), by slot, back to front."""
    return {slot: parts(slot)[int(place)] for slot, place in zip(SLOTS, composition, strict=True)}


def caption(composition: Sequence[int]) -> str:
    """One sentence about a composition `[5]` of integers.

    Such as "a Noun with a shark head, red glasses, a teal body and a pizza necklace, on a cool background".
    """
    found = parts_of(composition)
    named = [with_article(title(found[slot])) for slot in ("head", "glasses", "body")]
    if found["accessory"].kind != NOTHING:
        named.append(with_article(title(found["accessory"])))
    return f"a Noun with {', '.join(named[:-1])} and {named[-1]}, on {with_article(title(found['background']))}"
