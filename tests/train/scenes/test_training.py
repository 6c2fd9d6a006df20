"""Training the embedded CLIP: losses by hand, cells that tell the truth, and a few steps that go downhill."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.foundations.seeds import numpy_rng
from core.models.phrases import split_phrases
from core.models.scene_clip import SceneClipConfig
from core.train.scenes import clip as scene_clip
from core.train.scenes.clip import SceneTraining, Trainer
from core.train.scenes.loss import answers_loss, cells_loss, part_positions, parts_in_cells, visible
from core.worlds.nouns.art import SLOTS, load_art
from core.worlds.scenes.captions import caption
from core.worlds.scenes.compose import draw_scenes, mask, sample


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    config = SceneClipConfig(width=32, layers=2, heads=2, joint=32, stem=(8, 8, 16, 16, 16), text_heads=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scene_clip, "SceneClipConfig", lambda: config)
        return Trainer(SceneTraining(batch=12, habitat=4, middle=1), torch.device("cpu"))


def test_answers_by_hand() -> None:
    """Two right answers share the blame; a row without one does not count."""
    logits = torch.tensor([[0.0, 0.0, 0.0, 0.0], [5.0, 1.0, 2.0, 3.0]])
    right = torch.tensor([[True, True, False, False], [False] * 4])
    assert answers_loss(logits, right).item() == pytest.approx(np.log(4))
    assert answers_loss(logits[1:], right[1:]).item() == 0


def test_cells_tell_what_stands_there() -> None:
    """A cell names a part that really has pixels in it, and names none where there are too few."""
    scenes = sample(numpy_rng("cells"), 20)
    _, owner = draw_scenes(scenes)
    cells = parts_in_cells(scenes, torch.from_numpy(owner), 8)
    for i in range(20):
        for place, slot in enumerate(SLOTS[1:]):
            for y, x in ((0, 0), (3, 4), (5, 2), (7, 7)):
                window = owner[i, 8 * y : 8 * y + 8, 8 * x : 8 * x + 8]
                counts = [mask(window, slot, k).sum() for k in range(scenes.count[i])]
                expected = scenes.nouns[i, int(np.argmax(counts)), place + 1] if max(counts) >= 6 else -1
                if counts.count(max(counts)) == 1 or expected == -1:
                    assert cells[i, place, y, x] == expected


def test_a_teller_that_knows_has_no_loss() -> None:
    """And one that does not has the loss of a guess."""
    sizes, cells = (3, 2, 2, 2), torch.full((1, 4, 2, 2), -1)
    cells[0, 0, 0, 0] = 1
    logits = torch.zeros(1, 9, 2, 2)
    logits[:, [2, 4, 6, 8]] = 30
    logits[0, 1, 0, 0] = 60
    assert cells_loss(logits, cells, sizes).item() == pytest.approx(0, abs=1e-5)
    assert cells_loss(torch.zeros(1, 9, 2, 2), cells, sizes).item() > 1


def test_only_what_is_seen_is_asked_for() -> None:
    """Positions of parts are those of Nouns that are there and show at least a few pixels."""
    scenes = sample(numpy_rng("seen"), 10)
    _, owner = draw_scenes(scenes)
    seen = visible(owner)
    found = part_positions(scenes, seen, "head", load_art().count("head"))
    for i in range(10):
        shown = {int(scenes.nouns[i, k, 3]) for k in range(scenes.count[i]) if mask(owner[i], "head", k).sum() >= 6}
        assert set(found[i].nonzero()[:, 0].tolist()) == shown


def test_questions_have_their_answers(trainer: Trainer) -> None:
    """Every picture has exactly one count, at least one place, and its own ground among the answers."""
    scenes, captions, rng = trainer.batch(0)
    asked = trainer.questions(scenes, visible(draw_scenes(scenes)[1]), rng)
    assert len(captions) == 12
    assert (asked["count"][1].sum(1) == 1).all() and asked["place"][1].any(1).all() and asked["ground"][1].any(1).all()
    assert (asked["kind"][1].sum(1) == torch.tensor([0] * 8 + [1] * 4)).all()
    assert all(len(texts) == right.shape[1] for texts, right in asked.values())


def test_the_phrasebook_holds_the_words_of_captions(trainer: Trainer) -> None:
    """Every phrase of an exact caption is one that training can say."""
    scenes = sample(numpy_rng("captions"), 30)
    phrases = {phrase for i in range(30) for phrase in split_phrases(caption(scenes, i))}
    missing = phrases - set(trainer.book.numbers)
    assert not missing


def test_the_stem_stands_still_in_the_end(trainer: Trainer) -> None:
    """No gradient reaches it, its running means stay, and its tokens are no longer asked; all else goes on learning."""
    last = trainer.settings.steps - 1
    stem = trainer.model.visual.conv1
    before = {name: tensor.clone() for name, tensor in stem.state_dict().items()}
    trainer.everything.zero_grad(set_to_none=True)
    trainer.loss_of(last)[0].backward()
    assert all(p.grad is None for p in [*stem.parameters(), *trainer.tellers[0].parameters()])
    assert all(torch.equal(tensor, before[name]) for name, tensor in stem.state_dict().items())
    assert trainer.model.visual.proj.grad is not None and trainer.tellers[1].weight.grad is not None
    trainer.loss_of(0)[0].backward()
    assert all(p.grad is not None for p in stem.parameters())


def test_a_few_steps_go_downhill(trainer: Trainer) -> None:
    """On one batch that is seen again and again."""
    optimiser = torch.optim.AdamW(trainer.everything.parameters(), 3e-3)
    losses = []
    for _ in range(8):
        loss, _ = trainer.loss_of(0)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] and np.isfinite(losses).all()
