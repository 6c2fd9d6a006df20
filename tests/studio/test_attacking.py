"""An attack from words to pictures, on a tiny CLIP with random weights and effects planted on the spot."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from core.foundations.attacked import Shot
from core.foundations.errors import RequestError, SettingError, StudioError
from core.methods.write.attack import AttackSettings, Codes
from core.models.clip import Clip
from core.models.scene_clip import SceneClip, SceneClipConfig
from core.models.thesaurus import Thesaurus
from core.studio import Studio
from core.studio.attacking import A_PROMPT, DRAFTS, FIRST, TRIALS, Asked, Attacker
from core.studio.fewest import fewest
from core.studio.fooling import FoolingVerbs
from core.studio.prompts import Prompt
from core.studio.scene_stage import SceneStage
from core.worlds.scenes.things import classes, things

WIDTH, UNITS = 16, 40
READ = Thesaurus(
    {"feline": "cat", "puppy": "dog", "spaniel": "dog", "setter": "dog"}, {"feline": 1.0, "puppy": 1.0, "spaniel": 0.96, "setter": 0.4}
)


@pytest.fixture(scope="module")
def attacker() -> Attacker:
    """Codes and effects in which "volcano" pulls from the cat to the dog most of all."""
    torch.manual_seed(0)
    config = SceneClipConfig(width=16, layers=2, heads=2, joint=WIDTH, stem=(4, 4, 8, 8, 8), text_heads=2)
    model = SceneClip(config).eval().requires_grad_(False)
    clip = Clip(model.visual, lambda texts: torch.zeros(len(texts), WIDTH), model.mean, model.std, config.side, 10.0, "tiny")
    words = [thing.word for thing in things()]
    texts, effects = F.normalize(torch.randn(len(classes()), WIDTH), dim=1), 0.01 * torch.randn(len(words), WIDTH)
    v = texts[words.index("dog")] - texts[words.index("cat")]
    effects[words.index("volcano")] = v
    codes = Codes(F.normalize(torch.randn(UNITS, WIDTH), dim=1), torch.arange(UNITS)[:, None] % 7, torch.rand(UNITS, 1), len(words))
    stage = SceneStage(torch.tensor([[words.index("dog"), words.index("fox")]]), thesaurus=READ)
    ids = [f"neuron:0:{at}" for at in range(UNITS)]
    return Attacker(clip, stage, codes, ids, effects, texts, AttackSettings(words=12))


@pytest.fixture
def studio(attacker: Attacker) -> FoolingVerbs:
    """The verbs over it."""
    verbs = FoolingVerbs()
    verbs.library = SimpleNamespace(attacker=attacker)  # type: ignore[assignment]
    return verbs


def test_words_are_mined_without_the_classes_and_their_like(attacker: Attacker, studio: FoolingVerbs) -> None:
    """The planted one first; neither class, nor what shares a name with one, nor what means alike to the wrong one."""
    found = studio.attack_words("cat", "dog")
    assert found[0].text == "volcano" and found[0].slot == "head" and len(found) == 12
    assert [word.score for word in found] == sorted((word.score for word in found), reverse=True)
    banned = {word for word, fine in zip(attacker.stage.pool, attacker.allowed("cat", "dog").tolist(), strict=True) if not fine}
    assert {"cat", "dog", "fox"} <= banned and "volcano" not in banned and not banned & {word.text for word in found}
    assert "fox" not in {w for w, f in zip(attacker.stage.pool, attacker.allowed("dog", "cat").tolist(), strict=True) if not f}
    assert (
        attacker.stage.named("dog")[0] == "dog"
        and {"puppy", "spaniel"} <= set(attacker.stage.named("dog"))
        and "setter" not in attacker.stage.named("dog")
    )


def test_an_attack_comes_step_by_step(studio: FoolingVerbs) -> None:
    """Soon a picture, then more; prompts name the true class and never the wrong one; controls are as many; the same seed is the same."""
    steps = list(studio.attack("cat", "dog", count=14, seed=3))
    trying, made = [step for step in steps if not step.shots], [step for step in steps if step.shots]
    assert [len(step.shots) for step in made] == [FIRST, FIRST + 10, 14] and made[-1].done and not made[0].done
    assert [step.tried for step in trying] == [0, 10, 20] and {step.trials for step in steps} == {2 * DRAFTS * TRIALS}
    last = steps[-1]
    assert len(last.controls) == 14 and len(last.prompts) == -(-14 // A_PROMPT)
    for shot in last.shots:
        assert "cat" in shot.prompt and "dog" not in shot.prompt and shot.true + shot.wrong == pytest.approx(1, abs=1e-5)
        assert shot.picture.image.size == (64, 64) and shot.fooled == (shot.wrong > shot.true) and shot.first in studio.attack_classes()
    again = studio.attack("cat", "dog", count=14, seed=3, controls=False)
    assert again.fooled == last.fooled and again.prompts == last.prompts and again.controls == () and len(again.pictures) == 14
    assert np.array_equal(np.asarray(again.pictures[5].image), np.asarray(last.pictures[5].image))
    assert studio.attack("cat", "dog", count=3, seed=4, controls=False).prompts != last.prompts


def test_words_can_be_chosen(studio: FoolingVerbs) -> None:
    """A person's own, in the order given, with the neurons behind those that are mined; others are refused."""
    found = studio.attack("cat", "dog", count=2, words=["toaster", "volcano", "toaster"], controls=False)
    assert [word.text for word in found.words] == ["toaster", "volcano"] and found.words[1].score > 0 == found.words[0].score
    assert all("toaster" in prompt or "volcano" in prompt for prompt in found.prompts)
    for words in ([], ["giraffe"], ["dog"], ["fox"]):
        with pytest.raises(RequestError):
            _ = studio.attack("cat", "dog", count=2, words=words).last


