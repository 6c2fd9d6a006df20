"""Roles of heads: planted ones are found, from the truth and from texts alone, and nothing in heads without one."""

from __future__ import annotations

import pytest
import torch
from sklearn.linear_model import Ridge
from torch import Tensor
from torch.nn import functional as F

from core.foundations.errors import SettingError, ShapeError
from core.methods.read.head_roles import (
    MIXED,
    HeadRole,
    RoleScores,
    RoleSettings,
    RoleSums,
    reading_axes,
    role_from_readings,
    role_from_texts,
    role_scores,
)
from core.methods.read.text_span import HeadMoments, Span, TextSpanSettings, text_span

JOINT = 40
CLASSES = {"colour": 8, "count": 4, "head": 12}
NAMES = tuple(CLASSES)


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


MEANINGS = {name: noise(count, JOINT, seed=10 + i) for i, (name, count) in enumerate(CLASSES.items())}
"""What each class of each attribute stands for in the joint space."""


def world(count: int, seed: int, shuffled: bool = False) -> tuple[Tensor, dict[str, Tensor]]:
    """Five heads `[n 5 k]` (one for each attribute, one of colour and count together, one of noise), and the truth."""
    rng = torch.Generator().manual_seed(seed)
    labels = {name: torch.randint(classes, (count,), generator=rng) for name, classes in CLASSES.items()}
    parts = [MEANINGS[name][labels[name]] for name in NAMES]
    heads = torch.stack([*parts, parts[0] + parts[1], torch.zeros(count, JOINT)], 1) + 0.3 * noise(count, 5, JOINT, seed=seed + 1) + 2
    order = torch.randperm(count, generator=rng) if shuffled else torch.arange(count)
    return heads, {name: F.one_hot(labels[name][order], classes).double() for name, classes in CLASSES.items()}


def pool() -> tuple[Tensor, list[str]]:
    """Five phrasings of every class, and as many texts about nothing that a head knows."""
    tags = [name for name, classes in CLASSES.items() for _ in range(5 * classes)] + ["other"] * 60
    texts = torch.cat([*(meanings.repeat_interleave(5, 0) for meanings in MEANINGS.values()), noise(60, JOINT, seed=20)])
    return F.normalize(texts + 0.5 * noise(len(tags), JOINT, seed=21) + 1, dim=1), tags


def sums(heads: Tensor, truth: dict[str, Tensor]) -> RoleSums:
    return RoleSums(heads.shape[1], JOINT, CLASSES).add(heads, truth)


def test_truth_of_planted_heads() -> None:
    """Each is read best for its own attribute, the double head for both, the noise for none."""
    found = role_scores(sums(*world(600, 1)), sums(*world(400, 2)))
    assert found.attributes == NAMES and found.roles[:3] == NAMES
    assert found.r2[torch.arange(3), torch.arange(3)].min() > 0.9 and found.r2[3, :2].min() > 0.8
    off = torch.cat([found.r2[torch.arange(3), (torch.arange(3) + 1) % 3], found.r2[3, 2:], found.r2[4]])
    assert off.max() < 0.05


def test_shuffled_truth_is_read_from_no_head() -> None:
    """Held-out R2 is about 0 or below."""
    assert role_scores(sums(*world(600, 1, True)), sums(*world(400, 2, True))).r2.max() < 0.02


def test_an_attribute_that_does_not_vary_scores_nothing() -> None:
    """Neither perfect nor infinite."""
    heads, truth = world(50, 1)
    constant = {**truth, "count": F.one_hot(torch.zeros(50, dtype=torch.long), 4).double()}
    found = role_scores(sums(heads, constant), sums(heads, constant)).r2
    assert not found[:, 1].any() and found[0, 0] > 0.9


