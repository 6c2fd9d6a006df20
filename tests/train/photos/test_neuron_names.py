"""What is kept of the photographs' neurons: those that are shown, where pictures excite them, and kinds that other pictures bear out."""

from __future__ import annotations

import io

import torch
from PIL import Image

from core.bench.photos.neuron_names import judged
from core.foundations.named_neurons import NamedNeuron
from core.methods.read.class_space import depths_of
from core.methods.read.key_value import Keys, key_maps
from core.models.classifier import Classifier
from core.models.clip import Clip
from core.train.photos.lenses import TAGS
from core.train.photos.neuron_names import Peaks, PhotoNaming, drawn, kinds, named, peaks_of, seen, wanted
from core.train.photos.patch_words import GREYS, HUES, WORDS, colours_of, patch_words
from core.worlds.photos.named import Named
from tests.models import tiny_towers as towers


def clip() -> Clip:
    """Three by three patches."""
    return Clip(towers.photo_tower(), lambda texts: torch.zeros(len(texts), 16), 0.5, 0.5, towers.SIDE, 10.0)


def emoji(name: str, kind: str, colour: tuple[int, int, int]) -> Named:
    """A square of one colour."""
    file = io.BytesIO()
    Image.new("RGBA", (16, 16), (*colour, 255)).save(file, "PNG")
    return Named(name, (), "fluent", file.getvalue(), kind)


PICTURES = [
    emoji("cat", "animal-mammal", (255, 0, 0)),
    emoji("rose", "plant-flower", (0, 0, 255)),
    emoji("flag", "country-flag", (9, 9, 9)),
]


def test_those_that_are_shown_are_kept() -> None:
    """Each class's best in every block, and its best of all, whose block may hold several of them."""
    neurons = torch.tensor([[[1, 2, 3, 4]], [[5, 6, 7, 8]]])
    scores = torch.tensor([[[0.9, 0.8, 0.7, 0.1]], [[0.75, 0.2, 0.1, 0.0]]])
    assert wanted(Keys(neurons, scores)) == {(0, 1): True, (0, 2): True, (0, 3): True, (1, 5): True}
    two = Keys(neurons.expand(2, 2, 4), torch.stack([scores[0], scores[0] - 9])[:, None].expand(2, 2, 1, 4)[:, :, 0])
    assert wanted(two) == {(0, 1): True, (0, 2): True, (0, 3): True, (0, 4): True, (1, 5): False}


def test_a_neuron_s_place_is_where_its_map_is_highest() -> None:
    """For neurons of several blocks, in their order; none depends on the others."""
    own, images, places = clip(), torch.rand(4, 3, towers.SIDE, towers.SIDE), [(0, 3), (0, 5), (2, 1)]
    classifier = Classifier(own.tower, own.anatomy)
    values, patches = peaks_of(own, classifier, images, places)
    depths = depths_of(classifier, own.normalise(images))
    for at, (block, neuron) in enumerate(places):
        best = key_maps(classifier, depths, block, torch.tensor([neuron]))[:, 0].max(-1)
        assert torch.allclose(values[:, at], best.values, atol=1e-5) and torch.equal(patches[:, at], best.indices)


def test_pictures_are_of_kinds_and_cover_their_patches() -> None:
    """As many of every kind that has any, mixed; what is no thing is left out; each patch says how much of it is covered."""
    by_kind = kinds(PICTURES)
    assert list(by_kind) == list(TAGS) and [one.name for one in by_kind["mammals"]] == ["cat"] and sum(map(len, by_kind.values())) == 2
    images, cover, own = next(drawn("test photo neurons", by_kind, 8, 32))
    assert sorted(own) == sorted([0] * 8 + [5] * 8) and own != sorted(own) and images.shape == (16, 3, 32, 32)
    red = (images[:, 0] > 0.95) & (images[:, 2] < 0.05)
    for at, kind in enumerate(own):
        assert bool(red[at][cover[at] > 0.99].all()) == (kind == 0)
    peaks = seen(clip(), Classifier(clip().tower, clip().anatomy), [(0, 3)], "test photo neurons", by_kind, 8)
    assert peaks.words.shape == (16, len(WORDS), 9) and peaks.values.shape == peaks.places.shape == (16, 1)
    said = {WORDS[at] for at in peaks.words.sum((0, 2)).nonzero()[:, 0].tolist()}
    assert {"mammals", "flowers", "animals", "flowers and plants", "objects", "ground"} <= said and not {"birds", "food"} & said
    assert 0 <= peaks.words.amin() and peaks.words.amax() <= 1


