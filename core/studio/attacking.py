"""An attack by meaning, joined: words out of neurons, sentences, pictures, and what a CLIP takes them for.

The same for every world that offers a `Stage`: what there is to add to a picture, which of it may be named, and pictures that hold
the true class whole. Where a picture comes from is the stage's own affair, so that a composer may give way to a generator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from core.foundations.attacked import Attacked, Shot, SpuriousWord
from core.foundations.errors import RequestError, SettingError
from core.foundations.images import to_tensor
from core.foundations.records import Picture
from core.foundations.seeds import numpy_rng
from core.methods.read.segment import METHODS, Asking
from core.methods.read.segment_settings import Segmenting
from core.methods.read.segment_view import View
from core.methods.read.windows import upsample
from core.methods.write.attack import AttackSettings, Codes, Mined, direction, mine, word_scores, writers
from core.models.clip import Clip
from core.studio.prompts import Prompt, Rules, written

MOST = 400
"""Pictures of one attack."""
A_PROMPT = 10
"""Pictures of one prompt, as in the paper: 100 of ten."""
DRAFTS = 5
"""Sentences that are written for each that is used, as in the paper, which then draws lots."""
FIRST = 2
"""Pictures of the first step, so that there soon is one to be seen."""
AT_ONCE = 10
"""Pictures of every further step."""


class Stage(Protocol):
    """What a world offers to an attack."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Between which a model may be fooled."""

    @property
    def pool(self) -> tuple[str, ...]:
        """What may be added to a picture, by its word."""

    @property
    def phrases(self) -> Mapping[str, str]:
        """Classes and words as noun phrases."""

    @property
    def slots(self) -> Mapping[str, str]:
        """Where each word's thing goes."""

    @property
    def grounds(self) -> frozenset[str]:
        """The words whose things stand behind all else."""

    def named(self, word: str) -> tuple[str, ...]:
        """All that a class or a thing is called, its word first; RequestError where there is none such."""

    def allowed(self, true: str, wrong: str) -> np.ndarray:
        """Which words of the pool may be used `[j]` bool: neither class, nor what is called like one or is a part of one."""

    def picture(self, true: str, wrong: str, words: Sequence[str], rng: np.random.Generator) -> Picture | None:
        """A picture with the true class whole and the things beside it, the wrong class nowhere; None where none comes of it."""


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
    """

    true: str
    wrong: str
    count: int = 100
    words: tuple[str, ...] | None = None
    seed: int = 0
    controls: bool = True

    def __post_init__(self) -> None:
        """SettingError where the count is out of bounds, RequestError where both classes are the same."""
        if not 1 <= self.count <= MOST:
            raise SettingError(f"An attack makes 1 to {MOST} pictures; asked for {self.count}.")
        if self.true == self.wrong:
            raise RequestError(f"Both classes are {self.true!r}. Choose two that differ.")


class Attacker:
    """An attack on one CLIP in one world. Read-only, shared between sessions.

    Args:
        clip: the model that is to be fooled.
        stage: of its world.
        codes: what its neurons say, in the words of the stage's pool.
        ids: of these neurons, such as "neuron:3:12".
        effects: what adding each thing does to the embedding `[j k]`, by which words are ranked; by the neurons alone where None.
        texts: the classes, embedded `[m k]`; embedded here where None.
        settings: how words are mined.
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
    ) -> None:
        self.clip, self.stage, self.codes, self.ids, self.effects = clip, stage, codes, tuple(ids), effects
        self._texts, self.settings = texts, settings or AttackSettings()

    @cached_property
    def texts(self) -> Tensor:
        """The classes, embedded `[m k]`."""
        return self.clip.embed_texts(list(self.stage.classes)) if self._texts is None else self._texts

    def at(self, stage: Stage) -> Attacker:
        """The same attack on another stage of the same classes and things, such as another photograph."""
        return Attacker(self.clip, stage, self.codes, self.ids, self.effects, self.texts, self.settings)

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
        """As many sentences as the pictures need, ten pictures each.

        Args:
            choose: whether five times as many are written and those are taken whose words pull most, all together.
        """
        rng = numpy_rng("fool", purpose, asked.true, asked.wrong, asked.seed)
        count = -(-asked.count // A_PROMPT)
        drafts = count * DRAFTS if choose else count
        several = written(self.rules(asked.true, asked.wrong), self.stage.phrases[asked.true], words, drafts, rng)
        if not choose:
            return several
        pull = self.pull(asked.true, asked.wrong)
        best = sorted(dict.fromkeys(several), key=lambda prompt: -sum(pull[word] for word in prompt.words))[:count]
        return tuple(best[at % len(best)] for at in range(count))

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
        prompts = self.prompts(asked, [word.text for word in words])
        others = self.prompts(asked, self.by_chance(asked, len(words)), "control", False) if asked.controls else ()
        now = Attacked(true, wrong, words, tuple(prompt.text for prompt in prompts), count=asked.count, seed=asked.seed)
        yield now
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
        with torch.no_grad():
            return self.clip.embed(to_tensor(rgb).to(self.clip.mean.device))

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
