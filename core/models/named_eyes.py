"""Public models that can look at a picture for a person, by whatever name the person has: what they are, how large, and fetched.

ViT-B-32 laion2b_s34b_b79k           an open_clip model, with the tag of its weights; its first safe tag where none is said
vit_base_patch16_224.augreg_in1k     a timm classifier; what is looked for is looked up among its classes' names
timm:NAME, open_clip:NAME            the same, where a person says whose name it is
OWNER/NAME                           a repository of either kind on the hub
a folder on this machine             likewise
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from core.foundations.errors import ModelError, WeightsError
from core.models.clip import Clip, open_clip_model, timm_tower
from core.models.hub import Progress, describe, fetch, kept, safe_folder
from core.models.one_headed import two_headed
from core.models.sources import repository

OWN = "own-"
"""Before the digest of what lies in folders of this machine."""
LONGEST = 200
"""Characters of a name."""
USUAL = 30.0
"""About how long the vector of a classifier's thousand answers is; its choice is the softmax of unit vectors times this."""
SHARP = 20.0
"""By how much the likeness of a text to classes' names is sharpened."""
MARKS = {"open_clip": "open_clip_config.json", "timm": "config.json"}
"""The file that tells a family."""


class Named(NamedTuple):
    """A model by its name.

    Attributes:
        family: "open_clip" or "timm".
        name: as the family's library takes it.
        tag: of open_clip's weights; empty elsewhere.
        pictures: a folder of this machine, of whose pictures its lenses are made; empty for the shipped ones.
    """

    family: str
    name: str
    tag: str = ""
    pictures: str = ""

    @property
    def label(self) -> str:
        """For people."""
        plain = self.name.partition(":")[2] or self.name
        return f"{Path(plain).name if self.name.startswith('local-dir:') else plain} {self.tag}".strip()

    @property
    def link(self) -> str:
        """As a link names it. What lies in folders of this machine goes by a digest, which only this machine understands."""
        if self.pictures or self.name.startswith("local-dir:"):
            return OWN + hashlib.sha256(repr(tuple(self)).encode()).hexdigest()[:16]
        return f"{self.name.removeprefix('hf-hub:')} {self.tag}".strip()


class Offer(NamedTuple):
    """What is told of a model before it is fetched.

    Attributes:
        named: which.
        megabytes: of what would be fetched; 0 for a folder.
        licence: as its owner tags it; empty where nobody says.
        ready: whether it lies on this machine.
        does: what it can, in words.
    """

    named: Named
    megabytes: float
    licence: str
    ready: bool
    does: str


DOES = {
    "open_clip": "Reads any words: it finds them in a picture, and says which of its heads see them.",
    "timm": "Knows classes by name: what you look for is looked up among them.",
}


def named_eyes(text: str) -> Named:
    """Which model a person means.

    Raises:
        WeightsError: where nothing is called that; the sentence names the nearest. Also where the hub has to be asked and does not answer.
    """
    said = " ".join(str(text).split())
    if not said or len(said) > LONGEST:
        raise WeightsError("Type the name of an open_clip or timm model, OWNER/NAME on the hub, or a folder of this machine.")
    if Path(said).expanduser().is_dir():
        return _of_folder(Path(said).expanduser())
    import open_clip
    import timm

    said = said.removeprefix("timm:").removeprefix("open_clip:").strip()
    name, _, tag = said.replace(":", " ").partition(" ")
    if open_clip.get_model_config(name) is not None:
        return _tagged(name, tag.strip())
    if timm.is_model(name) and not tag:
        return Named("timm", name)
    if name.count("/") == 1 and not tag:
        return _of_hub(name)
    near = difflib.get_close_matches(name, [*open_clip.list_models(), *timm.list_models("vit*", pretrained=True)], 3, 0.3)
    raise WeightsError(
        f"No model is named {said[:80]!r}. The nearest names are {', '.join(near) or 'none'}; or give OWNER/NAME on the hub."
    )


def linked_eyes(text: str) -> Named:
    """The model that a link names, where it lies on this machine. A link opens no folder, and nobody is asked on the network.

    Raises:
        WeightsError: where there is no such model, or it was not fetched.
    """
    import open_clip
    import timm

    name, _, tag = text.partition(" ")
    found = None
    if open_clip.get_model_config(name) is not None and tag:
        found = Named("open_clip", name, tag)
    elif timm.is_model(name) and not tag:
        found = Named("timm", name)
    elif re.fullmatch(r"[\w.-]+/[\w.-]+", name) and not tag:
        found = next((Named(family, f"hf-hub:{name}") for family in MARKS if kept(name, family)), None)
    repo = _repo(found) if found else None
    if found is None or repo is None or not kept(repo, found.family):
        raise WeightsError(
            f"This link looks through {text[:80]}, which is not on this machine. Look it up, and fetch it, to see what the link shows."
        )
    return found


