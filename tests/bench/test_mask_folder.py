"""The protocol on a folder of files: geometry, names, and a whole run of the program with a tiny model made on the spot."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from core.bench import mask_folder
from core.bench.mask_folder import Batches, Pair, embed_names, main, measure, name_of, pairs_in, read_names, read_pair, score
from core.bench.masks import MaskScores
from core.foundations.errors import PictureError, SettingError
from core.methods.read.segment_settings import Segmenting
from core.models.clip import Clip
from tests.methods.read.slow_segment import COLOURS, painted, planted_clip

TINY = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "patch_size": 8, "width": 32, "layers": 2, "head_width": 8},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}
SQUARES = {"red_1": (8, 16, 8, 24), "red_2": (0, 8, 0, 16), "blue_1": (16, 24, 8, 24)}
"""Pictures of the folder: blue with a red square. Sought is the colour of the name."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures of 64 x 32 in a folder below, their masks as PNG, and a picture without a mask."""
    for sub in ("images/set", "masks/set"):
        (tmp_path / sub).mkdir(parents=True)
    for name, square in SQUARES.items():
        image, mask = painted(square)
        rgb = (image[0].permute(1, 2, 0).numpy() * 255).astype(np.uint8).repeat(2, 1)
        truth = (mask[0].numpy() if name.startswith("red") else ~mask[0].numpy()).astype(np.uint8).repeat(2, 1)
        Image.fromarray(rgb).save(tmp_path / "images" / "set" / f"{name}.bmp")
        Image.fromarray(truth).save(tmp_path / "masks" / "set" / f"{name}.png")
    Image.new("RGB", (64, 32)).save(tmp_path / "images" / "alone.png")
    (tmp_path / "names.txt").write_text("red\tred\nblue\tblue\n\ngreen\n")
    return tmp_path


def planted_with_texts() -> Clip:
    """The planted tower, with a text side that knows three colours."""
    clip = planted_clip()
    names = ("red", "green", "blue")
    clip.texts = lambda texts: torch.stack([COLOURS[next(i for i, n in enumerate(names) if n in text)] for text in texts])
    return clip


def test_pairs_and_names(folder: Path) -> None:
    """Images with masks, by path without endings; names by what stands before the underscore, or by folder."""
    pairs = pairs_in(folder / "images", folder / "masks")
    assert [pair.image.stem for pair in pairs] == ["blue_1", "red_1", "red_2"]
    keys, names = read_names(folder / "names.txt")
    assert keys == {"red": "red", "blue": "blue"} and names == ["red", "blue", "green"]
    assert [name_of(pair, keys) for pair in pairs] == ["blue", "red", "red"]
    assert name_of(pairs[0], {"set": "a", "blue_1": "b"}) == "b" and name_of(pairs[0], {"set": "a"}) == "a"
    with pytest.raises(SettingError, match="No line of --names"):
        name_of(pairs[0], {"tench": "tench"})
    with pytest.raises(PictureError, match="no folder"):
        pairs_in(folder / "nowhere", folder / "masks")
    (folder / "empty").mkdir()
    with pytest.raises(PictureError, match="has a mask"):
        pairs_in(folder / "images", folder / "empty")


def test_image_and_mask_pass_through_one_geometry(folder: Path) -> None:
    """Where the squashed picture is red, there is the squashed mask."""
    image, truth = read_pair(Pair(folder / "images/set/red_1.bmp", folder / "masks/set/red_1.png"), (32, 32))
    assert image.shape == (3, 32, 32) and truth.dtype == torch.int8
    assert MaskScores().add(image[:1], truth[None], masks=image[:1] > 0.5).figures.miou == 1


def test_masks_of_every_kind(tmp_path: Path) -> None:
    """Zero is background, all else foreground but what is ignored; one bit, grey, palette and colours."""
    values = np.array([[0, 1], [255, 7]], np.uint8)
    Image.new("RGB", (2, 2)).save(tmp_path / "i.png")
    palette = Image.fromarray(values, "P")
    palette.putpalette([0, 0, 0] * 256)  # an index counts, not its colour
    kinds = {"L": Image.fromarray(values), "P": palette, "RGB": Image.fromarray(np.stack([values * 0, values * 0, values], -1))}
    for kind, mask in kinds.items():
        mask.save(tmp_path / f"{kind}.png")
        pair = Pair(tmp_path / "i.png", tmp_path / f"{kind}.png")
        assert read_pair(pair, (2, 2))[1].tolist() == [[0, 1], [1, 1]], kind
        assert read_pair(pair, (2, 2), 255)[1].tolist() == [[0, 1], [-1, 1]], kind
    Image.fromarray(values > 0).save(tmp_path / "bit.png")
    assert read_pair(Pair(tmp_path / "i.png", tmp_path / "bit.png"), (2, 2))[1].tolist() == [[0, 1], [1, 1]]
    Image.new("L", (4, 2)).save(tmp_path / "wide.png")
    with pytest.raises(PictureError, match="do not fit"):
        read_pair(Pair(tmp_path / "i.png", tmp_path / "wide.png"), (2, 2))