def test_words_of_patches_by_hand() -> None:
    """A red thing over the left half and a little more of a grey ground, two patches by two: what each patch shows."""
    image, cover = torch.full((1, 3, 8, 8), 0.5), torch.zeros(1, 8, 8)
    image[0, :, :, :5], cover[0, :, :5] = torch.tensor([1.0, 0.0, 0.0])[:, None, None], 1
    words = patch_words(image, cover, [0], (2, 2))[0]
    told = [{WORDS[at] for at in (words[:, patch] >= 0.5).nonzero()[:, 0].tolist()} for patch in range(4)]
    assert told[0] == told[2] == {"mammals", "animals", "objects", "red"}
    assert told[1] == told[3] == {"edges of objects", "ground", "red"}
    assert float(words[WORDS.index("mammals"), 1]) == 0.25


def test_every_patch_has_one_colour() -> None:
    """Of eleven that anyone would name so, and of noise."""
    named = {"red": "ff0000", "orange": "ff9000", "yellow": "ffff20", "green": "20a040", "blue": "2040ff", "purple": "8020e0"}
    named |= {"pink": "ff60b0", "black": "101014", "grey": "808084", "white": "f4f4f4"}
    rgb = torch.tensor([[int(code[i : i + 2], 16) / 255 for code in named.values()] for i in (0, 2, 4)])[None]
    found = colours_of(rgb)[0]
    assert [(*HUES, *GREYS)[at] for at in found.argmax(0).tolist()] == list(named)
    assert bool((colours_of(torch.rand(3, 3, 500, generator=torch.Generator().manual_seed(0))).sum(1) == 1).all())


def planted(seed: int) -> Peaks:
    """1200 pictures, each with one of 26 kinds at one of nine patches; the first neuron follows flowers, the second nothing."""
    rng = torch.Generator().manual_seed(seed)
    kind, patch = torch.randint(len(TAGS), (1200,), generator=rng), torch.randint(9, (1200,), generator=rng)
    words = torch.zeros(1200, len(WORDS), 9)
    words[torch.arange(1200), kind, patch] = 1
    values, places = torch.randn(1200, 2, generator=rng), torch.randint(9, (1200, 2), generator=rng)
    flowers = kind == list(TAGS).index("flowers")
    values[flowers, 0] += 9
    places[flowers, 0] = patch[flowers]
    return Peaks(values, places, words)


def test_a_kind_is_said_where_other_pictures_bear_it_out() -> None:
    """With the shipped pictures that excite a neuron most, and where; the judge, on pictures of its own, agrees, and with no other name."""
    settings = PhotoNaming(best=2, few=1)
    own = torch.tensor([[1.0, 0.0], [3.0, 5.0], [2.0, 9.0]]), torch.tensor([[4, 0], [8, 1], [7, 2]])
    rows = named({(1, 3): True, (2, 0): False}, planted(0), own, settings)
    assert [row.name for row in rows] == ["flowers", ""] and rows[0].score > 0.9
    assert (rows[0].best, rows[0].places, rows[1].best, rows[1].places) == ((1, 2), (8, 7), (2,), (2,))
    figures, beside = judged(rows, planted(1))
    assert figures == {"photo_names_precision": 1.0, "photo_names_coverage": 0.5}
    wrong = [NamedNeuron(1, 3, "tools", "", 1.0, ()), NamedNeuron(2, 0, "flowers", "", 1.0, ())]
    assert judged(wrong, planted(1))[0]["photo_names_precision"] == 0 and beside["photographs, any word is true"]["true"] == 1
