"""A tiny painter of a world that is exactly a sum, made on the spot."""

from __future__ import annotations

import torch

from core.models.painter import PainterConfig, PainterTransformer

COUNTS = (3, 4)


def tiny_painter() -> PainterTransformer:
    """Two slots; the reader knows a phrase by the place of its largest number, and the parts lie far apart."""
    torch.manual_seed(0)
    model = PainterTransformer(PainterConfig(("back", "front"), COUNTS, width=16, layers=1, heads=2))
    with torch.no_grad():
        model.parts.copy_(torch.randn(sum(COUNTS), 256))
        model.base.copy_(torch.randn(256))
        model.rest.fill_(-4.0)
        model.reader.weight.zero_()
        model.reader.bias.zero_()
        model.reader.weight[:, : sum(COUNTS) + 1] = 30 * torch.eye(sum(COUNTS) + 1)
    return model.eval()


def phrases(*several: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    """For each picture phrases that name parts by number, and which are real."""
    most = max(1, *map(len, several))
    vectors, there = torch.zeros(len(several), most, 384), torch.zeros(len(several), most, dtype=torch.bool)
    for row, numbers in enumerate(several):
        for place, number in enumerate(numbers):
            vectors[row, place, number], there[row, place] = 1.0, True
    return vectors, there
