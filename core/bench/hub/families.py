"""A tiny random model of every family of public checkpoints, saved as the family's own library saves it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

OPEN_CLIP: dict[str, Any] = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 24, "layers": 2, "width": 32, "head_width": 8, "patch_size": 8},
    "text_cfg": {"context_length": 12, "vocab_size": 49408, "width": 8, "heads": 2, "layers": 1},
}
"""Of an open_clip model; the vocabulary is the real one, so that the library's own tokenizer reads the texts."""

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "cat", "dog", "shark", "red", "of")


def stir(model: nn.Module) -> nn.Module:
    """Every number drawn anew, so that a forgotten or misplaced one would show."""
    numbers = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.1 * torch.randn(weight.shape, generator=numbers))
    return model.eval()


def tiny_open_clip(folder: Path) -> None:
    """`open_clip_config.json` and `open_clip_model.safetensors`, with colours of its own."""
    from open_clip.model import CLIP

    model = stir(CLIP(**OPEN_CLIP))
    preprocess = {"mean": [0.1, 0.2, 0.3], "std": [0.4, 0.5, 0.6]}
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": OPEN_CLIP, "preprocess_cfg": preprocess}))
    save_file({name: weight.contiguous() for name, weight in model.state_dict().items()}, folder / "open_clip_model.safetensors")


def tiny_timm(folder: Path) -> None:
    """`config.json` and `model.safetensors`, as timm writes them."""
    import timm

    timm.models.save_for_hf(stir(timm.create_model("test_vit")), folder, safe_serialization=True)


DISTILLED: dict[str, Any] = {"img_size": 24, "patch_size": 8, "embed_dim": 32, "depth": 2, "num_heads": 4}
"""What is small about a distilled transformer."""


def tiny_distilled(folder: Path) -> None:
    """A transformer with a distillation token and two heads, as timm writes it."""
    import timm

    model = stir(timm.create_model("deit_tiny_distilled_patch16_224", **DISTILLED))
    timm.models.save_for_hf(model, folder, model_args=DISTILLED, safe_serialization=True)


def tiny_diffusers(folder: Path) -> None:
    """A text-to-image pipeline, as diffusers writes it."""
    pipeline = tiny_stable_diffusion(folder)
    for name in ("vocab.json", "merges.txt"):
        (folder / name).unlink()
    pipeline.save_pretrained(folder, safe_serialization=True)


def tiny_stable_diffusion(folder: Path) -> Any:
    """A random text-to-image pipeline of diffusers, as sd-turbo is built; its tokenizer's files are left in the folder."""
    from diffusers import AutoencoderKL, EulerDiscreteScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    torch.manual_seed(0)
    letters = "abcdefghijklmnopqrstuvwxyz"
    tokens = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{one}</w>" for one in letters)]
    (folder / "vocab.json").write_text(json.dumps({token: number for number, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=16)
    text = CLIPTextConfig(
        vocab_size=len(tokens), hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1,
        max_position_embeddings=16, bos_token_id=0, eos_token_id=1, pad_token_id=1,
    )  # fmt: skip
    down, up = ("DownBlock2D", "CrossAttnDownBlock2D"), ("CrossAttnUpBlock2D", "UpBlock2D")
    unet = UNet2DConditionModel(
        sample_size=8, block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4, cross_attention_dim=8,
        attention_head_dim=8, down_block_types=down, up_block_types=up,
    )  # fmt: skip
    vae = AutoencoderKL(block_out_channels=(8,), norm_num_groups=4, sample_size=8)
    return StableDiffusionPipeline(
        vae=vae, text_encoder=CLIPTextModel(text), tokenizer=tokenizer, unet=unet, scheduler=EulerDiscreteScheduler(),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip


def tiny_sentences(folder: Path) -> None:
    """A sentence encoder, as sentence-transformers writes it: a BERT, and the mean of its tokens."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    inner = folder / "inner"
    inner.mkdir()
    (inner / "vocab.txt").write_text("\n".join(WORDS))
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16, "max_position_embeddings": 16}
    BertModel(BertConfig(vocab_size=len(WORDS), **sizes)).save_pretrained(inner)
    BertTokenizerFast(vocab_file=str(inner / "vocab.txt")).save_pretrained(inner)
    words = Transformer(str(inner))
    SentenceTransformer(modules=[words, Pooling(16)], device="cpu").save(str(folder), create_model_card=False)
    for path in inner.iterdir():
        path.unlink()
    inner.rmdir()


HOOK = "blocks.1.hook_resid_post"
"""Where the dictionaries read."""


def _autoencoder() -> dict[str, torch.Tensor]:
    numbers = torch.Generator().manual_seed(0)
    shapes = {"W_enc": (16, 64), "b_enc": (64,), "W_dec": (64, 16), "b_dec": (16,)}
    return {name: torch.randn(shape, generator=numbers) for name, shape in shapes.items()}


def tiny_saelens(folder: Path) -> None:
    """A sparse autoencoder with a jump, as SAELens writes it."""
    told = {"architecture": "jumprelu", "d_in": 16, "d_sae": 64, "dtype": "float32", "apply_b_dec_to_input": False}
    (folder / "cfg.json").write_text(
        json.dumps({**told, "metadata": {"sae_lens_version": "6.54.12", "hook_name": "blocks.1.hook_resid_post"}})
    )
    save_file({**_autoencoder(), "threshold": torch.full((64,), 0.5)}, folder / "sae_weights.safetensors")


def tiny_prisma(folder: Path) -> None:
    """A sparse autoencoder as ViT-Prisma's lie on the hub, saved as safetensors: nothing here writes a pickle."""
    told = {
        "d_in": 16,
        "expansion_factor": 4,
        "activation_fn_str": "topk",
        "activation_fn_kwargs": {"k": 4},
        "normalize_activations": "layer_norm",
    }
    (folder / "config.json").write_text(json.dumps({**told, "hook_point": "blocks.1.hook_resid_post"}))
    save_file(_autoencoder(), folder / "weights.safetensors")


FAMILIES: dict[str, Callable[[Path], None]] = {
    "open_clip": tiny_open_clip,
    "timm": tiny_timm,
    "diffusers": tiny_diffusers,
    "sentences": tiny_sentences,
    "saelens": tiny_saelens,
    "prisma": tiny_prisma,
}
"""What saves a tiny model into an empty folder, by family."""
