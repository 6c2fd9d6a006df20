"""The real lexicon, built from the saved vectors."""

import pytest

from core.foundations.files import load_weights
from core.models.text import text_encoder
from core.models.thesaurus import load_thesaurus
from core.studio.language.lexicon import Entry, Lexicon
from core.worlds.nouns.art import SLOTS
from core.worlds.nouns.catalogue import parts


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    entries = [Entry.of(part) for slot in SLOTS for part in parts(slot)]
    return Lexicon.build(entries, text_encoder().embed, load_weights("nouns_texts"), others=load_thesaurus().certain())


@pytest.fixture
def reading() -> dict[str, str]:
    return {"background": "cool", "body": "bluegrey", "accessory": "eye", "head": "gnome", "glasses": "square-magenta"}
