"""Where a vision transformer's keys are: the first linear map of each block's MLP, and the activation function behind it.

A key before its activation is what that map gives, `[n t u]` (papers/vit_mlp_neurons.md, section 2.1). Read from the modules' names
alone, so that every family is known that timm and open_clip build of their own blocks, a distillation token or not.
"""

from __future__ import annotations

from torch import nn

from core.foundations.errors import ModelError

KEYS, BEHIND = (".mlp.fc1", ".mlp.c_fc"), (".mlp.act", ".mlp.gelu")


def key_layers(tower: nn.Module, behind: bool = False) -> tuple[str, ...]:
    """The layers of a tower that give keys, block by block.

    Args:
        tower: of timm or open_clip, or a module that holds one.
        behind: the activation functions instead, which give what is left of the keys behind them.

    Raises:
        ModelError: where there are none.
    """
    found = tuple(name for name, _ in tower.named_modules() if f".{name}".endswith(BEHIND if behind else KEYS))
    if not found:
        raise ModelError(f"{type(tower).__name__} has no blocks with an MLP as a vision transformer's. Use one of timm or open_clip.")
    return found
