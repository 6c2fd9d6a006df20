"""An attack by meaning, joined: words out of neurons, sentences, pictures, and what a CLIP takes them for.

The same for every world that offers a `Stage`: what there is to add to a picture, which of it may be named, and pictures that hold
the true class whole. Where a picture comes from is the stage's own affair, so that a composer may give way to a generator.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from core.foundations.attacked import Attacked, Shot, SpuriousWord
from core.foundations.errors import RequestError, SettingError
from core.foundations.half import half
from core.foundations.images import to_tensor
from core.foundations.records import Picture
from core.foundations.seeds import numpy_rng
from core.methods.read.segment import METHODS, Asking
from core.methods.read.segment_settings import Segmenting
from core.methods.read.segment_view import View
from core.methods.read.windows import upsample
from core.methods.write.attack import AttackSettings, Codes, Mined, direction, learned, mine, word_scores, writers
from core.models.clip import Clip
from core.models.writer import instruction, local_writer
from core.studio.prompts import Prompt, Rules, Writer, written
from core.studio.stages import Stage
from core.studio.writing import Held, held_to, sentences

MOST = 400
"""Pictures of one attack."""
A_PROMPT = 10
"""Pictures of one prompt, as in the paper: 100 of ten."""
DRAFTS = 5
"""Sentences that are tried for each that is used, as many as the paper writes, which then draws lots."""
WRITTEN = 5
"""Sentences that are written for each that is tried, where it is known how much words pull."""
TRIALS = 2
"""Pictures on which a sentence is tried: before ten pictures of one, ten others are looked at."""
KEPT, LEAST = 0.6, 4
"""Share of the words that go on after half of the sentences were tried, and how many do at the least."""
FIRST = 2
"""Pictures of the first step, so that there soon is one to be seen."""
AT_ONCE = 10
"""Pictures of every further step."""


@dataclass(frozen=True)
class Asked:
    """What is asked of an attack.

    Attributes:
        true: a class.
        wrong: another.
        count: pictures, 1 to MOST.
        words: a person's own; mined where None.
        seed: of chance.
        controls: whether as many pictures with words by chance are made beside them.
        writer: what writes the sentences: a language model on this machine by its folder or name, or anything that writes; the grammar
            where empty.
    """

    true: str
    wrong: str
    count: int = 100
    words: tuple[str, ...] | None = None
    seed: int = 0
    controls: bool = True
    writer: str | Writer = ""

    def __post_init__(self) -> None:
        """SettingError where the count is out of bounds, RequestError where both classes are the same."""
        if not 1 <= self.count <= MOST:
            raise SettingError(f"An attack makes 1 to {MOST} pictures; asked for {self.count}.")
        if self.true == self.wrong:
            raise RequestError(f"Both classes are {self.true!r}. Choose two that differ.")


class Trying(NamedTuple):
    """How far the trying of sentences is.

    Attributes:
        done: pictures that were looked at.
        of: how many there are to be.
        best: the sentences that are used, at the end.
        told: what became of what a language model wrote.
    """

    done: int
    of: int
    best: tuple[Prompt, ...] = ()
    told: str = ""


def needed(asked: Asked) -> int:
    """Sentences that so many pictures are made of."""
    return -(-asked.count // A_PROMPT)


class Attacker:
    """An attack on one CLIP in one world. Read-only, shared between sessions.

    Args:
        clip: the model that is to be fooled.
        stage: of its world.
        codes: what its neurons say, in the words of the stage's pool.
        ids: of these neurons, such as "neuron:3:12".
        effects: what adding each thing does to the embedding `[j k]`, by which words are ranked; by the neurons alone where None.
        texts: the classes, embedded `[m k]`; embedded here where None.
        settings: how words are mined, and sentences tried.
        halved: whether pictures are looked at in half of the bits, where that is faster.
    """

    def __init__(
        self,
        clip: Clip,
        stage: Stage,
        codes: Codes,
        ids: Sequence[str],
        effects: Tensor | None = None,
        texts: Tensor | None = None,
        settings: AttackSettings | None = None,
        halved: bool = False,
    ) -> None:
        self.clip, self.stage, self.codes, self.ids, self.effects = clip, stage, codes, tuple(ids), effects
        self._texts, self.settings, self.halved = texts, settings or AttackSettings(), halved

    @cached_property
    def texts(self) -> Tensor:
        """The classes, embedded `[m k]`."""
        return self.clip.embed_texts(list(self.stage.classes)) if self._texts is None else self._texts

    def at(self, stage: Stage) -> Attacker:
        """The same attack on another stage of the same classes and things, such as another photograph."""
        return Attacker(self.clip, stage, self.codes, self.ids, self.effects, self.texts, self.settings, self.halved)

    def vector(self, name: str) -> Tensor:
        """One class `[k]`; RequestError where it does not exist."""
        return self.texts[self._class(name)]

    def _class(self, name: str) -> int:
        if name not in self.stage.classes:
            raise RequestError(f"There is no class {str(name)[:60]!r} here. Choose one of the {len(self.stage.classes)} that are listed.")
        return self.stage.classes.index(name)

    # Words and sentences -------------------------------------------------------------------------------------------

    def along(self, true: str, wrong: str) -> Tensor:
        """v, from the true to the wrong class `[k]`."""
        return direction(self.vector(true), self.vector(wrong))

    def allowed(self, true: str, wrong: str) -> Tensor:
        """Which words may be used `[j]` bool."""
        self._class(true), self._class(wrong)
        return torch.from_numpy(self.stage.allowed(true, wrong)).to(self.codes.weights.device)

    def mined(self, true: str, wrong: str) -> Mined:
        """Positions of the words that pull from the true to the wrong class, the strongest first."""
        return mine(self.codes, self.along(true, wrong), self.allowed(true, wrong), self.settings, effects=self.effects)

    def words(self, mined: Mined) -> tuple[SpuriousWord, ...]:
        """The same as words, with where their things go and who is behind them."""
        pool, slots = self.stage.pool, self.stage.slots
        return tuple(
            SpuriousWord(pool[word], slots[pool[word]], score, tuple((self.ids[neuron], adds) for neuron, adds in behind))
            for word, score, behind in zip(mined.words, mined.scores, mined.behind, strict=True)
        )

    def chosen(self, true: str, wrong: str, words: Sequence[str]) -> tuple[SpuriousWord, ...]:
        """A person's own words, with the neurons behind those that were mined too.

        Raises:
            RequestError: where one cannot be added to a picture of these classes, or none is given.
        """
        known = {word.text: word for word in self.words(self.mined(true, wrong))}
        allowed = dict(zip(self.stage.pool, self.allowed(true, wrong).tolist(), strict=True))
        for word in words:
            if word not in allowed:
                raise RequestError(
                    f"There is no {str(word)[:60]!r} that could be added to a picture. Choose one of the things that are listed."
                )
            if not allowed[word]:
                raise RequestError(f"{word!r} is one of the two classes, or is called like one. Leave it out.")
        if not words:
            raise RequestError("Choose at least one word to make pictures with.")
        return tuple(known.get(word, SpuriousWord(word, self.stage.slots[word])) for word in dict.fromkeys(words))

    def rules(self, true: str, wrong: str) -> Rules:
        """What a sentence has to keep to."""
        allowed = self.allowed(true, wrong).tolist()
        phrases = {word: self.stage.phrases[word] for word, fine in zip(self.stage.pool, allowed, strict=True) if fine}
        names = self.stage.named(true)
        return Rules(names, tuple(name for name in self.stage.named(wrong) if name not in names), phrases, self.stage.grounds)

    def prompts(self, asked: Asked, words: Sequence[str], purpose: str = "attack", choose: bool = True) -> tuple[Prompt, ...]:
        """As many sentences as the pictures need, ten pictures each: those that pulled most on a few pictures.

        Args:
            choose: whether those are tried whose words were measured to pull most, and half of them after the others told of their
                words; all by lot where not.
        """
        *_, last = self.trying(asked, words, purpose, choose)
        return last.best

    def by_lot(self, asked: Asked, words: Sequence[str], purpose: str) -> tuple[Prompt, ...]:
        """As many sentences as the pictures need, untried."""
        return self._drafts(asked, words, needed(asked), purpose)

    def trying(self, asked: Asked, words: Sequence[str], purpose: str, choose: bool = True) -> Iterator[Trying]:
        """The same step by step, some pictures at a time, so that it can be cancelled."""
        count, pulled = needed(asked) * (self.settings.drafts if choose else DRAFTS), dict[Prompt, float]()
        of, first = count * TRIALS, -(-count // 2) if choose else count
        pull = self.pull(asked.true, asked.wrong) if choose else None
        drafts = self._drafts(asked, words if pull is None else self._strongest(words, pull), first, purpose, pull)
        held = Held(drafts, "")
        for held in self._by_model(asked, words, drafts) if choose and asked.writer else ():
            yield Trying(0, of, told=held.told)
        for done in self._tried(asked, held.prompts, purpose, pulled):
            yield Trying(done, of, told=held.told)
        if choose:
            further = self._further(asked, words, pulled, count - first, purpose)
            for done in self._tried(asked, further, purpose, pulled):
                yield Trying(len(held.prompts) * TRIALS + done, of)
        if choose and self.settings.fitted:
            pull = self._learned(asked, pulled)
            shown = [prompt for prompt, value in pulled.items() if value > -math.inf]
            pulled |= {prompt: sum(pull[word] for word in prompt.words) for prompt in shown}
        best = sorted(pulled, key=lambda prompt: -pulled[prompt])
        yield Trying(of, of, tuple(best[at % len(best)] for at in range(needed(asked))), held.told)

    def _by_model(self, asked: Asked, words: Sequence[str], spare: Sequence[Prompt]) -> Iterator[Held]:
        """As many sentences by a language model, and what became of them, step by step; WeightsError where it is not here."""
        yield Held(tuple(spare), "The language model is being loaded.")
        told = instruction(asked.true, asked.wrong, words)
        writer = local_writer(asked.writer, told, asked.seed) if isinstance(asked.writer, str) else asked.writer
        yield from sentences(writer, held_to(self.rules(asked.true, asked.wrong), self.stage.pool), len(spare), spare)

    def _drafts(
        self, asked: Asked, words: Sequence[str], count: int, purpose: str, pull: Mapping[str, float] | None = None
    ) -> tuple[Prompt, ...]:
        """So many sentences by the grammar; where it is known how much words pull, the best of several times as many."""
        rng, rules = numpy_rng("fool", purpose, asked.true, asked.wrong, asked.seed), self.rules(asked.true, asked.wrong)
        several = written(rules, self.stage.phrases[asked.true], words, count if pull is None else count * WRITTEN, rng)
        if pull is None:
            return several
        return tuple(sorted(dict.fromkeys(several), key=lambda prompt: -sum(pull[word] for word in prompt.words))[:count])

    def _further(self, asked: Asked, words: Sequence[str], pulled: Mapping[Prompt, float], count: int, purpose: str) -> tuple[Prompt, ...]:
        """Sentences of the words that pull most after some were tried, none of which has the same words as one of these."""
        pull = self._learned(asked, pulled)
        most = min(self.settings.used, max(LEAST, round(KEPT * len(words))))
        kept = sorted(words, key=lambda word: -pull[word])[:most]
        known, found = {frozenset(prompt.words) for prompt in pulled}, dict[frozenset[str], Prompt]()
        for some in (kept, words) if count else ():  # few words make few sentences, and then the others have their turn
            for prompt in self._drafts(asked, some, 2 * count, f"{purpose}, further", pull):
                if frozenset(prompt.words) not in known:
                    found.setdefault(frozenset(prompt.words), prompt)
        return tuple(found.values())[:count]

    def _strongest(self, words: Sequence[str], pull: Mapping[str, float]) -> Sequence[str]:
        """The words that pull most, as many as sentences are made of."""
        most = self.settings.used
        return words if len(words) <= most else sorted(words, key=lambda word: -pull[word])[:most]

    def _learned(self, asked: Asked, pulled: Mapping[Prompt, float]) -> dict[str, float]:
        """How much every word pulls, told of the sentences that were tried."""
        pull, shown = dict(self.pull(asked.true, asked.wrong)), [prompt for prompt, value in pulled.items() if value > -math.inf]
        if not shown:
            return pull
        there = torch.tensor([[float(word in prompt.words) for word in pull] for prompt in shown])
        means = torch.tensor([pulled[prompt] for prompt in shown])
        return dict(zip(pull, learned(there, means, torch.tensor(list(pull.values())), self.settings).tolist(), strict=True))

    def _tried(self, asked: Asked, prompts: Sequence[Prompt], purpose: str, pulled: dict[Prompt, float]) -> Iterator[int]:
        """How far sentences' pictures lie along v, the mean of a few, the same chance for each; one of which none comes pulls nowhere."""
        v, places = self.along(asked.true, asked.wrong), [(at, prompt) for prompt in dict.fromkeys(prompts) for at in range(TRIALS)]
        for start in range(0, len(places), AT_ONCE):
            yield start
            made: list[tuple[Prompt, Picture]] = []
            for place, prompt in places[start : start + AT_ONCE]:
                pulled.setdefault(prompt, 0.0)
                try:
                    made.append((prompt, self.made(asked, prompt, place, f"{purpose}, trial")))
                except RequestError:
                    pulled[prompt] = -math.inf
            if made:
                along = (self.embedded([picture for _, picture in made]) @ v).tolist()
                for (prompt, _), value in zip(made, along, strict=True):
                    pulled[prompt] += value / TRIALS

    def pull(self, true: str, wrong: str) -> Mapping[str, float]:
        """How much every word of the pool pulls from the true to the wrong class."""
        v = self.along(true, wrong)
        scores = word_scores(self.codes, v, writers(self.codes, v, self.settings.neurons)) if self.effects is None else self.effects @ v
        return dict(zip(self.stage.pool, scores.tolist(), strict=True))

    # Pictures ------------------------------------------------------------------------------------------------------

    def attack(self, asked: Asked) -> Iterator[Attacked]:
        """All of it, some pictures at a time; bounded, and ended by asking for no more."""
        true, wrong = asked.true, asked.wrong
        words = self.words(self.mined(true, wrong)) if asked.words is None else self.chosen(true, wrong, asked.words)
        now, prompts = Attacked(true, wrong, words, (), count=asked.count, seed=asked.seed), tuple[Prompt, ...]()
        for trying in self.trying(asked, [word.text for word in words], "attack"):
            prompts, now = trying.best, replace(now, tried=trying.done, trials=trying.of, told=trying.told or now.told)
            yield now
        others = self.by_lot(asked, self.by_chance(asked, len(words)), "control") if asked.controls else ()
        now = replace(now, prompts=tuple(prompt.text for prompt in prompts))
        while len(now.shots) < asked.count:
            more = range(len(now.shots), min(asked.count, len(now.shots) + (AT_ONCE if now.shots else FIRST)))
            now = replace(now, shots=(*now.shots, *self.shots(asked, prompts, more, "attack")))
            if others:
                now = replace(now, controls=(*now.controls, *self.shots(asked, others, more, "control")))
            yield now

    def by_chance(self, asked: Asked, count: int) -> list[str]:
        """As many words by chance."""
        fine = np.flatnonzero(self.stage.allowed(asked.true, asked.wrong))
        rng = numpy_rng("fool", "chance", asked.true, asked.wrong, asked.seed)
        return [self.stage.pool[at] for at in rng.permutation(fine)[:count]]

    def shots(self, asked: Asked, prompts: Sequence[Prompt], places: Sequence[int], purpose: str) -> tuple[Shot, ...]:
        """Some pictures by their places among all, before the model."""
        chosen = [prompts[place % len(prompts)] for place in places]
        made = [self.made(asked, prompt, place, purpose) for prompt, place in zip(chosen, places, strict=True)]
        return self.judged(asked.true, asked.wrong, made, [prompt.text for prompt in chosen])

    def made(self, asked: Asked, prompt: Prompt, place: int, purpose: str) -> Picture:
        """One picture; RequestError where the stage gives none that holds the true class whole."""
        for again in range(20):
            rng = numpy_rng("fool", purpose, asked.true, asked.wrong, asked.seed, place, again)
            picture = self.stage.picture(asked.true, asked.wrong, prompt.words, rng)
            if picture is not None:
                return picture
        raise RequestError(f"No picture of “{prompt.text}” shows {asked.true!r} whole. Choose other words.")

    def embedded(self, pictures: Sequence[Picture]) -> Tensor:
        """Pictures as unit vectors `[n k]`."""
        rgb = np.stack([np.asarray(self.fitted(picture.image)) for picture in pictures])
        device = self.clip.mean.device
        with torch.no_grad(), half(device) if self.halved else nullcontext():
            return self.clip.embed(to_tensor(rgb).to(device)).float()

    def fitted(self, image: Image.Image) -> Image.Image:
        """A picture at the model's own size."""
        high, wide = self.clip.image_size
        return image if image.size == (wide, high) else image.resize((wide, high), Image.Resampling.BICUBIC)

    def judged(self, true: str, wrong: str, pictures: Sequence[Picture], prompts: Sequence[str]) -> tuple[Shot, ...]:
        """What the model takes pictures for."""
        logits = self.clip.logit_scale * self.embedded(pictures) @ self.texts.T
        both = logits[:, [self._class(true), self._class(wrong)]].softmax(-1).tolist()
        first = [self.stage.classes[at] for at in logits.argmax(-1).tolist()]
        rows = zip(pictures, prompts, both, first, strict=True)
        return tuple(Shot(picture, prompt, shares[0], shares[1], name) for picture, prompt, shares, name in rows)

    # Where and what of it ------------------------------------------------------------------------------------------

    def blame(self, picture: Picture, true: str, wrong: str) -> np.ndarray:
        """Where the wrong class comes from: what each patch adds along v, `[h w]` in [-1, 1], below 0 where it speaks for the true one.

        Where a tower's patches were trained to speak, it is what each says by itself.
        """
        image = to_tensor(np.asarray(self.fitted(picture.image))[None]).to(self.clip.mean.device)
        method = METHODS["tokens" if self.clip.anatomy.blend is None else "patches"]
        adds = method.map(View(self.clip, image), self.along(true, wrong)[None, None], Asking(Segmenting()))
        heat = upsample(adds, (picture.image.height, picture.image.width))[0, 0]
        return (heat / heat.abs().max().clamp_min(1e-12)).cpu().numpy()

    def alone(self, true: str, wrong: str, words: Sequence[str], seed: int = 0, scenes: int = 4) -> tuple[float, ...]:
        """How much each word's thing by itself moves pictures along v, as a cosine: their mean with it, less that with none."""
        v = F.normalize(self.along(true, wrong), dim=0)
        found = []
        for word in [None, *words]:
            made = [self._with(true, wrong, () if word is None else (word,), seed, at) for at in range(scenes)]
            found.append(float((self.embedded(made) @ v).mean()))
        return tuple(value - found[0] for value in found[1:])

    def _with(self, true: str, wrong: str, words: Sequence[str], seed: int, at: int) -> Picture:
        asked = Asked(true, wrong, 1, seed=seed)
        return self.made(asked, Prompt(", ".join(words), tuple(words)), at, "effect")
