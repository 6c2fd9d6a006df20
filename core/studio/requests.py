"""From a sentence to edits: understand it, choose handles for each target, verify, and roll back what failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from torch import Tensor

from core.foundations.english import with_article
from core.foundations.records import Edit, Found, SlotReading, Verb
from core.foundations.seeds import numpy_rng
from core.language.lexicon import Entry, Near
from core.language.resolve import Resolved, Target
from core.language.words import forms_of, nearest_word
from core.studio.fulfil import Fulfilment, Wish, best_strength, fulfil, rank
from core.studio.lens import called, mentioned, nearest, shaped
from core.studio.looking import Looking
from core.studio.recipes import kept_strength
from core.studio.shelf import Readings, Shelf

MENTIONED = 2
"""Concepts that are offered where a sentence names them and cannot be done otherwise."""
SHARED = "Several models share “{}”; this is the part nearest to what was there that says so to all of them."
TURNED = "Several models share what this turns: {}."
STRAYED = (
    "I tried, but it would also have changed the {}, so everything was put back. Ask for a little of it, or turn its dial on the tab "
    "Features by hand."
)
BACK = "Your own step had changed that; it was taken off the list, so nothing of it is left."
PARTLY = "The {} came only a part of the way: further on it would have broken, or changed something else. Ask for more of it to try."
UNNAMED = "No part here is called that; {} came nearest to your words."
ALTERNATIVES = 3
"""Acceptable parts that are tried one after another."""


@dataclass(frozen=True)
class Answer:
    """What a sentence comes to.

    Attributes:
        edits: to put on top of the stack; empty where nothing is to be done.
        refusal: None, or why nothing is done and what to do next.
        choices: the nearest handles to pick from.
        undo: whether the last step should be taken back; what else is asked for comes after that.
        more: whether anything else is asked for.
        rest: the stack without the steps that had taken away what is wished; None where none has to go.
        note: what a person should know about what is done; else "".
    """

    edits: tuple[Edit, ...] = ()
    refusal: str | None = None
    choices: tuple[Found, ...] = ()
    undo: bool = False
    more: bool = False
    rest: tuple[Edit, ...] | None = None
    note: str = ""


class Requests:
    """Answers sentences with edits.

    Args:
        library: what is loaded.
        looking: at the picture of which sentences ask something; None where they only look for handles.
    """

    def __init__(self, library: Shelf, looking: Looking | None = None) -> None:
        self.library, self.looking = library, looking

    def answer(self, sentence: str, latent: Tensor, before: tuple[SlotReading, ...], undone: bool = False) -> Answer:
        """Find the edits that do what a sentence asks for.

        Args:
            latent: `[c h w]` of the picture as it is now.
            before: what is read in it.
            undone: whether the step that the sentence takes back was taken back already.

        Raises:
            RequestError: where the sentence is empty, too long, or no text.
        """
        resolved = self.library.understand(sentence, self.library.shown(before))
        if resolved.undo and not undone:
            return Answer(undo=True, more=bool(resolved.targets or resolved.refusal))
        if resolved.refusal:
            any_such = self._shaped(sentence, before) or self._any_such(sentence, latent, before)
            return any_such or Answer(refusal=resolved.refusal, choices=(*self._mentioned(sentence), *self._found(resolved.choices)))
        return self._do(resolved, sentence, latent, before)

    def _do(self, resolved: Resolved, sentence: str, latent: Tensor, before: tuple[SlotReading, ...]) -> Answer:
        edits, notes, looking = list[Edit](), [resolved.note], self.looking
        assert looking is not None, "whoever asks for something has a picture"
        if len(resolved.targets) == 1 and (rest := self._back(resolved.targets[0], before, looking)) is not None:
            return Answer(rest=rest, note=" ".join(filter(None, (resolved.note, BACK))))
        keeps = resolved.keeps
        for target in resolved.targets:
            outcome = self._meet(target, sentence, latent, before, looking, keeps)
            if outcome is None:
                reason, near = self.library.lacking(target.slot, target.parts, {r.slot: r.part for r in before})
                return Answer(refusal=reason, choices=tuple(self._one(*one, "replace", 1.0, "") for one in near))
            if not outcome.done and not outcome.torn >= 1:  # of a seam the report tells
                return Answer(refusal=self._failure(target, outcome))
            edits += looking.done(outcome.edits, target.slot)
            notes += [self._unnamed(target, sentence, outcome.reading), PARTLY.format(target.slot) if outcome.partly else ""]
            latent, before, keeps = outcome.latent, outcome.reading, (*keeps, target.slot)
        return Answer(tuple(edits), note=" ".join(filter(None, dict.fromkeys(notes))))

    def _back(self, target: Target, before: Readings, looking: Looking) -> tuple[Edit, ...] | None:
        """The stack without its steps of a slot, where the picture then shows what is wished, and all else as now or as it was."""
        if target.verb in ("more", "less", "random") or target.strength != 1.0:
            return None
        handles, shown = self.library.handles, {r.slot: r.part for r in before}
        wish = self.library.alike(target.slot, target.parts[0], shown)
        rest = tuple(edit for edit in looking.stack if edit.muted or handles[edit.handle].slot != target.slot)
        if len(rest) == len(looking.stack) or shown[target.slot] in wish:
            return None
        after, first = looking.left(rest, before), looking.left((), before)
        if after is None or first is None or any(r.slot == target.slot and r.part not in wish for r in after):
            return None
        stays = (a.part in (b.part, f.part) for b, a, f in zip(before, after, first, strict=True) if b.slot != target.slot)
        return rest if all(stays) else None

    def _unnamed(self, target: Target, sentence: str, reading: Readings) -> str:
        """That a thing was chosen by what it means, where no word of the sentence is its name: a mosquito is not passed off as a bee."""
        shown = next(r for r in reading if r.slot == target.slot)
        entry = next((e for e in self.library.lexicon.of_slot(target.slot) if e.part == shown.part), None)
        if target.verb != "replace" or entry is None or entry.kind in ("", "colour"):
            return ""
        names = {form for name in (*entry.names, entry.kind) for form in forms_of(name)}
        said = forms_of(sentence)
        if names & {*said} or any(nearest_word(word, names) for word in said):
            return ""
        return UNNAMED.format(with_article(shown.name))

    def _any_such(self, sentence: str, latent: Tensor, before: Readings) -> Answer | None:
        """Bring the nearest of the parts that a further lens knows by the name that is asked for; None where none comes cleanly."""
        handle, looking = called(self.library, sentence), self.looking
        if handle is None or looking is None or not handle.parts or handle.slot not in {reading.slot for reading in before}:
            return None
        library, wish = self.library, Wish(handle.slot, handle.parts)
        if any(r.slot == handle.slot and r.part in handle.parts for r in before):
            return None
        outcome = fulfil(wish, latent, before, [handle], looking.actors, looking.read, library.standard, library.bringing)
        return Answer(looking.done(outcome.edits, handle.slot), note=SHARED.format(handle.name)) if outcome.done else None

    def _shaped(self, sentence: str, before: Readings) -> Answer | None:
        """Turn what a further lens knows of a part that is no slot, and look whether all slots stay; None where nobody asks for such."""
        asked, looking = shaped(self.library, sentence), self.looking
        if asked is None or looking is None:
            return None
        handle, edit = asked[0], Edit(asked[0].id, kept_strength(asked[1]))
        after = self.library.align(before, looking.tried_on(edit, handle.slot))
        lost = [one.slot for one, now in zip(before, after, strict=True) if one.part != now.part]
        if lost:
            return Answer(refusal=STRAYED.format(" and the ".join(lost)))
        return Answer(looking.done((edit,), handle.slot), note=TURNED.format(handle.name))

    def _mentioned(self, sentence: str) -> tuple[Found, ...]:
        named = mentioned(self.library, sentence)[:MENTIONED]
        return tuple(Found(handle, "more", best_strength(handle)[0], 1.0, handle.name) for handle in named)

    def _meet(
        self, target: Target, sentence: str, latent: Tensor, before: Readings, looking: Looking, keeps: tuple[str, ...]
    ) -> Fulfilment | None:
        """Try the acceptable parts one after another; the last outcome where none is met. Some slots have to stay."""
        parts = [p for p in target.parts if (target.slot, p) in self.library.by_part]
        if target.verb == "random":
            rng = numpy_rng("random", sentence, *(r.part for r in before))
            parts = [parts[i] for i in rng.permutation(len(parts))]
        library, seen, outcome = self.library, {r.slot: r.part for r in before}, None
        measured = any(r.towards for r in before if r.slot == target.slot)
        relative = measured and (target.verb in ("more", "less") or target.strength != 1.0)

        def look(latents: Tensor) -> list[Readings]:
            return [library.align(before, after) for after in looking.read(latents)]

        def tried(edit: Edit) -> Readings:
            return library.align(before, looking.tried_on(edit, target.slot))

        for part in parts[:ALTERNATIVES]:
            wish = Wish(target.slot, library.alike(target.slot, part, seen), target.strength, relative, keeps)
            outcome = library.meet(wish, latent, before, looking.actors, look, tried, partial(looking.torn_by, slot=target.slot))
            if outcome.done:
                break
        return outcome

    def _failure(self, target: Target, outcome: Fulfilment) -> str:
        """A failed edit was rolled back; say what it did."""
        now = {r.slot: r for r in outcome.reading}
        shown, moved = now[target.slot], [b.slot for b in outcome.harmed if b.part != now[b.slot].part or b.towards]
        if moved:
            reason = f"it would also have changed the {' and the '.join(moved)}"
        elif outcome.met:
            reason = f"it would also have blurred the {' and the '.join(b.slot for b in outcome.harmed)}"
        else:
            came = "unclear" if shown.part in target.parts else f"as {shown.name} instead"
            reason = f"the {target.slot} came out {came}"
        return f"I tried, but {reason}, so everything was put back. Try another wording, or turn a feature by hand."

    def find(self, text: str, limit: int, before: Sequence[SlotReading] = ()) -> tuple[Found, ...]:
        """The handles nearest to a phrase or sentence, one for each part, best first.

        Raises:
            RequestError: where the text is empty, too long, or no text.
        """
        resolved = self.library.understand(text, {r.slot: r.part for r in before})
        found: list[Found] = []
        for target in (*resolved.targets, *resolved.rest):
            parts = [part for part in target.parts if (target.slot, part) in self.library.by_part]
            found += [self._one(target.slot, part, target.verb, 1.0, "") for part in parts[:limit]]
        near = self.library.lexicon.near([text], [[]], limit)[0][0] if len(found) < limit else []
        named, further = self._found((*resolved.choices, *near)), nearest(self.library, text, limit)
        found += sorted([*further, *named], key=lambda one: -one.score) if further else named
        unique = {f.handle.id: f for f in reversed(found)}
        ordered = [f for f in dict.fromkeys(f.handle.id for f in found)]
        return tuple(unique[id] for id in ordered[: max(0, limit)])

    def _found(self, near: Sequence[Near]) -> tuple[Found, ...]:
        return tuple(
            self._one(n.entry.slot, n.entry.part, self._verb(n.entry), n.score, n.text)
            for n in near
            if (n.entry.slot, n.entry.part) in self.library.by_part
        )

    def _verb(self, entry: Entry) -> Verb:
        return "remove" if entry.bare else "recolour" if entry.kind == "colour" else "replace"

    def _one(self, slot: str, part: str, action: Verb, score: float, text: str) -> Found:
        handle, strength = rank(self.library.by_part[slot, part])[0]
        return Found(handle, action, strength, score, text or handle.name)
