"""Teach the reader of sentences: `python -m core.train tagger`, about three quarters of an hour on one core.

The sentence encoder is frozen, so every example is embedded once; the network then goes over them several times.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.foundations.files import load_tensors, packed, save_tensors, save_weights
from core.foundations.seeds import numpy_rng
from core.language.facts import Facts, facts_of
from core.language.facts.colours import COLOURS
from core.language.facts.hints import HINTS, Hints, hints_of
from core.language.tags import TAGS
from core.models.tagger import Tagger, TaggerSettings
from core.models.text import TextEncoder
from core.train.language.compose import Composer, Example, Marked, read_marked
from core.train.language.described import lines_of, written
from core.train.loop import RUNS, Schedule
from core.worlds.nouns import catalogue

DATA = Path(__file__).parent / "data"
EACH = 10
"""Examples that are made of a marked sentence."""
PASSES = 8
SEEN = 0.5
"""Share of the examples that a voter meets in a pass, another share each time."""
BATCH = 256
RATE = 4e-3
HELD_OUT = 12
"""Every so many marked sentences one is kept apart, to see how well others are read."""
WITHOUT_NAMES = 0.25
"""Share of the sentences in which the tables' names are hidden, since people use other names too."""


def marked_sentences(path: Path) -> tuple[list[Marked], list[Marked]]:
    """The sentences of a file to learn from, and those kept apart."""
    found = [read_marked(line) for line in lines_of(path)]
    return [m for i, m in enumerate(found) if i % HELD_OUT], found[::HELD_OUT]


def described() -> list[dict]:
    """What two writers say of every part; see core/train/language/described.py."""
    return [row for rows in written() for row in rows]


def fillings(facts: Facts) -> dict[str, list[str]]:
    """What may stand in the places of marked sentences."""
    rows = described()
    parts = [p for slot in ("head", "accessory") for p in catalogue.parts(slot) if p.kind != catalogue.NOTHING]
    things = [n for p in parts for n in (p.name, p.name, *p.synonyms)] + [
        n for r in rows if r["slot"] in {"head", "accessory"} for n in r["names"]
    ]
    plain = [c for c in COLOURS if c.isalpha()]
    coloured = [p.name for slot in ("glasses", "body") for p in catalogue.parts(slot) if p.kind == "colour"]
    shaded = [f"{shade} {c}" for shade in ("dark", "light", "bright", "deep", "pale", "neon", "pastel") for c in plain[:14]]
    bodies = {f"{name}": list(words) for name, words in facts.slots.items()}
    return {
        "thing": [*things, *facts.absent],
        "desc": [text for r in rows if r["slot"] in {"head", "accessory"} for text in (*r["use"], *r["looks"])],
        "colour": [*plain[:14] * 4, *plain, *coloured, *shaded],
        "absent": list(facts.absent),
        "shape": ["square", "heart", "ellipse", "box", "oval", "love heart", "circle"],
        "slot": [w for words in bodies.values() for w in words[:8]],
        "chest": bodies["accessory"],
        **{slot: words for slot, words in bodies.items() if slot != "accessory"},
    }


def names() -> list[str]:
    """The names of all parts of the Nouns."""
    return [name for slot in catalogue.SLOTS for part in catalogue.parts(slot) for name in (part.name, *part.synonyms)]


def batches(lengths: Tensor, rng: np.random.Generator) -> list[list[int]]:
    """Numbers of a random share SEEN of the examples, those of like length together, the batches in any order."""
    seen = rng.permutation(len(lengths))[: max(1, round(SEEN * len(lengths)))]
    order = sorted(seen.tolist(), key=lambda i: (int(lengths[i]), rng.random()))
    rows = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
    return [rows[i] for i in rng.permutation(len(rows))]


