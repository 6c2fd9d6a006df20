"""What a portrait shows: its slots, and the states that each may be in.

Names alone; what tells one state from another in a picture stands in core.worlds.faces.attributes. Left and right are those of
the picture, as its viewer has them: a face that is turned to the left looks towards the picture's left edge.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.foundations.errors import StudioError


@dataclass(frozen=True)
class State:
    """One state of a slot: what other worlds call a part.

    Attributes:
        slot: of what.
        id: its id, unique within the slot.
        name: what it is called for people, by itself: "no glasses", "turned to the left".
    """

    slot: str
    id: str
    name: str


@dataclass(frozen=True)
class Slot:
    """One thing about a face that can be turned.

    Attributes:
        name: what it is called; also its id.
        states: in order; from one end of the scale to the other where there is a scale.
        bare: the state in which nothing is there or nothing is done, or "" where there is none such.
        ends: the first and the last state of the scale on which more or less of it is measured, or () where each state has its own.
    """

    name: str
    states: tuple[State, ...]
    bare: str = ""
    ends: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of its states, in order."""
        return tuple(state.id for state in self.states)

    def sign(self, state: str) -> int:
        """Which way a relative wish towards a state goes on the slot's scale: -1 to the first end, 1 to the last or up a state's own."""
        return -1 if self.ends and state == self.ends[0] else 1


def _slot(name: str, states: dict[str, str], bare: str = "", scale: bool = True, last: str = "") -> Slot:
    ids = tuple(states)
    ends = (ids[0], last or ids[-1]) if scale else ()
    return Slot(name, tuple(State(name, id, said) for id, said in states.items()), bare, ends)


SLOTS: dict[str, Slot] = {
    slot.name: slot
    for slot in (
        _slot(
            "expression",
            {
                "neutral": "a neutral face",
                "smiling": "a smile",
                "surprised": "a surprised look",
                "sad": "a sad look",
                "angry": "an angry look",
            },
            bare="neutral",
            scale=False,
        ),
        _slot("mouth", {"closed": "a closed mouth", "open": "an open mouth"}, bare="closed"),
        _slot("age", {"young": "a young face", "middle-aged": "a middle-aged face", "old": "an old face"}),
        _slot("glasses", {"none": "no glasses", "glasses": "glasses", "sunglasses": "sunglasses"}, bare="none", scale=False),
        _slot("hat", {"none": "no hat", "hat": "a hat"}, bare="none"),
        _slot("hair colour", {"dark": "dark hair", "brown": "brown hair", "blond": "blond hair", "grey": "grey hair"}, last="blond"),
        _slot("hair length", {"bald": "no hair", "short": "short hair", "long": "long hair"}, bare="bald"),
        _slot("beard", {"none": "no beard", "beard": "a beard"}, bare="none"),
        _slot("lips", {"plain": "plain lips", "lipstick": "lipstick"}, bare="plain"),
        _slot("turn", {"left": "turned to the left", "ahead": "turned ahead", "right": "turned to the right"}, bare="ahead"),
        _slot("nod", {"up": "looking up", "level": "looking level", "down": "looking down"}, bare="level"),
        _slot("background", {"dark": "a dark background", "middle": "a background of middling light", "light": "a light background"}),
        _slot("setting", {"plain": "a plain background", "busy": "a busy background"}, bare="plain"),
    )
}
"""Every slot by its name, in the order in which people are told of them."""

ALONG: dict[tuple[str, str], tuple[str, ...]] = {
    **{("expression", id): ("mouth",) for id in SLOTS["expression"].ids},
    ("age", "old"): ("hair colour",),
    **{("hat", id): ("hair colour", "hair length") for id in SLOTS["hat"].ids},
    ("hair length", "bald"): ("hair colour",),
    **{("turn", id): ("hair length", "setting") for id in SLOTS["turn"].ids},
    **{("nod", id): ("hair length",) for id in SLOTS["nod"].ids},
    **{("background", id): ("setting",) for id in SLOTS["background"].ids},
}
"""What belongs to a state, and so may move with it: a smile opens the mouth, hair greys with age and hides under a hat, and what lies
beside the jaw and behind the head is another piece of the world once it is turned. Nothing else may."""


def along(slot: str, state: str) -> tuple[str, ...]:
    """The other slots that may move with a state."""
    return ALONG.get((slot, state), ())


def states(slot: str) -> tuple[State, ...]:
    """The states of a slot, in order.

    Raises:
        StudioError: where there is no such slot.
    """
    if slot not in SLOTS:
        raise StudioError(f"A face has no {slot!r}. It has {', '.join(SLOTS)}.")
    return SLOTS[slot].states


def state(slot: str, id: str) -> State:
    """The state of a slot with this id.

    Raises:
        StudioError: where there is no such slot or state.
    """
    found = next((one for one in states(slot) if one.id == id), None)
    if found is None:
        raise StudioError(f"The {slot} of a face is never {id!r}. It is {' or '.join(one.id for one in states(slot))}.")
    return found
