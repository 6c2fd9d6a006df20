"""What comes from the hub: only what is safe, whole, checked, gone on with after a break, and every fault in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from filelock import FileLock
from huggingface_hub import hf_hub_download

from core.bench.hub.stand_in import FAULTS, Repo, StandIn
from core.foundations.errors import WeightsError
from core.models import hub as module
from core.models.clip import open_clip_model
from core.models.hub import LAYOUTS, PART, chosen, describe, fetch, kept, safe_folder
from core.models.sources import local, repository
from tests.models.near_hub import point_to

WEIGHTS = bytes(range(256)) * 4000
"""A megabyte, so that a break in the middle leaves something."""
NAME = "tiny/vit"


class Cancelled(Exception):
    """Raised by what is told of the progress."""


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(WEIGHTS)
    (folder / "config.json").write_text('{"architecture": "test_vit"}')
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x02}q\x00.")
    (folder / "modeling.py").write_text("print('never run')")
    return Repo(folder)


@pytest.fixture
def stand_in(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    with StandIn({NAME: repo}) as hub:
        point_to(hub.endpoint, tmp_path / "cache", monkeypatch)
        yield hub


def ranges(hub: StandIn) -> list[str]:
    """The ranges that were asked of the store, "" for a whole file."""
    return [asked[2] for asked in hub.asked if "/store/" in asked[1]]


def parts(cache: Path) -> list[int]:
    """Sizes of what has not arrived wholly."""
    return [path.stat().st_size for path in cache.rglob(f"*{PART}")]


def test_a_model_comes_whole_and_nothing_that_could_run(stand_in: StandIn) -> None:
    told: list[float] = []
    folder = fetch(NAME, "timm", progress=told.append)
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors"]
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert told == sorted(told) and told[-1] == 1.0 and 0 < told[len(told) // 2] < 1


def test_it_is_fetched_once_and_lies_where_the_libraries_look(stand_in: StandIn, tmp_path: Path) -> None:
    folder = fetch(NAME, "timm")
    assert fetch(NAME, "timm") == folder and ranges(stand_in) == [""]
    assert Path(hf_hub_download(NAME, "model.safetensors", local_files_only=True)) == folder / "model.safetensors"
    assert kept(NAME, "timm") == folder and kept("tiny/other", "timm") is None and kept(NAME, "open_clip") is None
    assert not parts(tmp_path)


def test_what_is_kept_serves_where_the_hub_is_gone(stand_in: StandIn, repo: Repo) -> None:
    folder = fetch(NAME, "timm")
    repo.fault = "gone"
    assert fetch(NAME, "timm") == folder


def test_size_and_licence_are_told_before(stand_in: StandIn, repo: Repo) -> None:
    found = describe(NAME, "timm")
    assert [file.name for file in found.files] == ["config.json", "model.safetensors"]
    assert found.megabytes == pytest.approx(1.024, abs=1e-3) and found.licence == "mit" and found.commit == repo.commit
    assert not ranges(stand_in)


def test_after_a_cancel_it_goes_on_from_there(stand_in: StandIn, tmp_path: Path) -> None:
    def cancel(share: float) -> None:
        if share > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        fetch(NAME, "timm", progress=cancel)
    (have,) = parts(tmp_path)
    assert 0 < have < len(WEIGHTS) and kept(NAME, "timm") is None
    assert (fetch(NAME, "timm") / "model.safetensors").read_bytes() == WEIGHTS
    assert ranges(stand_in) == ["", f"bytes={have}-"]


def test_a_break_is_gone_over(stand_in: StandIn, repo: Repo) -> None:
    repo.fault = "torn"
    assert (fetch(NAME, "timm") / "model.safetensors").read_bytes() == WEIGHTS
    assert ranges(stand_in) == ["", f"bytes={len(WEIGHTS) // 2}-"]


def test_a_break_that_stays_ends_in_a_sentence_and_what_came_is_kept(stand_in: StandIn, repo: Repo, tmp_path: Path) -> None:
    repo.fault = "half"
    with pytest.raises(WeightsError, match=r"stopped on its way at 0\.5 of 1\.0 MB"):
        fetch(NAME, "timm")
    assert parts(tmp_path) == [len(WEIGHTS) // 2]
    repo.fault = ""
    assert (fetch(NAME, "timm") / "model.safetensors").read_bytes() == WEIGHTS


def test_a_changed_byte_is_found_and_nothing_is_kept(stand_in: StandIn, repo: Repo, tmp_path: Path) -> None:
    repo.fault = "digest"
    with pytest.raises(WeightsError, match="its digest differs"):
        fetch(NAME, "timm")
    assert not parts(tmp_path) and not list((tmp_path / "cache").rglob("*.safetensors"))
    small = next(iter(describe(NAME, "timm").files))
    assert len(small.digest) == 40
    (tmp_path / "cache" / "models--tiny--vit" / "blobs" / small.digest).unlink()
    repo.files["config.json"] = b'{"architecture": "other_vi"}'  # as long, and not what git's digest says
    repo.oid = lambda name: small.digest  # type: ignore[method-assign]
    with pytest.raises(WeightsError, match="config.json .* digest differs"):
        fetch(NAME, "timm")


def test_what_another_program_left_broken_is_fetched_anew(stand_in: StandIn, repo: Repo) -> None:
    """The libraries' own fetch takes a changed byte for the file; ours finds it, and the libraries then read the right one."""
    repo.fault = "digest"
    broken = Path(hf_hub_download(NAME, "model.safetensors"))
    assert broken.read_bytes() != WEIGHTS
    with pytest.raises(WeightsError, match="digest differs"):
        fetch(NAME, "timm")
    repo.fault = ""
    assert (fetch(NAME, "timm") / "model.safetensors").read_bytes() == WEIGHTS == broken.read_bytes()