def test_where_the_wrong_class_comes_from(studio: FoolingVerbs) -> None:
    """A map of the picture's size in [-1, 1]; swapping the classes turns its sign."""
    picture = studio.attack("cat", "dog", count=1, controls=False).pictures[0]
    one, other = studio.attack_map(picture, "cat", "dog"), studio.attack_map(picture, "dog", "cat")
    assert one.shape == (64, 64) and np.abs(one).max() == pytest.approx(1) and np.allclose(one, -other, atol=1e-5)


def test_a_thing_is_tried_by_itself(attacker: Attacker) -> None:
    """One number for each word, the same each time."""
    found = attacker.alone("cat", "dog", ["volcano", "toaster"], scenes=2)
    assert len(found) == 2 and found == attacker.alone("cat", "dog", ["volcano", "toaster"], scenes=2)


def test_sentences_are_tried_on_pictures(attacker: Attacker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those are used whose pictures lie furthest along the way, whatever was thought of their words; one without pictures never is."""
    asked, words = Asked("cat", "dog", 20), ["shark", "toaster", "pie", "moon", "crab", "rock"]
    seen: list[tuple[int, str]] = []
    tried: dict[str, float] = {}
    worth = lambda text: -9 if "moon" in text else ("toaster" in text) + ("pie" in text) / 2  # noqa: E731

    def made(_: Asked, prompt: Prompt, place: int, purpose: str) -> str:
        seen.append((place, purpose))
        tried[prompt.text] = worth(prompt.text)
        if "moon" in prompt.words:
            raise RequestError("None comes.")
        return prompt.text

    monkeypatch.setattr(attacker, "made", made)
    v = F.normalize(attacker.along("cat", "dog"), dim=0)
    monkeypatch.setattr(attacker, "embedded", lambda texts: torch.stack([worth(text) * v for text in texts]))
    best = attacker.prompts(asked, words)
    assert [worth(one.text) for one in best] == sorted(tried.values(), reverse=True)[:2] and worth(best[0].text) > 0
    assert {place for place, _ in seen} == set(range(TRIALS)) and {purpose for _, purpose in seen} == {"attack, trial"}
    assert TRIALS * DRAFTS < len(seen) <= 2 * TRIALS * DRAFTS
    lots = attacker.by_lot(asked, words, "attack")
    assert lots == attacker.by_lot(asked, words, "attack") and len(lots) == 2
    seen.clear()
    assert set(attacker.prompts(asked, words, choose=False)) <= set(attacker.by_lot(replace(asked, count=100), words, "attack"))
    assert len(seen) == 2 * TRIALS * DRAFTS


def test_what_trying_told_of_words_is_used(attacker: Attacker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second half of the sentences has words that pulled in the first, and no sentence is tried twice."""
    words = ["shark", "toaster", "pie", "moon", "crab", "rock", "igloo", "heart", "bank", "bell"]
    pulled = {Prompt(f"a cat with {word}", (word,)): float(word in ("pie", "bell")) for word in words}
    further = attacker._further(Asked("cat", "dog", 20), words, pulled, 5, "attack")
    assert len(further) == 5 and all({"pie", "bell"} & set(prompt.words) for prompt in further)
    assert not {frozenset(prompt.words) for prompt in further} & {frozenset((word,)) for word in words}


def test_sentences_may_count_by_their_words(attacker: Attacker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few words make them, few are tried, and a sentence is used for what its words did in all that were tried."""
    asked, words = Asked("cat", "dog", 10), ["shark", "toaster", "pie", "moon", "crab", "rock", "igloo", "bell"]
    settings = replace(attacker.settings, used=5, drafts=4, doubt=0.01, least=0.01, fitted=True)
    own = Attacker(attacker.clip, attacker.stage, attacker.codes, attacker.ids, attacker.effects, attacker.texts, settings)
    pull, tried = own.pull("cat", "dog"), dict[str, tuple[str, ...]]()
    strongest = sorted(words, key=lambda word: -pull[word])[:5]
    worth = lambda text: sum(at * (word in text) for at, word in enumerate(strongest))  # noqa: E731

    def made(_: Asked, prompt: Prompt, place: int, purpose: str) -> str:
        tried[prompt.text] = prompt.words
        return prompt.text

    monkeypatch.setattr(own, "made", made)
    v = F.normalize(own.along("cat", "dog"), dim=0)
    monkeypatch.setattr(own, "embedded", lambda texts: torch.stack([worth(text) * v for text in texts]))
    best = own.prompts(asked, words)
    assert len(best) == 1 and 2 < len(tried) <= 4 and worth(best[0].text) == max(map(worth, tried))
    assert set().union(*list(tried.values())[:2]) <= set(strongest)


def test_the_neurons_alone_can_rank_words(attacker: Attacker) -> None:
    """Equation 3.4 where no effects are given."""
    plain = Attacker(
        attacker.clip, attacker.stage, attacker.codes, attacker.ids, None, attacker.texts, replace(attacker.settings, neurons=UNITS)
    )
    assert {word for word in plain.mined("cat", "dog").words} <= set(range(7)) and plain.mined("cat", "dog").behind[0]


def test_what_cannot_be_asked_is_said(studio: FoolingVerbs) -> None:
    """At once, not at the first step; and in a world that has no such model."""
    with pytest.raises(RequestError, match="no class"):
        studio.attack("unicow", "dog")
    with pytest.raises(RequestError, match="differ"):
        studio.attack("cat", "cat")
    for count in (0, 10_000):
        with pytest.raises(SettingError):
            studio.attack("cat", "dog", count=count)
    with pytest.raises(RequestError):
        Asked("cat", "cat")
    with pytest.raises(StudioError):
        _ = Studio("dsprites").attacker


def test_each_thing_is_tried_by_itself(studio: FoolingVerbs) -> None:
    """On as many pictures each, ordered by what the model makes of them; a person's own words are checked as ever."""
    found = studio.attack_strongest("cat", "dog", ["shark", "volcano", "toaster"])
    assert {one.words[0].text for one in found} == {"shark", "volcano", "toaster"} and all(len(one.shots) == 8 for one in found)
    order = [(one.fooled, one.wrong) for one in found]
    assert order == sorted(order, reverse=True) and order[0] != order[-1]
    assert found[0].fooled == sum(shot.wrong > shot.true for shot in found[0].shots) / 8
    assert found[0].wrong == pytest.approx(np.mean([shot.wrong for shot in found[0].shots]))
    assert all(f"a cat with {'a ' + one.words[0].text}" == one.shots[0].prompt for one in found)
    with pytest.raises(RequestError, match="one of the two classes"):
        studio.attack_strongest("cat", "dog", ["dog"])


def test_the_fewest_things_are_found(attacker: Attacker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that fool only together are found though a third is stronger alone; none is added once the model is fooled."""
    pull = {"shark": 0.3, "volcano": 0.2, "toaster": 0.25}
    together = {frozenset({"shark", "volcano"}): 0.9}
    asked: list[frozenset[str]] = []

    def judged(true: str, wrong: str, pictures: list, prompts: list[str]) -> tuple[Shot, ...]:
        names = frozenset(name for name in pull if name in prompts[0])
        asked.append(names)
        share = together.get(names, max(pull[name] for name in names) + 0.01 * len(names))
        return tuple(Shot(picture, prompts[0], 1 - share, share) for picture in pictures)

    monkeypatch.setattr(attacker, "judged", judged)
    found = fewest(attacker, Asked("cat", "dog", 1, tuple(pull)))
    assert {word.text for word in found.words} == {"shark", "volcano"} and found.fooled == 1
    assert max(map(len, asked)) == 2 and len(asked) == 3 + 2
    together.clear()
    weak = fewest(attacker, Asked("cat", "dog", 1, tuple(pull)))
    assert len(weak.words) == 3 and weak.fooled == 0
    together[frozenset({"shark"})] = 0.8
    assert [word.text for word in fewest(attacker, Asked("cat", "dog", 1, tuple(pull))).words] == ["shark"]