@dataclass(frozen=True)
class Batch:
    """Sentences together, see core.models.tagger; tags `[n t]` and further `[n t]` are -1 where there is nothing to learn."""

    vectors: Tensor
    hints: Tensor
    lengths: Tensor
    tags: Tensor
    further: Tensor

    @property
    def given(self) -> tuple[Tensor, Tensor, Tensor]:
        """What the network is given."""
        return self.vectors, self.hints, self.lengths


class Embedded:
    """Examples with their vectors and hints, ready to be batched.

    Args:
        tensors: `vectors` `[w d]` of all words of all sentences, their `hints` `[w k]`, `tags` and `further` `[w]`, and the
            `lengths` `[n]` of the sentences.
    """

    def __init__(self, tensors: dict[str, Tensor]) -> None:
        self.tensors, self.lengths = tensors, tensors["lengths"].long()
        self.starts = self.lengths.cumsum(0) - self.lengths

    def __len__(self) -> int:
        return len(self.lengths)

    def batch(self, rows: list[int]) -> Batch:
        """A batch, padded."""
        lengths = self.lengths[rows]
        shape = (len(rows), int(lengths.max()))
        vectors, hints = (torch.zeros(*shape, self.tensors[name].shape[1]) for name in ("vectors", "hints"))
        tags, further = torch.full(shape, -1), torch.full(shape, -1)
        for at, i in enumerate(rows):
            place = slice(int(self.starts[i]), int(self.starts[i] + self.lengths[i]))
            into = (at, slice(0, int(self.lengths[i])))
            vectors[into], hints[into] = self.tensors["vectors"][place].float(), self.tensors["hints"][place].float()
            tags[into], further[into] = self.tensors["tags"][place].long(), self.tensors["further"][place].long()
        return Batch(vectors, hints, lengths, tags, further)


def embed(examples: list[Example], encoder: TextEncoder, hints: Hints, rng: np.random.Generator) -> dict[str, Tensor]:
    """The tensors of Embedded; the names' hint is hidden in some sentences."""
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].words))  # alike in length, so that little is padded
    found: dict[int, np.ndarray] = {}
    for start in range(0, len(examples), 512):
        part = order[start : start + 512]
        rows = encoder.embed_words([[w.plain for w in examples[i].words] for i in part])
        found |= {i: row.astype(np.float16) for i, row in zip(part, rows, strict=True)}
    known = [hints(e.words) for e in examples]
    for hint in known:
        hint[:, HINTS.index("name")] *= rng.random() >= WITHOUT_NAMES
    return {
        "vectors": torch.from_numpy(np.concatenate([found[i] for i in range(len(examples))])),
        "hints": torch.from_numpy(np.concatenate(known)).to(torch.uint8),
        "tags": torch.tensor([tag for e in examples for tag in e.tags], dtype=torch.int8),
        "further": torch.tensor([f for e in examples for f in e.further], dtype=torch.int8),
        "lengths": torch.tensor([len(e.words) for e in examples]),
    }


def embedded(path: Path, count: int, held: int, encoder: TextEncoder, places: dict[str, list[str]]) -> tuple[dict, dict]:
    """Examples of a file to learn from and those kept apart, embedded once and kept in `runs` until the file changes."""
    name = path.name.partition(".")[0]
    stamp = hashlib.sha256(path.read_bytes() + f"{count} {held}".encode()).hexdigest()[:12]
    kept = [RUNS / "tagger" / f"{name}-{kind}-{stamp}.safetensors" for kind in ("learn", "held")]
    if not all(file.exists() for file in kept):
        hints, rng, began = hints_of(facts_of("nouns"), names()), numpy_rng("tagger examples", name), time.perf_counter()
        for file, marked, number in zip(kept, marked_sentences(path), (count, held), strict=True):
            composer = Composer(marked, places)
            save_tensors(file, embed([composer.example(rng) for _ in range(number)], encoder, hints, rng))
        print(f"{name}: {count} examples embedded, {time.perf_counter() - began:.0f} s", flush=True)
    return load_tensors(kept[0]), load_tensors(kept[1])


