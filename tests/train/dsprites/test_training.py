"""Training of sprites: fours, the linear reading, the contrastive term, spoilt pictures, and pairs of one answer."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from core.foundations.seeds import numpy_rng, torch_rng
from core.models.shape_judge import ShapeJudge
from core.models.shifts import Shifts, ShiftsConfig
from core.models.sprite_autoencoder import PaperSprites, SpritesConfig
from core.train.__main__ import main as train_steps
from core.train.dsprites import judges as shape_judges
from core.train.dsprites import shifts as sprite_shifts
from core.train.dsprites.generator import Pupil, draw_fours, near_an_edge
from core.train.dsprites.judges import UNNATURAL, JudgeTraining, soften, spoil
from core.train.dsprites.paper import PaperTraining, Trainer, contrast_of
from core.train.dsprites.shifts import COMPARED, MODELS, draw_pairs, keep, settings_of, slots, variant_shifts
from core.worlds.dsprites.factors import COUNTS, FACTORS, ROTATION, SHAPE, SYMMETRY, TOLERANCE, symmetry_between, turn_gap
from core.worlds.dsprites.render import draw
from core.worlds.dsprites.splits import draw_split, is_held_out


def test_fours_exchange_factors_and_stay_on_their_side():
    a, b, a2, b2 = draw_fours(numpy_rng("test"), 200)
    assert (((a2 == a) & (b2 == b)) | ((a2 == b) & (b2 == a))).all()
    assert not is_held_out(np.concatenate([a, b, a2, b2])).any()
    differ = a != b
    swapped = (a2 == b) & differ
    both = differ[:, SHAPE] & differ[:, ROTATION]
    assert (swapped[both, SHAPE] == swapped[both, ROTATION]).all(), "shape and rotation go together"
    assert swapped.any() and not swapped.all()


def test_the_reading_is_zero_for_a_perfect_latent():
    """A latent that holds logits, numbers and circles as they should be is read without error."""
    pupil = Pupil(SpritesConfig(latent=12, channels=(16, 16, 16), reading=16, units=8))
    with torch.no_grad():
        pupil.reading.weight.copy_(torch.eye(12))
        pupil.reading.bias.zero_()
    sprites = torch.from_numpy(draw_split(numpy_rng("reading"), 50, False)).long()
    latent = torch.zeros(50, 12)
    latent[torch.arange(50), sprites[:, 0]] = 50.0
    latent[:, 3:6] = 2 * sprites[:, [1, 3, 4]] / torch.tensor([5, 31, 31]) - 1
    angle = 2 * torch.pi * sprites[:, 2] / torch.tensor(SYMMETRY)[sprites[:, 0]]
    for row, (shape, turn) in enumerate(zip(sprites[:, 0], angle, strict=True)):
        latent[row, 6 + 2 * shape], latent[row, 7 + 2 * shape] = turn.cos(), turn.sin()
    assert pupil.reading_loss(latent, sprites) < 1e-9
    assert pupil.reading_loss(latent, sprites.roll(1, 0)) > 0.1


def test_near_an_edge_is_what_pooling_says():
    """Ink and none within two pixels, beyond the canvas being none; a full picture's edge is the canvas's."""
    ink = torch.from_numpy(draw(draw_split(numpy_rng("edges"), 20, False)))[:, None].float()
    ink = torch.cat([ink, torch.ones(1, 1, 64, 64), torch.zeros(1, 1, 64, 64)])
    share = F.avg_pool2d(ink, 5, 1, 2)
    assert torch.equal(near_an_edge(ink), (share > 0) & (share < 1))
    assert near_an_edge(ink)[-2].sum() == 64**2 - 60**2


def test_a_variant_begins_with_what_fits():
    """All but the layers on either side of the latent."""
    start = PaperSprites(SpritesConfig(latent=6))
    variant = Trainer(PaperTraining(), 4, torch.device("cpu"), start).model.state_dict()
    differ = {name for name, tensor in start.state_dict().items() if tensor.shape != variant[name].shape}
    assert differ == {"encoder.head.weight", "encoder.head.bias", "decoder.0.weight"}
    assert all(torch.equal(tensor, variant[name]) for name, tensor in start.state_dict().items() if name not in differ)


def test_the_contrast_counts_unlike_shapes_within_the_margin():
    latent = torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]])
    assert contrast_of(latent, torch.tensor([0, 1, 0]), 5.0) == pytest.approx((0 + (5 - np.sqrt(18)) ** 2) / 2, rel=1e-5)
    assert contrast_of(latent, torch.tensor([1, 1, 1]), 5.0) == 0


def test_spoilt_pictures_are_no_sprites():
    ink = torch.zeros(16, 1, 64, 64)
    ink[:, :, 20:40, 10:30] = 1
    ink[8:] = ink[8:].roll(20, 3)
    spoilt = spoil(ink, torch_rng("spoil"))
    assert spoilt.min() >= 0 and spoilt.max() <= 1
    assert ((spoilt != ink).flatten(1).any(1)).float().mean() > 0.7


def test_judges_are_shown_what_they_learned_to_see(monkeypatch):
    """Official pictures with their shapes; for the natural one some are spoilt, for the binary one a heart is the second of two."""
    monkeypatch.setattr(shape_judges, "pictures", lambda sprites: torch.from_numpy(draw(sprites))[:, None].float())
    sprites = draw_split(numpy_rng("judges"), 40, True)
    shown = {kind: shape_judges.Trainer(kind, JudgeTraining(), torch.device("cpu")) for kind in ("binary", "shapes", "natural")}
    seen = {kind: trainer.shown(sprites, torch_rng("judges")) for kind, trainer in shown.items()}
    assert torch.equal(seen["shapes"][1], torch.from_numpy(sprites[:, SHAPE].astype(int)))
    assert torch.equal(seen["binary"][1], (seen["shapes"][1] == 2).long()) and torch.equal(seen["binary"][0], seen["shapes"][0])
    spoilt = seen["natural"][1] == UNNATURAL
    assert 0 < spoilt.sum() < 40 and torch.equal(seen["natural"][1][~spoilt], seen["shapes"][1][~spoilt])


def test_a_judge_of_paintings_goes_on_from_shapes(monkeypatch):
    """It begins with what `shapes` has become, and is shown what the model paints: here a left half of ink for squares, nothing else."""

    class Half:
        def squeeze(self, sprites):
            return torch.from_numpy(sprites[:, [SHAPE]]).float()

        def paint(self, latents):
            return (latents[:, :, None] == 0) * (torch.arange(64) < 32).float().expand(len(latents), 64, 64)

    monkeypatch.setattr(shape_judges, "load", lambda name: Half())
    monkeypatch.setattr(shape_judges, "squeeze", lambda model, sprites: model.squeeze(sprites))
    monkeypatch.setattr(shape_judges, "paint", lambda model, latents: model.paint(latents))
    shapes = ShapeJudge(3)
    trainer = shape_judges.pupil("painted", JudgeTraining(paintings=90), torch.device("cpu"), {"shapes": shapes})
    assert all(torch.equal(tensor, trainer.model.state_dict()[name]) for name, tensor in shapes.state_dict().items())
    ink, classes = trainer.batch(numpy_rng("painted"), torch_rng("painted"))
    assert ink.shape == (256, 1, 64, 64) and set(classes.tolist()) == {0, 1, 2}
    assert torch.equal(ink.mean((1, 2, 3)), (classes == 0) * 0.5)


def test_accuracy_counts_spoilt_pictures_apart(monkeypatch):
    """Who says "heart" to everything is right for the hearts and for nothing that is spoilt."""
    monkeypatch.setattr(shape_judges, "pictures", lambda sprites: torch.from_numpy(draw(sprites))[:, None].float())
    sprites = np.tile([[2, 5, 0, 15, 15]], (60, 1))
    trainer = shape_judges.Trainer("natural", JudgeTraining(), torch.device("cpu"))
    found = shape_judges.accuracy(trainer, lambda ink: torch.eye(4)[2].expand(len(ink), 4), sprites)
    assert found == {"": 1.0, "_spoilt": 0.0}
    binary = shape_judges.Trainer("binary", JudgeTraining(), torch.device("cpu"))
    assert shape_judges.accuracy(binary, lambda ink: torch.eye(2)[1].expand(len(ink), 2), sprites) == {"": 1.0}


def test_soft_borders_are_borders_still():
    """As sharp as before or up to two pixels wide; no ink is lost, and nothing changes away from a border."""
    ink = torch.zeros(40, 1, 64, 64)
    ink[:, :, 20:40, 10:30] = 1
    soft = soften(ink, torch_rng("soften"))
    assert torch.allclose(soft.sum((1, 2, 3)), ink.sum((1, 2, 3)), rtol=1e-4)
    assert ((soft > 0.5) != ink.bool()).flatten(1).sum(1).max() <= 12, "corners alone may go"
    assert torch.equal(soft[:, :, 22:38, 12:28], ink[:, :, 22:38, 12:28]) and soft[:, :, :18].abs().max() == 0
    width = ((soft > 0.001) & (soft < 0.999)).flatten(1).float().mean(1)
    assert width.min() < width.max() and len(width.unique()) > 1


def test_shifters_of_variants_stay_beside(tmp_path, monkeypatch):
    """What is not shipped lies under runs/ and comes back whole; it learns for half as long; none is there before."""
    monkeypatch.setattr(sprite_shifts, "RUNS", tmp_path)
    name = next(iter(COMPARED))
    assert variant_shifts(name) is None
    config = ShiftsConfig(slots(), 6, sprite_shifts.GROUPS, ("means", "sum"))
    shifts = Shifts(config)
    shifts.mean.fill_(3.0)
    monkeypatch.setattr(sprite_shifts, "made_from", lambda name: {name: "this latent"})
    keep(name, shifts, {"architecture": config.to_dict(), "best": {"shape": "sum"}, "made_from": sprite_shifts.made_from(name)})
    again, card = variant_shifts(name) or pytest.fail("nothing was kept")
    monkeypatch.setattr(sprite_shifts, "made_from", lambda name: {name: "another latent"})
    assert variant_shifts(name) is None, "shifters of another run move another latent"
    assert card["best"] == {"shape": "sum"} and torch.equal(again.mean, shifts.mean) and not again.training
    assert not set(COMPARED) & set(MODELS) and settings_of(name).steps * 2 < settings_of("dsprites").steps


def test_several_steps_run_in_their_order(monkeypatch, capsys):
    """Whatever the order in which they are named; each says what it cost."""
    ran = []
    monkeypatch.setattr("core.train.__main__.run", lambda name: ran.append(name) or 60.0)
    monkeypatch.setattr("sys.argv", ["core.train", "sprite_shifts", "sprites", "shape_judges"])
    train_steps()
    assert ran == ["sprites", "shape_judges", "sprite_shifts"]
    assert "sprite_shifts: 60 s, all until here 3.0 minutes" in capsys.readouterr().out


def test_pairs_differ_in_one_factor_and_have_one_answer():
    source, target, slot = draw_pairs(numpy_rng("pairs"), 400)
    assert not is_held_out(np.concatenate([source, target])).any()
    others = np.arange(5)[None] != slot[:, None]
    others[:, ROTATION] &= slot != SHAPE
    assert (source == target)[others].all()
    shapes = slot == SHAPE
    finer = symmetry_between(source[:, SHAPE], target[:, SHAPE])
    moved = shapes & (source[:, SHAPE] != target[:, SHAPE])
    assert (turn_gap(source[:, ROTATION], target[:, ROTATION], finer)[moved] <= TOLERANCE).all()
    assert (target[moved, ROTATION] <= np.ceil(finer[moved])).all(), "the first rotation that looks the same"


def test_slots_are_the_factors():
    assert tuple(s.name for s in slots()) == FACTORS and tuple(s.count for s in slots()) == COUNTS
    assert slots()[ROTATION].given == "shape"
