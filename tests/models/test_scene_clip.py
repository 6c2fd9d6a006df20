"""The embedded CLIP's parts: phrases, texts that stand alone, and a tower that the lenses can take apart."""

from __future__ import annotations

import pytest
import torch

from core.models.anatomy import anatomy_of
from core.models.clip import Clip
from core.models.phrases import MOST, split_phrases
from core.models.registry import load_clip
from core.models.scene_clip import SAME, SceneClip, SceneClipConfig, SceneTexts
from core.models.text import TextEncoder, text_encoder
from core.models.thesaurus import Thesaurus

TINY = SceneClipConfig(side=32, patch=8, width=32, layers=3, heads=4, joint=24, stem=(8, 8, 16, 16, 16), text_heads=2)


@pytest.fixture(scope="module")
def model() -> SceneClip:
    torch.manual_seed(0)
    return SceneClip(TINY).eval().requires_grad_(False)


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("A shark with red glasses, on the left", ("shark", "red glasses", "left")),
        ("shark", ("shark",)),
        ("two characters; a cat", ("two characters", "cat")),
        ("  ", ("nothing",)),
        ("with", ("with",)),
    ],
)
def test_phrases_by_hand(text: str, phrases: tuple[str, ...]) -> None:
    """Articles and joints go, the rest stays in order."""
    assert split_phrases(text) == phrases


def test_phrases_are_bounded() -> None:
    """However long a text is."""
    assert len(split_phrases(", ".join(["a cat"] * 500))) == MOST


def test_a_text_does_not_depend_on_its_company(model: SceneClip) -> None:
    """Padding beside longer texts changes nothing, and order within a text matters."""
    texts = SceneTexts(model.text)
    together = texts(["shark", "a cat with red glasses, at the left, on a plain red background"])
    assert torch.allclose(together[:1], texts(["shark"]), atol=1e-5)
    assert torch.allclose(together.norm(dim=1), torch.ones(2), atol=1e-5)
    assert not torch.allclose(texts(["red glasses, cat"]), texts(["cat, red glasses"]), atol=1e-3)


def test_the_lenses_can_take_it_apart(model: SceneClip) -> None:
    """The stem counts as the patch embedding; terms start behind it."""
    anatomy = anatomy_of(model.visual)
    assert (anatomy.layers, anatomy.heads, anatomy.grid, anatomy.extra) == (3, 4, (4, 4), 1)
    clip = Clip(model.visual, SceneTexts(model.text), model.mean, model.std, TINY.side, model.logit_scale.exp(), "tiny")
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(clip.embed(images), model.embed(images), atol=1e-5)
    assert torch.allclose(clip.see(images).embedding, model.visual(model.normalise(images)), atol=1e-5)


def test_a_known_phrase_is_never_read_as_another_and_a_strange_one_is(model: SceneClip) -> None:
    """The thesaurus speaks only of phrases that training did not use."""
    known = torch.from_numpy(text_encoder().embed(["cat", "shark", "red glasses"]))
    table = Thesaurus({"feline": "cat", "cat": "shark"}, {"feline": 0.9, "cat": 0.9})
    without, texts = SceneTexts(model.text, known), SceneTexts(model.text, known, thesaurus=table)
    assert torch.equal(texts(["a cat with red glasses"]), without(["a cat with red glasses"]))
    assert torch.allclose(texts(["a feline with red glasses"]), texts(["a cat with red glasses"]), atol=1e-6)
    assert torch.equal(texts(["zeppelin"]), without(["zeppelin"]))


def test_a_word_and_its_reading_are_embedded_together(model: SceneClip, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one call of the sentence encoder, in whatever order known and strange phrases stand."""
    known, asked = torch.from_numpy(text_encoder().embed(["cat", "shark"])), []
    names = {"feline": "cat", "cat": "shark", "warship": "shark"}
    texts = SceneTexts(model.text, known, thesaurus=Thesaurus(names, dict.fromkeys(names, 0.9)))
    embed = TextEncoder.embed
    monkeypatch.setattr(TextEncoder, "embed", lambda self, said: asked.append(list(said)) or embed(self, said))
    found = texts.vectors(["warship", "cat", "zeppelin", "feline"])
    assert asked == [["warship", "cat", "zeppelin", "feline", "shark", "shark", "cat"]]
    assert torch.allclose(found[[0, 1, 3]], known[[1, 0, 0]], atol=1e-6)
    assert torch.allclose(found[2], torch.from_numpy(text_encoder().embed(["zeppelin"]))[0], atol=1e-6)


def test_the_shipped_model_reads_its_own_phrases_as_themselves() -> None:
    """Eight bits leave vectors a little too long or too short: a phrase that captions use must not look strange for that."""
    texts = load_clip("scenes_clip").texts
    words = ["animal", "food", "meadow", "tablecloth", "shark", "at the top left", "two characters"]
    phrases = [phrase for word in words for phrase in split_phrases(word)]
    fresh = torch.from_numpy(text_encoder().embed(phrases))
    assert torch.equal(texts.vectors(phrases), fresh)
    assert ((fresh @ texts.known.T).amax(1) > SAME).all() and torch.allclose(texts.known.norm(dim=1), torch.ones(len(texts.known)))
