"""The exact estimator: against its definition, whatever the batches, split, merged and kept; and a rare unit that the authors' misses."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from core.bench.rosetta_planted import authors, spots
from core.foundations.errors import SettingError, ShapeError
from core.methods.relate.rosetta import Rosetta
from core.methods.relate.rosetta_sums import Layout, RosettaSettings
from tests.methods.relate.shared_units import SETTINGS, mined, plain, two_models


@pytest.mark.parametrize("raw", [True, False])
def test_the_table_is_the_definition(raw: bool) -> None:
    """Every pair of sizes, to 1e-6, with a mean 30 times the spread; images that do not fill a block count too."""
    maps = two_models(61)
    table = mined(maps, 5).correlations("other", raw)
    hub, other = Layout("hub", {"small": (14, 8, 8), "large": (24, 16, 16)}, 16), maps["other"]
    assert [group.layers for group in hub.groups] == [("small",), ("large",)]
    by_layer = torch.cat(
        [torch.cat([plain(maps["hub"][a], other[b], raw) for b in ("odd", "wide")], 1) for a in ("small", "large")],
    )
    assert (table - by_layer).abs().max() < 1e-6


def test_batches_do_not_matter() -> None:
    """To the bit, as images are taken in blocks whatever they come in; the shuffled tables too."""
    maps = two_models(40)
    one, other = mined(maps, 3), mined(maps, 40)
    for raw in (True, False):
        assert torch.equal(one.correlations("other", raw), other.correlations("other", raw))
    assert torch.equal(one.null("other"), other.null("other"))


def test_a_split_run_adds_up() -> None:
    """Three parts merged are the whole: correlations, shuffled ones, means and spreads to 1e-9."""
    maps = two_models(56)
    parts = [
        {model: {layer: one[start:stop] for layer, one in layers.items()} for model, layers in maps.items()}
        for start, stop in ((0, 16), (16, 32), (32, 56))
    ]
    whole, added = mined(maps), Rosetta("hub", SETTINGS)
    for part in parts:
        added.merge(mined(part))
    assert added.count == whole.count == 56
    for raw in (True, False):
        for model in ("hub", "other"):
            assert (added.correlations(model, raw) - whole.correlations(model, raw)).abs().max() < 1e-7
    assert (added.null("other") - whole.null("other")).abs().max() < 1e-9
    for one, other in zip(added.spread("other"), whole.spread("other"), strict=True):
        assert torch.allclose(one, other, rtol=1e-9)


def test_what_is_kept_goes_on(tmp_path: Path) -> None:
    """Saved half way and loaded, the rest gives the table of one run, to the bit."""
    maps = two_models(48)
    halves = [{m: {layer: one[at] for layer, one in layers.items()} for m, layers in maps.items()} for at in (slice(32), slice(32, 48))]
    mined(halves[0]).save(tmp_path / "half.safetensors")
    resumed = Rosetta.load(tmp_path / "half.safetensors")
    assert resumed.count == 32 and resumed.settings == SETTINGS
    resumed.add(halves[1]).finish()
    whole = mined(maps)
    assert torch.equal(resumed.correlations("other"), whole.correlations("other"))
    assert torch.equal(resumed.null("other"), whole.null("other")) and resumed.units("other") == whole.units("other")


def test_the_table_of_two_is_the_other_way_round_transposed() -> None:
    """Whoever is the hub."""
    maps = two_models(32)
    there = mined(maps)
    back = Rosetta("other", SETTINGS).add(maps).finish()
    assert there.units("other") == back.units("other")
    for raw in (True, False):
        assert (there.correlations("other", raw) - back.correlations("hub", raw).T).abs().max() < 1e-7


def test_a_unit_is_itself() -> None:
    """The hub's own table is symmetric and has ones on its diagonal; a unit that never changes has no correlation with anything."""
    maps = two_models(32)
    maps["hub"]["small"][:, 3] = 7
    table = mined(maps).correlations("hub")
    assert (table - table.T).abs().max() < 1e-7
    assert (table.diagonal()[torch.arange(len(table)) != 3] - 1).abs().max() < 1e-6
    assert table[3].abs().max() == 0 and mined(maps).correlations("other", raw=True)[3].abs().max() == 0


