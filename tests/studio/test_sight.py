"""What a CLIP sees, verb by verb, on a tiny one with random weights and lenses made on the spot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from core.foundations import files
from core.foundations.errors import LayerError, RequestError, SettingError, StudioError
from core.foundations.files import load_card
from core.foundations.records import Edit, Picture
from core.models.clip import Clip
from core.models.scene_clip import SceneClip, SceneClipConfig, SceneTexts
from core.models.text import text_encoder
from core.studio import Studio
from core.studio.cues import cue_heads
from core.studio.lenses import lenses_to_files, load_lenses, save_lenses
from core.studio.looks import Look
from core.studio.presence_making import blank_rule
from core.studio.seers import as_found, as_handle, asked_for
from core.studio.sight import Sight
from core.train.scenes.lenses import LensMaking, make_lenses
from core.worlds.nouns.compose import draw, to_rgb


@pytest.fixture(scope="module")
def sight() -> Sight:
    torch.manual_seed(0)
    config = SceneClipConfig(width=32, layers=3, heads=4, joint=32, stem=(8, 8, 16, 16, 16), text_heads=2)
    model = SceneClip(config).eval().requires_grad_(False)
    clip = Clip(model.visual, SceneTexts(model.text), model.mean, model.std, config.side, 10.0, "tiny")
    return Sight(clip, make_lenses(clip, LensMaking(scenes=120, examples=100, layers=(0, 1))), text_encoder())


@pytest.fixture(scope="module")
def noun() -> Picture:
    return Picture(Image.fromarray(to_rgb(draw(np.zeros((1, 5), int)))[0]))


def test_a_text_has_a_heat_and_a_mask_of_the_pictures_size(sight: Sight, noun: Picture) -> None:
    """For a scene, for a Noun, and for whatever a person brings; the mask is the heat above its threshold."""
    photo = Picture(Image.fromarray(np.random.default_rng(0).integers(0, 255, (50, 90, 3), dtype=np.uint8)))
    for picture, size in ((sight.world.picture(1), (64, 64)), (noun, (32, 32)), (photo, (50, 90))):
        found = sight.segment(picture, "red glasses", "tokens")
        assert found.heat.shape == found.mask.shape == size
        assert found.heat.min() == 0 and found.heat.max() == pytest.approx(1)
        assert (found.mask == (found.heat > found.threshold)).all() and -1 <= found.score <= 1
    assert sight.segment(noun, "red glasses", "tokens", 0.9).mask.sum() < sight.segment(noun, "red glasses", "tokens", 0.1).mask.sum()


def test_two_texts_against_each_other(sight: Sight) -> None:
    """Swapping them turns the sign."""
    picture = sight.world.picture(2)
    assert np.allclose(sight.against(picture, "cat", "dog", "tokens"), -sight.against(picture, "dog", "cat", "tokens"))


def test_what_cannot_be_asked_is_said(sight: Sight, noun: Picture) -> None:
    """Empty and endless texts, unknown ways, places, heads and neurons each have their sentence."""
    for wrong in ("", "   ", "x" * 500):
        with pytest.raises(RequestError):
            sight.segment(noun, wrong)
    with pytest.raises(SettingError, match="nearest"):
        sight.segment(noun, "cat", "tokns")
    with pytest.raises(StudioError, match="outside"):
        sight.here(noun, 40, 3)
    with pytest.raises(StudioError):
        sight.head(9, 9)
    with pytest.raises(StudioError):
        sight.neuron(0, 10_000)
    with pytest.raises(LayerError):
        sight.shares(noun, ["cat", "dog"], ((9, 9),))
    with pytest.raises(RequestError):
        sight.shares(noun, [])
    with pytest.raises(StudioError, match="at least one head"):
        sight.alike(noun, ())


def test_a_text_that_is_nowhere_stays_faint(sight: Sight) -> None:
    """Held against itself nothing is left; each of two texts has its own heat times its own presence, and none below the threshold."""
    picture = sight.world.picture(3)
    assert np.abs(sight.against(picture, "cat", "cat")).max() == 0
    cat, dog = (sight.segment(picture, text, "tokens").heat for text in ("cat", "dog"))
    assert np.allclose(sight.against(picture, "cat", "dog", "tokens"), cat - dog, atol=1e-5)


@pytest.mark.parametrize(
    ("typed", "read"), [("🦈", "shark"), ("🐱", "cat"), ("🍕", "pizza"), ("shärk", "shark"), ("red glasses", "red glasses")]
)
def test_pictographs_and_accents_are_read(sight: Sight, typed: str, read: str) -> None:
    """By their names, in every verb; what was typed is quoted."""
    picture = sight.world.picture(5)
    one, other = (sight.segment(picture, text, "tokens") for text in (typed, read))
    assert one.text == typed and np.allclose(one.heat, other.heat) and sight.who(typed) == sight.who(read)


def ruled(sight: Sight, bias: float) -> Sight:
    """The same sight with a rule by which everything is there, or nothing."""
    rule = replace(blank_rule(sight.clip), bias=bias)
    return Sight(sight.clip, sight.lenses, sight.encoder, sight.world, sight.segmenting, rule)


def test_what_is_absent_has_no_mask(sight: Sight) -> None:
    """Below the threshold the mask is empty, and what is there instead is said; above it the mask is the heat's."""
    picture = sight.world.picture(4)
    absent, there = (ruled(sight, bias).segment(picture, "giraffe", "tokens", 0.3) for bias in (-4.0, 4.0))
    assert not absent.there and absent.presence < 0.02 and not absent.mask.any() and len(absent.instead) == 4
    assert there.there and there.presence > 0.98 and (there.mask == (there.heat > 0.3)).all() and not there.instead
    assert np.abs(ruled(sight, -4.0).against(picture, "cat", "dog")).max() == 0
    assert sight.presence(picture, ["cat", "dog"]) == (1.0, 1.0)


