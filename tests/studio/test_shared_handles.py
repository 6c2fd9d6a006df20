"""Concepts as handles, on the weights that are shipped: found by name, turned, reached by a sentence, taken back."""

from __future__ import annotations

import numpy as np
import pytest

from core.foundations.records import Edit, Handle
from core.studio import Studio


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio("nouns")


@pytest.fixture(scope="module")
def concepts(studio: Studio) -> tuple[Handle, ...]:
    return tuple(handle for handle in studio.handles() if handle.kind == "concept")


def test_each_is_a_concept_with_parts_and_a_measured_effect(studio: Studio, concepts: tuple[Handle, ...]) -> None:
    """One id for the concept and its handle, so that the wall and the map speak of the same."""
    known = {concept.id: concept for concept in studio.concepts()}
    assert len(concepts) > 20 and len({handle.id for handle in concepts}) == len(concepts)
    for handle in concepts:
        assert handle.name == known[handle.id].name and handle.slot and not handle.part
        assert handle.parts and set(handle.parts) <= {part.id for part in studio.parts(handle.slot)}
        assert handle.curve.success[handle.curve.strengths.index(1.0)] >= 0.6 and handle.best


def test_it_is_found_by_its_name(studio: Studio, concepts: tuple[Handle, ...]) -> None:
    wanted = next(handle for handle in concepts if handle.name == "white head")
    assert wanted.id in [found.handle.id for found in studio.find("white head", limit=8)]


def test_any_white_head_is_one_that_the_models_share(studio: Studio, concepts: tuple[Handle, ...]) -> None:
    """The sentence is done by the nearest part that says it, all else stays, and taking it back gives the picture again."""
    picture, wanted = studio.sample(3), next(handle for handle in concepts if handle.name == "white head")
    before = {r.slot: r.part for r in studio.read(picture)}
    result = studio.request(picture, "give it a white head")
    after = {r.slot: r.part for r in studio.read(result.picture)}
    assert not result.refusal and [edit.handle for edit in result.edits] == [wanted.id] and "share" in result.note
    assert after["head"] in wanted.parts and after["head"] != before["head"]
    assert all(after[slot] == before[slot] for slot in before if slot != "head")
    back = studio.request(result.picture, "undo that", result.edits)
    assert not back.edits


def test_a_colour_that_cannot_be_had_offers_what_is_shared(studio: Studio) -> None:
    """The head itself keeps its colours; the concepts of that name are the first to be offered."""
    result = studio.request(studio.sample(3), "make the head white")
    assert result.refusal and not result.edits and result.choices[0].handle.name == "white head"
    done = studio.edit(studio.sample(3), [Edit(result.choices[0].handle.id, result.choices[0].strength)])
    assert not np.array_equal(np.asarray(done.picture.image), np.asarray(studio.sample(3).image))


def test_a_concept_is_a_step_of_a_recipe(studio: Studio, concepts: tuple[Handle, ...]) -> None:
    start, edits = studio.sample(5), (Edit(concepts[0].id),)
    again, steps = studio.replay(studio.recipe(start, edits))
    assert steps == edits
    pictures = [np.asarray(studio.edit(one, edits).picture.image) for one in (start, again)]
    assert np.array_equal(*pictures)
