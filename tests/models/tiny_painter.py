"""A tiny painter of a world that is exactly a sum, and tiny public pipelines, made on the spot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from core.models.painter import PainterConfig, PainterTransformer

COUNTS = (3, 4)


def tiny_painter() -> PainterTransformer:
    """Two slots; the reader knows a phrase by the place of its largest number, and the parts lie far apart."""
    torch.manual_seed(0)
    model = PainterTransformer(PainterConfig(("back", "front"), COUNTS, width=16, layers=1, heads=2))
    with torch.no_grad():
        model.parts.copy_(torch.randn(sum(COUNTS), 256))
        model.base.copy_(torch.randn(256))
        model.rest.fill_(-4.0)
        model.reader.weight.zero_()
        model.reader.bias.zero_()
        model.reader.weight[:, : sum(COUNTS) + 1] = 30 * torch.eye(sum(COUNTS) + 1)
    return model.eval()


def phrases(*several: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    """For each picture phrases that name parts by number, and which are real."""
    most = max(1, *map(len, several))
    vectors, there = torch.zeros(len(several), most, 384), torch.zeros(len(several), most, dtype=torch.bool)
    for row, numbers in enumerate(several):
        for place, number in enumerate(numbers):
            vectors[row, place, number], there[row, place] = 1.0, True
    return vectors, there


def tiny_stable_diffusion(folder: Path) -> Any:
    """A random text-to-image pipeline of diffusers, as sd-turbo is built."""
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
