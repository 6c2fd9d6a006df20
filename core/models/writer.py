"""A language model on this machine that writes sentences, any that transformers can load; nothing leaves the machine.

What it writes is held to no rule here: `core.studio.prompts.asked` throws away what breaks one and asks again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import torch

from core.foundations.errors import WeightsError

TEMPERATURE, TOP_P = 0.6, 0.9
"""How freely it writes; the paper's (papers/inner_workings_thesis.md, section 3.5)."""
A_SENTENCE = 40
"""Tokens of a sentence, at most."""
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


def local_writer(name: str, told: str, seed: int = 0, fetch: bool = False) -> LocalWriter:
    """A model from a folder or a hub, with weights as safetensors.

    Args:
        name: of the folder, or on the hub.
        told: what it is told.
        seed: of chance.
        fetch: whether it may be fetched; it has to be on this machine where not.

    Raises:
        WeightsError: where it can be neither found nor reached, or is no language model.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        model: Any = AutoModelForCausalLM.from_pretrained(name, use_safetensors=True, local_files_only=not fetch)
        tokenizer = AutoTokenizer.from_pretrained(name, local_files_only=not fetch)
    except (OSError, ValueError, KeyError) as error:
        raise WeightsError(
            f"The language model {name!r} cannot be loaded ({type(error).__name__}). Fetch it first or name its folder, or leave "
            "the sentences to the grammar, which needs none."
        ) from error
    return LocalWriter(model.eval(), tokenizer, told, seed)
