"""Half of the bits only where the machine multiplies them."""

from __future__ import annotations

import pytest
import torch

from core.foundations.half import half


@pytest.mark.parametrize(("able", "kind"), [(True, torch.bfloat16), (False, torch.float32)])
def test_a_processor_that_cannot_keeps_all_bits(monkeypatch: pytest.MonkeyPatch, able: bool, kind: torch.dtype) -> None:
    """A product is made in what the processor can do."""
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: able)
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: able, raising=False)
    with half("cpu"):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == kind
