"""Actions to targets: which slot should come to show which part; or a refusal, or choices.

Words come before meanings, slots that are named restrict the search, and what is seen in the picture decides
what "the cat" is. All phrases that need their meaning looked up are embedded in one call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.foundations.records import Action, Verb
from core.studio.language import refusals as say
from core.studio.language.clauses import says_colour
from core.studio.language.colours import COMPARATIVES, TEMPERATURES
from core.studio.language.lexicon import Entry, Lexicon, Near
from core.studio.language.match import Match, Matcher, basic
from core.studio.language.normal import key, nearest_word
from core.studio.language.parse import Parsed, parse
from core.studio.language.shades import lightness, warmth

OPPOSITE = {"warm": "cool", "cool": "warm", "dark": "light", "light": "dark", "bright": "dark"}


@dataclass(frozen=True)
class Target:
    """One slot, and what it should come to show.

    Attributes:
        slot: where.
        parts: acceptable part ids in order of preference; any will do for "random".
        verb: what the person asked for.
        strength: how much, 1 for all the way.
    """

    slot: str
    parts: tuple[str, ...]
    verb: Verb
    strength: float = 1.0


@dataclass(frozen=True)
class Resolved:
    """What to do about a sentence. Either targets, or undo, or a refusal.

    Attributes:
        targets: at most one per slot; all are to be met.
        keeps: slots that the person wants untouched.
        refusal: None, or why nothing is done and what to do next.
        choices: with a refusal, the nearest entries to pick from.
        undo: whether the last step should be taken back.
        rest: with a refusal, the targets that could be met without the rest of the sentence.
        note: what a person should know about what is done, as sentences; else "".
    """

    targets: tuple[Target, ...] = ()
    keeps: tuple[str, ...] = ()
    refusal: str | None = None
    choices: tuple[Near, ...] = ()
    undo: bool = False
    rest: tuple[Target, ...] = ()
    note: str = ""


class _Refused(Exception):
    """Why an action cannot be done; caught within this file."""

    def __init__(self, sentence: str, choices: tuple[Near, ...] = (), nothing_to_do: bool = False) -> None:
        super().__init__(sentence)
        self.sentence, self.choices, self.nothing_to_do = sentence, choices, nothing_to_do


def understand(sentence: str, lexicon: Lexicon, reading: Mapping[str, str]) -> Resolved:
    """Parse and resolve in one step.

    Args:
        sentence: what a person typed.
        lexicon: what exists.
        reading: the part now seen in each slot.

    Raises:
        RequestError: not text, empty, or too long.
    """
    return resolve(parse(sentence, lexicon.vocabulary), lexicon, reading)


def resolve(parsed: Parsed, lexicon: Lexicon, reading: Mapping[str, str]) -> Resolved:
    """Decide for each action which slot should show which part.

    Args:
        parsed: from core.studio.language.parse.
        lexicon: what exists.
        reading: the part now seen in each slot.

    Returns:
        Targets for all actions; or, where one of them cannot be done, a refusal and nothing else.
    """
    if parsed.problem:
        return Resolved(refusal=say.for_problem(parsed.problem))
    if any(a.verb == "undo" for a in parsed.actions):
        return Resolved(undo=True)
    worker = _Resolver(lexicon, reading)
    things = [a for a in parsed.actions if not says_colour(a.phrase) and a.phrase not in COMPARATIVES]
    worker.matcher.prefetch((a.phrase, worker.slots(a)) for a in things)
    keeps = tuple(dict.fromkeys(s for k in parsed.keeps for s in worker.kept(k)))
    targets: dict[str, Target] = {}
    failed: list[_Refused] = []
    for action in parsed.actions:
        try:
            for target in worker.targets(action, keeps, tuple(targets)):
                targets[target.slot] = target
        except _Refused as refused:
            if not _aside(action, refused, parsed):
                failed.append(refused)
    return _settled(parsed, targets, keeps, failed)


def _aside(action: Action, refused: _Refused, parsed: Parsed) -> bool:
    """Whether words that nothing comes near are only an aside: "fox head, obviously"."""
    alone = action.verb == "add" and not action.slot and not action.old and len(parsed.actions) > 1
    return alone and not any(near.score >= 0.5 for near in refused.choices) and not refused.nothing_to_do


def _settled(parsed: Parsed, targets: dict[str, Target], keeps: tuple[str, ...], failed: list[_Refused]) -> Resolved:
    done = tuple(targets.values())
    serious = [f for f in failed if not f.nothing_to_do]
    torn = [t.slot for t in done if t.slot in keeps and t.verb != "random"]
    if torn:
        return Resolved((), keeps, f"You asked both to keep and to change the {torn[0]}. Say which of the two you want.")
    if serious or (failed and not done):
        first = (serious or failed)[0]
        return Resolved((), keeps, first.sentence, first.choices, rest=done)
    if not done:
        said = f"Nothing to do: the {' and the '.join(keeps)} stay as they are." if keeps else say.nothing_said()
        return Resolved((), keeps, said)
    return Resolved(done, keeps)


class _Resolver:
    def __init__(self, lexicon: Lexicon, reading: Mapping[str, str]) -> None:
        self.lexicon, self.matcher = lexicon, Matcher(lexicon)
        self.now = {slot: lexicon.entry(slot, part) for slot, part in reading.items()}
        self.coloured = tuple(s for s in lexicon.slots if all(e.kind in {"colour", "nothing"} for e in lexicon.of_slot(s)))

    def slots(self, action: Action) -> tuple[str, ...]:
        """Where the thing of an action may be looked for."""
        if action.slot in self.coloured and action.phrase and not says_colour(action.phrase) and action.slot == "body":
            return ("body", "accessory")
        return (action.slot,) if action.slot else ()

    def kept(self, keep: str) -> tuple[str, ...]:
        """The slots that a person wants kept: named by the slot, or by what is seen there."""
        if keep in self.lexicon.slots:
            return (keep,)
        return tuple(self.shown(keep, ())[:1])

    def targets(self, action: Action, keeps: tuple[str, ...], taken: tuple[str, ...]) -> list[Target]:
        """The targets of one action."""
        if action.verb == "random":
            return self._random(action, keeps, taken)
        if action.verb == "remove":
            return [self._remove(action)]
        if not action.phrase:
            return self._bare_add(action)
        if action.phrase in TEMPERATURES and (action.slot == "background" or action.verb in {"more", "less"}):
            action = replace(action, phrase=TEMPERATURES[action.phrase])
        slot = self._slot_of_old(action) if action.old else action.slot
        action = replace(action, slot=slot)
        if action.verb in {"more", "less"}:
            return [self._shift(action)]
        if says_colour(action.phrase) and (action.verb == "recolour" or slot in self.coloured):
            return [self._recolour(action)]
        return [self._replace(action)]

    # What is there now -------------------------------------------------------------------------------------------

    def shown(self, phrase: str, slots: tuple[str, ...]) -> list[str]:
        """Slots in which a phrase describes what is seen now."""
        named = set(self.matcher.by_words(phrase, slots))
        found = []
        for slot, entry in self.now.items():
            if entry is None or entry.bare or (slots and slot not in slots):
                continue
            if entry in named or self._fits(phrase, entry):
                found.append(slot)
        return found

    def _fits(self, phrase: str, entry: Entry) -> bool:
        words = phrase.split()
        if says_colour(phrase):
            return entry.slot in self.coloured and any(basic(w) in entry.colours for w in words if basic(w))
        wanted = [key(w) for w in words if not basic(w)]
        own = {key(w) for name in entry.names for w in name.split()} | {key(entry.kind)}
        if all(w in own for w in wanted):
            return all(basic(w) in entry.colours or key(w) in own for w in words if basic(w))
        if any(entry in self.matcher.by_words(" ".join(words[i:]), ()) for i in range(1, len(words))):
            return True
        if self.matcher.by_words(phrase, ()):
            return False
        if any(nearest_word(w, [n for name in entry.names for n in name.split()]) for w in words):
            return True
        near, _ = self.lexicon.near([phrase], [(entry.slot,)], 300)[0]
        return any(n.entry == entry and n.score >= max(0.5, near[0].score - 0.02) for n in near)

    def _slot_of_old(self, action: Action) -> str:
        found = self.shown(action.old, ())
        if action.slot and (action.slot in found or not found):
            if action.slot in found or self._loose(action):
                return action.slot
        if not action.slot and found:
            wanted = {e.slot for e in self.matcher.by_words(action.phrase, ())}
            return next((s for s in ("accessory", "head") if s in found and s in wanted), found[-1])
        slot = action.slot or self._usual_slot(action.old)
        raise _Refused(say.not_here(action.old, slot, self.now.get(slot)))

    def _loose(self, action: Action) -> bool:
        """Whether what should give way says too little to be wrong: "swap the current head for a dog"."""
        return all(w in {"current", "existing", "present", "old", "boring", "silly", "stupid", "own", "weird"} for w in action.old.split())

    def _usual_slot(self, phrase: str) -> str:
        named = self.matcher.by_words(phrase, ())
        slots = [e.slot for e in named]
        return next((s for s in ("head", "accessory") if s in slots), slots[0] if slots else "head" if "head" in self.now else "")

    # The verbs ---------------------------------------------------------------------------------------------------

    def _random(self, action: Action, keeps: tuple[str, ...], taken: tuple[str, ...]) -> list[Target]:
        slots = (action.slot,) if action.slot else tuple(s for s in self.lexicon.slots if s not in keeps and s not in taken)
        if action.old and not action.slot:
            slots = (self._slot_of_old(action),)
        return [self._any(slot, action.amount) for slot in slots]

    def _any(self, slot: str, amount: float) -> Target:
        now = self.now.get(slot)
        return Target(slot, tuple(e.part for e in self.lexicon.of_slot(slot) if not e.bare and e != now), "random", amount)

    def _bare_add(self, action: Action) -> list[Target]:
        now = self.now.get(action.slot)
        if not action.slot:
            raise _Refused(say.nothing_said())
        if action.verb != "add":
            raise _Refused(
                f"What should happen to the {action.slot}? Say, for example, “{say.EXAMPLES[action.slot]}”."
                if action.slot in say.EXAMPLES
                else say.nothing_said()
            )
        if action.slot == "glasses" and now is not None and not now.bare:
            raise _Refused(f"There are glasses already: {now.name}. Say in which colour you would like them.", nothing_to_do=True)
        return [self._any(action.slot, action.amount)]

    def _remove(self, action: Action) -> Target:
        slot = action.slot
        if action.phrase:
            found = self.shown(action.phrase, (slot,) if slot else ())
            if not found:
                slot = slot or self._usual_slot(action.phrase)
                raise _Refused(say.not_here(action.phrase, slot, self.now.get(slot)))
            slot = slot or next((s for s in found if self.lexicon.bare(s)), found[0])
        if not slot:
            raise _Refused("Say what should go: the head, the glasses or the accessory.")
        bare, now = self.lexicon.bare(slot), self.now.get(slot)
        if bare is None:
            raise _Refused(say.always(slot))
        if now is not None and now.bare:
            raise _Refused(f"There {'are' if slot == 'glasses' else 'is'} no {slot} to take away.", nothing_to_do=True)
        return Target(slot, (bare.part,), "remove", action.amount)

    def _shift(self, action: Action) -> Target:
        phrase = OPPOSITE.get(action.phrase, action.phrase) if action.verb == "less" else action.phrase
        slot = action.slot or ("background" if phrase in {"warm", "cool"} and "background" in self.now else "")
        if phrase in {"dark", "light", "bright"} and slot:
            return self.lightness(replace(action, slot=slot), -1 if phrase == "dark" else 1)
        if action.verb == "less" and phrase == action.phrase:
            found = self.shown(phrase, (slot,) if slot else ())
            bare = self.lexicon.bare(found[0]) if found else None
            if bare is None:
                raise _Refused(say.not_here(phrase, slot or self._usual_slot(phrase), self.now.get(slot)))
            return Target(found[0], (bare.part,), "less", 0.5 if action.amount == 1.0 else action.amount)
        action = replace(action, slot=slot, phrase=phrase)
        if slot == "background" and (ground := warmth(phrase)):
            action = replace(action, phrase=ground)
        coloured = says_colour(phrase) or slot in self.coloured
        target = self._recolour(action) if coloured else self._replace(action)
        return replace(target, verb=action.verb)

    def lightness(self, action: Action, sign: int) -> Target:
        now = self.now.get(action.slot)
        here = [e for e in self.lexicon.of_slot(action.slot) if e.colours]
        if now is None or not now.colours or action.slot not in self.coloured or len(here) < 3:
            raise _Refused(f"The {action.slot} cannot be made darker or lighter. Name a colour or a thing instead.")
        further = [e for e in here if sign * (lightness(e) - lightness(now)) > 0.02]
        family = [e for e in further if set(e.colours[:1]) & set(now.colours)] or further
        if not family:
            raise _Refused(f"The {action.slot} cannot get any {'lighter' if sign > 0 else 'darker'}.")
        family.sort(key=lambda e: (e.colours[0] != now.colours[0], abs(lightness(e) - lightness(now))))
        return Target(action.slot, tuple(e.part for e in family), "more", action.amount)

    def _recolour(self, action: Action) -> Target:
        slot, phrase = action.slot, action.phrase
        if not slot:
            options = tuple(Near(e, 1.0, phrase) for s in self.coloured for e in self.matcher.colour(phrase, s)[:2])
            raise _Refused(f"What should become {phrase}? Say “make the glasses {phrase}” or “make the body {phrase}”.", options[:5])
        now = self.now.get(slot)
        if slot not in self.coloured:
            return self._variant(action, now)
        found = self.matcher.colour(phrase, slot)
        if not found:
            here = [e for e in self.lexicon.of_slot(slot) if not e.bare]
            near, _ = self.lexicon.near([f"{phrase} {slot}"], [(slot,)], 5)[0]
            raise _Refused(say.no_colour(phrase, slot, here), tuple(near))
        return self._target(action, found, "recolour")

    def _variant(self, action: Action, now: Entry | None) -> Target:
        named = [e for e in self.lexicon.exact(action.phrase, (action.slot,)) if not e.bare]
        if named:
            return self._target(action, tuple(named), "replace")
        if now is None or now.bare:
            raise _Refused(f"There is no {action.slot} that could become {action.phrase}. Name a thing instead, such as “shark”.")
        found = self.matcher.variants(now, action.phrase)
        if not found:
            near, _ = self.lexicon.near([f"{action.phrase} {now.name}"], [(action.slot,)], 5)[0]
            raise _Refused(say.fixed_colours(now, action.phrase), tuple(near))
        return self._target(action, found, "recolour")

    def _replace(self, action: Action) -> Target:
        slots = self.slots(action)
        match = self.matcher.match(action.phrase, slots)
        if not match.entries and action.slot in self.coloured:
            whole = [e for end in ("lenses", "frame", "eyes") for e in self.lexicon.exact(f"{action.phrase} {end}", (action.slot,))]
            match = Match(tuple(whole)) if whole else match
            if not whole and action.phrase in {"dark", "light", "bright"}:
                return self.lightness(action, -1 if action.phrase == "dark" else 1)
        if match.clash:
            raise _Refused(say.unknown(action.phrase, action.slot, match.near), match.near)
        if not match.entries:
            self._give_up(action, match)
        return self._target(action, self._place(action, match.entries), action.verb)

    def _place(self, action: Action, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        """Where a thing goes that could go to several slots, and no slot was named."""
        slots = list(dict.fromkeys(e.slot for e in entries))
        if len(slots) > 1 and not action.slot:
            things = [s for s in slots if s not in self.coloured] or slots
            if len(things) > 1 and action.verb == "add" or things[0] in self.coloured and len(things) > 1:
                near = tuple(Near(e, 1.0, action.phrase) for e in entries if e.slot in things)[:5]
                raise _Refused(say.unclear(action.phrase, near), near)
            chosen = "head" if "head" in things else things[0]
            return tuple(e for e in entries if e.slot == chosen)
        return tuple(e for e in entries if e.slot == entries[0].slot)

    def _give_up(self, action: Action, match: Match) -> None:
        elsewhere = [e for e in self.lexicon.exact(action.phrase) if not e.bare]
        if action.slot and elsewhere:
            near = tuple(Near(e, 1.0, e.name) for e in elsewhere)[:2] + match.near[:3]
            raise _Refused(say.unknown(action.phrase, action.slot, near), near)
        if match.near and match.near[0].score >= 0.5:
            raise _Refused(say.unclear(action.phrase, match.near), match.near)
        raise _Refused(say.unknown(action.phrase, action.slot, match.near), match.near)

    def _target(self, action: Action, entries: tuple[Entry, ...], verb: Verb) -> Target:
        slot = entries[0].slot
        now = self.now.get(slot)
        if now is not None and entries[0] == now:
            raise _Refused(f"Nothing to do: {say.describe(now, slot)} already.", nothing_to_do=True)
        parts = tuple(dict.fromkeys(e.part for e in entries if e.slot == slot and e != now))
        return Target(slot, parts, verb, action.amount)
