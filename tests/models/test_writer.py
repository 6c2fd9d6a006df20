"""A language model on this machine, a tiny one with random weights: it writes, and what breaks a rule is thrown away."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.foundations.errors import WeightsError
from core.models.writer import LocalWriter, instruction, local_writer, writer_offer
from core.studio.prompts import Rules, asked

WORDS = "a cat dog with and shark beside 1. write nothing else \n".split(" ")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that speaks eleven words, saved as transformers saves."""
    import torch
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    where = tmp_path_factory.mktemp("writer")
    vocabulary = {word: at for at, word in enumerate(["<end>", "<unknown>", *WORDS])}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="<unknown>"))
    words.pre_tokenizer = pre_tokenizers.Split(Regex(" +"), "removed")
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, eos_token="<end>", unk_token="<unknown>")
    torch.manual_seed(0)
    sizes = {"n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 512, "bos_token_id": 0, "eos_token_id": 0}
    GPT2LMHeadModel(GPT2Config(vocab_size=len(vocabulary), **sizes)).save_pretrained(where)
    tokenizer.save_pretrained(where)
    return where


def test_it_is_held_to_the_rules(folder: Path) -> None:
    """Whatever it writes, only sentences that name the true class, something else, and not the wrong class get through."""
    rules = Rules(("cat",), ("dog",), {"shark": "a shark"})
    found = asked(local_writer(str(folder), instruction("cat", "dog", ["shark"])), rules, 3, tries=6)
    assert found.prompts or found.rejected
    assert all("cat" in p.text and "dog" not in p.text and "shark" in p.text for p in found.prompts)
    assert {rules.problem(text) for text, _ in found.rejected} <= {problem for _, problem in found.rejected}


def test_the_same_seed_writes_the_same(folder: Path) -> None:
    """And the next call goes on; nothing else's chance is touched."""
    import torch

    one, other = (local_writer(str(folder), instruction("cat", "dog", ["shark"]), seed=3) for _ in range(2))
    before = torch.get_rng_state()
    first = one(2)
    assert first == other(2) and torch.equal(before, torch.get_rng_state()) and one.seed == 4


def test_marks_of_lists_are_taken_off() -> None:
    """Numbers, dashes and quotes around a sentence."""

    class Said:
        pad_token_id, chat_template = 0, None

        def __call__(self, text: str, return_tensors: str) -> dict:
            import torch

            return {"input_ids": torch.zeros(1, 2, dtype=torch.long)}

        def decode(self, tokens: object, skip_special_tokens: bool) -> str:
            return '1. “A cat beside a shark”\n\n- a cat\n2) "a cat, a shark"'

    class Model:
        device = "cpu"

        def generate(self, given: object, **how: object) -> object:
            return given

    assert LocalWriter(Model(), Said(), "{count}")(3) == ["A cat beside a shark", "a cat", "a cat, a shark"]


@pytest.mark.parametrize("name", ["nobody/has-this", "../../etc", "a/b/c", "", " ", "nobody/has-this\n", "x" * 500])
def test_a_model_that_is_nowhere_is_told(name: str) -> None:
    """In a sentence that says what to do."""
    with pytest.raises(WeightsError, match="grammar"):
        local_writer(name, "")


def test_what_is_here_is_told_before_it_is_loaded(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its folder, and by its name where it lies in the hub's cache; its size; one that is too large is refused."""
    from huggingface_hub import constants

    own = writer_offer(str(folder))
    assert own.label == folder.name and own.megabytes == (folder / "model.safetensors").stat().st_size / 1e6
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    place = tmp_path / "models--owner--tiny"
    (place / "refs").mkdir(parents=True)
    (place / "refs" / "main").write_text("abc")
    (place / "snapshots").mkdir()
    (place / "snapshots" / "abc").symlink_to(folder)
    kept = writer_offer("owner/tiny")
    assert kept.label == "owner/tiny" and kept.megabytes == own.megabytes and local_writer("owner/tiny", "{count}")(1) is not None
    monkeypatch.setattr("core.models.writer.memory", lambda: 1.9 * own.megabytes * 1e6)
    with pytest.raises(WeightsError, match="half of this machine's memory"):
        writer_offer("owner/tiny")


def test_only_safetensors_are_opened(tmp_path: Path) -> None:
    """A folder with pickles is none, and neither is one that holds no language model."""
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(WeightsError, match="holds no model.safetensors"):
        writer_offer(str(tmp_path))
    with pytest.raises(WeightsError, match="grammar"):
        writer_offer(str(tmp_path.parent))
    (tmp_path / "model.safetensors").write_bytes(b"x")
    with pytest.raises(WeightsError, match="cannot be loaded"):
        local_writer(str(tmp_path), "")
