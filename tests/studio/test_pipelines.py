"""A pipeline's features from prompts of a person's choice: made with progress and a way out, named, mapped, turned, found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from core.bench.hub.families import tiny_diffusers
from core.bench.hub.stand_in import Repo, StandIn
from core.foundations.errors import LayerError, RequestError, SettingError, StudioError, WeightsError
from core.methods.relate.learn_dictionary import DictionarySettings
from core.studio import Studio
from core.studio.handles import Actors
from core.studio.pipelines import PLACES, SMALL, PipelineFeatures, PipelineMaking, Pipelines, prompts_of, usual_block, words_of
from tests.models.near_hub import point_to
from tests.studio.test_eyes import CPU, Letters

PROMPTS = "a cat\na dog\na cat and a dog\na red shark\na shark"
MAKING = PipelineMaking(seeds=2, rows=60, learning=DictionarySettings(size=24, k=3, steps=20, batch=32))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pipeline") / "tiny"
    folder.mkdir()
    tiny_diffusers(folder)
    return folder


@pytest.fixture(scope="module")
def pipelines() -> Pipelines:
    return Pipelines(CPU, Letters(), MAKING)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def made(saved: Path, pipelines: Pipelines) -> PipelineFeatures:
    return pipelines.open(pipelines.offer(str(saved), PROMPTS).named)


@pytest.fixture
def hub(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    with StandIn({"tiny/pipe": Repo(saved)}) as stand_in:
        point_to(stand_in.endpoint, tmp_path / "cache", monkeypatch)
        yield stand_in


def test_by_name_it_is_fetched_and_made_with_progress(hub: StandIn) -> None:
    """Size and licence before; the share that is done never falls; the same is not made twice, and another takes its place."""
    pipelines = Pipelines(CPU, Letters(), MAKING)  # type: ignore[arg-type]
    offer = pipelines.offer("tiny/pipe", PROMPTS)
    assert not offer.ready and offer.megabytes > 0 and offer.licence == "mit" and offer.named.label == "tiny/pipe"
    told = list[float]()
    first = pipelines.open(offer.named, told.append)
    assert told == sorted(told) and told[0] < 0.3 and told[-1] == 1.0 and len(told) > 40
    assert pipelines.open(offer.named) is first and pipelines.offer("tiny/pipe", PROMPTS).ready
    assert first.block == "mid_block.attentions.0" and len(first.looked.prompts) == 10
    other = pipelines.open(offer.named._replace(block="down_blocks.1.attentions.0"))
    assert (
        other is not first
        and other.block == "down_blocks.1.attentions.0"
        and pipelines._held == (offer.named._replace(block=other.block), other)
    )


@pytest.mark.parametrize("share", [0.4, 0.65, 0.9])
def test_it_can_be_cancelled_while_it_is_read_learned_and_looked_at(saved: Path, share: float) -> None:
    """Nothing is held then, no hook is left, and the next one is made."""
    pipelines = Pipelines(CPU, Letters(), MAKING)  # type: ignore[arg-type]
    named = pipelines.offer(str(saved), PROMPTS).named

    def cancel(done: float) -> None:
        if done >= share:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pipelines.open(named, cancel)
    assert pipelines._held is None and not pipelines._lock.locked()


def test_pictures_maps_and_turns(made: PipelineFeatures) -> None:
    """Maps lie on the pictures; nothing is turned at 0, something is at 3; what is painted before is what the pipeline paints."""
    card = max(made.cards.values(), key=lambda one: one.share)
    image = made.image(card.best[0])
    heat = made.map(card.best[0], card.number)
    assert heat.shape == (image.height, image.width) and 0 <= heat.min() and heat.max() == pytest.approx(1)
    still, turned = made.turn(card.best[0], card.number, 0.0), made.turn(card.best[0], card.number, 3.0)
    assert still.changed == 0 and np.array_equal(still.before, still.after) and turned.changed > 0
    assert np.array_equal(turned.before, made.features.run(turned.prompt)) and turned.prompt == made.looked.prompts[card.best[0]]
    for wrong, error in (((0, card.number, 4.0), SettingError), ((99, card.number, 1.0), RequestError), ((0, 999, 1.0), RequestError)):
        with pytest.raises(error):
            made.turn(*wrong)
    assert not any(module._forward_hooks for module in made.features.network.modules())


def test_little_is_kept(made: PipelineFeatures) -> None:
    assert all(max(image.shape) <= SMALL for image in made.looked.images)
    assert made.looked.maps.dtype == torch.float16 and max(made.looked.maps.shape[2:]) <= PLACES


def test_planted_features_get_the_words_of_their_prompts(made: PipelineFeatures) -> None:
    """And are found by the studio where it is told to look among them, beside its own handles and never without."""
    prompts = [one.text for one in made.looked.prompts]
    active = torch.zeros_like(made.looked.active)
    active[:, 0] = torch.tensor([float("shark" in text) + 0.01 * at for at, text in enumerate(prompts)])
    planted = PipelineFeatures(
        type("N", (), {"label": "tiny"})(), made.features, made.dictionary, made.looked._replace(active=active), made.embed
    )  # type: ignore[arg-type]
    assert planted.card(0).words[0].text == "shark" and planted.named == 1
    (found,) = planted.near("shark")
    assert found.score == pytest.approx(1, abs=1e-3) and found.handle.id == "public:tiny:0" and "feature 0 of tiny" in found.handle.name

    class Asked:
        def find(self, text: str, limit: int, before: tuple) -> tuple:
            return (found.__class__(found.handle, "more", 1.0, 0.5, "own"),)

    studio = Studio.__new__(Studio)
    studio.__class__ = type("S", (Studio,), {"requests": Asked()})
    assert [one.text for one in studio.find("shark", 3)] == ["own"]
    assert [one.text for one in studio.find("shark", 3, among=[planted])] == ["shark", "own"]
    with pytest.raises(StudioError, match="turns its own model"):
        Actors.act(None, found.handle, torch.zeros(1), 1.0)  # type: ignore[arg-type]


def test_words_and_prompts_are_read() -> None:
    words, has = words_of(["a red cat with a hat", "the red dog", "a red dog"])
    assert words == ("cat", "dog", "hat") and has.tolist() == [[1, 0, 1], [0, 1, 0], [0, 1, 0]]
    assert prompts_of(" a\n\nb\n a \nc\nd") == ("a", "b", "c", "d")
    many, long = "\n".join(map(str, range(60))), "a\nb\nc\n" + "x" * 300
    for text, told in (("a\nb", "4 to 48 prompts"), (many, "there are 60"), (long, "300 characters")):
        with pytest.raises(RequestError, match=told):
            prompts_of(text)


def test_the_usual_block_of_every_kind() -> None:
    def names(*found: str) -> nn.Module:
        network = nn.Module()
        network.named_modules = lambda: [(name, None) for name in found]  # type: ignore[method-assign, assignment, return-value]
        return network

    assert usual_block(names("mid_block.attentions.0", "down_blocks.2.attentions.1")) == "mid_block.attentions.0"
    assert usual_block(names("transformer_blocks.0", "transformer_blocks.1", "transformer_blocks.2")) == "transformer_blocks.1"
    with pytest.raises(StudioError, match="Name one"):
        usual_block(names("other"))


def test_what_cannot_be_had_is_told(saved: Path, pipelines: Pipelines, hub: StandIn, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="is no pipeline"):
        pipelines.offer("nobody", PROMPTS)
    with pytest.raises(WeightsError, match="no model named"):
        pipelines.offer("tiny/none", PROMPTS)
    with pytest.raises(WeightsError, match="holds no"):
        pipelines.offer(str(tmp_path), PROMPTS)
    with pytest.raises(LayerError):
        pipelines.open(pipelines.offer(str(saved), PROMPTS, "mid_block.attention").named)
