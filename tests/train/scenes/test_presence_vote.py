"""What presence is taught with: what scenes answer, words set aside, and a vote that learns a planted rule."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch.nn import functional as F

from core.foundations.seeds import numpy_rng
from core.methods.read.presence import keys_of, vote_of, vote_texts
from core.models.registry import load_clip
from core.train.scenes.asked import Pool, aside, holds, pool, read, things
from core.train.scenes.vote import Lessons, VoteMaking, _Draw, balance, train_vote
from core.worlds.nouns.art import SLOTS
from core.worlds.nouns.catalogue import parts
from core.worlds.scenes.captions import COUNTS, FACING, PLACES, ground_phrases, names_of, place_of, ways_to_say
from core.worlds.scenes.compose import draw_scenes, mask, sample


@lru_cache(maxsize=1)
def asked() -> Pool:
    return pool(load_clip("scenes_clip").texts)


def test_what_scenes_hold_and_answer() -> None:
    """Yes to what is clearly seen, by any of its names; never yes to what is not there, nor no to what is; a giraffe is nowhere."""
    scenes = sample(numpy_rng("test presence"), 12)
    rgb, owner = draw_scenes(scenes)
    here, clear = holds(things(), scenes, owner)
    answers = asked().answers(here, clear)
    said = {text: asked().concept[row] for row, text in reversed(list(enumerate(asked().texts)))}
    assert not (clear & ~here).any()
    for i in range(12):
        assert answers[i, said[ground_phrases(scenes.grounds[i])[0]]] == 1
        assert answers[i, said["giraffe"]] == 0
        for k in range(scenes.count[i]):
            part = parts("head")[scenes.nouns[i, k, SLOTS.index("head")]]
            if part.name in said and (seen := mask(owner[i], "head", k).sum()):
                assert answers[i, said[part.name]] == 1 if seen >= 16 else answers[i, said[part.name]] != 0
    assert (answers == 1).any(0).sum() > 50 and (answers == 0).mean() > 0.5


def test_scenes_answer_how_many_where_and_which_way() -> None:
    """Yes to the scene's own count, places and directions; no to another count, and to a place with nobody in it or near it."""
    scenes = sample(numpy_rng("test presence"), 12)
    answers = asked().answers(*holds(things(), scenes, draw_scenes(scenes)[1]))
    said = {text: asked().concept[row] for row, text in enumerate(asked().texts) if asked().about[row] in ("count", "place", "direction")}
    for i, count in enumerate(scenes.count):
        assert all(answers[i, said[text]] == (k == count - 1) for k, texts in enumerate(COUNTS) for text in texts)
        taken = {place_of(corner) for corner in scenes.corners[i, :count]}
        near = {place for place in PLACES if any(set(place.split()) & set(other.split()) for other in taken)}
        for place in PLACES:
            assert answers[i, said[f"at the {place}"]] == (1 if place in taken else -1 if place in near else 0)
        for turned, text in enumerate(FACING):
            assert answers[i, said[text]] == (turned in scenes.mirrored[i, :count])


def test_words_that_captions_are_held_back_from_are_never_taught() -> None:
    """Nor is a strange word that is set aside drawn for the vote."""
    held = {name for slot in SLOTS[1:] for part in parts(slot) for name in names_of(part, held_out=True)}
    told = {way for slot in SLOTS[1:] for part in parts(slot) for way in (*names_of(part), *ways_to_say(part))}
    strange = {text for text, way, about in zip(asked().texts, asked().strange, asked().about, strict=True) if way and about != "absent"}
    assert len(strange) > 1000 and not strange & (held - told)
    draw = _Draw(asked(), VoteMaking())
    rows = draw(np.zeros((1, len(asked().needs)), np.int8))
    assert len(rows) > 50 and not any(asked().strange[row] and aside(asked().texts[row]) for row in rows)
    assert any(asked().strange[row] for row in rows)


def test_a_hidden_name_is_read_as_what_is_nearest() -> None:
    """As it is where nothing is hidden, and then quite familiar; less so, and as another, where its phrases are."""
    texts = load_clip("scenes_clip").texts
    vectors, near = read(texts, ["cat", "cat"], [(), ("cat", "cat head")])
    assert torch.allclose(vectors[0], texts(["cat"])[0], atol=1e-4) and near[0] > 0.999
    assert near[1] < 0.95 and vectors[0] @ vectors[1] < 0.999
    familiar = texts.near(["red glasses", "giraffe", "a red glasses and a giraffe"])
    assert familiar[0] > 0.99 > familiar[1] and familiar[2] == familiar[1]


def test_yes_and_no_count_the_same() -> None:
    """Within each kind of text, whatever their number; what is not asked counts nothing."""
    answers = torch.tensor([[1, 0, 0, -1], [0, 0, 1, 0]])
    weights = balance(answers, np.array(["head", "head", "body", "body"]))
    assert torch.allclose(weights, torch.tensor([[0.25, 0.25 / 3, 0.125, 0.0], [0.25 / 3, 0.25 / 3, 0.25, 0.125]]))


def test_a_vote_learns_a_planted_rule() -> None:
    """Two things, each with its patch and its text: after some steps a text is there where its patch is."""
    rng = torch.Generator().manual_seed(0)
    answers = torch.randint(0, 2, (200, 2), generator=rng)
    patch, text = F.normalize(torch.randn(2, 8, generator=rng), dim=-1), F.normalize(torch.randn(2, 6, generator=rng), dim=-1)
    normed = 0.1 * torch.randn(200, 5, 8, generator=rng)
    normed[:, 0] += 3 * answers[:, :1] * patch[0]
    normed[:, 3] += 3 * answers[:, 1:] * patch[1]
    whole = F.normalize(torch.randn(200, 6, generator=rng), dim=-1)
    none = [np.zeros(1, bool)] * 2
    two = Pool(["one", "two"], ["head", "head"], [0, 1], [False, False], [(), ()], none, none)
    lessons = Lessons(normed.half(), whole, text, torch.ones(2), answers.numpy().astype(np.int8))
    vote = train_vote(two, lessons, VoteMaking(rank=4, hidden=16, steps=300, rate=1e-2))
    says = vote_of(vote, vote_texts(text, torch.ones(2)), keys_of(vote, normed), whole) > 0
    assert (says == answers.bool()).float().mean() > 0.95
