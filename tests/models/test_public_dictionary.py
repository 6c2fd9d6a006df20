"""Dictionaries of SAELens and ViT-Prisma as ours, held against their equations written out plainly, and ours as theirs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from core.bench.hub.stand_in import Repo, StandIn
from core.foundations.errors import LayerError, ModelError, ShapeError, WeightsError
from core.models.anatomy import anatomy_of
from core.models.dictionary import Dictionary, DictionaryConfig
from core.models.public_dictionary import PublicDictionary, layer_of, public_dictionary, read_dictionary, write_dictionary
from tests.models.near_hub import point_to
from tests.models.tiny_towers import open_clip_tower

WIDTH, SIZE = 6, 10


def numbers(seed: int = 0) -> dict[str, Tensor]:
    """Tensors of an autoencoder, all of them at random, rows of other lengths than 1."""
    torch.manual_seed(seed)
    return {
        "W_enc": torch.randn(WIDTH, SIZE),
        "b_enc": torch.randn(SIZE),
        "W_dec": torch.randn(SIZE, WIDTH),
        "b_dec": torch.randn(WIDTH),
    }


def pictures() -> Tensor:
    return 3 * torch.randn(7, WIDTH, generator=torch.Generator().manual_seed(1)) + 1


def plainly(tensors: dict[str, Tensor], told: dict[str, Any], x: Tensor) -> tuple[Tensor, Tensor]:
    """Codes and what they give back, as SAELens' manual writes the architectures, one latent after another."""
    codes, made = [], []
    norm, rescaled = told.get("normalize_activations") == "layer_norm", told.get("rescale_acts_by_decoder_norm", False)
    for row in x:
        mean, spread = (row.mean(), row.std()) if norm else (torch.tensor(0.0), torch.tensor(1.0))
        inside = (row - mean) / (spread + 1e-5) if norm else row
        bias = tensors["b_dec"] if told.get("apply_b_dec_to_input", True) else torch.zeros(WIDTH)
        before = (inside - bias) @ tensors["W_enc"] + tensors["b_enc"]
        lengths = tensors["W_dec"].norm(dim=-1)
        before = before * lengths if rescaled else before
        code = before.clamp(min=0)
        if told["architecture"] == "jumprelu":
            code = torch.where(before > tensors["threshold"], code, 0)
        if told["architecture"] == "topk":
            code = torch.where(before >= before.sort(descending=True).values[told["k"] - 1], code, 0)
        codes.append(code)
        back = (code / lengths if rescaled else code) @ tensors["W_dec"] + tensors["b_dec"]
        made.append(back * spread + mean)
    return torch.stack(codes), torch.stack(made)


def settings(kind: str = "standard", **more: Any) -> dict[str, Any]:
    about = {"sae_lens_version": "6.54.12", "model_name": "open-clip:x", "hook_name": "blocks.1.hook_resid_post"}
    return {"architecture": kind, "d_in": WIDTH, "d_sae": SIZE, "dtype": "float32", "device": "cpu", "metadata": about, **more}


def lens(folder: Path, told: dict[str, Any], tensors: dict[str, Tensor]) -> Path:
    (folder / "cfg.json").write_text(json.dumps(told))
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "sae_weights.safetensors")
    return folder


LENS: dict[str, dict[str, Any]] = {
    "standard": settings(),
    "standard, bias left on": settings(apply_b_dec_to_input=False),
    "topk": settings("topk", k=3),
    "topk by length": settings("topk", k=3, rescale_acts_by_decoder_norm=True, apply_b_dec_to_input=False),
    "jumprelu": settings("jumprelu"),
    "each by itself": settings(normalize_activations="layer_norm"),
    "half of an old one": settings(normalize_activations="expected_average_only_in"),
}


