"""A program of its own that asks for public checkpoints by name through the studio's doors: `HF_ENDPOINT` is read once, at import.

    python -m core.bench.hub.visitor < wishes.json        a list of [family, name]; a line of JSON comes back for each

A line holds the numbers of a fixed question (`asked`), or the sentence that a person would see, or the kind of an error that none of
our doors expected.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.foundations.errors import StudioError
from core.foundations.files import ROOT

Wish = tuple[str, str]
"""A family of core.bench.hub.families, and the name of a model as the family's door takes it."""


def _picture(size: tuple[int, int]) -> torch.Tensor:
    return torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(1))


def open_clip_numbers(name: str) -> Any:
    """What an open_clip model says of a picture and of a text."""
    from core.models.clip import open_clip_model

    clip = open_clip_model(name)
    return torch.cat([clip.embed(_picture(clip.image_size)), clip.embed_texts(["a cat"])]).detach()


def timm_numbers(name: str) -> Any:
    """What a timm classifier says of a picture."""
    from core.models.clip import timm_tower

    clip = timm_tower(name, pretrained=True)
    return clip.embed(_picture(clip.image_size)).detach()


def diffusers_numbers(name: str) -> Any:
    """What a pipeline paints."""
    from core.models.painters import painter

    return painter(f"diffusers:{name}", torch.device("cpu")).paint(["a cat"], [1], steps=1).images


def sentences_numbers(name: str) -> Any:
    """What a sentence encoder says of a text."""
    from core.models.text import TextEncoder

    return TextEncoder(name).embed(["a red cat"])


def dictionary_numbers(name: str) -> Any:
    """What a public dictionary says of a latent."""
    from core.models.public_dictionary import public_dictionary

    dictionary = public_dictionary(name).dictionary
    return dictionary.encode(torch.rand(1, dictionary.config.width, generator=torch.Generator().manual_seed(1)))


def alone_numbers(name: str) -> Any:
    """What timm makes of a model by itself, past our door."""
    import timm

    return [len(list(timm.create_model(name, pretrained=True).parameters()))]


DOORS: dict[str, Callable[[str], Any]] = {
    "open_clip": open_clip_numbers,
    "timm": timm_numbers,
    "diffusers": diffusers_numbers,
    "sentences": sentences_numbers,
    "saelens": dictionary_numbers,
    "prisma": dictionary_numbers,
    "timm alone": alone_numbers,
}
"""What asks a model of each family a fixed question."""


def asked(family: str, name: str) -> list[float]:
    """The first hundred numbers of what a model answers."""
    return np.asarray(DOORS[family](name), np.float64).ravel()[:100].tolist()


def wished(family: str, name: str) -> dict[str, Any]:
    """One line of the answer: "numbers", or "told", or "crashed"."""
    try:
        return {"numbers": asked(family, name)}
    except StudioError as error:
        return {"told": str(error)}
    except Exception as error:
        return {"crashed": f"{type(error).__name__}: {error}"[:300]}


def visit(endpoint: str, home: Path, wishes: Sequence[Wish], seconds: int = 1) -> list[dict[str, Any]]:
    """A visitor whose hub is elsewhere.

    Args:
        endpoint: of the hub.
        home: the folder in which the hub's library keeps its files.
        wishes: what is asked for, one after the other.
        seconds: after which a silent line counts as broken.

    Returns:
        A line for each wish, see `wished`.
    """
    settings = {
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(home),
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "NO_PROXY": "127.0.0.1",
    }
    waits = {"HF_HUB_DOWNLOAD_TIMEOUT": str(seconds), "HF_HUB_ETAG_TIMEOUT": str(5 * seconds)}
    program = [sys.executable, "-m", "core.bench.hub.visitor"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_OFFLINE"))}
    done = subprocess.run(
        program, input=json.dumps(wishes), env={**kept, **settings, **waits}, cwd=ROOT, capture_output=True, text=True, check=False
    )
    lines = [json.loads(line[len(MARK) :]) for line in done.stdout.splitlines() if line.startswith(MARK)]
    if len(lines) != len(wishes):
        raise RuntimeError(f"The visitor ended early ({done.returncode}): {done.stderr[-2000:]}")
    return lines


MARK = "answer: "
"""Before a line of the answer: the libraries print, too."""


def main() -> None:
    """Answer the wishes on the standard input."""
    for family, name in json.load(sys.stdin):
        print(MARK + json.dumps(wished(family, name)), flush=True)


if __name__ == "__main__":
    main()
