"""What lies on the tab Fool it: between which classes, with which words, and the pictures that came of it."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image

from app.shared import guard
from app.shared.pictures import uri_of
from app.shared.subject import Subject
from core.foundations.attacked import ENOUGH, Addition
from core.foundations.errors import RequestError, SettingError
from core.studio.prompts import listed

OPENING = ("fox", "tiger")
"""The pair that the tab opens on."""
COUNTS = (20, 50, 100)
"""How many pictures may be asked for."""
MOST_WORDS = 40
NO_PICTURES = "There are no pictures yet. Press “Make pictures” first."


@dataclass(frozen=True)
class Cue:
    """A word that pictures are made with.

    Attributes:
        text: it.
        score: how strongly it pulls; 0 where a person added it.
        neurons: those behind it: id, name, and what each adds.
    """

    text: str
    score: float = 0.0
    neurons: tuple[tuple[str, str, float], ...] = ()


@dataclass(frozen=True)
class Print:
    """One picture before the model, small enough to be kept.

    Attributes:
        data: the picture as PNG, a photograph as JPEG.
        prompt: what it was made from.
        true: the model's probability for the class that is there, of the two.
        wrong: for the one that is not.
        first: what the model says first of all.
    """

    data: bytes
    prompt: str
    true: float
    wrong: float
    first: str

    @property
    def fooled(self) -> bool:
        """Whether the model takes it for the wrong class."""
        return self.wrong > self.true

    @property
    def image(self) -> Image.Image:
        """As it was made."""
        return Image.open(io.BytesIO(self.data)).convert("RGB")

    @property
    def uri(self) -> str:
        """For the page."""
        return uri_of(self.data)


@dataclass(frozen=True)
class Ploy:
    """What a visitor tries.

    Attributes:
        true: the class that is in every picture.
        wrong: the one that is in none.
        cues: the words that pictures are made with; none before they were mined.
        own: whether a person changed them.
        found: what trying them on a few pictures told, in a sentence; empty where they were not tried.
        count: pictures that are asked for.
        seed: of the next pictures.
        prints: the pictures.
        controls: as many with words by chance.
        running: whether they are being made.
        opened: the picture that is looked at, by its place.
        world: "nouns" for scenes, or "photos".
        ground: the photograph that things are laid on; empty for scenes.
        writer: what the language model is called that wrote sentences of these pictures; empty where none did.
        told: what became of what it wrote.
    """

    true: str = OPENING[0]
    wrong: str = OPENING[1]
    cues: tuple[Cue, ...] = ()
    own: bool = False
    found: str = ""
    count: int = COUNTS[0]
    seed: int = 0
    prints: tuple[Print, ...] = ()
    controls: tuple[Print, ...] = ()
    running: bool = False
    opened: int = 0
    world: str = "nouns"
    ground: Subject = Subject()
    writer: str = ""
    told: str = ""

    @property
    def kind(self) -> str:
        """The ending of its pictures' files."""
        return "jpg" if self.ground.data else "png"

    def between(self, true: str, wrong: str) -> Ploy:
        """Two other classes; nothing was tried on them yet."""
        fresh = replace(self, true=true, wrong=wrong, cues=(), own=False, found="", prints=(), controls=(), running=False, opened=0, seed=0)
        return replace(fresh, writer="", told="")

    def without(self, text: Any) -> Ploy:
        """Without a word; SettingError where it is none of them, RequestError where it is the last."""
        text = guard.choice(text, [cue.text for cue in self.cues])
        if len(self.cues) == 1:
            raise RequestError("One word at least is needed to make pictures with. Add another one first.")
        return replace(self, cues=tuple(cue for cue in self.cues if cue.text != text), own=True, found="")

    def with_word(self, text: str) -> Ploy:
        """With a further word in front; RequestError where there are too many."""
        if len(self.cues) >= MOST_WORDS:
            raise RequestError(f"{MOST_WORDS} words are the most. Take one away first.")
        return replace(self, cues=(Cue(text), *(cue for cue in self.cues if cue.text != text)), own=True, found="")

    def with_only(self, addition: Addition) -> Ploy:
        """With those of its words alone that were tried together, and what came of that."""
        names = [word.text for word in addition.words]
        kept = tuple(cue for cue in self.cues if cue.text in names)
        return replace(self, cues=kept, own=True, found=told(addition))

    def counted(self, value: Any) -> Ploy:
        """Another number of pictures; SettingError where it is none of COUNTS."""
        return replace(self, count=int(guard.choice(value, [str(count) for count in COUNTS])))

    def print_at(self, at: Any) -> tuple[int, Print]:
        """A picture by its place, those with words by chance behind the others; SettingError where there is none."""
        shown = (*self.prints, *self.controls)
        if not shown:
            raise RequestError(NO_PICTURES)
        if isinstance(at, bool) or not isinstance(at, int) or not 0 <= at < len(shown):
            raise SettingError("That picture is no longer there. Choose one of those that are shown.")
        return at, shown[at]


def told(addition: Addition) -> str:
    """What came of some things on a few pictures, in a sentence."""
    words = [f"“{word.text}”" for word in addition.words]
    hits, count = sum(shot.fooled for shot in addition.shots), len(addition.shots)
    how = f"{listed(words)} {'alone fools' if len(words) == 1 else 'together fool'} it in {hits} of {count} pictures"
    return f"{how}." if addition.fooled >= ENOUGH else f"No more than this was found: {how}."


def recipe(ploy: Ploy) -> dict[str, Any]:
    """How to make the set again, and what the model said."""
    rows = [(name, at, one) for name, prints in (("attack", ploy.prints), ("control", ploy.controls)) for at, one in enumerate(prints)]
    return {
        "rosetta": "attack",
        "world": ploy.world,
        **({"photograph": ploy.ground.base or "own"} if ploy.ground.data else {}),
        "true": ploy.true,
        "wrong": ploy.wrong,
        "count": len(ploy.prints),
        "seed": ploy.seed,
        "words": [cue.text for cue in ploy.cues],
        "mined": not ploy.own,
        **({"writer": ploy.writer, "writer_told": ploy.told} if ploy.writer else {}),
        "pictures": [
            {
                "file": f"{name}/{at:03d}.{ploy.kind}",
                "prompt": one.prompt,
                ploy.true: round(one.true, 4),
                ploy.wrong: round(one.wrong, 4),
                "first_of_all": one.first,
                "fooled": one.fooled,
            }
            for name, at, one in rows
        ],
    }


def saved(ploy: Ploy) -> str:
    """The set as a file for the browser: every picture and the recipe as JSON, in a ZIP; RequestError where there is none."""
    if not ploy.prints:
        raise RequestError(NO_PICTURES)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("recipe.json", json.dumps(recipe(ploy), indent=1) + "\n")
        for name, prints in (("attack", ploy.prints), ("control", ploy.controls)):
            for at, one in enumerate(prints):
                archive.writestr(f"{name}/{at:03d}.{ploy.kind}", one.data)
    name = f"fool-{ploy.true}-{ploy.wrong}.zip".replace(" ", "-").replace("'", "")
    return json.dumps({"name": name, "kind": "application/zip", "data": base64.b64encode(packed.getvalue()).decode()})