def together(several: list[dict[str, Tensor]]) -> Embedded:
    """Several files' examples as one."""
    return Embedded({name: torch.cat([one[name] for one in several]) for name in several[0]})


def loss_of(voter: nn.Module, batch: Batch) -> Tensor:
    """Cross-entropy of the tags, and of where further wishes begin."""
    scores, begins = voter(*batch.given)
    marked = batch.further >= 0
    told = F.binary_cross_entropy_with_logits(begins[marked], batch.further[marked].float()) if marked.any() else begins.sum() * 0
    return F.cross_entropy(scores.flatten(0, 1), batch.tags.flatten(), ignore_index=-1, label_smoothing=0.02) + 0.5 * told


@torch.inference_mode()
def right(network: Tagger, held: Embedded) -> tuple[float, float]:
    """Shares of held-out sentences whose tags are all right, and whose further wishes are too."""
    network.eval()
    tagged = whole = 0
    for start in range(0, len(held), BATCH):
        batch = held.batch(list(range(start, min(start + BATCH, len(held)))))
        scores, begins = network(*batch.given)
        one = ((scores.argmax(-1) == batch.tags) | (batch.tags < 0)).all(1)
        two = one & (((begins > 0.5) == (batch.further > 0)) | (batch.further < 0)).all(1)
        tagged, whole = tagged + int(one.sum()), whole + int(two.sum())
    network.train()
    return tagged / len(held), whole / len(held)


def learn(train: Embedded, held: Embedded, passes: int) -> tuple[Tagger, list[str]]:
    """The networks after some passes, and a line for each pass; each voter meets a share of the examples of its own."""
    torch.manual_seed(0)
    network = Tagger(TaggerSettings(tags=len(TAGS)))
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.01)
    schedule = Schedule(passes * -(-round(SEEN * len(train)) // BATCH), RATE)
    lines, step, began = [], 0, time.perf_counter()
    for number in range(passes):
        losses = []
        orders = [batches(train.lengths, numpy_rng("tagger batches", number, v)) for v in range(len(network.voters))]
        for rows in zip(*orders, strict=True):
            for group in optimiser.param_groups:
                group["lr"] = schedule.at(step)
            loss = torch.stack([loss_of(voter, train.batch(row)) for voter, row in zip(network.voters, rows, strict=True)]).sum()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 2.0)
            optimiser.step()
            losses.append(loss.item() / len(network.voters))
            step += 1
        tagged, whole = right(network, held)
        lines.append(f"pass {number + 1}: loss {np.mean(losses):.4f}, held-out sentences right {tagged:.3f}, whole {whole:.3f}")
        print(lines[-1], f"{time.perf_counter() - began:.0f} s", flush=True)
    return network.eval(), lines


def main() -> None:
    """Write assets/language_tagger.safetensors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=EACH)
    parser.add_argument("--passes", type=int, default=PASSES)
    parser.add_argument("--embed", action="store_true", help="only embed the examples")
    args = parser.parse_args()
    places, encoder = fillings(facts_of("nouns")), TextEncoder()
    files = sorted(DATA.glob("marked_*.txt.gz"))
    counts = {path: len(lines_of(path)) for path in files}
    pairs = [embedded(p, args.each * n, n, encoder, places) for p, n in counts.items()]
    if args.embed:
        return
    network, lines = learn(together([learned for learned, _ in pairs]), together([held for _, held in pairs]), args.passes)
    card = {
        "what": "Marks the words of a sentence: what is wished, what gives way, what is excluded, what stays, where, how much.",
        "model": "Tagger",
        "architecture": asdict(network.settings),
        "training": {"marked sentences": sum(counts.values()), "of each": args.each, "passes": args.passes, "batch": BATCH, "rate": RATE},
        "held out": lines[-1],
        "licence": "MIT",
    }
    save_weights("language_tagger", packed(network.state_dict()), card)


if __name__ == "__main__":
    main()