def _tagged(name: str, tag: str) -> Named:
    import open_clip

    tags = [one for one in open_clip.list_pretrained_tags_by_model(name) if repository("open_clip", name, one)]
    if tag and tag not in tags:
        raise WeightsError(f"{name} has no weights named {tag[:60]!r}. It has {', '.join(tags) or 'none that are safe to open'}.")
    if not tags:
        raise WeightsError(f"{name} has no weights that are safe to open. Name another model, or a folder.")
    return Named("open_clip", name, tag or tags[0])


def _of_folder(folder: Path) -> Named:
    family = next((family for family, mark in MARKS.items() if (folder / mark).is_file()), None)
    if family is None:
        raise WeightsError(f"The folder {folder.name!r} holds neither {' nor '.join(MARKS.values())}, so that nobody knows what it is.")
    safe_folder(folder, family)
    return Named(family, f"local-dir:{folder}")


def _of_hub(repo: str) -> Named:
    """Of either family; the one whose files are there."""
    failure: WeightsError | None = None
    for family, mark in MARKS.items():
        try:
            names = {file.name for file in describe(repo, family).files}
        except WeightsError as error:
            failure = error
            if kept(repo, family):
                return Named(family, f"hf-hub:{repo}")
            continue
        if mark in names:
            return Named(family, f"hf-hub:{repo}")
    raise failure or WeightsError(f"{repo} is neither an open_clip model nor one of timm. Name another model.")


def _repo(named: Named) -> str | None:
    return repository(named.family, named.name, named.tag or None)


def offered(named: Named) -> Offer:
    """What is told of a model; WeightsError where the hub does not answer and it is not here."""
    repo, does = _repo(named), DOES[named.family]
    if repo is None:
        if not named.name.startswith("local-dir:"):
            raise WeightsError(f"{named.label} has no weights that can be fetched. Name another model, such as ViT-B-32.")
        return Offer(named, 0.0, "", True, does)
    try:
        found = describe(repo, named.family)
    except WeightsError:
        if kept(repo, named.family):
            return Offer(named, 0.0, "", True, does)
        raise
    return Offer(named, found.megabytes, found.licence, kept(repo, named.family) is not None, does)


def fetch_eyes(named: Named, progress: Progress | None = None) -> None:
    """Bring a model to this machine; WeightsError as core.models.hub.fetch."""
    if repo := _repo(named):
        fetch(repo, named.family, progress=progress)


def load_eyes(named: Named, embed: Callable[[list[str]], np.ndarray]) -> Clip:
    """A model behind the door of every CLIP.

    Args:
        named: which.
        embed: sentences to unit vectors `[m d]`, for models that know classes by name and read no texts.

    Raises:
        WeightsError: where it cannot be fetched or loaded.
        ModelError: where it knows neither texts nor classes by name, or cannot be taken apart.
    """
    if named.family == "open_clip":
        clip = open_clip_model(named.name, named.tag or None)
    else:
        bare = timm_tower(named.name, pretrained=True)
        texts = ClassTexts(class_names(two_headed(bare.visual)), embed)
        clip = Clip(bare.visual, texts, bare.mean.flatten().tolist(), bare.std.flatten().tolist(), bare.image_size, USUAL, bare.name).eval()
    clip.name = named.label
    _ = clip.anatomy
    return clip


def class_names(tower: Any) -> list[str]:
    """What a timm classifier's classes are called, the first name of each; ModelError where nobody says."""
    from timm.data import ImageNetInfo, infer_imagenet_subset

    own = tower.pretrained_cfg.get("label_names")
    if own and len(own) == tower.num_classes:
        return [str(name) for name in own]
    subset = infer_imagenet_subset(tower) if tower.num_classes else None
    if subset is None:
        raise ModelError(
            f"This model knows neither texts nor classes by name ({tower.num_classes} without names), so that nothing can be looked for "
            "in words. Name a CLIP, or a classifier of ImageNet."
        )
    info = ImageNetInfo(subset)
    return [info.index_to_description(place).split(",")[0] for place in range(tower.num_classes)]


class ClassTexts(nn.Module):
    """Sentences as directions among a classifier's answers: those classes whose names are like them, less the mean of all.

    Args:
        names: of the classes, k of them.
        embed: sentences to unit vectors `[m d]`.
    """

    def __init__(self, names: list[str], embed: Callable[[list[str]], np.ndarray]) -> None:
        super().__init__()
        self.names, self.embed = names, embed
        self.register_buffer("own", torch.as_tensor(np.asarray(embed(names), np.float32)))

    def near(self, texts: list[str]) -> Tensor:
        """How like the likest class each text is `[m]`."""
        return self._like(texts).amax(-1)

    def forward(self, texts: list[str]) -> Tensor:
        """Sentences to unit vectors `[m k]`."""
        shares = (SHARP * self._like(texts)).softmax(-1)
        return nn.functional.normalize(shares - shares.mean(-1, keepdim=True), dim=-1)

    def _like(self, texts: list[str]) -> Tensor:
        own: Any = self.own
        return torch.as_tensor(np.asarray(self.embed(texts), np.float32)).to(own) @ own.T
