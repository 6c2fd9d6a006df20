"""Sentences to targets over the real names, with the development requests and the templates."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.bench.nouns.templates import templated
from core.foundations.errors import WeightsError
from core.foundations.files import load_weights
from core.foundations.seeds import numpy_rng
from core.studio.language.lexicon import Entry, Lexicon
from core.studio.language.resolve import Resolved, understand
from core.worlds.nouns.art import SLOTS
from core.worlds.nouns.catalogue import NOTHING, parts

DEV = json.loads((Path(__file__).parent / "dev_requests.json").read_text())


def answers(found: Resolved, accept: dict, random: list) -> bool:
    """Whether all and only the right slots change, to right parts."""
    if found.refusal is not None or {t.slot for t in found.targets} != {*accept, *random}:
        return False
    return all(t.verb == "random" if t.slot in random else t.parts[0] in accept[t.slot] for t in found.targets)


def right(case: dict, lexicon: Lexicon, reading: dict) -> bool:
    found = understand(case["text"], lexicon, {**reading, **case["start"]})
    return found.undo if case["kind"] == "undo" else answers(found, case["accept"], case["random"])


def test_development_requests(lexicon, reading):
    failed = [case["text"] for case in DEV["possible"] if not right(case, lexicon, reading)]
    assert len(failed) <= 0.03 * len(DEV["possible"]), failed


def test_impossible_requests_are_refused(lexicon, reading):
    done = [case["text"] for case in DEV["impossible"] if understand(case["text"], lexicon, {**reading, **case["start"]}).refusal is None]
    assert not done


def test_templates(lexicon):
    rng = np.random.default_rng(0)
    failed = []
    for request in templated(numpy_rng("test templates"), 150):
        real = {slot: [p.id for p in parts(slot) if p.kind != NOTHING] for slot in SLOTS}
        start = {slot: ids[int(rng.integers(len(ids)))] for slot, ids in real.items()} | request.start
        if any(start[slot] in ids for slot, ids in request.accept.items()):
            continue
        if not answers(understand(request.text, lexicon, start), request.accept, list(request.random)):
            failed.append(request.text)
    assert len(failed) <= 3, failed


@pytest.mark.parametrize(
    ("sentence", "start", "match"),
    [
        ("remove the cat", {"head": "dog"}, "There is no cat here: the head is a dog."),
        ("swap the cat for a fox", {"head": "dog"}, "There is no cat here: the head is a dog."),
        ("remove the body", {}, "always there"),
        ("make the head a lion", {}, "lion"),
        ("make the shark green", {"head": "shark"}, "comes only in blue and white"),
        ("keep the glasses and make the glasses red", {}, "both to keep and to change"),
        ("make it red", {}, "What should become red"),
        ("green background", {}, "does not come in green"),
        ("take off the glasses", {"glasses": "bare"}, "There are no glasses to take away"),
        ("make the head a shark", {"head": "shark"}, "a shark already"),
    ],
)
def test_refusals_say_why(lexicon, reading, sentence, start, match):
    found = understand(sentence, lexicon, {**reading, **start})
    assert found.targets == () and match in found.refusal


def test_unclear_things_come_with_choices(lexicon, reading):
    found = understand("give him a cow", lexicon, reading)
    assert {c.entry.slot for c in found.choices} == {"head", "accessory"} and "Did you mean" in found.refusal


def test_what_could_be_done_is_told_apart(lexicon, reading):
    found = understand("make the glasses red and the head a lion", lexicon, reading)
    assert found.targets == () and [t.slot for t in found.rest] == ["glasses"]


def test_variants_of_a_thing_can_be_recoloured(lexicon, reading):
    found = understand("make the tie red", lexicon, {**reading, "accessory": "tie-purple-on-white"})
    assert [(t.slot, t.parts) for t in found.targets] == [("accessory", ("tie-red",))]


def test_meaning_reaches_what_words_do_not(lexicon):
    assert lexicon.exact("space vessel") == []
    assert lexicon.near(["space vessel"], [()], 1)[0][0][0].entry.part in {"ufo", "satellite"}


def test_vectors_of_another_model_are_refused():
    tensors, card = load_weights("nouns_texts")
    with pytest.raises(WeightsError, match="not made by this model"):
        Lexicon.build([Entry("head", "cat", "cat")], lambda texts: np.zeros((len(texts), 384)), (tensors, {**card, "model": "other"}))


def test_further_words_mean_a_part(lexicon, reading):
    """Words that no part is called by; names and groups go before them, and what the world does not hold stays refused."""
    for word, part in (("pooch", "dog"), ("chimpanzee", "ape"), ("tomcat", "cat"), ("hammerhead", "shark")):
        found = understand(f"give it a {word} head", lexicon, reading)
        assert [target.parts[0] for target in found.targets] == [part], word
    bare = Lexicon.build([Entry("head", "cat", "cat")], lexicon.embed, others={"miaower": "cat", "giraffe": "cat", "axe": "hammer"})
    assert [e.part for e in bare.other("miaowers")] == ["cat"] and not bare.other("miaower", ["glasses"])
    assert not bare.other("giraffe") and not bare.other("axe") and not bare.exact("miaower")
