"""The same sums by one process, by two, by two of which one is killed, and by two hosts: how they differ, and what they cost."""

from __future__ import annotations

import io
import math
import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from core.bench.scale.hosts import ADDRESSES, WIRE, NoHosts, TwoHosts
from core.bench.scale.worker import HEADS, JOINT, LAYERS
from core.foundations.files import ROOT, load_tensors
from core.foundations.seeds import numpy_rng

LONGEST = 600
"""Seconds of a run."""
WORKER = "core.bench.scale.worker"
WIRE_SPEED = 125e6
"""Bytes a second of one gigabit, for the table on paper."""
LARGE = 1_000_000
"""Pictures of the table on paper."""


@dataclass(frozen=True)
class Ran:
    """What a run gave.

    Attributes:
        sums: by name.
        told: of each process seconds, processor seconds and pictures looked at `[processes 3]`.
        carried: bytes on the wire; None where there was none.
    """

    sums: dict[str, Tensor]
    told: Tensor
    carried: int | None = None

    @property
    def seconds(self) -> float:
        """Until the first process had the whole."""
        return float(self.told[0, 0])

    @property
    def spent(self) -> float:
        """Processor seconds of the process that had most to do."""
        return float(self.told[:, 1].max())

    @property
    def looked(self) -> int:
        """Pictures that the processes looked at since they were started, or started again."""
        return int(self.told[:, 2].sum())

    @property
    def table_bytes(self) -> int:
        """Of one process's sums."""
        return sum(tensor.numel() * tensor.element_size() for tensor in self.sums.values())


def shards(folder: Path, pictures: int, count: int = 8) -> None:
    """Tar files with random pictures, as many in each."""
    folder.mkdir()
    for shard in range(count):
        with tarfile.open(folder / f"{shard:03}.tar", "w") as packed:
            for number in range(shard, pictures, count):
                rgb = numpy_rng("scale", number).integers(0, 256, (12, 16, 3), np.uint8)
                out = io.BytesIO()
                Image.fromarray(rgb).resize((128, 96), Image.Resampling.BICUBIC).save(out, "JPEG", quality=90)
                info = tarfile.TarInfo(f"{number:06}.jpg")
                info.size = out.tell()
                packed.addfile(info, io.BytesIO(out.getvalue()))


def _command(images: Path, place: Path, torchrun: list[str], kill: int | None = None) -> list[str]:
    own = ["--images", str(images), "--kept", str(place / "kept"), "--out", str(place / "sums.safetensors")]
    launch = ["-m", "torch.distributed.run", *torchrun, "-m"] if torchrun else ["-m"]
    return [sys.executable, *launch, WORKER, *own, *(["--kill", str(kill)] if kill is not None else [])]


def _environment(**more: str) -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": "", **more}


def _read(place: Path, carried: int | None = None) -> Ran:
    tensors = load_tensors(place / "sums.safetensors")
    return Ran(tensors, tensors.pop("told"), carried)


def ran(images: Path, place: Path, processes: int, kill: int | None = None) -> Ran:
    """One machine; with `kill` the last process kills itself before so many pictures and one, and is started again."""
    torchrun = ["--standalone", "--nproc-per-node", str(processes), "--max-restarts", "2"] if processes > 1 else []
    done = subprocess.run(
        _command(images, place, torchrun, kill), capture_output=True, text=True, cwd=ROOT, env=_environment(), timeout=LONGEST
    )
    if done.returncode:
        raise RuntimeError(f"{processes} processes failed: {done.stderr[-2000:]}")
    return _read(place)


def ran_on_two_hosts(images: Path, place: Path) -> Ran | None:
    """A process on each of two hosts, with gloo between them; None where this machine makes no hosts."""
    try:
        with TwoHosts() as hosts:
            before, started = hosts.carried(), []
            for host in range(2):
                torchrun = ["--nnodes", "2", "--node-rank", str(host), "--master-addr", ADDRESSES[0], "--master-port", "29511"]
                command = hosts.on(host, _command(images, place, [*torchrun, "--nproc-per-node", "1"]))
                environment = _environment(GLOO_SOCKET_IFNAME=WIRE)
                started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT, env=environment))
            said = [process.communicate(timeout=LONGEST)[1] for process in started]
            if any(process.returncode for process in started):
                raise RuntimeError(f"A host failed: {said[0].decode()[-500:]} {said[1].decode()[-500:]}")
            return _read(place, hosts.carried() - before)
    except NoHosts:
        return None


def difference(one: Ran, other: Ran) -> float:
    """The largest difference of two runs' sums, as a share of the largest number in the table where it is; infinite where names differ."""
    if one.sums.keys() != other.sums.keys():
        return math.inf
    shares = [float((other.sums[name] - tensor).abs().max() / tensor.abs().max().clamp(min=1e-300)) for name, tensor in one.sums.items()]
    return max(shares)


def on_paper(one: Ran, pictures: int, workers: int) -> dict[str, float]:
    """What so many workers would take for LARGE pictures, from one's processor seconds, which neighbours on the machine slow less.

    seconds = LARGE t / workers + ceil(log2 workers) (bytes / WIRE_SPEED), bytes on the wire = (workers - 1) bytes / LARGE a picture.
    """
    each = one.spent / pictures
    seconds = LARGE * each / workers + math.ceil(math.log2(workers)) * one.table_bytes / WIRE_SPEED
    return {
        "speedup": LARGE * each / seconds,
        "wire_bytes": (workers - 1) * one.table_bytes / LARGE,
        "seconds": seconds,
    }


TERMS_BYTES = 4 * LAYERS * HEADS * JOINT
"""A picture's terms of all heads, in float32: what would be sent where no sums are kept."""
