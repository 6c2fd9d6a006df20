"""A language model on this machine that writes sentences, any that transformers can load; nothing leaves the machine.

What it writes is held to no rule here: `core.studio.prompts.asked` throws away what breaks one and asks again.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch

from core.foundations.errors import WeightsError
from core.models.hub import kept, safe_folder

TEMPERATURE, TOP_P = 0.6, 0.9
"""How freely it writes; the paper's (papers/inner_workings_thesis.md, section 3.5)."""
A_SENTENCE = 40
"""Tokens of a sentence, at most."""
MOST = 0.5
"""Share of the machine's memory that a writer's weights may take."""
_NAMES = re.compile(r"[\w-][\w.-]*(?:/[\w-][\w.-]*)?")
"""How the hub names a model."""
_LEADS = re.compile(r"^\s*(?:[-*•]|\d+[.)])?\s*[\"“]?(.*?)[\"”]?\s*$")
"""What models write in front of and around the sentences of a list."""


def instruction(true: str, wrong: str, words: Sequence[str]) -> str:
    """What a model is told: the paper's rules (Table B.2) in our words; `{count}` stands where the number goes."""
    return (
        f"Write {{count}} short descriptions of pictures, one on each line. Each must name “{true}” and as many of these things as fit: "
        f"{', '.join(words)}. None may name “{wrong}”, a plural or a synonym of it, or a part of it. Write nothing else.\n"
    )


class LocalWriter:
    """A language model as a writer of sentences.

    Args:
        model: that `transformers` loaded, with `generate`.
        tokenizer: of it.
        told: what it is told, with `{count}` in it, see `instruction`.
        seed: of chance; the n-th call goes on where the last one ended.
    """

    def __init__(self, model: Any, tokenizer: Any, told: str, seed: int = 0) -> None:
        self.model, self.tokenizer, self.told, self.seed = model, tokenizer, told, seed

    def __call__(self, count: int) -> list[str]:
        """The lines that it writes when it is asked for so many sentences; any number may come, and anything may stand in them."""
        text = self.told.format(count=count)
        given = self._read(text)
        end = self.tokenizer.eos_token_id if self.tokenizer.pad_token_id is None else self.tokenizer.pad_token_id
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            self.seed += 1
            how = {"do_sample": True, "temperature": TEMPERATURE, "top_p": TOP_P, "max_new_tokens": A_SENTENCE * count}
            out = self.model.generate(given, attention_mask=torch.ones_like(given), pad_token_id=end, **how)
        written = self.tokenizer.decode(out[0, given.shape[1] :], skip_special_tokens=True)
        lines = [_LEADS.sub(r"\1", line) for line in written.splitlines()]
        return [line for line in lines if line]

    def _read(self, text: str) -> torch.Tensor:
        """What it is told as tokens `[1 t]`, in the form that a model of instructions was taught, where it has one."""
        if getattr(self.tokenizer, "chat_template", None):
            told = [{"role": "user", "content": text}]
            text = self.tokenizer.apply_chat_template(told, tokenize=False, add_generation_prompt=True)
        return self.tokenizer(text, return_tensors="pt")["input_ids"].to(self.model.device)


class WriterOffer(NamedTuple):
    """A language model on this machine.

    Attributes:
        label: what it is called.
        folder: where it lies.
        megabytes: of its weights.
    """

    label: str
    folder: Path
    megabytes: float


def writer_offer(name: str) -> WriterOffer:
    """A language model by its folder, or by its name where it lies in the hub's cache; nothing is loaded and nobody is asked.

    Raises:
        WeightsError: where it is not here, has no safetensors, or would take more than half of this machine's memory.
    """
    said = name.strip()
    own = Path(os.path.expanduser(said))  # unlike Path's own way it never fails, whatever was typed
    if own_folder := bool(said) and os.path.isdir(own):
        folder = safe_folder(own, "writer") if (own / "config.json").is_file() else None  # no other folder is looked through
    else:
        folder = kept(said, "writer") if _NAMES.fullmatch(said) else None
    if folder is None:
        raise WeightsError(
            f"The language model {said[:80]!r} is not on this machine, and none is fetched for this. Name one that was fetched before, or "
            "its folder, or leave the sentences to the grammar, which needs none."
        )
    label, size = folder.name if own_folder else said, sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    if size > MOST * memory():
        raise WeightsError(
            f"{label} has weights of {size / 1e9:.1f} GB, which is more than half of this machine's memory. Name a smaller one, or leave "
            "the sentences to the grammar, which needs none."
        )
    return WriterOffer(label, folder, size / 1e6)


def memory() -> float:
    """All memory of this machine, in bytes; infinite where the system does not tell."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):
        return math.inf


def local_writer(name: str, told: str, seed: int = 0) -> LocalWriter:
    """A model from a folder or the hub's cache, with weights as safetensors.

    Args:
        name: see `writer_offer`.
        told: what it is told.
        seed: of chance.

    Raises:
        WeightsError: as `writer_offer`; also where it is no language model.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    label, folder, _ = writer_offer(name)
    try:
        model: Any = AutoModelForCausalLM.from_pretrained(folder, use_safetensors=True, local_files_only=True)
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        raise WeightsError(
            f"The language model {label[:80]!r} cannot be loaded ({type(error).__name__}). Name another one, or leave the sentences to the "
            "grammar, which needs none."
        ) from error
    return LocalWriter(model.eval(), tokenizer, told, seed)
