"""One resumable training loop: a learning-rate schedule, checkpoints as safetensors, a line of log now and then, a bar on a terminal."""

from __future__ import annotations

import hashlib
import math
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from tqdm import tqdm

from core.foundations.files import ROOT, load_tensors, save_tensors

RUNS = ROOT / "runs"
"""Where checkpoints lie while something trains; git ignores it."""


@dataclass(frozen=True)
class Schedule:
    """How the learning rate runs: up over `warmup` steps, flat, down to nothing by a cosine after `decay_from`.

    Polishes may follow, each of so many steps from a lower rate by a cosine down to nothing once more.
    """

    main: int
    rate: float
    warmup: int = 100
    decay_from: float = 0.45
    polishes: tuple[tuple[int, float], ...] = ()

    @property
    def steps(self) -> int:
        """All steps, the polishes included."""
        return self.main + sum(steps for steps, _ in self.polishes)

    def at(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        if step < self.warmup:
            return self.rate * (step + 1) / self.warmup
        begin: float = self.main
        for steps, rate in self.polishes:
            if begin <= step < begin + steps:
                return rate * 0.5 * (1 + math.cos(math.pi * (step - begin) / steps))
            begin += steps
        begin = self.decay_from * self.main
        if step < begin:
            return self.rate
        return self.rate * 0.5 * (1 + math.cos(math.pi * (step - begin) / max(1.0, self.main - begin)))


def _pack(model: nn.Module, optimiser: torch.optim.Optimizer, step: int, seconds: float) -> dict[str, torch.Tensor]:
    tensors = {f"model.{k}": v for k, v in model.state_dict().items()}
    for number, state in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{number}.{k}": v for k, v in state.items()}
    return tensors | {"step": torch.tensor(step), "seconds": torch.tensor(seconds, dtype=torch.float64)}


def _unpack(tensors: dict[str, torch.Tensor], model: nn.Module, optimiser: torch.optim.Optimizer) -> tuple[int, float]:
    model.load_state_dict({k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")})
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimiser."):
            _, number, key = name.split(".", 2)
            state.setdefault(int(number), {})[key] = tensor
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
    return int(tensors["step"]), float(tensors["seconds"])


def _stamp(schedule: Schedule, made_of: object) -> torch.Tensor:
    """What tells one run from another of the same name `[32]` uint8."""
    return torch.frombuffer(bytearray(hashlib.sha256(repr((schedule, made_of)).encode()).digest()), dtype=torch.uint8)


def train(
    name: str,
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    schedule: Schedule,
    loss_of: Callable[[int], tuple[torch.Tensor, dict[str, float]]],
    *,
    made_of: object = "",
    clip: float = 5.0,
    every: int = 250,
    watch: Callable[[], str] = lambda: "",
) -> float:
    """Run `loss_of(step)` downhill until the schedule ends; go on from a checkpoint where there is one of the same run.

    Args:
        name: the run's folder under `runs/`.
        loss_of: step to loss and figures for the log; all its randomness comes from the step, so that a
            resumed run is the same run.
        made_of: settings, and digests of the weights that the run starts from; a checkpoint made of others is not gone on with.
        every: steps between checkpoints and log lines.
        watch: further text for the log, such as a measure on held-out data.

    Returns:
        Seconds of training, all sittings together.
    """
    path, stamp = RUNS / name / "checkpoint.safetensors", _stamp(schedule, made_of)
    held = load_tensors(path) if path.is_file() else {}
    if held and not torch.equal(held.get("stamp", stamp[:0]), stamp):
        print(f"{name}: what lies under runs/ was made of something else; it starts anew", flush=True)
        held = {}
    start, before = _unpack(held, model, optimiser) if held else (0, 0.0)
    began = time.perf_counter()
    steps = tqdm(range(start, schedule.steps), name, schedule.steps, initial=start, unit="step", disable=None)  # None: a terminal's only
    for step in steps:
        for group in optimiser.param_groups:
            group["lr"] = schedule.at(step)
        loss, figures = loss_of(step)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimiser.step()
        if (step + 1) % every == 0 or step + 1 == schedule.steps:
            seconds = before + time.perf_counter() - began
            save_tensors(path, _pack(model, optimiser, step + 1, seconds) | {"stamp": stamp})
            text = "  ".join(f"{k} {v:.4g}" for k, v in figures.items())
            with steps.external_write_mode():
                print(f"{name} step {step + 1}/{schedule.steps}  {seconds:.0f} s  {text}  {watch()}", flush=True)
    return before + time.perf_counter() - began


def finished(name: str, model: nn.Module, schedule: Schedule, made_of: object = "") -> bool:
    """Whether this very run, as `train` tells runs apart, went to its end on this machine; then the model has its weights."""
    path = RUNS / name / "checkpoint.safetensors"
    tensors = load_tensors(path) if path.is_file() else {}
    stamp = tensors.get("stamp")
    if stamp is None or not torch.equal(stamp, _stamp(schedule, made_of)) or int(tensors["step"]) < schedule.steps:
        return False
    model.load_state_dict({k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")})
    return True


def machine(device: torch.device) -> str:
    """What made a weight file, for its card."""
    return f"{device.type}, {platform.machine()}, torch {torch.__version__.split('+')[0]}"