SENTENCES = {"missing": "does not have", "stall": "goes on from there", "gated": "accept its terms", "gone": "cannot be reached"}


@pytest.mark.parametrize("fault", SENTENCES)
def test_faults_are_told(stand_in: StandIn, repo: Repo, fault: str) -> None:
    assert fault in FAULTS
    repo.fault = fault
    with pytest.raises(WeightsError, match=SENTENCES[fault]):
        fetch(NAME, "timm")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("tiny/none", "no model named"),
        ("../../etc", "nor a name on the hub"),
        ("a b/c", "nor a name on the hub"),
        ("x" * 300, "nor a name on the hub"),
    ],
)
def test_names_that_are_none_are_told(stand_in: StandIn, name: str, words: str) -> None:
    with pytest.raises(WeightsError, match=words):
        fetch(name, "timm")


def test_a_model_without_safetensors_is_refused(stand_in: StandIn, repo: Repo) -> None:
    del repo.files["model.safetensors"]
    with pytest.raises(WeightsError, match="no weights as safetensors"):
        fetch(NAME, "timm")
    assert not ranges(stand_in)


def test_a_full_disk_and_a_folder_that_cannot_be_written_are_told(stand_in: StandIn, tmp_path: Path, monkeypatch: Any) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(module.shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
        with pytest.raises(WeightsError, match="needs 1 MB and the disk has 0 MB"):
            fetch(NAME, "timm")
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "file"))
    with pytest.raises(WeightsError, match="cannot be kept"):
        fetch(NAME, "timm")


def test_who_waits_for_another_program_can_cancel(stand_in: StandIn, tmp_path: Path) -> None:
    place = tmp_path / "cache" / "models--tiny--vit"
    place.mkdir(parents=True)

    def cancel(share: float) -> None:
        raise Cancelled

    with FileLock(place / "rosetta.lock"), pytest.raises(Cancelled):
        fetch(NAME, "timm", progress=cancel)
    assert not ranges(stand_in)


PUBLIC = {
    "open_clip": (
        [".gitattributes", "README.md", "config.json", "merges.txt", "model.safetensors", "open_clip_config.json", "tokenizer.json"],
        ["open_clip_model.safetensors", "open_clip_pytorch_model.bin", "pytorch_model.bin", "vocab.json"],
        {"config.json", "merges.txt", "open_clip_config.json", "open_clip_model.safetensors", "tokenizer.json", "vocab.json"},
    ),
    "diffusers": (
        ["README.md", "model_index.json", "sd_turbo.safetensors", "scheduler/scheduler_config.json", "tokenizer/merges.txt"],
        ["unet/config.json", "unet/diffusion_pytorch_model.safetensors", "unet/diffusion_pytorch_model.fp16.safetensors", "unet/x.bin"],
        {
            "model_index.json",
            "scheduler/scheduler_config.json",
            "tokenizer/merges.txt",
            "unet/config.json",
            "unet/diffusion_pytorch_model.safetensors",
        },
    ),
    "sentences": (
        ["1_Pooling/config.json", "config.json", "model.safetensors", "modules.json", "onnx/model.onnx", "openvino/openvino_model.xml"],
        ["pytorch_model.bin", "rust_model.ot", "tf_model.h5", "train_script.py", "vocab.txt"],
        {"1_Pooling/config.json", "config.json", "model.safetensors", "modules.json", "vocab.txt"},
    ),
    "timm": (["README.md", "config.json"], ["model.safetensors", "pytorch_model.bin"], {"config.json", "model.safetensors"}),
}
"""Files of public models of each family, in two halves, and those that are taken."""


@pytest.mark.parametrize("family", PUBLIC)
def test_of_a_public_model_what_its_family_needs_is_taken(family: str) -> None:
    one, other, wanted = PUBLIC[family]
    assert set(chosen(one + other, LAYOUTS[family])) == wanted
    assert chosen([name for name in one + other if not name.endswith(".safetensors")], LAYOUTS[family]) == ()


def test_a_folder_serves_only_with_safetensors(repo: Repo, tmp_path: Path) -> None:
    assert safe_folder(repo.folder, "timm") == repo.folder and local(f"local-dir:{repo.folder}", "timm") == f"local-dir:{repo.folder}"
    (repo.folder / "model.safetensors").unlink()
    with pytest.raises(WeightsError, match="holds no model.safetensors, and no other weights are opened"):
        safe_folder(repo.folder, "timm")
    with pytest.raises(WeightsError, match="There is no folder"):
        safe_folder(tmp_path / "none", "timm")


def test_where_names_of_the_libraries_lie() -> None:
    assert repository("timm", "test_vit.r160_in1k") == "timm/test_vit.r160_in1k" and repository("timm", "no_such") is None
    assert repository("open_clip", "ViT-B-32", "laion2b_s34b_b79k") == "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"
    assert repository("open_clip", "hf-hub:a/b") == "a/b" and repository("open_clip", "ViT-B-32") is None


def test_every_tag_of_open_clip_leads_to_a_repository_or_nowhere() -> None:
    """Owner, slash, name; where a tag names a file that is a pickle, nowhere, and the door says so."""
    import open_clip

    places = [repository("open_clip", name, tag) for name, tag in open_clip.list_pretrained()]
    assert all(place is None or place.count("/") == 1 for place in places) and sum(place is not None for place in places) > 100
    assert repository("open_clip", "ViTamin-S", "datacomp1b") is None
    with pytest.raises(WeightsError, match="may run code"):
        open_clip_model("ViTamin-S", "datacomp1b")
