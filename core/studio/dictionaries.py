"""Public dictionaries by name: fetched with the tower that they read, one at a time, shared by everybody."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import torch

from core.foundations.downloads import cached
from core.foundations.errors import ModelError, StudioError, WeightsError
from core.foundations.files import load_tensors, numbers_digest, save_tensors
from core.models.clip import Clip, open_clip_model, timm_tower
from core.models.hub import describe, fetch, kept
from core.models.named_eyes import Named, fetch_eyes, named_eyes, offered
from core.models.public_dictionary import PublicDictionary, public_dictionary
from core.models.text import TextEncoder
from core.studio.lenses import Lenses
from core.studio.public_features import PublicFeatures, WordsOf, over_pictures
from core.studio.sight import Seeable, Sight

FAMILY = "dictionary"
PATIENCE = 1.0
"""Seconds between two looks at whether the dictionary that is prepared is done."""
FETCHED, TOWER = 0.3, 0.6
"""The shares of the work that are done when the dictionary, and then its tower, are here; the rest is looking at pictures."""

Progress = Callable[[float], None]
"""Told the share that is done, in [0, 1]; what it raises ends the work."""


class NamedDictionary(NamedTuple):
    """A dictionary by its name.

    Attributes:
        name: owner and name on the hub, or a folder of this machine.
        folder: in it, where it holds several.
        tower: the model that it reads, by a name of core.models.named_eyes; "" for what its own files say.
    """

    name: str
    folder: str = ""
    tower: str = ""

    @property
    def label(self) -> str:
        """For people."""
        return " ".join(part for part in (Path(self.name).name if Path(self.name).is_dir() else self.name, self.folder) if part)


class DictionaryOffer(NamedTuple):
    """What is told of a dictionary before it is fetched.

    Attributes:
        named: which.
        megabytes: of its own files; 0 for a folder.
        licence: as its owner tags it; "" where nobody says.
        ready: whether it lies on this machine.
        tower: the model that it reads, for people; "" where only its files say.
        tower_megabytes: of that model; 0 where it is a folder, or not known yet.
    """

    named: NamedDictionary
    megabytes: float
    licence: str
    ready: bool
    tower: str = ""
    tower_megabytes: float = 0.0


class Dictionaries:
    """Public dictionaries over a world's pictures.

    Args:
        device: where models run.
        texts: the sentence encoder, for the index of names.
        world: whose pictures show the features.
        lenses: whose pool of words names them.
        sight: the photographs' CLIP, which names the features of towers that read no words; it may raise WeightsError.
    """

    def __init__(
        self, device: torch.device, texts: TextEncoder, world: Seeable, lenses: Callable[[], Lenses], sight: Callable[[], Sight]
    ) -> None:
        self.device, self.texts, self.world, self.lenses, self.sight = device, texts, world, lenses, sight
        self._lock = Lock()
        self._held: tuple[NamedDictionary, PublicFeatures] | None = None

    def offer(self, name: str, tower: str = "") -> DictionaryOffer:
        """What a dictionary is: how large, of which licence, whether it is here.

        Args:
            name: OWNER/NAME on the hub, with a folder of it behind a space where it holds several; or a folder of this machine.
            tower: the model that it reads, see core.models.named_eyes; its own files say so where "".

        Raises:
            WeightsError: where there is no such thing, or the hub does not answer; the sentence says what to do.
        """
        said = " ".join(name.split())
        place = Path(said).expanduser()
        if place.is_dir():
            public_dictionary(str(place))
            return self._with_tower(DictionaryOffer(NamedDictionary(str(place), "", tower.strip()), 0.0, "", True))
        repo, _, folder = said.partition(" ")
        if repo.count("/") != 1:
            raise WeightsError(
                f"{said[:80]!r} is no dictionary. Give OWNER/NAME on the hub, with a folder of it behind a space where it holds several, "
                "or a folder of this machine."
            )
        named, here = NamedDictionary(repo, folder.strip("/ "), tower.strip()), kept(repo, FAMILY, None, folder.strip("/ ")) is not None
        try:
            found = describe(repo, FAMILY, None, named.folder)
        except WeightsError:
            if here:
                return self._with_tower(DictionaryOffer(named, 0.0, "", True))
            raise
        return self._with_tower(DictionaryOffer(named, found.megabytes, found.licence, here))

    def _with_tower(self, offer: DictionaryOffer) -> DictionaryOffer:
        named = offer.named
        said = named.tower or (_tower_of(public_dictionary(named.name, named.folder)) if offer.ready else "")
        if not said:
            return offer
        tower = offered(named_eyes(said))
        return offer._replace(named=named._replace(tower=said), tower=tower.named.label, tower_megabytes=tower.megabytes)

    def held(self, named: NamedDictionary) -> PublicFeatures | None:
        """What is held, where it is of this name; nothing is made."""
        held = self._held
        return held[1] if held and held[0] == named else None

    def open(self, named: NamedDictionary, progress: Progress | None = None) -> PublicFeatures:
        """A dictionary's features, fetched with its tower, and found out over the pictures at the first time.

        Args:
            named: which, as an offer has it.
            progress: see `Progress`.

        Raises:
            WeightsError: where something can be neither found nor fetched.
            ModelError, LayerError, ShapeError: where the dictionary computes what ours does not, or does not fit its tower.
            StudioError: where another one is prepared at this moment, and nobody is told of progress.
        """
        told = progress or (lambda share: None)
        while not self._lock.acquire(timeout=PATIENCE):
            if progress is None:
                raise StudioError("Another dictionary is prepared on this machine at the moment. Try again in a while.")
            told(0.0)
        try:
            if self._held is None or self._held[0] != named:
                self._held = None
                self._held = (named, self._opened(named, told))
            return self._held[1]
        finally:
            self._lock.release()

    def _opened(self, named: NamedDictionary, told: Progress) -> PublicFeatures:
        if not Path(named.name).is_dir():
            fetch(named.name, FAMILY, progress=lambda share: told(FETCHED * share), folder=named.folder)
        public = public_dictionary(named.name, named.folder)
        tower = named_eyes(named.tower or _tower_of(public))
        fetch_eyes(tower, lambda share: told(FETCHED + (TOWER - FETCHED) * share))
        clip = _tower(tower).to(self.device)
        words = self._words(clip)
        place = features_place(clip, public, self.world.neighbours)
        try:
            seen = load_tensors(place)
        except WeightsError:
            seen = over_pictures(clip, public, self.world, words, lambda share: told(TOWER + (1 - TOWER) * share))
            save_tensors(place, seen)
        return PublicFeatures(clip, public, self.world, seen, words, self.texts.embed, named.label)

    def _words(self, clip: Clip) -> WordsOf | None:
        """The tower's own words, or those of the photographs' CLIP; None where that was not fetched."""
        lenses = self.lenses()
        try:
            return WordsOf(lenses.pool, clip.embed_texts(list(lenses.pool)), None, clip.image_size)
        except ModelError:
            pass
        try:
            sight = self.sight()
        except WeightsError:
            return None
        return WordsOf(sight.lenses.pool, sight.lenses.texts, sight.clip.embed, sight.clip.image_size)


def _tower_of(public: PublicDictionary) -> str:
    """The model that a dictionary's files name, as it is asked for here; WeightsError where they name none."""
    said = public.model.removeprefix("open-clip:").removeprefix("timm:").strip()
    if not said:
        raise WeightsError("This dictionary's files do not say which model it reads. Name the model beside it.")
    return said


def load_tower(name: str) -> Clip:
    """A model whose layers a dictionary may read, by its name; errors as core.models.named_eyes.named_eyes and load_eyes."""
    return _tower(named_eyes(name))


def _tower(named: Named) -> Clip:
    """A model with what reads words for it, where there is such a thing; its classes' names are no words for features."""
    if named.family == "open_clip":
        return open_clip_model(named.name, named.tag or None)
    return timm_tower(named.name, pretrained=True)


def features_place(clip: Clip, public: PublicDictionary, pictures: int) -> Path:
    """Where what was found out of a dictionary is kept: by the numbers of both, the place, and how many pictures were looked at."""
    own = numbers_digest(dict(clip.visual.state_dict())), numbers_digest(dict(public.dictionary.state_dict())), public.hook, str(pictures)
    return cached("features") / f"{hashlib.sha256(' '.join(own).encode()).hexdigest()[:32]}.safetensors"
