"""Activations out, an edit in: the only place that attaches hooks.

Hooks are attached on enter and removed on exit, whatever happens in between. Convolutional maps and the
tokens of a transformer are both handed on as `[n u h w]`; class and register tokens come apart.

Networks are shared between the threads of a page, and so are their hooks. Only one thread traces at a time: from enter to
exit it holds a lock, whatever network it traces. What other threads run meanwhile without a trace is neither read nor changed.
"""

from __future__ import annotations

import difflib
import math
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from core.foundations.errors import LayerError, ShapeError

_TRACING = threading.RLock()
"""Held by the thread that traces; it may trace within a trace."""


class Trace:
    """Read layers of a network while it runs in this thread, and change what they say. Other threads that trace wait.

    Keep the block short: the forward and nothing else. It is left by the thread that entered it.

    Args:
        model: any network.
        layers: names as in `model.named_modules()`.
        edits: for some layers, a function of the layer's output that returns what stands in its place.

    Raises:
        LayerError: where a layer does not exist; nothing is attached then.

    Example:
        with Trace(model, ["decoder.at8"]) as trace:
            model.decode(latent)
        maps = trace["decoder.at8"]
    """

    def __init__(self, model: nn.Module, layers: list[str], edits: Mapping[str, Callable[[Tensor], Tensor]] | None = None) -> None:
        self.modules = dict(model.named_modules())
        self.edits = dict(edits or {})
        self.layers = list(dict.fromkeys([*layers, *self.edits]))
        self.outputs: dict[str, Any] = {}
        self.hooks: list[RemovableHandle] = []
        self.thread = 0
        for layer in self.layers:
            if layer not in self.modules:
                near = difflib.get_close_matches(layer, self.modules, 3, 0.3)
                raise LayerError(
                    f"There is no layer named {layer!r}. "
                    + (f"The nearest are {', '.join(near)}." if near else "See model.named_modules().")
                )

    def _hook(self, layer: str) -> Callable:
        def keep(module: nn.Module, inputs: Any, output: Any) -> Any:
            if threading.get_ident() != self.thread:
                return None
            changed = self.edits[layer](output) if layer in self.edits else None
            self.outputs[layer] = output if changed is None else changed
            return changed

        return keep

    def __enter__(self) -> Trace:
        """Wait for other threads that trace, and attach."""
        _TRACING.acquire()
        try:
            self.thread = threading.get_ident()
            for layer in self.layers:
                self.hooks.append(self.modules[layer].register_forward_hook(self._hook(layer)))
        except BaseException:
            self.close()
            _TRACING.release()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        """Remove every hook, and let other threads trace."""
        try:
            self.close()
        finally:
            _TRACING.release()

    def close(self) -> None:
        """Remove every hook; harmless when there is none."""
        while self.hooks:
            self.hooks.pop().remove()

    def __getitem__(self, layer: str) -> Any:
        """What a layer gave; LayerError where it was not traced or did not run."""
        if layer not in self.outputs:
            raise LayerError(f"The layer {layer!r} was not traced, or the network did not reach it. Traced: {', '.join(self.layers)}.")
        return self.outputs[layer]


def as_maps(output: Tensor, extra_tokens: int = 0) -> tuple[Tensor, Tensor | None]:
    """Maps or tokens to maps.

    Args:
        output: `[n u h w]`, or tokens `[n t u]` whose first `extra_tokens` are class and register tokens.
        extra_tokens: how many tokens have no place in the picture.

    Returns:
        Maps `[n u h w]`, and the extra tokens `[n t u]` or None.

    Raises:
        ShapeError: where the tokens do not fill a square.
    """
    if output.ndim == 4:
        return output, None
    if output.ndim != 3:
        raise ShapeError(f"Expected maps [n u h w] or tokens [n t u], got {tuple(output.shape)}.")
    tokens = output[:, extra_tokens:]
    side = math.isqrt(tokens.shape[1])
    if side * side != tokens.shape[1]:
        raise ShapeError(f"{tokens.shape[1]} tokens do not fill a square; are there {extra_tokens} extra tokens?")
    return tokens.transpose(1, 2).unflatten(2, (side, side)), output[:, :extra_tokens] if extra_tokens else None
