"""Train our BatchTopK and sae-lens's on the same planted dictionary, and compare what they find.

Run in an environment of its own, since sae-lens brings a hundred packages:

    python -m venv cross && cross/bin/pip install sae-lens==6.54.12
    PYTHONPATH=. cross/bin/python tools/cross_check_dictionary.py

The figures it printed stand in tests/methods/relate/cross_check.json; a test holds ours to them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.methods.relate.learn_dictionary import DictionarySettings, learn_dictionary
from tests.methods.relate.planted import ACTIVE, WIDTH, found, planted, unexplained

SIZE, STEPS, BATCH = 40, 700, 512


def ours() -> dict[str, float]:
    """Our trainer."""
    settings = DictionarySettings(size=SIZE, k=ACTIVE, steps=STEPS, batch=BATCH, rate=3e-3, whiten=0.0)
    dictionary = learn_dictionary(planted(20_000)[0], settings)
    test, atoms = planted(2000, seed=1)
    codes = dictionary.encode(test)
    return {
        "found": found(dictionary.directions(), atoms),
        "fvu": unexplained(dictionary.decode(codes), test),
        "l0": (codes > 0).float().sum(1).mean().item(),
    }


def batches(data: Tensor) -> Iterator[Tensor]:
    """Random batches without end."""
    rng = torch.Generator().manual_seed(0)
    while True:
        yield data[torch.randint(len(data), (BATCH,), generator=rng)]


def theirs() -> dict[str, float]:
    """sae-lens's trainer, with the same sizes, steps and rate."""
    from sae_lens import BatchTopKTrainingSAEConfig, LoggingConfig
    from sae_lens.config import SAETrainerConfig
    from sae_lens.saes.sae import TrainingSAE
    from sae_lens.training.sae_trainer import SAETrainer

    torch.manual_seed(0)
    sae = TrainingSAE.from_dict(BatchTopKTrainingSAEConfig(d_in=WIDTH, d_sae=SIZE, k=ACTIVE).to_dict())
    settings = SAETrainerConfig(
        n_checkpoints=0,
        checkpoint_path=None,
        save_final_checkpoint=False,
        total_training_samples=STEPS * BATCH,
        device="cpu",
        autocast=False,
        lr=3e-3,
        lr_end=3e-4,
        lr_scheduler_name="constant",
        lr_warm_up_steps=14,
        adam_beta1=0.9,
        adam_beta2=0.999,
        lr_decay_steps=210,
        n_restart_cycles=1,
        train_batch_size_samples=BATCH,
        dead_feature_window=40,
        feature_sampling_window=2000,
        logger=LoggingConfig(log_to_wandb=False),
    )
    trainer = SAETrainer(cfg=settings, sae=sae, data_provider=batches(planted(20_000)[0]), evaluator=None)
    trained = trainer.fit().to(torch.float32).eval()
    test, atoms = planted(2000, seed=1)
    with torch.no_grad():
        codes = trained.encode(test)
        rebuilt = trained.decode(codes)
    return {
        "found": found(trained.W_dec.detach(), atoms),
        "fvu": unexplained(rebuilt, test),
        "l0": (codes > 0).float().sum(1).mean().item(),
    }


if __name__ == "__main__":
    print(json.dumps({"sae-lens 6.54.12": theirs(), "ours": ours()}, indent=1))