@pytest.mark.parametrize("name", LENS)
def test_codes_are_the_same_numbers_as_saelens(name: str, tmp_path: Path) -> None:
    told, tensors = LENS[name], numbers()
    if told["architecture"] == "jumprelu":
        tensors["threshold"] = torch.randn(SIZE)
    found, x = read_dictionary(lens(tmp_path, told, tensors)), pictures()
    codes, made = plainly(tensors, told, x)
    ours = found.dictionary.encode(x)
    assert torch.allclose(ours, codes, atol=1e-4) and (codes > 0).any(1).all() and not (codes > 0).all()
    assert torch.allclose(found.dictionary.decode(ours, like=x), made, atol=1e-3)
    assert (found.model, found.hook) == ("open-clip:x", "blocks.1.hook_resid_post")


def test_before_their_sixth_version_settings_had_other_names(tmp_path: Path) -> None:
    told = {"d_in": WIDTH, "d_sae": SIZE, "activation_fn_str": "topk", "activation_fn_kwargs": {"k": 2}, "dtype": "torch.float32"}
    found = read_dictionary(lens(tmp_path, {**told, "hook_point": "blocks.0.hook_mlp_out", "model_name": "m"}, numbers()))
    assert (found.dictionary.encode(pictures()) > 0).sum(1).max() == 2 and (found.model, found.hook) == ("m", "blocks.0.hook_mlp_out")


def ours(**config: Any) -> Dictionary:
    torch.manual_seed(3)
    dictionary = Dictionary(DictionaryConfig(WIDTH, SIZE, **config))
    with torch.no_grad():
        for part in dictionary.parameters():
            part.add_(0.5 * torch.randn(part.shape))
    dictionary.scale.fill_(2.5)
    return dictionary.eval().requires_grad_(False)


@pytest.mark.parametrize("kind", ["standard", "jumprelu", "topk", "each"])
def test_ours_are_written_as_theirs_and_come_back(kind: str, tmp_path: Path) -> None:
    dictionary = ours(active=3 if kind == "topk" else 0, each=kind == "each")
    if kind == "jumprelu":
        dictionary.threshold.uniform_(0.1, 1.0)
    x = pictures()
    write_dictionary(PublicDictionary(dictionary, "nouns_generator", "blocks.0.hook_resid_post"), tmp_path)
    told, tensors = json.loads((tmp_path / "cfg.json").read_text()), load_file(tmp_path / "sae_weights.safetensors")
    assert told["architecture"] == ("standard" if kind == "each" else kind)
    assert tensors["W_enc"].shape == (WIDTH, SIZE) and tensors["W_dec"].shape == (SIZE, WIDTH)
    codes, made = plainly(tensors, told, x)
    own = dictionary.encode(x)
    assert torch.allclose(own, codes, atol=1e-4) and torch.allclose(dictionary.decode(own, like=x), made, atol=1e-4)
    back = read_dictionary(tmp_path)
    assert torch.allclose(back.dictionary.encode(x), own, atol=1e-4) and back.model == "nouns_generator"
    assert torch.allclose(back.dictionary.decode(own, like=x), dictionary.decode(own, like=x), atol=1e-4)


def test_no_architecture_of_theirs_has_both(tmp_path: Path) -> None:
    dictionary = ours(active=2)
    dictionary.threshold.fill_(0.1)
    with pytest.raises(ModelError, match="one or the other"):
        write_dictionary(PublicDictionary(dictionary), tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_was_taken_away_has_to_be_given_back() -> None:
    dictionary = ours(each=True)
    with pytest.raises(ShapeError, match="Give the latents too"):
        dictionary.decode(dictionary.encode(pictures()))


def prisma(folder: Path, held: Any, **more: Any) -> Path:
    about = {"d_in": WIDTH, "expansion_factor": 2, "model_name": "open-clip:y", "hook_point": "blocks.9.hook_resid_post"}
    (folder / "config.json").write_text(json.dumps({**about, "activation_fn_str": "relu", "activation_fn_kwargs": {}, **more}))
    torch.save(held, folder / "weights.pt")
    return folder


@pytest.mark.parametrize("key", [None, "state_dict", "model_state_dict"])
def test_vit_prisma_opens(key: str | None, tmp_path: Path) -> None:
    tensors = numbers()
    held = tensors if key is None else {"cfg": {"d_in": WIDTH}, key: tensors}
    found = read_dictionary(prisma(tmp_path, held, normalize_activations="layer_norm"))
    codes, _ = plainly(tensors, settings(normalize_activations="layer_norm"), pictures())
    assert torch.allclose(found.dictionary.encode(pictures()), codes, atol=1e-4)
    assert (found.model, found.hook) == ("open-clip:y", "blocks.9.hook_resid_post")


class Trap:
    """Runs where it is unpickled."""

    def __reduce__(self) -> tuple:
        return (Path.touch, (Path("sprung"),))


def test_a_file_that_would_run_something_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WeightsError, match="holds more than tensors"):
        read_dictionary(prisma(tmp_path, {**numbers(), "cfg": Trap()}))
    assert not Path("sprung").exists()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"architecture": "gated"}, "kind 'gated'"),
        ({"architecture": "transcoder"}, "kind 'transcoder'"),
        ({"activation_fn_str": "tanh-relu"}, "with 'tanh-relu'"),
        ({"normalize_activations": "constant_norm_rescale"}, "constant_norm_rescale"),
        ({"hook_point": "blocks.1.attn.hook_z"}, "heads of an attention"),
    ],
)
def test_what_ours_does_not_compute_is_refused(more: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=words):
        read_dictionary(prisma(tmp_path, numbers(), **more))