def test_r2_is_that_of_a_regression_on_all_pictures() -> None:
    """As scikit-learn's ridge has it, from pictures that are kept; and a value instead of classes."""
    (heads, truth), (others, held) = world(300, 3), world(200, 4)
    found = role_scores(sums(heads, truth), sums(others, held), ridge=0.05).r2
    for head in range(5):
        x = heads[:, head].numpy()
        weight = 0.05 * x.var(0).mean() * len(x)
        for g, name in enumerate(NAMES):
            guess = torch.from_numpy(Ridge(weight).fit(x, truth[name].numpy()).predict(others[:, head].numpy()))
            slow = 1 - (held[name] - guess).square().sum() / (held[name] - held[name].mean(0)).square().sum()
            assert found[head, g] == pytest.approx(slow.item(), abs=1e-8)


def test_sums_split_and_merge() -> None:
    """Batch by batch and merged is as all at once."""
    heads, truth = world(300, 3)
    half = [{name: y[part] for name, y in truth.items()} for part in (slice(0, 120), slice(120, 300))]
    merged = sums(heads[:120], half[0]).merge(sums(heads[120:], half[1]))
    whole = sums(heads, truth)
    assert torch.allclose(merged.equations[2].gram, whole.equations[2].gram) and torch.allclose(merged.squares, whole.squares)
    assert torch.allclose(merged.equations[4].cross, whole.equations[4].cross)


def spans() -> tuple[Span, list[str]]:
    texts, tags = pool()
    return text_span(HeadMoments(5, JOINT).add(world(500, 5)[0]), texts, TextSpanSettings(30)), tags


def test_roles_from_texts_of_planted_heads() -> None:
    """Each head gets its own attribute; the double one both; the noise is mixed. The truth was not looked at."""
    span, tags = spans()
    roles = role_from_texts(span, tags)
    assert tuple(role.name for role in roles[:3]) == NAMES
    assert set(roles[3].attributes) == {"colour", "count"} and roles[3].name == " and ".join(roles[3].attributes)
    assert roles[4].name == MIXED and roles[4].attributes == ()
    assert all(0 <= role.confidence <= 1 and sum(role.shares.values()) == pytest.approx(1) for role in roles)
    assert min(role.confidence for role in roles[:3]) > 0.6 > roles[4].confidence


def test_shuffled_tags_name_nothing() -> None:
    """With tags that say nothing about the texts, heads are mixed: of five heads under ten shuffles hardly one is named."""
    span, tags = spans()
    named = 0
    for seed in range(10):
        order = torch.randperm(len(tags), generator=torch.Generator().manual_seed(seed)).tolist()
        named += sum(role.name != MIXED for role in role_from_texts(span, [tags[i] for i in order]))
    assert named <= 5


def by_hand(picks: list[int], gains: list[float]) -> Span:
    explained = torch.tensor([gains], dtype=torch.float64).cumsum(1)
    empty = torch.zeros(1)
    return Span(torch.tensor([picks]), explained, explained, empty, empty, empty, empty)


def test_kappa_by_hand() -> None:
    """Six of eight parts of the variance against a quarter of the pool: (0.75 - 0.25) / 0.75."""
    tags = ["red", "blue", "grey", "green"] * 10
    role = role_from_texts(by_hand([0, 4, 1, 8, 12, 2, 16, 20, -1], [0.1] * 8 + [0.0]), tags)[0]
    assert (
        role.name == "red"
        and role.confidence == pytest.approx(2 / 3)
        and role.shares == pytest.approx({"red": 0.75, "blue": 0.125, "grey": 0.125, "green": 0})
    )


def test_one_lucky_text_names_no_head() -> None:
    """A single pick that carries nearly all could be anyone's: it takes several to earn a name, or a milder bound on luck."""
    tags = ["red", "blue"] * 20
    span = by_hand([0, 1], [0.8, 0.1])
    assert role_from_texts(span, tags)[0].name == MIXED
    assert role_from_texts(span, tags, RoleSettings(luck=0.5))[0].name == "red"
    assert role_from_texts(by_hand([0, 1, 2, 3], [0.2] * 4), tags)[0].confidence == pytest.approx(0, abs=1e-12)


