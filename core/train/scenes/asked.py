"""What presence is taught with: texts about everything a scene can hold, and what each scene answers to each of them.

A text is about one thing: a part, a kind of thing, a ground, how many Nouns there are, where one stands or which way it
looks, or something that the world does not hold. A scene answers yes
where one of the parts that the thing needs is clearly seen, no where nothing in it, seen or hidden, could be meant, and
nothing where it could be argued. Half of what is said of parts is said in strange words, so that a word that captions never
used is trusted as far as it deserves: a name whose phrases the text side is not told of, read as what is then nearest; and
words of the thesaurus. The synonyms that captions are held back from are not among them. A third of all strange words is set
aside for the weights of the evidence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.bench.scenes.presence import CLOSE, GROUPS, words_of_part
from core.bench.scenes.truth import FEWEST
from core.foundations.seeds import numpy_rng
from core.language.facts import facts_of
from core.models.phrases import split_phrases
from core.models.scene_clip import SAME, SceneTexts
from core.models.text import text_encoder
from core.worlds.nouns.art import BARE, SLOTS
from core.worlds.nouns.catalogue import NOTHING, Part, parts, shown
from core.worlds.scenes.captions import COUNTS, FACING, PLACES, WAYS, ground_phrases, names_of, place_of
from core.worlds.scenes.compose import MOST, Scenes
from core.worlds.scenes.grounds import COLOURS, HABITATS, KINDS

PLACED = frozenset({"chest", "head", "nose"})
"""Phrases that say where a part is, and not what it is."""
SURE = 0.9
"""How sure the thesaurus has to be of a word."""
SYNONYMS = 8
"""Words of the thesaurus for each head."""
ABOUT = ("accessory", "body", "glasses", "head", "group", "more groups", "ground", "count", "place", "direction", "absent")


@dataclass(frozen=True)
class Things:
    """What a scene can hold, along axis p: all parts, then all grounds, then how many Nouns, where, and which way they look.

    Attributes:
        parts: of all slots but the background.
        grounds: kind, colour and second colour of each.
    """

    parts: tuple[Part, ...]
    grounds: tuple[tuple[int, int, int], ...]

    @property
    def count(self) -> int:
        """Length of the axis."""
        return self.first + len(COUNTS) + len(PLACES) + len(FACING)

    @property
    def first(self) -> int:
        """Where parts and grounds end."""
        return len(self.parts) + len(self.grounds)

    def where(self, chosen: Iterable[int]) -> np.ndarray:
        """Some of them `[p]` bool."""
        found = np.zeros(self.count, bool)
        found[list(chosen)] = True
        return found

    def ground(self, ground: np.ndarray) -> int:
        """The place of a scene's ground."""
        kind, one, two = (int(number) for number in ground[:3])
        return len(self.parts) + self.grounds.index((kind, one, two if KINDS[kind] == "graded" else 0))

    def stands(self, scenes: Scenes, i: int) -> list[int]:
        """The places of how many Nouns a scene has, where they stand, and which way they look."""
        count = int(scenes.count[i])
        places = [len(COUNTS) + PLACES.index(place_of(corner)) for corner in scenes.corners[i, :count]]
        ways = [len(COUNTS) + len(PLACES) + int(turned) for turned in scenes.mirrored[i, :count]]
        return [self.first + place for place in (count - 1, *places, *ways)]


def things() -> Things:
    """All of them."""
    kinds, colours = range(len(KINDS) - len(HABITATS)), range(len(COLOURS))
    grounds = [(kind, one, two) for kind in kinds for one in colours for two in (colours if KINDS[kind] == "graded" else (0,))]
    return Things(tuple(part for slot in SLOTS[1:] for part in parts(slot)), tuple(grounds))


def real(part: Part) -> bool:
    """Whether a part shows something."""
    return part.id != BARE.get(part.slot) and part.kind != NOTHING


