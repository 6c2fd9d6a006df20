"""Marks of words as spans, hints from tables, and the network that gives the marks."""

from __future__ import annotations

import numpy as np
import torch

from core.language.facts.hints import HINTS, Hints
from core.language.tags import TAGS, Reader
from core.language.words import words_of
from core.models.tagger import Tagger, TaggerSettings
from core.train.language.compose import Composer, read_marked
from core.train.language.tagger import loss_of

SIZES = TaggerSettings(vectors=8, hints=len(HINTS), width=16, tags=len(TAGS), voters=1, dropout=0.0)


class Told(torch.nn.Module):
    """A network that says what it was told to."""

    def __init__(self, tags: list[str], further: list[int]) -> None:
        super().__init__()
        self.tags, self.begins = tags, further

    def votes(self, vectors: torch.Tensor, hints: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        chances = torch.full((1, 1, len(self.tags), len(TAGS)), 0.01)
        for place, tag in enumerate(self.tags):
            chances[0, 0, place, TAGS.index(tag)] = 0.9
        return chances, torch.tensor([[self.begins]]).float()


def spans(sentence: str, tags: list[str], further: list[int] | None = None):
    reader = Reader(Told(tags, further or [0] * len(tags)), lambda s: [np.zeros((len(w), 8), np.float32) for w in s])  # type: ignore[arg-type]
    return [(s.tag, s.said, s.further) for s in reader.readings(words_of(sentence), Hints({}))[0]]


def test_neighbours_with_one_tag_are_a_span() -> None:
    """Marks at the edge are left out; a further wish begins a span of its own."""
    assert spans("a great shark !", ["", "new", "new", "new"]) == [("new", "great shark", False)]
    assert spans("shark red specs", ["new", "new", "where"], [0, 1, 0]) == [
        ("new", "shark", False),
        ("new", "red", True),
        ("where", "specs", False),
    ]
    assert spans("hi", [""]) == [] and spans("!", ["new"]) == []


def test_hints_know_the_longest_phrase() -> None:
    """By the words' first forms."""
    hints = Hints({"where": ["glasses"], "name": ["hot dog", "hot"], "colour": ["red"]})
    found = hints(words_of("red hot dogs with glasses"))
    assert found[:, HINTS.index("name")].tolist() == [0, 1, 1, 0, 0]
    assert found[:, HINTS.index("where")].tolist() == [0, 0, 0, 0, 1] and found[0, HINTS.index("colour")] == 1


def test_the_network_does_not_depend_on_its_batch() -> None:
    """A sentence alone and beside a longer one."""
    torch.manual_seed(0)
    network = Tagger(SIZES).eval()
    vectors, hints = torch.randn(2, 5, 8), torch.zeros(2, 5, len(HINTS))
    together, _ = network(vectors, hints, torch.tensor([3, 5]))
    alone, _ = network(vectors[:1, :3], hints[:1, :3], torch.tensor([3]))
    assert torch.allclose(together[0, :3], alone[0], atol=1e-6) and torch.allclose(alone.sum(-1), torch.ones(1, 3))


def test_the_network_learns() -> None:
    """The loss of one batch goes down."""
    from core.train.language.tagger import Batch

    torch.manual_seed(0)
    network = Tagger(SIZES)
    tags, further = torch.randint(0, len(TAGS), (4, 6)), torch.randint(-1, 2, (4, 6))
    batch = Batch(torch.randn(4, 6, 8), torch.zeros(4, 6, len(HINTS)), torch.full((4,), 6), tags, further)
    optimiser, losses = torch.optim.AdamW(network.parameters(), 1e-2), []
    for _ in range(60):
        optimiser.zero_grad()
        losses.append(loss_of(network.voters[0], batch))
        losses[-1].backward()
        optimiser.step()
    assert losses[-1] < 0.3 * losses[0]


def test_marked_sentences_become_examples() -> None:
    """Words with their tags; what is filled in keeps the tag of its place."""
    marked = read_marked("lose the [out:<glasses>] | and a [new:<thing>]".replace("| and a ", "and a | "))
    made = Composer([marked], {"glasses": ["specs"], "thing": ["hot dog"]})
    rng = np.random.default_rng(0)
    found = [e for e in (made.example(rng) for _ in range(60)) if "".join(w.plain for w in e.words) == "losethespecsandahotdog"]
    assert found
    assert [TAGS[t] for t in found[0].tags] == ["", "", "out", "", "", "new", "new"]
    assert found[0].further == (-1, -1, 0, -1, -1, 1, 0)
