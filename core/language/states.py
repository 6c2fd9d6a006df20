"""Actions to targets in a world of states, such as faces: which slot should come to be how, or which way it should go on.

A sentence is rewritten in few words, by the world's table: "take off", "lose" and "without" are "no", "older" is "more old". What
the network marked as staying is written into it. Each clause is then a row of states and slots, some behind a flag for how.
A wish for more or less goes on towards `parts[0]` even where the picture shows that state already: an old face can get older.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from core.foundations.records import Verb
from core.language import refusals as say
from core.language.actions import Said, amount_of
from core.language.facts import FLAGS, state_words, wordings
from core.language.lexicon import Lexicon
from core.language.match import Matcher
from core.language.resolve import Refused, Resolved, Target, settled
from core.language.second import foreign
from core.language.words import respelt, words_of
from core.worlds.faces.slots import SLOTS

_CLAUSES = re.compile(r"\s*(?:[,;.!?:&+|]|\b(?:and|then|but|also|plus|while|whilst|with|yet|though)\b)\s*")
_ON = re.compile(r"(?:or|the|his|her|their|that|those|any) ")
"""How a clause begins that goes on with what the last one does: "take off the hat and the glasses"."""
_LASTING = frozenset(("no", "keep"))
"""Flags that hold for all that stands behind them."""


def resolve_states(said: Said, lexicon: Lexicon, reading: Mapping[str, str]) -> Resolved:
    """Targets for all wishes of a sentence, given the state now seen in each slot; where one cannot be met, a refusal and nothing else."""
    worker = _Resolver(said, lexicon, reading)
    try:
        worker.read()
    except Refused as refused:
        worker.failed.append(refused)
    names = [entry.name for t in worker.found.values() if (entry := lexicon.entry(t.slot, t.parts[0]))]
    if not (worker.found or worker.failed or worker.undo or worker.keeps):
        worker.failed.append(Refused(say.of_state("nothing", said.sentence.strip())))
    return settled(replace(said, undo=worker.undo), worker.found, tuple(dict.fromkeys(worker.keeps)), worker.failed, names)


class _Resolver:
    def __init__(self, said: Said, lexicon: Lexicon, reading: Mapping[str, str]) -> None:
        self.said, self.lexicon, self.reading, self.table = said, lexicon, reading, state_words("faces")
        self.found: dict[str, Target] = {}
        self.keeps: list[str] = []
        self.failed: list[Refused] = []
        self.wishes: list[tuple[str, list[tuple[str, str]], float]] = []  # flag, slots and states, amount
        self.undo, self.flag, self.last = False, "", ("", "")
        self.pending: list[str] = []

    def _plainly(self, text: str) -> str:
        """A text in few words."""
        for pattern, plainer in self.table.rewrites:
            text = " ".join(pattern.sub(plainer, text).split())
        return text

    def _spelt(self, text: str) -> str:
        return respelt(" ".join(w.plain.replace("-", " ") for w in words_of(text)), self.table.own, self.table.own)

    def read(self) -> None:
        """Read all clauses, then meet their wishes, those for what should not be before those for what should."""
        text = self._spelt(self.said.sentence)
        if foreign(text):
            raise Refused(say.foreign(self.said.sentence))
        for kind, pattern in (("question", wordings("question")), *self.table.problems):
            if hit := pattern.search(text):
                raise Refused(say.of_state(kind, hit.group().strip()))
        for phrase in filter(self.table.pieces.search, self.said.keeps):
            text = re.sub(rf"\b{re.escape(phrase)}\b", f"keep {phrase}", text, count=1)
        for clause in filter(None, _CLAUSES.split(self._plainly(text))):
            if self.said.undo and self.table.back.search(clause):
                self.undo = True
            else:
                self._clause(clause)
        self._strangers()
        for wish in sorted(self.wishes, key=lambda wish: wish[0] != "no"):
            try:
                target = self._target(*wish)
                self.found[target.slot] = target
            except Refused as refused:
                self.failed.append(refused)

    def _clause(self, clause: str) -> None:
        items = self._flagged(clause)
        named = [slot for _, piece in items for slot in self.table.slots.get(piece, ())]
        known = [(how, piece) for how, piece in items if piece in self.table.states and how != "keep"]
        amount = amount_of([clause])
        for how, piece in items:
            if how == "keep":
                self.keeps += {slot for slot, _ in self.table.states.get(piece, ())} or self.table.slots[piece]
            elif how == "other" and piece not in self.table.states:
                self.wishes.append((how, [(self.table.slots[piece][0], "")], amount))
        for how, piece in known:
            others = {slot for _, other in known if other != piece for slot, _ in self.table.states[other]}
            if piece not in self.table.slots or not others & {slot for slot, _ in self.table.states[piece]}:  # "dark glasses": a place
                self._wish(how, piece, [*named, *self.pending], amount)
        if named and not items[0][0] and not known and self.last[1]:  # "darker hair and background"
            self._wish(*self.last, named, amount)
        self.pending = [] if known else named

    def _flagged(self, clause: str) -> list[tuple[str, str]]:
        """The states and slots of a clause, each with its flag; the last flag may also stand behind what it is about."""
        items: list[tuple[str, str]] = []
        flag, free = self.flag if _ON.match(clause) and self.flag in _LASTING else "", False
        for piece in self.table.pieces.findall(clause):
            if piece in FLAGS:
                flag, free = piece, True
            else:
                items.append((flag, piece))
                flag, free = flag if flag in _LASTING else "", False
        self.flag = flag
        return [*items[:-1], (flag, items[-1][1])] if free and items and not items[-1][0] else items

    def _wish(self, how: str, piece: str, named: list[str], amount: float) -> None:
        """Note a wish for a phrase that may mean states of several slots: of those that are named, else of the one spoken of last."""
        options = self.table.states[piece]
        if len({slot for slot, _ in options}) > 1:
            spoken = [wish[1][0][0] for wish in self.wishes[-1:]]
            near, _ = self.lexicon.near([piece], [[slot for slot, _ in options]], 3)[0]
            options = tuple([o for o in options if o[0] in named] or [o for o in options if o[0] in spoken])
            self.last = (how, piece)
            if not options:
                self.failed.append(Refused(say.unclear(piece, near), near))
        for slot in dict.fromkeys(slot for slot, _ in options):
            self.wishes.append((how, [o for o in options if o[0] == slot], amount))

    def _strangers(self) -> None:
        """Look up by its meaning what the table does not know; what is not near anything is refused."""
        several = [(p, a.out == p, a.amount) for a in self.said.actions for p in (*a.new, a.out, a.old) if p]
        for phrase, goes, amount in (*several, *([(self.said.cannot, False, 0.0)] if self.said.cannot else ())):
            if self.table.pieces.search(self._plainly(self._spelt(phrase))) or set(phrase.lower().split()) <= self.table.asides:
                continue
            match = Matcher(self.lexicon).match(phrase)
            if not match.entries or not amount:
                raise Refused(say.of_state("unknown", self.said.quote(phrase)), match.near[:3])
            self.wishes.append(("no" if goes else "", [(match.entries[0].slot, match.entries[0].part)], amount))

    def _target(self, how: str, options: list[tuple[str, str]], amount: float) -> Target:
        slot, wanted = SLOTS[options[0][0]], [state for _, state in options]
        now = self.reading.get(slot.name, "")
        if how == "other" or (how == "no" and slot.bare in {"", *wanted}):
            if how == "no" and now not in wanted:
                raise Refused(say.of_state("idle", f"no {wanted[0]}"), nothing_to_do=True)
            return Target(slot.name, tuple(s for s in slot.ids if s not in {now, *wanted}), "random", amount)
        on = how in {"more", "less"} or (not how and amount > 1 and now in wanted)
        verb: Verb = "less" if how == "less" else "more" if on else "remove" if how == "no" else "replace"
        if how in {"no", "less"}:
            ends = [end for end in slot.ends if how == "less" and wanted[0] in slot.ends and end != wanted[0]]
            wanted = ends or [slot.bare or wanted[0]]
        if not on and now == wanted[0] and (entry := self.lexicon.entry(slot.name, now)):
            raise Refused(say.of_state("idle", entry.name), nothing_to_do=True)
        return Target(slot.name, tuple(wanted), verb, amount)
