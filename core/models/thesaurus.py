"""Words that captions never used, as names that they did use: "feline" is read as "cat".

A sentence encoder knows words by the company they keep, so "feline" lies nearer to "lion" than to "cat". A thesaurus
says which is meant. The table is made by core.train.scenes.words from word lists; here it is only read. It holds words
and short phrases of everyday English with the one name each most likely means, and how sure that is.
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass

import torch
from torch import Tensor

from core.foundations.files import load_weights

_IRREGULAR = {"mice": "mouse", "geese": "goose", "teeth": "tooth", "feet": "foot", "leaves": "leaf", "knives": "knife", "wolves": "wolf"}
_FRAMES = re.compile(r"^(?:(?:head|face|picture|image|drawing) of |pixel art )?(?:an? |the )?(.+?)(?: (?:head|face))?$")
"""What may stand around a word without changing what it names."""


def singular(word: str) -> str:
    """A noun without its plural ending, as far as spelling tells: "boxes" is "box", "glass" stays."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 3 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and re.search("(?:ches|shes|xes|sses|zes|toes)$", word):
        return word[:-2]
    return word[:-1] if len(word) > 3 and re.search("[^sui]s$", word) else word


def plain(phrase: str) -> str:
    """A phrase in lower case, without signs and article, its last word in the singular; empty where nothing is left."""
    words = re.sub(r"[^a-z0-9' ]+", " ", phrase.lower()).split()
    while words and words[0] in ("a", "an", "the", "some"):
        words = words[1:]
    return " ".join([*words[:-1], singular(words[-1])]) if words else ""


def unframed(phrase: str) -> str:
    """The plain form of what a phrase names: "cat" for "the face of a cat", "a cat head" and "cats"."""
    framed = _FRAMES.match(phrase.lower().strip())
    return plain(framed[1] if framed else phrase)


@dataclass(frozen=True)
class Thesaurus:
    """Words to names.

    Attributes:
        names: for each word, in plain form, the name that it is read as.
        sure: for each word how likely that reading is, in [0, 1].
    """

    names: dict[str, str]
    sure: dict[str, float]

    def reading(self, phrase: str, least: float = 0.0) -> str | None:
        """The name that a phrase is read as, or None where the table does not know it or is less sure than `least`.

        Args:
            phrase: a noun phrase; "face of a feline" and "felines" are read as "feline" is.
            least: how sure the table has to be, in [0, 1].
        """
        for form in (plain(phrase), unframed(phrase)):
            if form in self.names and self.sure[form] >= least:
                return self.names[form]
        return None

    def certain(self, least: float = 0.95) -> dict[str, str]:
        """Words with the names that they are read as, those alone of which the table is at least this sure."""
        return {word: name for word, name in self.names.items() if self.sure[word] >= least}


def thesaurus_to_tensors(thesaurus: Thesaurus) -> dict[str, Tensor]:
    """For a file: `table` uint8, the packed bytes of a JSON: for each name its words, each with how sure it is in hundredths."""
    found: dict[str, list[str]] = {}
    for word in sorted(thesaurus.names):
        found.setdefault(thesaurus.names[word], []).append(f"{word} {round(100 * thesaurus.sure[word])}")
    text = json.dumps({name: "; ".join(words) for name, words in sorted(found.items())})
    return {"table": torch.frombuffer(bytearray(zlib.compress(text.encode(), 9)), dtype=torch.uint8)}


def load_thesaurus(name: str = "scenes_words") -> Thesaurus:
    """The table that lies in `assets/<name>.safetensors`; WeightsError where it is missing or not the one its card describes."""
    table = load_weights(name)[0]["table"]
    names, sure = {}, {}
    for target, words in json.loads(zlib.decompress(bytes(table.numpy()))).items():
        for entry in words.split("; "):
            word, _, hundredths = entry.rpartition(" ")
            names[word], sure[word] = target, int(hundredths) / 100
    return Thesaurus(names, sure)