def test_files_that_are_missing_damaged_or_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="holds no dictionary"):
        read_dictionary(tmp_path)
    (tmp_path / "cfg.json").write_text("{")
    with pytest.raises(WeightsError, match="cannot be read as JSON"):
        read_dictionary(tmp_path)
    (tmp_path / "cfg.json").write_text(json.dumps(settings()))
    with pytest.raises(WeightsError, match="holds no weights"):
        read_dictionary(tmp_path)
    for wrong in ({"b_dec": torch.zeros(WIDTH + 1)}, {"W_dec": torch.zeros(SIZE, WIDTH - 1)}):
        with pytest.raises(WeightsError, match="do not fit each other"):
            read_dictionary(lens(tmp_path, settings(), numbers() | wrong))
    with pytest.raises(WeightsError, match="do not fit each other"):
        read_dictionary(lens(tmp_path, settings("jumprelu"), numbers()))
    with pytest.raises(WeightsError, match="do not fit each other"):
        read_dictionary(lens(tmp_path, settings("topk"), numbers()))


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    saved = tmp_path / "saved"
    for place in ("layer_1", "layer_2"):
        (saved / place).mkdir(parents=True)
        lens(saved / place, settings(), numbers(int(place[-1])))
    (tmp_path / "one").mkdir()
    with StandIn({"tiny/several": Repo(saved), "tiny/prisma": Repo(prisma(tmp_path / "one", numbers(4)))}) as stand_in:
        point_to(stand_in.endpoint, tmp_path / "cache", monkeypatch)
        yield stand_in


def test_from_the_hub_one_folder_of_several_comes(hub: StandIn) -> None:
    found = public_dictionary("tiny/several", "layer_2")
    assert torch.equal(found.dictionary.decoder, numbers(2)["W_dec"]) and not any("layer_1" in path for _, path, _ in hub.asked)
    assert torch.equal(public_dictionary("tiny/prisma").dictionary.decoder, numbers(4)["W_dec"])
    with pytest.raises(WeightsError, match="layer_3/ of tiny/several holds no weights"):
        public_dictionary("tiny/several", "layer_3")


def test_places_in_a_tower_by_their_names() -> None:
    anatomy = anatomy_of(open_clip_tower())
    assert layer_of("blocks.2.hook_resid_post", anatomy) == "transformer.resblocks.2"
    assert layer_of("blocks.2.hook_resid_pre", anatomy) == "transformer.resblocks.1"
    assert layer_of("blocks.0.hook_resid_pre", anatomy) == "ln_pre"
    assert layer_of("blocks.0.hook_mlp_out", anatomy) == "transformer.resblocks.0.ls_2"
    for wrong in ("blocks.3.hook_resid_post", "blocks.1.attn.hook_z", ""):
        with pytest.raises(LayerError, match="from 0 to 2"):
            layer_of(wrong, anatomy)
