"""Half of the bits, where that is faster."""

from __future__ import annotations

import torch


def half(device: torch.device | str) -> torch.autocast:
    """Within, networks multiply bfloat16, but for processors that cannot: there one convolution takes up to eighty times as long."""
    kind = torch.device(device).type
    able = kind != "cpu" or (torch.backends.mkldnn.is_available() and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()))
    return torch.autocast(kind, torch.bfloat16, enabled=able)
