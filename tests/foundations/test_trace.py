"""Hooks come and go, whatever happens in between."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import torch
from torch import nn

from core.foundations.errors import LayerError, ShapeError
from core.foundations.trace import Trace, as_maps


def hooks(model: nn.Module) -> int:
    """How many forward hooks a network carries."""
    return sum(len(module._forward_hooks) for module in model.modules())


@pytest.fixture
def net() -> nn.Sequential:
    """Two layers."""
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))


def test_reads_and_leaves_nothing_behind(net: nn.Sequential) -> None:
    """What a layer gives is what the trace holds."""
    x = torch.randn(5, 3)
    with Trace(net, ["0"]) as trace:
        net(x)
        assert hooks(net) == 1
    assert torch.equal(trace["0"], net[0](x)) and hooks(net) == 0


def test_edits_what_a_layer_says(net: nn.Sequential) -> None:
    """An edit stands in the layer's place, for the rest of the network too."""
    with Trace(net, [], {"0": torch.zeros_like}) as trace:
        out = net(torch.randn(2, 3))
    assert torch.equal(out, net[2](torch.zeros(2, 4))) and not trace["0"].any()


def test_leaves_nothing_after_an_exception(net: nn.Sequential) -> None:
    """Neither an exception in the block nor one in an edit leaves a hook."""
    with pytest.raises(RuntimeError, match="mine"), Trace(net, ["0", "2"]):
        raise RuntimeError("mine")
    with pytest.raises(ZeroDivisionError), Trace(net, [], {"1": lambda _: 1 / 0}):
        net(torch.randn(1, 3))
    assert hooks(net) == 0


def test_unknown_layer_is_refused_with_the_nearest(net: nn.Sequential) -> None:
    """Nothing is attached, even where other layers exist."""
    named = nn.Module()
    named.encoder, named.decoder = net, nn.Linear(1, 1)
    with pytest.raises(LayerError, match="nearest are decoder"), Trace(named, ["encoder", "decodr"]):
        pass
    assert hooks(named) == 0


def test_asking_for_what_was_not_traced(net: nn.Sequential) -> None:
    """A sentence, not a KeyError."""
    with Trace(net, ["0"]) as trace:
        net(torch.randn(1, 3))
    with pytest.raises(LayerError, match="not traced"):
        trace["2"]


def together(*works: Callable[[], None]) -> None:
    """Run each in a thread of its own; whatever one raises is raised here."""
    errors: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    if errors:
        raise errors[0]


def test_two_threads_trace_one_network(net: nn.Sequential) -> None:
    """Each reads what it put in, and gets the edit that it made and no other."""

    def work(number: float) -> Callable[[], None]:
        def run() -> None:
            x = torch.full((50, 3), number)
            for _ in range(150):
                with Trace(net, ["0"], {"2": lambda out: torch.full_like(out, number)}) as trace:
                    out = net(x)
                assert torch.equal(trace["0"], net[0](x)) and (out == number).all()

        return run

    together(work(1.0), work(2.0), work(3.0))
    assert hooks(net) == 0


def test_who_runs_without_a_trace_is_neither_read_nor_changed(net: nn.Sequential) -> None:
    """Nor does it wait: the network runs in another thread while one is within its trace."""
    x, other, outs = torch.ones(2, 3), torch.zeros(2, 3), []
    plain = net(other)
    with Trace(net, ["0"], {"2": torch.zeros_like}) as trace:
        net(x)
        together(lambda: outs.append(net(other)))
    assert torch.equal(outs[0], plain) and torch.equal(trace["0"], net[0](x)) and plain.any()


def test_one_traces_at_a_time(net: nn.Sequential) -> None:
    """Whichever network; who traces within a trace does not wait for itself, and a refused layer leaves the way free."""
    inside, most = [], []

    def work() -> None:
        for _ in range(20):
            with Trace(net, ["0"]), Trace(net, ["2"]):
                inside.append(1)
                most.append(len(inside))
                threading.Event().wait(0.001)
                inside.pop()

    with pytest.raises(LayerError), Trace(net, ["7"]):
        pass
    together(work, work)
    assert set(most) == {1}


def test_what_fails_while_it_is_attached_leaves_the_way_free(net: nn.Sequential, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no hook."""
    monkeypatch.setattr(net[2], "register_forward_hook", lambda hook: 1 / 0)
    with pytest.raises(ZeroDivisionError), Trace(net, ["0", "2"]):
        pass
    together(lambda: Trace(net, ["0"]).__enter__().__exit__(None, None, None))
    assert hooks(net) == 0


def test_tokens_become_maps() -> None:
    """Nine tokens and a class token: the class token comes apart, token r * 3 + c lands at row r, column c."""
    tokens = torch.arange(10.0)[None, :, None].expand(1, 10, 2)
    maps, extra = as_maps(tokens, 1)
    assert maps.shape == (1, 2, 3, 3) and maps[0, 0, 1, 2] == 6
    assert extra is not None and extra[0, 0, 0] == 0
    assert as_maps(maps)[0] is maps
    with pytest.raises(ShapeError, match="do not fill a square"):
        as_maps(tokens)
