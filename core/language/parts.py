"""Actions to targets in a world of parts, such as the Nouns: which slot should come to show which part.

Words come before meanings, slots that are named restrict the search, and what is seen in the picture decides what "the cat"
is. All phrases whose meaning has to be looked up are embedded in one call.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from core.foundations.records import Verb
from core.language import refusals as say
from core.language.actions import SHORT, Action, Said
from core.language.clash import meet
from core.language.described import as_described
from core.language.facts import english, wordings
from core.language.facts.colours import COMPARATIVES, OPPOSITE, TEMPERATURES, basic, basics, says_colour, warmth
from core.language.facts.hints import foreign
from core.language.facts.places import EVERYTHING, place_of, with_print, without_place
from core.language.lexicon import Entry, Lexicon, Near
from core.language.match import CHOICES, CLEAR_DESCRIBED, Match, Matcher, asked, shades
from core.language.resolve import Refused, Resolved, Target, settled
from core.language.second import beside, checked
from core.language.seen import Seen
from core.language.words import key

_NOTHING, _WORN, _ANIMATE, _BEING, _NUMBERS = map(english, ("nothing", "worn", "animate", "being", "numbers"))
_FROM = re.compile(r"\b(?:from|off) (?:the |his |her |its |their |my )?(\w+)")


def resolve(said: Said, lexicon: Lexicon, reading: Mapping[str, str]) -> Resolved:
    """Decide for each action which slot should show which part.

    Args:
        said: from core.language.actions.
        lexicon: what exists.
        reading: the part now seen in each slot.

    Returns:
        Targets for all actions; or, where one of them cannot be done, a refusal and nothing else.
    """
    if foreign(said.sentence):
        return Resolved(refusal=say.foreign(said.sentence))
    said = checked(said, lexicon.facts)
    worker = Resolver(lexicon, reading, said)
    things = [(p, a.text, worker.slots_for(a, p)) for a in said.actions for p in a.new if not says_colour(p)]
    worker.matcher.prefetch((text, s) for p, around, s in things if not worker.matcher.by_words(p, s) for text in asked(p, around))
    keeps = tuple(dict.fromkeys(s for k in said.keeps for s in worker.kept(k)))
    targets: dict[str, Target] = {}
    doubted = list[Refused]()
    failed = [Refused(say.cannot(said.cannot, key(said.cannot) in worker.elsewhere))] if said.cannot else []
    for action in said.actions:
        try:
            for target in worker.targets(action, keeps, tuple(targets)):
                meet(target, targets, said, worker.matcher)
        except Refused as refused:
            (doubted if beside(action, lexicon) and not refused.nothing_to_do else failed).append(refused)
    failed += [Refused(d.sentence, nothing_to_do=True) for d in doubted] if targets and not said.cannot else doubted
    told = [say.brought(t.slot, None if t.verb == "random" else lexicon.entry(t.slot, t.parts[0])) for t in targets.values()]
    answer = settled(said, targets, keeps, failed, told)
    return as_described(said, answer, worker.matcher, tuple({s for a in said.actions for s in worker.slots_for(a, "")}), reading)


class Resolver:
    """Works on one sentence."""

    def __init__(self, lexicon: Lexicon, reading: Mapping[str, str], said: Said) -> None:
        self.lexicon, self.matcher, self.said = lexicon, Matcher(lexicon), said
        self.seen = Seen(self.matcher, reading)
        self.now, self.coloured, self.shown = self.seen.now, self.seen.coloured, self.seen.shown
        self.place = partial(place_of, facts=lexicon.facts)
        self.elsewhere = {key(word) for word in lexicon.facts.elsewhere}
        self.denied = tuple(phrase for action in said.actions for phrase in action.excluded)

    def slots_for(self, action: Action, phrase: str) -> tuple[str, ...]:
        """Where the thing of an action may be looked for; "a shirt with a heart" has it on the chest."""
        inside = () if action.where or len(phrase.split()) > SHORT else (phrase,)
        slots = [s for s in map(self.place, (*action.where, *inside)) if s in self.lexicon.slots]
        return tuple(dict.fromkeys(slots if says_colour(phrase) else with_print(slots)))

    def kept(self, keep: str) -> tuple[str, ...]:
        """The slots that a person wants kept: named by the slot, or by what is seen there."""
        slot = self.place(keep)
        return () if slot == EVERYTHING else (slot,) if slot in self.lexicon.slots else tuple(self.shown(keep)[:1])

    def targets(self, action: Action, keeps: tuple[str, ...], taken: tuple[str, ...]) -> list[Target]:
        """The targets of one action."""
        if action.removes or (action.new and set(action.new) <= _NOTHING):
            return [self._remove(replace(action, out=action.out or action.old))]
        if action.guessed and action.new and not (self.shown(action.old) or self.place(action.old)) and self.lexicon.exact(action.old):
            action = replace(action, old="", new=(action.old, *action.new))  # "a capybara chilling in blue"
        action = self._left_open(action)
        if action.new:
            things = self._things(action)
            return [t for new in things for t in self._one(self._placed(action, new, len(things) > 1 or bool(action.excluded)), new)]
        if action.more or action.less:
            return [self._shift(action)]
        if action.any or action.excluded:
            return self._any(action, keeps, taken)
        slot = self._slot_of_old(action) if action.old else next(filter(None, map(self.place, action.where)), "")
        now = self.now.get(slot)
        if now is not None and now.bare:
            return [self._random(slot, action)]
        raise Refused(say.what_there(slot) if slot in say.EXAMPLES else say.nothing_said(self.said.sentence))

    def _left_open(self, action: Action) -> Action:
        """Of "any" beside a thing: "any other fruit" is one of a kind, "a different animal from the otter" rules out what is there."""
        new = action.new[0] if len(action.new) == 1 and action.any else ""
        if new and self.lexicon.exact(new) and self.shown(new):
            return replace(action, new=(), excluded=(*action.excluded, new))
        several = new and not self.lexicon.exact(new) and self.lexicon.group(new)
        kind = next((k for k in (action.kind, *action.kind.split()) if self.lexicon.group(k)), "")  # "whatever vehicle you've got"
        return replace(action, new=(), kind=new) if several else replace(action, kind=kind)

    def _slot_of_old(self, action: Action) -> str:
        old = action.old
        if (slot := self.place(old)) in self.lexicon.slots:
            return slot
        slots = [s for s in map(self.place, action.where) if s in self.lexicon.slots]
        found = self.shown(old)
        if not found and key(old) in self.elsewhere:
            raise Refused(say.cannot(self.said.quote(old), True))
        if both := [s for s in found if s in with_print(slots)]:
            return both[0]
        if self._vague(old):
            return slots[0] if slots else ""
        if found and not slots:
            wanted = {e.slot for new in action.new for e in self.matcher.by_words(new)}
            return next((s for s in ("accessory", "head") if s in found and s in wanted), found[-1])
        slot = slots[0] if slots else self._usual_slot(old)
        raise Refused(say.not_here(self.said.quote(old), slot, self.now.get(slot)))

    def _vague(self, old: str) -> bool:
        """Whether what should give way is nothing that could be looked up, as "that thing" or "the current one"."""
        return not self.matcher.match(old).entries and not says_colour(old)

    def _usual_slot(self, phrase: str) -> str:
        slots = [e.slot for e in self.matcher.by_words(phrase)]
        return next((s for s in ("head", "accessory") if s in slots), slots[0] if slots else "head" if "head" in self.now else "")

    def _any(self, action: Action, keeps: tuple[str, ...], taken: tuple[str, ...]) -> list[Target]:
        slots = [s for s in map(self.place, action.where) if s]
        if action.old:
            slots = list(filter(None, [self._slot_of_old(action)]))
        slots = (
            slots or [e.slot for e in self.lexicon.group(action.kind)][:1] or (self._slots_of_excluded(action) if action.excluded else [])
        )
        if says_colour(without_place(action.old, self.lexicon.facts)):  # "any other colour than the orange shirt"
            action = replace(action, excluded=(*action.excluded, action.old))
        if not slots or EVERYTHING in slots:
            slots = [s for s in self.lexicon.slots if s not in keeps and s not in taken]
        ruled = {slot: self.matcher.ruled_out(action.excluded, slot) for slot in dict.fromkeys(slots)} if not action.any else {}
        if ruled and not any(now is not None and now.part in ruled[slot] for slot in ruled for now in [self.now.get(slot)]):
            raise Refused(say.none_added(self.said.quote(action.excluded[0])), nothing_to_do=True)
        if not action.any and slots == ["accessory"]:  # "nobody needs a scarf in June"
            return [self._remove(replace(action, out="", where=("accessory",)))]
        return [self._random(slot, action) for slot in dict.fromkeys(slots)]

    def _slots_of_excluded(self, action: Action) -> list[str]:
        if shown := [s for phrase in action.excluded for s in self.shown(phrase)]:
            return shown[:1]
        phrase = action.excluded[0]
        if not action.any:
            raise Refused(say.none_added(self.said.quote(phrase)), nothing_to_do=True)
        if says_colour(phrase):
            raise Refused(f"Anything but {self.said.quote(phrase)} for what? Say “any glasses but {self.said.quote(phrase)}”.")
        return [self._usual_slot(phrase)]

    def _random(self, slot: str, action: Action) -> Target:
        now, out = self.now.get(slot), self.matcher.ruled_out(action.excluded, slot)
        kinds = (w for w in action.where if w in self.lexicon.facts.soft and slot not in self.coloured)
        kind = action.kind or next((w for w in kinds if self.lexicon.group(w, (slot,))), "")  # "any tie but the red one"
        here = self.lexicon.members(kind, (slot,)) if kind else self.lexicon.of_slot(slot)
        left = [[e.part for e in es if not e.bare and e != now and e.part not in out] for es in (here, self.lexicon.of_slot(slot))]
        parts = tuple(left[0] or left[1])
        if not parts:
            raise Refused(f"Nothing else is left for the {slot}. Rule out less.")
        return Target(slot, parts, "random", action.amount)

    def _remove(self, action: Action) -> Target:
        phrase = action.out
        off = self.place(behind[1]) if not action.where and (behind := _FROM.search(action.text)) else ""
        slot = off or self.place(phrase) or next((s for s in map(self.place, action.where) if s in self.lexicon.slots), "")
        if slot and phrase in self.lexicon.facts.soft and self.lexicon.bare(slot) is None:  # "without that sweater"
            slot = next(iter(self.shown(phrase)), slot)
        thing = without_place(phrase, self.lexicon.facts) if self.place(phrase) else phrase
        slot = "accessory" if slot == "body" and {"on", "print", "printed"} & set(action.text.split()) else slot
        if thing and not (slot and self._vague(thing)) and slot not in self.shown(phrase):
            places = with_print((slot,)) if slot in self.lexicon.slots else ()
            found = self.shown(thing, places)
            slot = found[0] if found and places else slot
            if not found:
                slot = slot if slot in self.lexicon.slots else self._usual_slot(thing)
                raise Refused(say.not_here(self.said.quote(phrase), slot, self.now.get(slot)), nothing_to_do=False)
            slot = slot or next((s for s in found if self.lexicon.bare(s)), found[0])
        if slot not in self.lexicon.slots:
            raise Refused("Say what should go: the head, the glasses or the accessory.")
        bare, now = self.lexicon.bare(slot), self.now.get(slot)
        if bare is None:
            raise Refused(say.always(slot))
        if now is not None and now.bare:
            raise Refused(f"There {say.are(slot)} no {slot} to take away.", nothing_to_do=True)
        return Target(slot, (bare.part,), "remove", action.amount)

    def _things(self, action: Action) -> list[str]:
        """What should come about, phrase by phrase; a colour goes with the thing behind it: "yellow", "scarf"."""
        new = list(action.new)
        apart = len(new) == 2 and re.search(rf"{re.escape(new[0])}.* (?:and|with) .*{re.escape(new[1])}", action.text)
        while len(new) > 1 and says_colour(new[0]) and not says_colour(new[1]) and not apart:
            new[:2] = [f"{new[0]} {new[1]}"]
        if len(new) == 2 and sum(map(says_colour, new)) == 1 and not apart:
            new = [" ".join(sorted(new, key=says_colour, reverse=True))]
        if len(new) == 1 and " with " in new[0] and all(map(self.lexicon.exact, halves := new[0].split(" with "))):
            slots = [{e.slot for e in self.lexicon.exact(one)} for one in halves]
            return new if self.lexicon.exact(new[0]) or slots[0] & slots[1] else halves
        named = [n for n in new if says_colour(n) or self.matcher.by_words(n)]
        told = len(new) > 1 and len(named) < 2 and not (apart and any(map(self.lexicon.exact, new)))  # "a brain and what clips"
        if told and self.matcher.meant(action.text, self.slots_for(action, ""))[-1] >= CLEAR_DESCRIBED:
            return [action.text]  # "the thing that clips pages together, press and clunk"
        new = [n for n in new if says_colour(n) or self.matcher.match(n).entries] or new[:1] if len(new) > 1 else new
        return [" and ".join(new)] if len(new) > 1 and all(map(says_colour, new)) else new

    def _placed(self, action: Action, new: str, shared: bool) -> Action:
        """An action without its place where that is another thing's: "a skull and stripes on the body", "a pizza chain, no pizza face"."""
        if says_colour(new) and TEMPERATURES.keys() & set(action.new):  # "a robot in grey with the cool background"
            return replace(action, where=())
        slots = self.slots_for(action, new)
        if not shared or not slots or says_colour(new) or self.lexicon.exact(new, slots):
            return action
        elsewhere = self.lexicon.exact(new) or (self.matcher.match(new).entries and not self.matcher.match(new, slots).entries)
        return replace(action, where=()) if elsewhere else action

    def _one(self, action: Action, new: str) -> list[Target]:
        """The targets of one thing or colour."""
        action = replace(action, new=(new,))
        slots = [s for s in map(self.place, action.where) if s]
        if action.old:
            slots = list(filter(None, [self._slot_of_old(action)])) or slots
        name = len(new.split()) <= SHORT or self.lexicon.exact(without_place(new, self.lexicon.facts))
        inside = self.place(new) if name else ""  # a description may speak of any place
        if not slots and inside in self.lexicon.slots:
            slots = [inside]
            soft = new.split()[-1] in self.lexicon.facts.soft and self.matcher.match(new, slots).entries
            if not soft and not self.lexicon.exact(new, slots):
                new = without_place(new, self.lexicon.facts) or new
        if new in TEMPERATURES and slots == ["background"]:
            new = TEMPERATURES[new]
        if says_colour(new):
            return self._coloured(action, new, slots)
        bare = next((e for e in self.lexicon.exact(new, slots) if e.bare), None)
        if new in _NOTHING and slots or bare:
            return [self._remove(replace(action, out="", where=tuple(slots) if bare is None else (bare.slot,)))]
        several = [s for s in dict.fromkeys(slots) if s != EVERYTHING]
        return [self._replace(action, new, (slot,)) for slot in several] or [self._replace(action, new, ())]

    def _coloured(self, action: Action, new: str, slots: list[str]) -> list[Target]:
        named = () if slots or action.old else tuple(e for e in self.matcher.by_words(new) if e.slot not in self.coloured)
        if named:
            return [self._target(action, named, "replace")]
        worn = _ANIMATE & set(action.text.split()) or (f"in {new}" in action.text and not action.old)
        slots = slots or ["body"] * bool(worn and "body" in self.coloured)
        if not slots:
            options = [Near(e, 1.0, new) for s in self.coloured for e in self.matcher.colour(new, s)[:2]]
            said = self.said.quote(new)
            raise Refused(f"What should become {said}? Say “make the glasses {said}” or “make the body {said}”.", options[:CHOICES])
        if EVERYTHING in slots:
            slots = [s for s in self.coloured if self.matcher.colour(new, s)]
        return [self._recolour(action, new, slot) for slot in dict.fromkeys(slots)]

    def _recolour(self, action: Action, new: str, slot: str) -> Target:
        if slot not in self.coloured:
            return self._variant(action, new, slot)
        out = self.matcher.ruled_out(action.excluded, slot)
        if set(basics(new)) & {c for phrase in action.excluded for c in basics(phrase)}:  # "green, but not olive"
            out = {e.part for phrase in action.excluded for e in self.lexicon.exact(phrase, (slot,))}
        named = [e for word in action.where for e in self.lexicon.exact(f"{new} {word}", (slot,)) if e.kind == "colour"]
        meant = (*named, *self.matcher.colour(new, slot))
        found = tuple(e for e in meant if e.part not in out) or meant[:1]  # "black, and no coloured bits"
        if not found and len(basics(new)) > 1:
            each = [e for word in new.split() if basic(word) for e in self.matcher.colour(word, slot)[:2]]
            raise Refused(say.which(self.said.quote(new)), [Near(e, 1.0, e.name) for e in each][:CHOICES])
        if not found and (printed := self.matcher.by_words(new, with_print((slot,)))):  # "a rainbow shirt"
            return self._target(action, printed, "replace")
        if not found and new in {"dark", "light", "bright"}:
            return self._lightness(action, slot, -1 if new == "dark" else 1)
        if not found:
            near, _ = self.lexicon.near([f"{new} {slot}"], [(slot,)], CHOICES)[0]
            raise Refused(say.no_colour(self.said.quote(new), slot, [e for e in self.lexicon.of_slot(slot) if not e.bare]), near)
        return self._target(action, found, "recolour")

    def _variant(self, action: Action, new: str, slot: str) -> Target:
        if named := [e for e in self.lexicon.exact(new, (slot,)) if not e.bare]:
            return self._target(action, tuple(named), "replace")
        if things := [word for word in action.where if word in self.lexicon.facts.soft and self.lexicon.group(word, (slot,))]:
            return self._replace(action, f"{new} {things[0]}", (slot,))
        now = self.now.get(slot)
        if now is None or now.bare:
            raise Refused(f"There is no {slot} that could become {new}. Name a thing instead, such as “shark”.")
        found = self.matcher.variants(now, new)
        if not found:
            near, _ = self.lexicon.near([f"{new} {now.name}"], [(slot,)], CHOICES)[0]
            raise Refused(say.fixed_colours(now, self.said.quote(new)), near)
        return self._target(action, found, "recolour")

    def _replace(self, action: Action, new: str, slots: tuple[str, ...]) -> Target:
        slots = slots if says_colour(new) else with_print(slots)
        number, _, rest = new.partition(" ")
        if number in _NUMBERS and self.lexicon.exact(rest, slots) and not self.lexicon.exact(new):
            raise Refused(say.only_one(self.said.quote(new), rest))
        match = self.matcher.match(new, slots, action.text)
        if not match.entries and slots and slots[0] in self.coloured:
            whole = [e for end in ("lenses", "frame", "eyes") for e in self.lexicon.exact(f"{new} {end}", slots)]
            match = Match(tuple(whole), match.near) if whole else match
        entries = self._left(match.entries, action.excluded) or tuple(e for e in match.entries if key(e.name) == key(new))[:1]
        elsewhere = tuple(phrase for phrase in self.denied if phrase not in action.excluded)
        entries = self._left(entries, elsewhere) or entries  # "a sea animal. No sharks please", but not "a shark, not on the chest"
        if not entries:
            self._give_up(new, slots, match)
        return self._target(action, self._where(action, new, entries, slots), "replace")

    def _left(self, entries: tuple[Entry, ...], excluded: tuple[str, ...]) -> tuple[Entry, ...]:
        """Entries that phrases do not rule out."""
        out = {slot: self.matcher.ruled_out(excluded, slot) for slot in {e.slot for e in entries}}
        return tuple(e for e in entries if e.part not in out[e.slot])

    def _where(self, action: Action, new: str, entries: tuple[Entry, ...], named: tuple[str, ...]) -> tuple[Entry, ...]:
        """Where a thing goes that could go to several slots, and no slot was named."""
        slots = list(dict.fromkeys(e.slot for e in entries))
        things = [s for s in slots if s not in self.coloured] or slots
        if len(slots) < 2 or named:
            return tuple(e for e in entries if e.slot == entries[0].slot)
        said = set(action.text.split())
        ruled = [s for phrase in action.excluded for s in self.shown(phrase)]
        ruled = ruled or [s for s in slots if self.now.get(s) in entries]  # "I asked for a goat and you gave me a cow"
        shirt = "body" in {self.place(w) for a in self.said.actions for w in (*a.where, *a.new)}
        worn = said & _WORN or (shirt and wordings("on it").search(action.text))  # "a blue shirt and a cloud on it"
        chosen = ruled[0] if ruled else "accessory" if worn else "head" if said & _BEING else ""
        if chosen not in things and len(things) > 1:
            near = [Near(e, 1.0, new) for e in entries if e.slot in things][:CHOICES]
            raise Refused(say.unclear(self.said.quote(new), near), near)
        chosen = chosen if chosen in things else things[0]
        return tuple(e for e in entries if e.slot == chosen)

    def _give_up(self, new: str, slots: tuple[str, ...], match: Match) -> None:
        phrase, elsewhere = self.said.quote(new), [e for e in self.lexicon.exact(new) if not e.bare]
        if key(new) in self.elsewhere:
            raise Refused(say.cannot(phrase, True))
        if slots and elsewhere:
            near = [Near(e, 1.0, e.name) for e in elsewhere][:2] + list(match.near[:3])
            raise Refused(say.unknown(phrase, slots[0], near), near)
        if match.near and not match.clash and not self.lexicon.is_absent(new):
            raise Refused(say.unclear(phrase, match.near), match.near)
        raise Refused(say.unknown(phrase, slots[0] if slots else "", match.near), match.near)

    def _shift(self, action: Action) -> Target:
        """More or less of something: of a colour, of light, of warmth; less of a thing takes half of it away."""
        said = action.more or action.less
        phrase = COMPARATIVES.get(said, TEMPERATURES.get(said, said))
        phrase = OPPOSITE.get(phrase, phrase) if action.less else phrase
        slots = [s for s in map(self.place, action.where) if s in self.lexicon.slots] or ([self._slot_of_old(action)] if action.old else [])
        slot = slots[0] if slots else "background" if phrase in {"warm", "cool"} and "background" in self.now else ""
        if phrase in {"dark", "light", "bright"} and slot:
            return self._lightness(action, slot, -1 if phrase == "dark" else 1)
        if action.less and phrase == said:
            found = self.shown(phrase, (slot,) if slot else ())
            bare = self.lexicon.bare(found[0]) if found else None
            if bare is None or ((now := self.now[found[0]]) and now.kind == "colour" and phrase in now.name.split()):
                raise Refused(say.not_here(phrase, at := slot or (found or [self._usual_slot(phrase)])[0], self.now.get(at)))
            return Target(found[0], (bare.part,), "less", 0.5 if action.amount == 1.0 else action.amount)
        if slot == "background":
            phrase = warmth(phrase) or phrase
        if not (says_colour(phrase) or slot in self.coloured or self.matcher.by_words(phrase)):
            raise Refused(say.cannot(self.said.quote(said), False))
        if not slot and says_colour(phrase):
            return self._coloured(action, phrase, [])[0]
        target = self._recolour(action, phrase, slot) if slot and says_colour(phrase) else self._replace(action, phrase, tuple(slots))
        return replace(target, verb="less" if action.less else "more")

    def _lightness(self, action: Action, slot: str, sign: int) -> Target:
        now = self.now.get(slot)
        here = [e for e in self.lexicon.of_slot(slot) if e.colours]
        if now is None or not now.colours or slot not in self.coloured or len(here) < 3:
            raise Refused(f"The {slot} cannot be made darker or lighter. Name a colour or a thing instead.")
        out = self.matcher.ruled_out(action.excluded, slot)
        family = shades([e for e in here if e.part not in out], now, sign)
        if not family:
            raise Refused(f"The {slot} cannot get any {'lighter' if sign > 0 else 'darker'}.")
        return Target(slot, tuple(e.part for e in family), "more", action.amount)

    def _target(self, action: Action, entries: tuple[Entry, ...], verb: Verb) -> Target:
        slot = entries[0].slot
        now = self.now.get(slot)
        if now is not None and entries[0] == now:
            raise Refused(f"Nothing to do: {say.describe(now, slot)} already.", nothing_to_do=True)
        parts = tuple(dict.fromkeys(e.part for e in entries if e.slot == slot and e != now))
        return Target(slot, parts, verb, action.amount)
