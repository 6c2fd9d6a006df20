"""The judges of scenes, by hand: what is asked for is really there, and neighbours are counted right."""

from __future__ import annotations

import numpy as np
import torch

from core.bench.scenes.clip import ground_axes, group_accuracy
from core.bench.scenes.clip_lenses import labels_of, precision_at
from core.bench.scenes.figures import HEADS, known_to, unsaid_words, unused_synonyms
from core.bench.scenes.truth import FEWEST, ask, axes_of, ground_names
from core.foundations.seeds import numpy_rng
from core.models.thesaurus import Thesaurus
from core.worlds.nouns.catalogue import parts
from core.worlds.scenes.captions import names_of
from core.worlds.scenes.compose import sample


def test_what_is_asked_for_is_there() -> None:
    """Every question has a mask of enough pixels, apart from the other Nouns', and the same question comes again."""
    found, again = ask("test", 12, False), ask("test", 12, False)
    assert len(found.texts) == 12 and found.texts == again.texts
    assert (found.truth.sum((1, 2)) >= FEWEST).all() and not (found.truth & found.others).any()
    assert ask("test", 12, True).texts != found.texts


def test_neighbours_by_hand() -> None:
    """All of a kind near each other: 1; labels that say nothing of where things lie: what their share gives."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(4), 25)
    vectors = torch.eye(4)[torch.from_numpy(labels)] + 0.01 * torch.from_numpy(rng.normal(size=(100, 4))).float()
    assert precision_at(vectors, labels) == 1
    assert precision_at(torch.from_numpy(rng.normal(size=(100, 4))).float(), labels) < 0.5


def test_every_role_has_labels() -> None:
    """One for each scene."""
    found = labels_of(sample(numpy_rng("labels"), 9, nouns=1))
    assert set(found) >= {"heads", "glasses", "places", "directions", "grounds"} and all(len(v) == 9 for v in found.values())


def test_groups_by_hand() -> None:
    """A model that looks at the ground alone is right where it agrees and nowhere else."""
    kind, ground = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    texts = torch.eye(2)
    assert group_accuracy(texts[torch.from_numpy(ground)], texts, kind, ground) == {"worst group": 0.0, "mean": 0.5}
    assert group_accuracy(texts[torch.from_numpy(kind)], texts, kind, ground) == {"worst group": 1.0, "mean": 1.0}


def test_blind_words_are_unsaid() -> None:
    """None of them is a name that captions use for any head."""
    used = {name for part in parts("head") for name in names_of(part)}
    words = [word for several in unsaid_words() for word in several]
    assert len(words) > 150 and not set(words) & used


def test_axes_keep_what_differs() -> None:
    """Centred, of as many columns as asked, of unit spread; distances along one axis survive."""
    line = torch.linspace(0, 1, 9)[:, None] * torch.ones(1, 5)
    found = axes_of(line, 2)
    assert found.shape == (9, 2) and float(found.mean(0).abs().max()) < 1e-9
    assert torch.allclose(found[:, 0].diff().abs(), found[:, 0].diff().abs()[:1].expand(8))


def test_grounds_lie_along_the_same_axes_on_both_sides() -> None:
    """What is fitted on one lot of scenes can be read on another: the same name has the same place in both."""
    sides = [sample(numpy_rng("sides", number), 60 + number) for number in range(2)]
    rng = np.random.default_rng(0)
    vectors: dict[str, np.ndarray] = {}
    found = ground_axes(
        lambda names: torch.from_numpy(np.stack([vectors.setdefault(n, rng.normal(size=24)) for n in names])).float(), sides
    )
    first, second = (dict(zip(ground_names(scenes), rows, strict=True)) for scenes, rows in zip(sides, found, strict=True))
    shared = set(first) & set(second)
    assert [len(rows) for rows in found] == [60, 61] and len(shared) > 10
    assert all(torch.allclose(first[name], second[name], atol=1e-6) for name in shared)


def test_how_many_words_a_table_knows() -> None:
    """Read as the right head counts; as another head, or not at all, does not."""
    words = [(f"word {place}",) if place < 4 else () for place in range(len(HEADS))]
    names = {"word 0": HEADS[0].name, "word 1": HEADS[1].name, "word 2": HEADS[0].name}
    assert known_to(Thesaurus(names, dict.fromkeys(names, 1.0)), words) == 0.5
    used = {name for part in parts("accessory") for name in names_of(part)}
    assert not used & {word for several in unused_synonyms() for word in several}