def holds(all_: Things, scenes: Scenes, owner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What scenes hold at all, and what is clearly seen in them: each `[n p]` bool; owner as `draw_scenes` gives it."""
    here, clear = np.zeros((2, len(scenes), all_.count), bool)
    start = {slot: next(i for i, part in enumerate(all_.parts) if part.slot == slot) for slot in SLOTS[1:]}
    shows = np.array([real(part) for part in all_.parts])
    pixels = np.stack([np.bincount(row.reshape(-1), minlength=1 + 4 * MOST) for row in owner])
    for k in range(MOST):
        for number, slot in enumerate(SLOTS[1:]):
            seen, place = pixels[:, 1 + 4 * k + number], scenes.nouns[:, k, number + 1] + start[slot]
            for found, least in ((here, 1), (clear, FEWEST)):
                rows = np.nonzero((seen >= least) & (k < scenes.count) & shows[place])[0]
                found[rows, place[rows]] = True
    rows = np.arange(len(scenes))
    here[rows, [all_.ground(ground) for ground in scenes.grounds]] = True
    for i in range(len(scenes)):
        here[i, all_.stands(scenes, i)] = True
    return here, clear | (here & (np.arange(all_.count) >= len(all_.parts)))


@dataclass
class Pool:
    """Texts and what they are about.

    Attributes:
        texts: axis m.
        about: of each text, one of ABOUT.
        concept: of each text, into the rows of `needs` and `forbids`.
        strange: which texts are in words that captions never used.
        hidden: phrases that the text side is not told of, for each text.
        needs: parts of which one has to be clearly seen, one row for each thing.
        forbids: parts of which none may be there at all.
    """

    texts: list[str]
    about: list[str]
    concept: list[int]
    strange: list[bool]
    hidden: list[tuple[str, ...]]
    needs: list[np.ndarray]
    forbids: list[np.ndarray]

    def thing(self, needs: np.ndarray, forbids: np.ndarray) -> int:
        """A new thing to speak of."""
        self.needs.append(needs)
        self.forbids.append(forbids | needs)
        return len(self.needs) - 1

    def say(self, concept: int, about: str, text: str, strange: bool = False, hidden: tuple[str, ...] = ()) -> None:
        """A text about it."""
        self.texts.append(text)
        self.about.append(about)
        self.concept.append(concept)
        self.strange.append(strange)
        self.hidden.append(hidden)

    def answers(self, here: np.ndarray, clear: np.ndarray) -> np.ndarray:
        """What scenes answer to each thing: int8 `[n c]`, 1 yes, 0 no, -1 not asked; arguments as `holds` gives them."""
        yes, no = (
            np.asarray(rows, np.float32) @ np.stack(of).astype(np.float32).T > 0 for rows, of in ((clear, self.needs), (here, self.forbids))
        )
        return np.where(yes, 1, np.where(no, -1, 0)).astype(np.int8)


def aside(text: str) -> bool:
    """Whether a strange word is set aside for the weights of the evidence: a third of all are, by a hash."""
    return hashlib.sha256(f"presence {text}".encode()).digest()[0] < 85


def pool(texts: SceneTexts) -> Pool:
    """Everything that is asked."""
    all_, found = things(), Pool([], [], [], [], [], [], [])
    about_part = _parts(found, all_)
    _thesaurus(found, texts, about_part)
    _kinds(found, all_)
    _grounds(found, all_)
    _stands(found, all_)
    words = [words_of_part(part) for part in all_.parts]
    for text in facts_of("nouns").absent:
        shares = all_.where(i for i, own in enumerate(words) if own & set(text.split()))
        found.say(found.thing(all_.where(()), shares), "absent", text, strange=True)
    return found


def _parts(found: Pool, all_: Things) -> dict[str, int]:
    """Every part in the words of captions, and again as if captions had not used that name; the things of heads by their names."""
    words, heads = [words_of_part(part) for part in all_.parts], {}
    for place, part in enumerate(all_.parts):
        if not real(part):
            continue
        rivals = [i for i, other in enumerate(all_.parts) if real(other) and _near(part, other, words[place] & words[i])]
        concept = found.thing(all_.where([place]), all_.where(rivals))
        names = names_of(part)
        for name in names:
            ways = [way.format(shown(Part(part.slot, part.id, name, (), part.kind, part.colours))) for way in WAYS[part.slot]]
            for way in ways:
                found.say(concept, part.slot, way)
            if len(names) > 1:
                hidden = tuple(phrase for way in ways for phrase in split_phrases(way) if phrase not in PLACED)
                for way in ways[:2]:
                    found.say(concept, part.slot, way, True, hidden)
        if part.slot == "head":
            heads[part.name] = concept
    return heads


def _near(one: Part, other: Part, shared: set[str]) -> bool:
    """Whether one part could be meant where the other is there; `shared` are the words of both."""
    things_ = ("head", "accessory")
    if one.slot in things_:
        return other.slot in things_ and bool(shared)
    return one.slot == other.slot and bool(shared or set(one.colours) & set(other.colours))


def _thesaurus(found: Pool, texts: SceneTexts, heads: dict[str, int]) -> None:
    facts, told = facts_of("nouns"), texts.thesaurus
    held = {name for slot in SLOTS[1:] for part in parts(slot) for name in (*names_of(part, held_out=True), *names_of(part))}
    read: dict[str, list[str]] = {}
    for word, name in (told.certain(SURE) if told else {}).items():
        if name in heads and word not in held and word not in facts.absent:
            read.setdefault(name, []).append(word)
    for name, words in sorted(read.items()):
        for place in numpy_rng("presence words", name).permutation(len(words))[:SYNONYMS]:
            found.say(heads[name], "head", sorted(words)[place], True)


def _kinds(found: Pool, all_: Things) -> None:
    """Kinds of things, and the groups that the reader of sentences knows."""
    shows = [i for i, part in enumerate(all_.parts) if part.slot in ("head", "accessory") and real(part)]
    for kind, texts in GROUPS.items():
        needs = [i for i in shows if all_.parts[i].slot == "head" and all_.parts[i].kind == kind]
        concept = found.thing(all_.where(needs), all_.where(i for i in shows if all_.parts[i].kind in {kind, *CLOSE[kind]}))
        for text in texts:
            found.say(concept, "group", text)
    told = {text for texts in GROUPS.values() for text in texts}
    for text, members in facts_of("nouns").groups.items():
        needs = [i for i in shows if all_.parts[i].slot == "head" and all_.parts[i].name in members]
        kinds = {all_.parts[i].kind for i in needs}
        if len(needs) > 1 and text not in told:
            near = [i for i in shows if all_.parts[i].kind in kinds or words_of_part(all_.parts[i]) & set(text.split())]
            found.say(found.thing(all_.where(needs), all_.where(near)), "more groups", text)


def _grounds(found: Pool, all_: Things) -> None:
    first, said = len(all_.parts), [ground_phrases(np.array([*ground, 0])) for ground in all_.grounds]
    words = [set(" ".join(phrases).split()) - {"background", "from", "to"} for phrases in said]
    for text in dict.fromkeys(phrase for phrases in said for phrase in phrases):
        needs = [first + i for i, phrases in enumerate(said) if text in phrases]
        found.say(
            found.thing(all_.where(needs), all_.where(first + i for i, own in enumerate(words) if own & set(text.split()))), "ground", text
        )


def _stands(found: Pool, all_: Things) -> None:
    """How many Nouns, where one stands, and which way it looks; of places those that share a word could be meant."""
    said: list[tuple[str, tuple[str, ...], set[str]]] = [("count", texts, {texts[0]}) for texts in COUNTS]
    said += [("place", (f"at the {place}",), set(place.split())) for place in PLACES]
    said += [("direction", (text,), {text}) for text in FACING]
    for i, (about, texts, own) in enumerate(said):
        near = [all_.first + k for k, (_, _, words) in enumerate(said) if own & words]
        concept = found.thing(all_.where([all_.first + i]), all_.where(near))
        for text in texts:
            found.say(concept, about, text)


@torch.no_grad()
def read(texts: SceneTexts, said: Sequence[str], hidden: Sequence[tuple[str, ...]]) -> tuple[Tensor, Tensor]:
    """Texts as the text side reads them, `[m k]`, and how familiar they are `[m]`; each without the known phrases hidden from it."""
    vectors, near = torch.zeros(len(said), texts.tower.exit.out_features), torch.zeros(len(said))
    for without in dict.fromkeys(hidden):
        rows = [row for row, own in enumerate(hidden) if own == without]
        reader = texts
        if without and texts.known is not None:
            away = (texts.known @ torch.from_numpy(text_encoder().embed(list(without))).T).amax(-1) > SAME
            reader = SceneTexts(texts.tower, texts.known[~away])
        some = [said[row] for row in rows]
        vectors[rows], near[rows] = F.normalize(reader(some), dim=-1), reader.near(some)
    return vectors, near
