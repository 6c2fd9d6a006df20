"""A small network that marks the words of a sentence: what each says, and where a further wish begins.

Two layers of gated recurrent units, read both ways, over each word's vectors from a frozen sentence encoder (core.models.text)
and a few hints from a world's tables. Several such networks vote. Trained by `python -m core.train tagger`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


@dataclass(frozen=True)
class TaggerSettings:
    """Sizes of the network.

    Attributes:
        vectors: length of a word's vector from the sentence encoder.
        hints: how many hints a word has.
        width: of each direction of a layer.
        tags: how many tags there are.
        voters: how many networks vote.
        dropout: share of the numbers that are dropped while it learns.
    """

    vectors: int = 768
    hints: int = 4
    width: int = 128
    tags: int = 13
    voters: int = 3
    dropout: float = 0.35


class Voter(nn.Module):
    """One network."""

    def __init__(self, settings: TaggerSettings) -> None:
        super().__init__()
        s = settings
        self.narrow = nn.Linear(s.vectors, 2 * s.width)
        self.layers = nn.GRU(2 * s.width + s.hints, s.width, num_layers=2, batch_first=True, bidirectional=True, dropout=s.dropout)
        self.drop = nn.Dropout(s.dropout)
        self.tags = nn.Linear(2 * s.width, s.tags)
        self.further = nn.Linear(2 * s.width, 1)

    def forward(self, vectors: Tensor, hints: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """As Tagger, but logits."""
        narrow = torch.tanh(self.narrow(self.drop(vectors)))
        packed = pack_padded_sequence(torch.cat([narrow, hints], -1), lengths.cpu(), batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.layers(packed)[0], batch_first=True, total_length=vectors.shape[1])
        states = self.drop(states)
        return self.tags(states), self.further(states)[..., 0]


class Tagger(nn.Module):
    """Words to the probabilities of their tags, and that a word begins a further wish."""

    def __init__(self, settings: TaggerSettings | None = None) -> None:
        super().__init__()
        self.settings = settings or TaggerSettings()
        self.voters = nn.ModuleList(Voter(self.settings) for _ in range(self.settings.voters))

    def forward(self, vectors: Tensor, hints: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Judge every word: the mean over the voters.

        Args:
            vectors: `[n t d]` of n sentences, padded.
            hints: `[n t k]`, 0 or 1.
            lengths: `[n]` words of each sentence, at least 1.

        Returns:
            Probabilities of the tags `[n t c]`, and that a further wish begins `[n t]`.
        """
        tags, further = self.votes(vectors, hints, lengths)
        return tags.mean(0), further.mean(0)

    def votes(self, vectors: Tensor, hints: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """As `forward`, but of each voter alone: `[v n t c]` and `[v n t]`."""
        votes = [voter(vectors, hints, lengths) for voter in self.voters]
        return torch.stack([tag.softmax(-1) for tag, _ in votes]), torch.stack([further.sigmoid() for _, further in votes])