def test_what_does_not_fit_is_refused() -> None:
    """Too few tags, other attributes, other heads, an empty side, settings outside their bounds."""
    heads, truth = world(20, 1)
    with pytest.raises(ShapeError, match="one for every text"):
        role_from_texts(by_hand([5], [1.0]), ["a"] * 5)
    with pytest.raises(ShapeError, match="attributes of the shapes"):
        sums(heads, {**truth, "count": truth["count"][:, :2]})
    with pytest.raises(ShapeError, match="of 5 heads"):
        sums(heads, truth).add(heads[:, :2], truth)
    with pytest.raises(ShapeError, match="merged"):
        sums(heads, truth).merge(RoleSums(5, JOINT, {"count": 4}))
    with pytest.raises(ShapeError, match="at least one picture"):
        role_scores(sums(heads, truth), RoleSums(5, JOINT, CLASSES))
    with pytest.raises(ShapeError, match="Both sides"):
        role_scores(sums(heads, truth), RoleSums(5, JOINT, {"count": 4}))
    with pytest.raises(SettingError, match="0 or more"):
        role_scores(sums(heads, truth), sums(heads, truth), -1)
    with pytest.raises(SettingError):
        RoleSettings(least=2)


def test_axes_are_the_directions_in_which_texts_differ() -> None:
    """Centred, orthogonal, as long as the spread; differences of texts lie in them, what all share does not."""
    texts = noise(12, 3, seed=5) @ noise(3, JOINT, seed=6) + 4 * noise(1, JOINT, seed=7)
    axes = reading_axes(texts, 5)
    assert axes.shape == (JOINT, 5)
    gram = axes.T @ axes
    assert (gram - gram.diag().diag()).abs().max() < 1e-9 and gram.diag()[3:].max() < 1e-9 * gram.diag()[0]
    centred = texts - texts.mean(0)
    assert torch.allclose(gram.diag().sum(), centred.square().sum())
    with pytest.raises(ShapeError, match="two texts"):
        reading_axes(texts[:1])


def test_planted_heads_are_named_by_what_the_model_answers() -> None:
    """Without any truth: the sum of all heads is the model's answer, its texts tell the axes, and each head gets its own."""
    axes = {name: reading_axes(F.normalize(meanings, dim=1)) for name, meanings in MEANINGS.items()}
    sides = []
    for count, seed in ((600, 1), (400, 2)):
        heads, _ = world(count, seed)
        answers = {name: heads[:, :3].sum(1) @ columns for name, columns in axes.items()}
        sides.append(RoleSums(5, JOINT, {name: columns.shape[1] for name, columns in axes.items()}).add(heads, answers))
    nothing = [HeadRole(MIXED, (), 0.0, {})] * 5
    roles = role_from_readings(role_scores(*sides), nothing)
    assert [role.name for role in roles[:3]] == list(NAMES) and roles[3].name in NAMES[:2] and roles[4].name == MIXED
    assert min(role.confidence for role in roles[:3]) > 0.6 > 0.2 > roles[4].confidence


def test_what_stands_out_among_the_texts_joins_the_name() -> None:
    """Behind what is read best, once, and only where something is read at all."""
    scores = RoleScores(("ground", "glasses"), torch.tensor([[0.9, 0.3], [0.9, 0.3], [0.1, 0.15], [0.2, 0.7]]))
    texts = [
        HeadRole(name, tuple(name.split(" and ")) if name != MIXED else (), 0.5, {"x": 1.0})
        for name in ("glasses and ground", MIXED, "glasses", "glasses")
    ]
    roles = role_from_readings(scores, texts)
    assert [role.name for role in roles] == ["ground and glasses", "ground", MIXED, "glasses"]
    assert [role.attributes for role in roles] == [("ground", "glasses"), ("ground",), (), ("glasses",)]
    assert [round(role.confidence, 2) for role in roles] == [0.9, 0.9, 0.15, 0.7] and roles[0].shares == {"x": 1.0}
    assert role_from_readings(scores, texts, RoleSettings(readable=0.1))[2].name == "glasses"
    with pytest.raises(ShapeError, match="same heads"):
        role_from_readings(scores, texts[:2])
