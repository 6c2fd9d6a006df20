"""The plain directions: planted ones are found, on faces and readings made on the spot."""

from __future__ import annotations

from types import SimpleNamespace

import torch
from torch import Tensor

from core.foundations.seeds import torch_rng
from core.models.face_seen import EXPRESSIONS, PARTS, FaceSeen
from core.train.faces import plain
from core.train.faces.plain import PlainSettings
from core.train.faces.samples import HELD_OUT
from core.worlds.faces.slots import SLOTS, State


def planted(count: int = 400) -> tuple[Tensor, Tensor, Tensor]:
    """Styles of unlike spreads, a direction, and how far each style lies along it."""
    rng = torch_rng("plain")
    styles = torch.randn(count, 6, generator=rng) * torch.tensor([1.0, 2.0, 0.5, 1.0, 1.0, 3.0])
    direction = torch.tensor([1.0, 0.0, -2.0, 0.0, 0.0, 0.0])
    return styles, direction, styles @ direction


def test_both_ways_find_a_planted_direction() -> None:
    """Means exactly, of two lots; the regression along the covariance, and none where values are shuffled."""
    assert torch.equal(
        plain.means(torch.tensor([[1.0, 0], [3.0, 0], [0, 5.0]]), torch.tensor([True, True, False])), torch.tensor([2.0, -5])
    )
    styles, direction, along = planted()
    variance = styles.var(0)
    found = plain.ridge(styles, along, 1.0)
    # A style that lies further along differs, on average, by the covariance times the direction.
    alike = torch.cosine_similarity(found, variance * direction, 0)
    shuffled = plain.ridge(styles, along[torch.randperm(len(along), generator=torch_rng("shuffled"))], 1.0)
    assert alike > 0.95 and shuffled.norm() < 0.3 * found.norm()


def test_states_that_enough_faces_show_have_a_line_of_each_way() -> None:
    """A state that nobody shows has none, nor one that all show; the CLIP's values are of the first faces alone."""
    styles, _, along = planted()
    bare = {name: slot.states[0].id for name, slot in SLOTS.items()}
    shown = [{**bare, "age": "old" if one > 0 else "young"} for one in along.tolist()]
    asked: list[State] = []

    def likeness(state: State) -> Tensor:
        asked.append(state)
        return along[:100]

    keys, lines = plain.directions(styles, shown, likeness, PlainSettings())
    assert keys == [("age", "young"), ("age", "old")] and [state.id for state in asked] == ["young", "old"]
    assert {name: tuple(some.shape) for name, some in lines.items()} == {"means": (2, 6), "ridge": (2, 6), "clip": (2, 6)}
    assert torch.allclose(lines["means"][0], -lines["means"][1])
    assert torch.allclose(lines["clip"][1], plain.ridge(styles[:100], along[:100], PlainSettings().ridge))


def seen(count: int) -> FaceSeen:
    """Readings of which nothing is asked but that they can be read."""
    rng = torch_rng("seen", count)
    parts = torch.rand(count, len(PARTS), 64, 64, generator=rng)
    marks = torch.rand(count, 68, 2, generator=rng)
    return FaceSeen(
        torch.rand(count, len(EXPRESSIONS), generator=rng),
        torch.full((count,), 30.0),
        torch.rand(count),
        marks,
        parts,
        torch.rand(count, 4),
    )


def test_what_is_held_out_or_mixed_is_not_learned_from() -> None:
    """Of two lots that were read, the first within what is held out, only faces of one style in the second; the CLIP looks at as many."""
    size = 50
    last = HELD_OUT // size
    kinds = torch.tensor([0, 1] * (size // 2))

    def shard(number: int) -> tuple[Tensor, Tensor, Tensor]:
        styles = torch.arange(size, dtype=torch.float32)[:, None, None].expand(size, 3, 2) + 1000 * number
        return torch.zeros(size, 3, 256, 256, dtype=torch.uint8), styles, kinds

    samples = SimpleNamespace(shard=shard)
    readings = SimpleNamespace(ready=lambda: [last - 1, last], shard=lambda number: seen(size))
    styles, shown, looked = plain.known(samples, readings, lambda pictures: torch.ones(len(pictures), 5), 7)  # type: ignore[arg-type]
    assert styles[:, 0].tolist() == [1000 * last + n for n in range(0, size, 2)]
    assert len(shown) == size // 2 and set(shown[0]) == set(SLOTS) and looked.shape == (7, 5)


def test_a_state_is_liked_by_how_much_more_than_its_rivals() -> None:
    """A face that looks like all states of a slot alike looks like none."""
    names = [state.name for state in SLOTS["glasses"].states]

    def embed_texts(texts: list[str]) -> Tensor:
        return torch.eye(3)[[names.index(text.removeprefix("a portrait of someone with ")) for text in texts]]

    of = plain.likeness(SimpleNamespace(embed_texts=embed_texts), torch.tensor([[0.0, 1, 0], [1, 1, 1]]))  # type: ignore[arg-type]
    assert torch.allclose(of(SLOTS["glasses"].states[1]), torch.tensor([2 / 3, 0.0]))
