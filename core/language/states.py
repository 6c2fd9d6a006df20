"""A sentence to targets in a world of states, such as faces: which slot should come to be how, or which way it should go on.

The world's table (core.language.facts.states) makes pieces of each clause: states and slots, words for how ("no", "less", "keep"),
words that ask for nothing, and what cannot be. Where one word is none of these nothing is done: a wrong edit is worse than a question.
A wish for more or less goes on towards `parts[0]` even where the picture shows that state already: an old face can get older.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.foundations.records import Verb
from core.language import refusals as say
from core.language.actions import Said
from core.language.facts import wordings
from core.language.facts.amounts import amount_of
from core.language.facts.described import described
from core.language.facts.hints import foreign
from core.language.facts.states import Clause, Meaning, Wish, age_told, state_words
from core.language.lexicon import Lexicon, Near
from core.language.match import CHOICES
from core.language.resolve import Refused, Resolved, Target, settled
from core.language.words import check
from core.worlds.faces.slots import SLOTS, Slot, state

WORLD = "faces"
_NEAR = 0.6  # cosine from which on what lies near an unknown word is offered
_LASTING = frozenset(("no", "keep", "spare", "old"))  # flags that hold for all that stands behind them in a clause
_BEHIND = {"gone": "no", "stays": "keep"}  # flags that stand behind what they are about
_GOING_ON = frozenset(("and", "or", "nor", ","))
_SEVERAL, _HAIR = ("expression", "hair colour"), frozenset(("hair colour", "hair length"))  # of the first, any other state may be asked for


def resolve_states(sentence: str, lexicon: Lexicon, reading: Mapping[str, str]) -> Resolved:
    """Targets for all wishes of a sentence, given the state now seen in each slot; where one cannot be met, a refusal and nothing else.

    Raises:
        RequestError: not text, empty, or too long.
    """
    worker = _Resolver(check(sentence, lexicon.facts.example), lexicon, reading)
    worker.work()
    nothing = not (worker.found or worker.idle or worker.undo or worker.keeps)
    if (worker.failed or nothing) and (told := described(sentence, worker.clauses, worker.table, lexicon.tell)):
        worker = _Resolver(sentence, lexicon, reading)
        worker.work(told)
    idle = {slot: told for slot, told in worker.idle.items() if slot not in worker.found}  # said to be as it is: that has to stay, too
    failed = [*worker.failed, *(Refused(told, nothing_to_do=True) for told in idle.values())]
    failed = failed or ([] if worker.found or worker.undo or worker.keeps else [Refused(say.of_state("nothing", sentence.strip()))])
    names = [state(t.slot, t.parts[0]).name for t in worker.found.values()]
    return settled(Said(undo=worker.undo, sentence=sentence), worker.found, tuple(dict.fromkeys((*worker.keeps, *idle))), failed, names)


class _Resolver:
    def __init__(self, sentence: str, lexicon: Lexicon, reading: Mapping[str, str]) -> None:
        self.sentence, self.lexicon, self.reading, self.table = sentence, lexicon, reading, state_words(WORLD)
        self.wishes, self.waiting, self.last = list[Wish](), list[Wish](), list[Wish]()  # the last: of the clause before
        self.flag, self.free, self.undo, self.clauses = "", False, False, list[Clause]()
        self.pending, self.spoken, self.strange, self.keeps = list[str](), set[str](), list[str](), list[str]()
        self.found, self.idle, self.failed = dict[str, Target](), dict[str, str](), list[Refused]()

    def work(self, told: Sequence[Clause] = ()) -> None:
        """Read the sentence, or the clauses that it is told to come to, and meet all wishes."""
        try:
            self.clauses = list(told or self.read())
            for clause in self.clauses:
                self._clause(clause)
            self._unsettled()
            self.meet()
        except Refused as refused:
            self.failed.append(refused)

    def read(self) -> Sequence[Clause]:
        """The clauses of the sentence."""
        plain = self.sentence.lower().replace("’", "'").strip()
        if foreign(plain):
            raise Refused(say.foreign(self.sentence, self.lexicon.facts.example))
        if any(wordings(kind).match(plain) for kind in ("question", "asked")):
            raise Refused(say.of_state("question", ""))
        clauses = self.table.clauses(tokens := self.table.tokens(self.sentence))
        if other := self.table.other_sex(tokens, any(p.kind in ("known", "years") for clause in clauses for p in clause.pieces)):
            raise Refused(say.of_state("gender", other))
        return clauses

    def _clause(self, clause: Clause) -> None:
        amount = amount_of([piece.phrase for piece in clause.pieces if piece.kind == "aside" or piece.value == "so"])
        wishes, flag, free = list[Wish](), self._going_on(clause), False
        for piece in clause.pieces:
            if piece.phrase in ("like", "as") and any(wish.phrase in self.table.states for wish in wishes):
                break  # "a beard like Santa's": what it is compared with is not wished for
            if piece.kind == "flag":
                flag, free = self._flagged(piece.value, flag, wishes)
            elif piece.kind == "known":
                wishes.append(Wish(flag, piece.phrase, (), amount))
                flag, free = flag if flag in _LASTING else "", False
            elif piece.value == "by":  # "age her by ten years"
                amount = age_told(piece)[1]
                wishes = [replace(wish, amount=amount) for wish in wishes]
            elif piece.kind in ("years", "told"):
                wishes.append(Wish("more" if piece.value in ("older", "younger") else "", piece.phrase, *age_told(piece)))
            elif piece.kind == "problem":
                self.failed.append(Refused(say.of_state(piece.value, piece.phrase)))
            elif piece.kind == "strange":
                self.strange.append(piece.phrase)
        if any(piece.kind == "back" for piece in clause.pieces) and all(self._shown(wish.phrase) for wish in wishes):
            self.undo, wishes = True, []  # "undo the smile", and not "back to brown hair"
        if free and flag in ("more", "less", "no"):  # "smile more", "make it stronger"
            for wish in [w for w in wishes[-1:] if not w.flag] or (self.last if not wishes else []):
                wish.flag, wish.amount = ("" if wish.phrase.startswith("no ") and flag == "no" else flag), amount
        self.flag, self.free = flag, free
        self._settle(wishes, clause)

    def _going_on(self, clause: Clause) -> str:
        """The flag of the clause before, where it holds for this one: "take off the hat and the glasses"."""
        if (self.free and clause.link == "with") or clause.link == "nor":  # "rather bald than with long hair"
            return self.flag
        if self.flag not in _LASTING or clause.link not in _GOING_ON or not clause.joins or any(p.kind == "flag" for p in clause.pieces):
            return ""
        return self.flag if self._shown(clause.known[0]) or (clause.known[0] in self.table.slots and clause.link != ",") else ""

    def _shown(self, phrase: str) -> bool:
        """Whether a phrase says what is seen now."""
        return any(self.reading.get(m.slot) == m.state for m in self.table.states.get(phrase, ()))

    def _flagged(self, said: str, flag: str, wishes: list[Wish]) -> tuple[str, bool]:
        """The flag after another one is met, and whether it looks for what it is about."""
        if said == "stays" and not wishes:
            return "keep", True  # "she must stay blond"
        if said in _BEHIND:
            several = [w for w in wishes if not w.flag] or (self.last if said == "gone" and not wishes else [])
            for wish in [w for w in several if self._shown(w.phrase)] or several:
                wish.flag = _BEHIND[said]
        elif said == "enough":
            wishes[-1:] = [replace(wish, flag="more" if wish.flag == "no" else wish.flag) for wish in wishes[-1:]]
        elif said == "into":
            return ("" if flag == "old" else flag), False
        else:
            turned = self.table.turned.get((flag, said), flag if said in ("so", "too") else said)
            return turned, bool(turned)
        return flag, False

    def _settle(self, wishes: list[Wish], clause: Clause) -> None:
        """What the phrases of a clause mean, and which of them only say where."""
        slots, states = self.table.slots, self.table.states
        for wish in wishes:
            wish.options = wish.options or self._meant(wish, clause)
        named = [slot for wish in wishes for slot in slots.get(wish.phrase, ())]
        said = {slot for wish in wishes if wish.phrase not in slots and wish.flag != "old" for slot in wish.slots}
        only = {slot for wish in wishes if wish.phrase not in states for slot in slots.get(wish.phrase, ())}
        for wish in [w for w in self.waiting if only and not any(w is own for own in wishes)]:  # "not so dark, the background"
            wish.options = [m for m in states[wish.phrase] if m.slot in only]
            self.waiting.remove(wish)
            wishes.append(wish)
            said |= wish.slots
        if named and self.last and clause.joins and not any(wish.flag or wish.options for wish in wishes):  # "darker hair and background"
            again = [Wish(w.flag, w.phrase, [m for m in states.get(w.phrase, ()) if m.slot in named], w.amount) for w in self.last]
            wishes = [wish for wish in again if wish.options]
        wishes = [w for w in wishes if w.phrase not in slots or not said & {*slots[w.phrase]}]
        done = [wish for wish in wishes if wish.options or (wish.flag and wish.phrase in slots)]
        self.pending = [] if done else named or self.pending
        self.wishes += done
        self.last, self.spoken = done or self.last, {*named, *said} or self.spoken

    def _meant(self, wish: Wish, clause: Clause) -> Sequence[Meaning]:
        """The states of a phrase: of the slots named beside it, else its own, else of what was spoken of last."""
        slots, states = self.table.slots, self.table.states
        if wish.flag == "no" and f"no {wish.phrase}" in states and not clause.described(wish.phrase, self.table):  # "remove the wrinkles"
            wish.flag, wish.phrase = "", f"no {wish.phrase}"
            return states[wish.phrase]
        options = states.get(wish.phrase, ())
        own = [meaning for meaning in options if not meaning.weak]
        if wish.phrase in slots:
            return own
        for near in (*clause.places(wish.phrase, slots), self.pending):
            if found := [meaning for meaning in options if meaning.slot in near]:
                return found
        if not clause.adorns(wish.phrase, slots):  # "an old hat" is no old face
            if found := own or [m for m in options if m.slot in self.spoken or (m.slot in _HAIR and self.spoken & _HAIR)]:
                return found
        others = [m[:2] for phrase in clause.known if phrase != wish.phrase for m in states.get(phrase, ()) if not m.weak]
        if found := [meaning for meaning in options if meaning[:2] in others]:  # "paint the lips bright red"
            return found
        if wish.phrase in self.table.skins and self.table.persons.keys() & {*clause.tokens}:
            raise Refused(say.of_state("origin", wish.phrase))
        self.waiting.append(wish)
        return []

    def _unclear(self, phrase: str, several: Sequence[tuple[str, str]]) -> Refused:
        near = tuple(Near(entry, 1.0, entry.name) for one in dict.fromkeys(several) if (entry := self.lexicon.entry(*one)))
        return Refused(say.unclear(phrase, near), near)

    def _unsettled(self) -> None:
        """What nobody knows, or what says nothing by itself, is asked back and not guessed at; hair comes where there is none."""
        if self.strange:
            said = " ".join(self.strange)
            near = self.lexicon.near([said], [()], CHOICES)[0][0]
            close = [(n.entry.slot, n.entry.part) for n in near if n.score >= _NEAR]
            self.failed.append(self._unclear(said, close) if close else Refused(say.of_state("unknown", said)))
        elif self.waiting:
            phrase = self.waiting[0].phrase
            self.failed.append(self._unclear(phrase, [(m.slot, m.state) for m in self.table.states[phrase]]))
        elif "hair length" in self.pending and self.reading.get("hair length") == "bald":
            self.wishes.append(Wish("", "hair", [Meaning("hair length", "short", False)]))
        elif self.pending:
            self.failed.append(Refused(say.asked_state(self.pending[0])))

    def meet(self) -> None:
        """The targets of all wishes, what should not be before what should."""
        wished = {slot for wish in self.wishes if wish.flag in ("", "more", "less") for slot in wish.slots}
        for wish in sorted(self.wishes, key=lambda wish: wish.flag not in ("no", "old")):
            if wish.flag == "keep" and wish.slots and not self._shown(wish.phrase):
                wish.flag = ""  # "keep your mouth closed", where it is open
            if wish.flag in ("keep", "spare"):
                self.keeps += wish.slots or self.table.slots.get(wish.phrase, ())
            elif wish.flag not in ("old", "other") or not {*self.table.slots.get(wish.phrase, ()), *wish.slots} & wished:
                self._meet(wish)

    def _meet(self, wish: Wish) -> None:
        if not wish.options:
            slot = self.table.slots[wish.phrase][0]
            if wish.flag != "other" or len(self.table.slots[wish.phrase]) > 1 or slot not in _SEVERAL:
                raise Refused(say.asked_state(slot))
            wish.options = [Meaning(slot, "", False)]
        for name in dict.fromkeys(option.slot for option in wish.options):
            target = self._target(wish, SLOTS[name], [option.state for option in wish.options if option.slot == name])
            before = self.found.get(name) if target else None
            if target and before and before.verb not in ("remove", "random") and not {*before.parts} & {*target.parts}:
                raise Refused(say.of_state("torn", state(name, before.parts[0]).name, other=state(name, target.parts[0]).name))
            if target:
                self.found[name] = target

    def _target(self, wish: Wish, slot: Slot, wanted: list[str]) -> Target | None:
        """What a wish comes to; None where it is so already, which is noted."""
        how, now = "no" if wish.flag == "old" else wish.flag, self.reading.get(slot.name, "")
        if how == "other" and slot.name not in _SEVERAL:
            raise Refused(say.asked_state(slot.name))
        if how == "other" or (how == "no" and slot.bare in {"", *wanted}):
            if how == "no" and now not in wanted:
                self.idle[slot.name] = say.of_state("idle", f"not {state(slot.name, wanted[0]).name}")
                return None
            return Target(slot.name, tuple(s for s in slot.ids if s not in {now, *wanted}), "random", wish.amount)
        on = how in {"more", "less"} or (not how and wish.amount > 1 and now in wanted)
        verb: Verb = "less" if how == "less" else "more" if on else "remove" if how == "no" else "replace"
        if how in {"no", "less"}:
            ends = [end for end in slot.ends if how == "less" and wanted[0] in slot.ends and end != wanted[0]]
            wanted = ends or [slot.bare or wanted[0]]
        if not on and now in wanted:
            self.idle[slot.name] = say.of_state("idle", state(slot.name, now).name)
            return None
        return Target(slot.name, tuple(wanted), verb, wish.amount)
