"""The reader of faces, tiny and untrained: shapes and ranges of its record, and that places are where their maps say."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from core.foundations.errors import ShapeError
from core.models.face_reader import PIXELS, FaceReader, mean_places
from core.models.face_seen import LANDMARKS, PARTS, SIDE


class _Eyes:
    """Tokens of 16 patches both ways, that are the picture's light."""

    def look(self, pictures: Tensor) -> Tensor:
        light = torch.nn.functional.adaptive_avg_pool2d(pictures, 16).mean(1).flatten(1)
        return torch.cat([light[:, :1], light], 1)[:, None, :, None].expand(-1, 2, -1, 8)


def _reader() -> FaceReader:
    torch.manual_seed(0)
    return FaceReader(levels=2, seen=8, width=8, hidden=6, identity=5).eval()


def test_its_record_is_a_record() -> None:
    """Of pictures of another size, too; probabilities add up, and a direction has length 1."""
    eyes: Any = _Eyes()
    seen = _reader().read(eyes, torch.rand(2, 3, 128, 128, generator=torch.Generator().manual_seed(0)))
    assert seen.expressions.shape == (2, 7) and torch.allclose(seen.expressions.sum(1), torch.ones(2))
    assert seen.parts.shape == (2, len(PARTS), SIDE, SIDE) and torch.allclose(seen.parts.sum(1), torch.ones(2, SIDE, SIDE), atol=1e-5)
    assert seen.landmarks.shape == (2, LANDMARKS, 2) and (seen.landmarks > 0).all() and (seen.landmarks < 1).all()
    assert seen.age.shape == seen.female.shape == (2,) and ((seen.female > 0) & (seen.female < 1)).all()
    assert torch.allclose(seen.identity.norm(dim=1), torch.ones(2))


def test_pooled_tokens_serve_as_well() -> None:
    """What lies on the disk is pooled already."""
    from core.models.face_encoder import pooled

    reader, pictures = _reader(), torch.rand(1, 3, PIXELS, PIXELS, generator=torch.Generator().manual_seed(1))
    tokens = _Eyes().look(pictures)
    for one, other in zip(reader(tokens, pictures), reader(pooled(tokens), pictures), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_it_is_differentiable_in_the_picture() -> None:
    """Through the tokens and through its own convolutions, whatever is read."""
    eyes: Any = _Eyes()
    pictures = torch.rand(1, 3, PIXELS, PIXELS, generator=torch.Generator().manual_seed(2), requires_grad=True)
    seen = _reader().read(eyes, pictures)
    for reading in (seen.age.sum(), seen.landmarks[:, 0, 0].sum(), seen.parts[:, 3].mean(), seen.identity[:, 0].sum()):
        (slope,) = torch.autograd.grad(reading, pictures, retain_graph=True)
        assert slope.abs().sum() > 0


def test_a_map_lies_where_its_scores_are() -> None:
    """The mean place of one high score is that place's middle; of two alike, the middle between them."""
    scores = torch.zeros(1, 2, 4, 8)
    scores[0, 0, 1, 2] = scores[0, 1, 3, 0] = scores[0, 1, 3, 7] = 50.0
    assert torch.allclose(mean_places(scores)[0], torch.tensor([[2.5 / 8, 1.5 / 4], [0.5, 3.5 / 4]]), atol=1e-5)


def test_other_shapes_are_refused() -> None:
    """Tokens of another network, a picture of another size."""
    reader = _reader()
    with pytest.raises(ShapeError, match="tokens"):
        reader(torch.zeros(1, 3, 65, 8), torch.zeros(1, 3, PIXELS, PIXELS))
    with pytest.raises(ShapeError, match="picture"):
        reader(torch.zeros(1, 2, 65, 8), torch.zeros(1, 3, 64, 64))


def test_weights_of_parts_are_taken_back() -> None:
    """Each probability is divided by its weight, and all of them add up to one again."""
    reader, pictures = _reader(), torch.rand(1, 3, PIXELS, PIXELS, generator=torch.Generator().manual_seed(3))
    tokens = _Eyes().look(pictures)
    before, weights = reader(tokens, pictures).parts, torch.linspace(0.5, 4, len(PARTS))
    reader.reweigh(weights)
    wanted = before / weights[:, None, None]
    assert torch.allclose(reader(tokens, pictures).parts, wanted / wanted.sum(1, keepdim=True), atol=1e-5)