def test_a_pictures_own_words_are_there(sight: Sight, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the rule does not see is left out where two others are left; else all stay."""
    picture, own = sight.world.picture(4), ruled(sight, -4.0).own_words(sight.world.picture(4), 4)
    assert len(own) == 4

    def words(gone: set[str]) -> tuple[str, ...]:
        def by_text(look: Look, vectors: torch.Tensor, near: torch.Tensor) -> tuple[float, ...]:
            known = [int((sight.lenses.texts @ vector).argmax()) for vector in vectors]
            return tuple(0.1 if sight.lenses.pool[place] in gone else 0.9 for place in known)

        fresh = ruled(sight, -4.0)
        monkeypatch.setattr(fresh, "_presence", by_text)
        return fresh.own_words(picture, 4)

    assert words({own[0]})[:3] == own[1:] and own[0] not in words({own[0]})
    assert words(set(sight.lenses.pool) - {own[1]}) == own


def test_a_further_word_asks_only_what_is_new_about_it(sight: Sight, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there instead of it is asked once for a picture; the tower is taken apart once."""
    picture, fresh, asked, apart = sight.world.picture(4), ruled(sight, -4.0), [], []
    presence, anatomy = Sight._presence, Clip.anatomy.fget
    monkeypatch.setattr(
        Sight, "_presence", lambda self, look, vectors, near: asked.append(len(vectors)) or presence(self, look, vectors, near)
    )
    first = fresh.segment(picture, "giraffe")
    assert asked == [1, 8] and not first.there
    monkeypatch.setattr(Clip, "anatomy", property(lambda self: apart.append(1) or anatomy(self)))
    second = fresh.segment(picture, "zebra")
    assert asked == [1, 8, 1] and second.instead == first.instead and not apart
    fresh.segment(sight.world.picture(5), "zebra")
    assert asked == [1, 8, 1, 1, 8] and apart


def test_a_picture_once_seen_is_not_seen_again(sight: Sight, monkeypatch: pytest.MonkeyPatch) -> None:
    """A further word, head, neuron or choice asks no tower; another picture does; the oldest goes where memory is short."""
    fresh, runs = Sight(sight.clip, sight.lenses, sight.encoder), []
    see = Clip.see
    monkeypatch.setattr(Clip, "see", lambda self, *rest, **more: runs.append(1) or see(self, *rest, **more))
    one, two = sight.world.picture(1), sight.world.picture(2)
    fresh.segment(one, "cat"), fresh.neuron_view(one, 1, 5), fresh.neuron_view(one, 0, 5)
    before = len(runs)
    for word in ("dog", "red glasses"):
        fresh.segment(Picture(one.image.copy()), word), fresh.against(one, word, "cat")
    (
        fresh.here(one, 3, 3),
        fresh.head_view(one, 2, 1),
        fresh.neuron_view(one, 1, 6),
        fresh.concepts(one),
        fresh.shares(one, ["cat", "dog"], ((2, 0),)),
    )
    assert len(runs) == before
    fresh.segment(two, "cat")
    assert len(runs) > before
    fresh.looks.most = 1
    fresh.looks.of(two)
    before = len(runs)
    fresh.segment(one, "cat")
    assert len(runs) > before


def test_shares_add_up_and_move_when_heads_are_off(sight: Sight) -> None:
    """Probabilities over the texts; with no head off they are CLIP's own."""
    picture = sight.world.picture(3)
    texts = ["a cat", "a house", "red glasses"]
    plain = sight.shares(picture, texts)
    own = sight.looks.of(picture).embedding @ sight.clip.embed_texts(texts).T * 10
    assert sum(plain) == pytest.approx(1) and plain == pytest.approx(own.softmax(-1)[0].tolist(), abs=1e-4)
    assert plain != pytest.approx(sight.shares(picture, texts, ((2, 0), (2, 1))), abs=1e-6)


def test_words_come_from_the_world(sight: Sight, noun: Picture) -> None:
    """What is here, what concepts are in the picture, what a head says: all in words of the pool, strongest first."""
    pool = set(sight.lenses.pool)
    here = sight.here(noun, 16, 16, 4)
    assert len(here) == 4 and {w.text for w in here} <= pool and here[0].weight >= here[-1].weight
    assert {w.text for w in sight.concepts(noun)} <= pool
    view = sight.head_view(noun, 2, 1)
    assert view.strongest.weight >= view.weakest.weight and view.strongest_heat.shape == (32, 32)
    assert sight.neuron_view(noun, 1, 5).shape == (32, 32)


def test_a_scene_of_the_gallery_is_most_like_itself(sight: Sight) -> None:
    """As any set of heads sees it."""
    picture = sight.world.picture(17)
    for heads in (((2, 0),), ((0, 1), (2, 3))):
        found = sight.alike(picture, heads, 3)
        assert len(found) == 3 and (np.asarray(found[0].image) == np.asarray(picture.image)).all()


def test_heads_and_neurons_are_found_by_their_words(sight: Sight) -> None:
    """A head's own first text finds it."""
    head = sight.lenses.heads[5]
    found = sight.who(head.texts[0].text, 6)
    assert any(card.id == head.id for card, _ in found) and found[0][1] == pytest.approx(1, abs=1e-3)
    assert len({card.id for card, _ in found}) == len(found)


def test_every_head_has_a_role_texts_and_pictures(sight: Sight) -> None:
    """Sizes are shares of a whole, and cue heads are those whose texts speak of it."""
    heads = sight.lenses.heads
    assert len(heads) == 12 and sum(h.size for h in heads) == pytest.approx(1, abs=0.01)
    assert all(h.texts and h.best and 0 <= h.confidence <= 1 for h in heads)
    chosen = cue_heads(sight.lenses, "heads", 3)
    assert len(chosen) == 3 and set(cue_heads(sight.lenses, "heads", 99)) > set(chosen)


def test_lenses_come_back_from_their_files(sight: Sight, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written is what is read, its vectors to eight bits of their largest number."""
    monkeypatch.setattr(files, "ROOT", tmp_path)
    tensors, words = lenses_to_files(sight.lenses)
    save_lenses("some", tensors, words, {})
    again = load_lenses("some")
    assert again.heads == sight.lenses.heads and again.neurons == sight.lenses.neurons and again.pool == sight.lenses.pool
    assert torch.allclose(again.texts, sight.lenses.texts, atol=float(sight.lenses.texts.abs().max()) / 200)
    assert torch.allclose(again.means.mean().attention, sight.lenses.means.mean().attention, atol=1e-6)


def test_what_sees_red_is_a_question() -> None:
    """And a wish is not."""
    assert asked_for("What sees red?") == "red" and asked_for("which heads look at the ground") == "the ground"
    assert asked_for("make the glasses red") is None and asked_for("what") is None


def test_heads_and_neurons_are_handles(sight: Sight) -> None:
    """With a name for people, counted from one, and their words as texts."""
    head, neuron = sight.lenses.heads[5], sight.lenses.neurons[3]
    handle = as_handle(head)
    assert handle.id == "head:1:1" and "layer 2, head 2" in handle.name and handle.texts[0] == head.texts[0].text
    assert as_handle(neuron).kind == "neuron" and as_found(neuron, 0.5).score == 0.5
    assert sight.seer(head.id) is head and sight.seer(neuron.id) is neuron
    with pytest.raises(StudioError, match="no head or neuron"):
        sight.seer("head:99:1")


def test_a_head_is_a_handle_by_its_id_and_no_step(sight: Sight) -> None:
    """What a search gives can be looked up; as a step of an edit it is refused with a sentence."""
    studio = Studio("nouns")
    studio.library.__dict__["sight"] = sight
    head = sight.lenses.heads[5]
    assert studio.handle(head.id) == as_handle(head)
    with pytest.raises(StudioError, match="no step of an edit"):
        studio.edit(studio.sample(1), (Edit(head.id, 1.0),))


def test_the_shipped_lenses_are_of_the_shipped_clip() -> None:
    """Made from this very file."""
    assert load_card("scenes_lenses")["made_from"] == {"scenes_clip": load_card("scenes_clip")["sha256"]}