def test_scale_and_offset_do_not_matter() -> None:
    """a x + b with a > 0, the offset a thousand times the spread."""
    maps = two_models(32)
    moved = {"hub": maps["hub"], "other": {layer: 0.5 * one + 1000 for layer, one in maps["other"].items()}}
    for raw in (True, False):
        assert (mined(maps).correlations("other", raw) - mined(moved).correlations("other", raw)).abs().max() < 1e-4


def test_a_shared_layout_is_no_match() -> None:
    """Two units with one template of places and noise of their own: raw nearly 1, residual nearly nothing."""
    rng = torch.Generator().manual_seed(0)
    template = 10 * torch.randn(1, 1, 16, 16, generator=rng)
    maps = {model: {"a": template + torch.randn(64, 1, 16, 16, generator=rng)} for model in ("hub", "other")}
    rosetta = mined(maps)
    assert rosetta.correlations("other", raw=True).item() > 0.95 and abs(rosetta.correlations("other").item()) < 0.05


def test_spread_is_of_the_maps_own_size() -> None:
    """Mean and standard deviation of each unit, as guidance needs them, also where maps are compared at fewer places."""
    maps = two_models(20)
    means, stds = mined(maps, 7, RosettaSettings(most=4, block=8, shuffles=1)).spread("other")
    both = [maps["other"][layer].double().transpose(0, 1).flatten(1) for layer in ("wide", "odd")]
    assert torch.allclose(means, torch.cat([one.mean(1) for one in both]))
    assert torch.allclose(stds, torch.cat([one.std(1, correction=0) for one in both]))


def test_a_rare_unit_is_found_where_the_authors_estimator_fails() -> None:
    """A unit that fires on 2 of 100 images is shared; 30 others fire as rarely, each on images of its own. Batches of 10, as theirs."""
    rng = torch.Generator().manual_seed(1)
    x, y = spots(100, 31, 16, 0.02, rng), spots(100, 31, 16, 0.02, rng)
    x[:, 0] = y[:, 0] + 0.02 * torch.randn(y[:, 0].shape, generator=rng)
    ours = mined({"hub": {"a": x}, "other": {"a": y}}).correlations("other")
    theirs = authors(x, y, 10)
    assert ours[0].argmax() == 0 and ours[0, 0] > 0.9 and ours[0, 1:].max() < 0.3
    strangers = theirs[1:, 1:].flatten()
    assert strangers.median() > 0.5 and strangers.max() > theirs[0, 0], "unrelated silent units seem more alike than the shared ones"


def test_what_does_not_fit_is_refused() -> None:
    """Other layers, other numbers of images, no hub, other settings, images that wait: each with a sentence."""
    maps = two_models(16)
    rosetta = mined(maps)
    with pytest.raises(ShapeError, match="changed"):
        rosetta.add({"hub": maps["hub"], "other": {"wide": maps["other"]["wide"]}})
    with pytest.raises(ShapeError, match="as many images"):
        rosetta.add({"hub": maps["hub"], "other": {layer: one[:3] for layer, one in maps["other"].items()}})
    with pytest.raises(ShapeError, match="hub"):
        rosetta.add({"other": maps["other"]})
    with pytest.raises(SettingError, match="settings"):
        rosetta.merge(Rosetta("hub", RosettaSettings()))
    with pytest.raises(ShapeError, match="wait"):
        rosetta.merge(Rosetta("hub", SETTINGS).add({m: {k: one[:3] for k, one in layers.items()} for m, layers in maps.items()}))
    with pytest.raises(SettingError, match="fewer shuffles"):
        RosettaSettings(block=4, shuffles=4)