def test_given_and_predicted_class(folder: Path) -> None:
    """The planted tower predicts blue, the larger part, for every picture: right for one of three; given text is exact."""
    clip = planted_with_texts()
    pairs = pairs_in(folder / "images", folder / "masks")
    vocabulary = embed_names(clip, ["red", "blue", "green"], ["{}", "a {} thing"])
    texts = vocabulary[[1, 0, 0]]
    exact = Segmenting(upsampling="nearest")
    methods = {"exact": ("maskclip", exact), "published": ("tokens", None)}
    scored = score(clip, Batches(clip, pairs, texts, 2), methods, vocabulary)
    assert scored.images == 3 and scored.right == 1
    assert scored.given["exact"].figures.miou == 1
    assert scored.predicted["exact"].table[:, :4].tolist()[0] == scored.given["exact"].table[:, :4].tolist()[0]
    assert scored.predicted["exact"].table[1:, [0, 3]].sum() == 0  # blue is sought where red is meant: all pixels are wrong
    measured = measure(scored, {})
    assert measured.figures["predicted_right"] == pytest.approx(1 / 3) and measured.figures["miou"] == 1
    assert measured.baselines["patch-grid ceiling"]["miou"] == 1 and measured.baselines["all foreground"]["map"] == 0.5
    share = (128 + 128 + (32 * 32 - 128)) / (3 * 32 * 32)  # each square is 8 x 16
    assert measured.baselines["nothing"] == pytest.approx({"pixel_acc": 1 - share, "miou": (1 - share) / 2, "map": 0.5})
    assert "spot in the middle" in measured.table()
    alone = score(clip, Batches(clip, pairs, texts, 3), {"exact": ("maskclip", exact)})
    assert not alone.predicted and "predicted_right" not in measure(alone, {}).figures
    assert torch.equal(alone.given["exact"].table, scored.given["exact"].table)


def test_the_whole_program(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """From the command line to the JSON, with random weights of a configuration made on the spot."""
    monkeypatch.setattr(open_clip.factory, "_MODEL_CONFIGS", dict(open_clip.factory._MODEL_CONFIGS))
    open_clip.factory._MODEL_CONFIGS["tiny"] = TINY
    torch.manual_seed(0)
    command = ["--images", str(folder / "images"), "--masks", str(folder / "masks"), "--model", "tiny", "--batch", "2"]
    main([*command, "--names", str(folder / "names.txt"), "--methods", "tokens,chefer", "--json", str(folder / "out.json")])
    said = capsys.readouterr().out
    assert "tiny" in said and "squashed to 32 x 32" in said and "patch-grid ceiling" in said and "chefer, predicted" in said
    written = json.loads((folder / "out.json").read_text())
    assert written["bench"] == "mask_folder" and written["settings"]["images"] == 3
    assert set(written["figures"]) >= {"pixel_acc", "miou", "map", "miou_low", "miou_high", "predicted_right"}
    main([*command, "--text", "a red square", "--methods", "studio", "--limit", "1"])
    assert "studio" in capsys.readouterr().out
    for wrong, sentence in (([], "Say what is sought"), (["--text", "x", "--methods", "tokenz"], "nearest are tokens")):
        with pytest.raises(SystemExit, match=sentence):
            main([*command, *wrong])


def test_any_model_can_be_given(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The name and the tag reach open_clip's door as they are."""
    asked = []
    monkeypatch.setattr(mask_folder, "open_clip_model", lambda *names: asked.append(names) or planted_with_texts())
    names = ["--names", str(folder / "names.txt")]
    main(["--images", str(folder / "images"), "--masks", str(folder / "masks"), *names, "--pretrained", "laion2b_s34b_b88k"])
    assert asked == [("ViT-B-16", "laion2b_s34b_b88k")] and "planted" in capsys.readouterr().out
