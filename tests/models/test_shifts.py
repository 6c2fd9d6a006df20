"""What holds the shifters: slots by hand, sizes, round trips, and clear errors."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.foundations.errors import SettingError, ShapeError
from core.methods.relate.learn_shifts import learn_lines
from core.methods.write.shift import METHODS, shift
from core.models.registry import BUILDERS
from core.models.shifts import METHOD_NAMES, Shifts, ShiftsConfig
from core.models.slots import Slot
from core.worlds.dsprites.factors import COUNTS, FACTORS, SYMMETRY, turn_gap
from tests.models.planted_shifts import CONFIG, Nearest, balanced, draw, latents, wishes

SPRITES = (
    Slot("shape", 3),
    Slot("scale", 6, "ordered"),
    Slot("rotation", 40, "cyclic", "shape", SYMMETRY),
    Slot("x", 32, "ordered"),
    Slot("y", 32, "ordered"),
)
NOUNS = tuple(Slot(name, count) for name, count in (("background", 2), ("body", 30), ("accessory", 143), ("head", 254), ("glasses", 23)))
SPRITE_GROUPS = (("shape", "rotation"), ("scale",), ("x",), ("y",))


def bytes_as_half(shifts: Shifts) -> int:
    """What a file of these takes."""
    return sum(2 * t.numel() if t.is_floating_point() else t.numel() * t.element_size() for t in shifts.state_dict().values())


def test_targets_by_hand() -> None:
    """One-hot, standardised, and an angle that runs round four times for a square."""
    zeros = torch.zeros(3, dtype=torch.long)
    assert SPRITES[0].targets(torch.tensor([2]), zeros[:1]).tolist() == [[0, 0, 1]]
    ordered = SPRITES[1].targets(torch.arange(6), zeros)
    assert ordered[0, 0].item() == pytest.approx(-2.5 / math.sqrt(35 / 12))
    assert ordered.mean().item() == pytest.approx(0, abs=1e-6) and ordered.std(correction=0).item() == pytest.approx(1)
    turn = SPRITES[2].targets(torch.tensor([39, 39, 13]), torch.tensor([0, 2, 2]))
    assert torch.allclose(turn[:2], torch.tensor([[1.0, 0], [1, 0]]), atol=1e-5)
    assert turn[2].tolist() == pytest.approx([-0.5, math.sqrt(3) / 2], abs=1e-5)


def test_fold_gives_the_first_that_looks_the_same() -> None:
    """Never further than half a step from the value, always within one symmetry, and itself folded to itself."""
    value, given = torch.arange(40).repeat(3), torch.arange(3).repeat_interleave(40)
    found = SPRITES[2].fold(value, given)
    symmetry = torch.tensor(SYMMETRY)[given].numpy()
    assert turn_gap(value.numpy(), found.numpy(), symmetry).max() <= 0.5
    assert (found.numpy() < symmetry).all()
    assert torch.equal(SPRITES[2].fold(found, given), found)
    assert SPRITES[2].fold(torch.tensor([39, 39, 20]), torch.tensor([2, 0, 1])).tolist() == [0, 0, 0]
    assert torch.equal(SPRITES[3].fold(torch.arange(32), torch.zeros(32)), torch.arange(32))


def test_all_methods_ship_small() -> None:
    """Every shifter of dSprites fits into 2.2 MB, and each predictor into half a million numbers."""
    assert tuple(slot.name for slot in SPRITES) == FACTORS and tuple(slot.count for slot in SPRITES) == COUNTS
    shifts = Shifts(ShiftsConfig(SPRITES, 100, SPRITE_GROUPS))
    assert bytes_as_half(shifts) <= 2.2e6
    nouns = Shifts(ShiftsConfig(NOUNS, 256, predictor_hidden=288))
    for network in (shifts.predictor, shifts.paper_predictor, nouns.predictor, nouns.paper_predictor):
        assert sum(p.numel() for p in network.parameters()) <= 5e5


def test_names_agree() -> None:
    """What may be held is what can be done, and each says in a sentence what it does."""
    assert tuple(METHODS) == METHOD_NAMES
    assert all(method.says.endswith(".") and len(method.says) > 40 for method in METHODS.values())


def test_round_trip_through_a_file(tmp_path: Any) -> None:
    """Saved at half precision and built again from a card by the registry, every method shifts as before."""
    values = balanced(2)
    shifts = learn_lines(latents(values), values, CONFIG)
    shifts.get_buffer("paper_predictor.layers.1.running_var").fill_(2.0)
    path = tmp_path / "shifts.safetensors"
    save_file({k: v.half() if v.is_floating_point() else v for k, v in shifts.state_dict().items()}, path)
    card = json.loads(json.dumps({"architecture": CONFIG.to_dict()}))
    again = BUILDERS["Shifts"](load_file(path), card).float().eval()
    assert isinstance(again, Shifts)
    assert again.config == CONFIG
    for made in (shifts, again):
        made.add_module("reader", Nearest(made))
    starts = latents(draw(40, 3), seed=3)
    for method in METHODS:
        for slot in CONFIG.slots:
            wanted = wishes(draw(40, 3), slot.name)
            one, other = (shift(starts, made, method, slot.name, wanted) for made in (shifts, again))
            gap = ((one - other) / shifts.std).norm(dim=1)
            assert gap.median() < 0.05, f"{method} {slot.name} differs by {gap.median():.3f} after a round trip."


def test_only_what_is_asked_for_is_held() -> None:
    """Without kernel machines and networks nothing of them lies in the file."""
    config = ShiftsConfig(SPRITES, 100, SPRITE_GROUPS, ("regression", "means"))
    names = set(Shifts(config).state_dict())
    assert not [n for n in names if n.startswith(("svm", "duals", "anchors", "sums", "predictor", "paper"))]
    assert {"regression_x", "means_x", "strengths"} <= names
    with pytest.raises(SettingError, match="no shifter 'rbf' here"):
        Shifts(config).method("rbf")


@pytest.mark.parametrize(
    "wrong, words",
    [
        (lambda: Slot("x", 3, "round"), "class, ordered or cyclic"),  # type: ignore[arg-type]
        (lambda: Slot("x", 0), "at least one value"),
        (lambda: Slot("x", 3, "cyclic"), "repeats"),
        (lambda: Slot("x", 3, "class", "", (3.0,)), "repeats"),
        (lambda: Slot("x", 3, "cyclic", "", (0.0,)), "repeats"),
        (lambda: Slot("x", 3, "class", "y"), "Only a cyclic"),
        (lambda: ShiftsConfig(()), "different names"),
        (lambda: ShiftsConfig((Slot("x", 3), Slot("x", 4))), "different names"),
        (lambda: ShiftsConfig(SPRITES[1:]), "one symmetry for each value"),
        (lambda: ShiftsConfig(SPRITES, 100, (("shape",),)), "every slot once"),
        (lambda: ShiftsConfig(SPRITES, methods=("magic",)), "no shifter 'magic'"),
        (lambda: ShiftsConfig(SPRITES, methods=("ensemble",)), "made of regression and rbf"),
        (lambda: Shifts(CONFIG).place("colour"), "There are shape, rotation, x"),
        (lambda: Shifts(CONFIG).step("sum", torch.zeros(1, 16), torch.zeros(1).long(), torch.zeros(1).long()), "no network"),
    ],
)
def test_wrong_configurations_are_refused(wrong: Any, words: str) -> None:
    """Each with a sentence that says what is wrong."""
    with pytest.raises(SettingError, match=words):
        wrong()


def test_wrong_widths_are_refused() -> None:
    """Latents of another width, or a single one without its axis."""
    shifts = Shifts(CONFIG)
    assert shifts.standard(torch.zeros(2, 16, 1, 1)).shape == (2, 16)
    for shape in ((2, 15), (16,), (2, 4, 2, 1)):
        with pytest.raises(ShapeError, match="move latents"):
            shifts.standard(torch.zeros(shape))
