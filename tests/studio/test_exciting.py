"""Images grow on the real models for a class, a key and a goal; what cannot be grown is said."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from core.foundations.errors import RequestError, SettingError, StudioError
from core.foundations.files import load_weights
from core.foundations.images import to_tensor
from core.methods.write.visualise_goals import output
from core.models.clip import Clip
from core.studio import Studio
from core.studio.classes import ClassSight
from core.studio.exciting import _excited
from core.studio.noun_easel import CANVASES, EXCITING, ROW, cut_from, noun_canvas, sheet_of
from core.studio.photo_easel import photo_easel
from tests.models import tiny_towers as towers


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio("nouns", torch.device("cpu"))


def test_a_class_grows_and_a_key_too(studio: Studio) -> None:
    """Of a few steps the scores are above the first; both models say something; the same again is the same."""
    for target in ("shark", (4, 17), output(3)):
        first, *_, last = studio.excite(target, count=2, steps=8)
        assert last.done and last.step == 8 and min(last.scores) > max(first.scores)
        assert len(last.images) == len(last.says) == 2 and last.images[0].size == (32, 32)
        assert set(last.others) <= set(studio.class_names())
    assert studio.excite("shark", steps=3).last.scores == pytest.approx(studio.excite("shark", steps=3).last.scores)


def test_what_lies_ready_is_named_as_before_it_was_packed(studio: Studio) -> None:
    """Cut from the sheet, all but three in a hundred heads' images are taken for what they were before; and nearly all for their head."""
    names, said = studio.class_names(), load_weights(EXCITING)[0]["said"].tolist()
    images = to_tensor(np.stack([np.asarray(studio.excited_image(name)) for name in names]))
    now = studio.easel.network.run(images).argmax(1).tolist()
    assert len(names) == len(said)
    assert np.mean(np.array(now) == said) >= 0.97
    assert np.mean(np.array(now) == np.arange(len(names))) >= 0.95


def test_a_sheet_keeps_the_colours_of_single_pixels() -> None:
    """Colours that change from pixel to pixel come back where halved ones would be grey; an image does not depend on its neighbours."""
    images = torch.zeros(ROW + 2, 3, 32, 32)
    images[1, 0, :, ::2] = images[1, 2, :, 1::2] = 0.8  # red and blue columns
    red, _, blue = np.asarray(cut_from(sheet_of(images, 80), [1])[0])[:, ::2].mean((0, 1))
    assert red > 180 and blue < 25
    noise = images.clone()
    noise[[0, 2]] = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    alone, among = (np.asarray(cut_from(sheet_of(one, 80), [1, ROW + 1])[0]) for one in (images, noise))
    assert np.array_equal(alone, among)


def test_what_cannot_be_grown_is_said(studio: Studio) -> None:
    """Unknown classes, blocks, numbers, and worlds without such a model."""
    with pytest.raises(RequestError, match="nearest are"):
        studio.excite("shrak")
    for wrong in ({"target": (9, 1)}, {"target": "shark", "count": 99}, {"target": "shark", "steps": 0}):
        with pytest.raises(SettingError):
            studio.excite(**wrong).last  # noqa: B018
    with pytest.raises(StudioError, match="No model tells classes apart"):
        Studio("dsprites", torch.device("cpu")).excite("heart")
    with pytest.raises(SettingError, match="canvas"):
        noun_canvas("oil")
    assert all(noun_canvas(kind).paint(noun_canvas(kind).start([1]), 1.0).shape == (1, 3, 32, 32) for kind in CANVASES[:2])


def test_photographs_grow_on_any_clip() -> None:
    """A tower read out of class token and patches, with names as vectors; the cosine with one of them goes up."""
    clip = Clip(towers.photo_tower(), lambda texts: torch.zeros(len(texts), 16), 0.5, 0.5, towers.SIDE, 10.0)
    sight = ClassSight(clip, ("a", "b", "c"), lambda image, size: (None, (0, 0, *size)), torch.randn(3, 16))  # type: ignore[arg-type]
    easel = photo_easel(sight, [Image.effect_noise((64, 64), 40).convert("RGB")], towers.SIDE)
    first, *_, last = _excited(easel, easel.goal_of("b"), range(1), easel.settings)
    assert last.scores[0] > first.scores[0] and last.images[0].size == (towers.SIDE, towers.SIDE) and last.others == ("",)
