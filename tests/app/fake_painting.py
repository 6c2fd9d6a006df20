"""A stand-in for the painter: it knows the names of the few parts of the stand-in studio, and draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.foundations.painted import AskedPart, Painted, PaintedNoun, PaintedScene, PaintedScenes, Painting
from core.foundations.records import Picture
from core.worlds.scenes.world import SceneWorld


class FakePainting:
    """The verb, for a world that has `compose`.

    Attributes:
        names: what a prompt may name, with slot and part.
        lost: seeds, counted from the first, whose pictures lack what was asked for.
    """

    compose: Callable[..., Picture]
    names: Mapping[str, tuple[str, str]] = {
        "shark": ("head", "shark"),
        "cat": ("head", "cat"),
        "pizza": ("head", "pizza"),
        "red glasses": ("glasses", "square-red"),
        "teal body": ("body", "teal"),
    }
    lost: tuple[int, ...] = (0,)

    def paint(self, prompt: str, count: int = 1, seed: int = 0) -> Painted:
        """Drawings of what is named."""
        asked = {slot: (part, name) for name, (slot, part) in self.names.items() if name in prompt.lower()}
        if not asked:
            return Painted(prompt, (), f"I know no “{prompt}”. Say, for example, “a shark with red glasses”.")
        found = []
        for at in range(count):
            picture = self.compose({slot: part for slot, (part, _) in asked.items()}, seed % 1000 + at)
            parts = tuple(AskedPart(slot, part, name, "a cat head" if at in self.lost else "") for slot, (part, name) in asked.items())
            said = f"You asked for a {parts[0].name}, but I see a cat head." if at in self.lost else "All is there."
            found.append(Painting(picture, prompt, seed + at, parts, said))
        return Painted(prompt, tuple(found))

    def paint_scene(self, prompt: str, count: int = 1, seed: int = 0) -> PaintedScenes:
        """Any scene, where the prompt names a shark; the first lacks it."""
        if "shark" not in prompt:
            return PaintedScenes(prompt, (), f"I know no “{prompt}”.")
        found = []
        for at in range(count):
            part = AskedPart("head", "shark", "shark head", "" if at else "a cat head")
            picture = SceneWorld().picture(seed % 1000 + at)
            nouns = (PaintedNoun("a shark", (part,), (0, 0), False, 1.0),)
            found.append(
                PaintedScene(picture, prompt, seed + at, nouns, (0, 0, 0, 0), "All is there." if at else "I see a cat head.", at > 0)
            )
        return PaintedScenes(prompt, tuple(found))
