"""Is it there at all: every kind of evidence by hand, the vote beside its plain form, and the rule through its file."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from core.foundations.errors import ShapeError
from core.methods.read.decompose import heat, pull_back
from core.methods.read.presence import EVIDENCE, Moments, Rule, evidence, presence, rule_from_tensors, rule_to_tensors
from core.methods.read.segment_view import View
from core.models.clip import Clip
from core.studio.presence_making import blank_rule
from core.train.presence import auc, logistic
from core.train.scenes.vote import VoteMaking, blank_vote
from tests.models.tiny_towers import SIDE, open_clip_tower


@pytest.fixture(scope="module")
def clip() -> Clip:
    return Clip(open_clip_tower(), lambda texts: torch.zeros(len(texts), 1), 0.5, 0.5, SIDE, 10.0, "tiny")


@pytest.fixture(scope="module")
def view(clip: Clip) -> View:
    return View(clip, torch.rand(3, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0)))


def texts_of(clip: Clip, count: int, seed: int = 1) -> torch.Tensor:
    rng = torch.Generator().manual_seed(seed)
    return F.normalize(torch.randn(count, clip.anatomy.joint, generator=rng), dim=-1)


def vote_for(clip: Clip) -> dict[str, torch.Tensor]:
    making = VoteMaking(rank=5, hidden=7)
    return {name: tensor.detach() for name, tensor in blank_vote(clip.anatomy.joint, clip.anatomy.width, making).items()}


def test_what_a_text_gives_on_the_average_follows_from_moments() -> None:
    """Its mean and spread over rows are those of its own products with them."""
    rows, directions = torch.randn(200, 6, generator=torch.Generator().manual_seed(0)), torch.randn(4, 6)
    values = rows @ directions.T
    found = Moments.of(rows).z(values, directions)
    assert torch.allclose(found, (values - values.mean(0)) / values.std(0, unbiased=False), atol=1e-4)


def test_every_kind_of_evidence(clip: Clip, view: View) -> None:
    """Beside a plain computation, with moments that change nothing: the cosine, its lead, both maps' three brightest patches."""
    words, texts, near = texts_of(clip, 15), texts_of(clip, 4, 2), torch.tensor([1.0, 0.5, 0.25, 0.0])
    rule = blank_rule(clip)
    found = evidence(rule, view, texts, words, near)
    assert found.shape == (3, 4, len(EVIDENCE)) and (found[..., 4] == 0).all() and (found[..., 5] == near).all()
    whole = F.normalize(view.seen.embedding, dim=-1)
    assert torch.allclose(found[..., 0], whole @ texts.T, atol=1e-5)
    rivals = (whole @ words.T).sort(-1, descending=True).values[:, :10].mean(-1)
    assert torch.allclose(found[..., 1], whole @ texts.T - rivals[:, None], atol=1e-5)
    maps = heat(view.seen, view.anatomy, texts - words.mean(0), unit=True)[..., 1:]
    length = pull_back(view.anatomy, texts - words.mean(0)).norm(dim=-1)
    assert torch.allclose(found[..., 2], maps.topk(3).values.mean(-1) / length, atol=1e-4)
    with pytest.raises(ShapeError, match="Expected texts"):
        evidence(rule, view, texts[:, :2], words, near)
    with pytest.raises(ShapeError, match="Expected texts"):
        evidence(rule, view, texts, words, near[:2])


def test_the_vote_is_its_plain_form(clip: Clip, view: View) -> None:
    """Many texts at once say what each pair says, patch by patch; a familiar text is another than an unfamiliar one."""
    vote, words, texts, near = vote_for(clip), texts_of(clip, 15), texts_of(clip, 4, 2), torch.tensor([1.0, 0.5, 0.25, 0.0])
    vote["scale"] = torch.tensor([0.3, 0.7, 1.2])
    rule = replace(blank_rule(clip), vote=vote)
    found = evidence(rule, view, texts, words, near)[..., 4]
    line = lambda name, x: vote[name] @ x + vote[f"{name}_bias"]  # noqa: E731
    for picture in range(3):
        own = line("own", 10 * F.normalize(view.seen.embedding, dim=-1)[picture])
        keys = [line("key", F.gelu(line("patch", patch))) for patch in view.seen.normed[-1][picture, 1:]]
        for text in range(4):
            said = torch.cat([10 * (texts[text] - words.mean(0)), 4 * (near[text, None] - 0.75)])
            asked = line("asked", F.gelu(line("text", said)))
            patches = torch.stack([(asked[:5] @ key).exp() for key in keys]).mean().log()
            plain = 0.3 + 0.7 * patches + 1.2 * own @ asked[5:10] / 5**0.5 + asked[10]
            assert found[picture, text] == pytest.approx(float(plain), abs=1e-3)
    assert not torch.allclose(found, evidence(rule, view, texts, words, near.flip(0))[..., 4])


def test_a_rule_comes_back_from_its_file(clip: Clip, view: View) -> None:
    """And says the same."""
    rng = torch.Generator().manual_seed(3)
    joint, width = (Moments.of(torch.randn(300, size, generator=rng)) for size in (clip.anatomy.joint, clip.anatomy.width))
    rule = Rule(joint, width, joint, torch.tensor([1.0, 0.5, 0.2, 0.1, 0.3, 0.2]), -0.5, 0.4, vote_for(clip))
    again, texts, words = rule_from_tensors(rule_to_tensors(rule)), texts_of(clip, 4, 2), texts_of(clip, 15)
    assert again.threshold == pytest.approx(0.4)
    near = torch.ones(4)
    assert torch.allclose(presence(rule, view, texts, words, near), presence(again, view, texts, words, near), atol=5e-3)


def test_the_fit() -> None:
    """The area by hand, ties half; a logistic regression finds planted weights, and gives none to what never moves."""
    assert auc(torch.tensor([3.0, 1.0, 2.0, 1.0]), torch.tensor([True, True, False, False])) == pytest.approx((1 + 1 + 0 + 0.5) / 4)
    rng = torch.Generator().manual_seed(0)
    rows = torch.randn(20_000, 3, generator=rng)
    rows[:, 2] = 7
    there = torch.rand(20_000, generator=rng) < (2 * rows[:, 0] - rows[:, 1] + 0.5).sigmoid()
    weights, bias = logistic(rows, there, 0.0)
    assert weights.tolist() == pytest.approx([2, -1, 0], abs=0.12) and bias == pytest.approx(0.5, abs=0.1)
