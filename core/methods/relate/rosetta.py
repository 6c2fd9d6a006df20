"""Which units of two models do the same, over all images and places: exact, streaming and mergeable.

    r(j, k) = sum_np (x_np - m)(y_np - m') / sqrt(sum_np (x_np - m)^2  sum_np (y_np - m')^2)                     (raw)
    s(j, k) = sum_np (x_np - m_p)(y_np - m'_p) / sqrt(sum_np (x_np - m_p)^2  sum_np (y_np - m'_p)^2)             (residual)

x_np is unit j of the hub on image n at place p, y_np unit k of another model there, m the mean over images and places, m_p the mean
over images at one place. Paper: papers/inner_workings_thesis.md, section 4.3, equations 4.1 and 4.2 (Dravid et al., ICCV 2023).

What differs from the authors' code, and why (reference.md, section 3):
* Theirs averages an uncentred cosine over batches, with means and spreads of batches. A unit that fires on few images is then a constant
  in most batches, and two silent units seem alike. Here all sums are over the whole data, so nothing depends on batches.
* The residual form is ours: where images share a layout, a fixed template of places explains much of r. In closed form
  sum (x - m_p)(y - m'_p) = sum (x - m)(y - m') - n sum_p (m_p - m)(m'_p - m'); here the residual is what is summed up and the
  template is put back, so that nothing cancels. Blocks are added up after Chan, Golub and LeVeque (1983), place by place.
* Maps are compared at the larger of two sizes as in the paper, and never made larger: (A x) . (B y) = (B^T A x) . y, so the larger map is
  brought to the smaller one's places by what is the transpose of the enlargement, once for each distinct size, and the product has few
  places to sum over. All pairs of units of two sizes are one matrix product in float32; sums are kept in float64.
* The null: the same sums with the images of a block shuffled between the models, each image against another, so that layouts and the
  spread of every unit stay as they are. What the blocks' means share is left out of it, on both sides of the fraction.

Images are taken in blocks of a fixed number, whatever batches they come in. A run that is split at multiples of it and merged gives the
table of the whole run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from core.foundations.concepts import Unit
from core.foundations.errors import SettingError, ShapeError
from core.foundations.files import load_tensors, save_tensors
from core.foundations.maps import Size, larger, resized
from core.foundations.seeds import numpy_rng
from core.methods.relate.rosetta_sums import Layout, Maps, Places, Plain, RosettaSettings, onto, shapes_of


class Rosetta:
    """Correlations of every unit of a hub with every unit of the other models, and with its own; images are seen once and forgotten.

    Args:
        hub: the name of the model that all others are matched with, usually the generator.
        settings: how units are compared.

    Example:
        rosetta = Rosetta("generator")
        for latents in batches:
            pictures, maps = generator.see(latents)
            rosetta.add({"generator": maps, "dino": dino.see(pictures).maps})
        rosetta.finish()
        table = rosetta.correlations("dino")
    """

    def __init__(self, hub: str, settings: RosettaSettings | None = None) -> None:
        self.hub, self.settings = hub, settings or RosettaSettings()
        self.count = 0
        self.layouts: dict[str, Layout] = {}
        self.places: dict[tuple[str, int], Places] = {}
        self.plain: dict[tuple[str, str], Plain] = {}
        self.tables: dict[str, Tensor] = {}
        self.shuffled: dict[str, Tensor] = {}
        self.waiting: dict[str, dict[str, list[Tensor]]] = {}

    @property
    def models(self) -> tuple[str, ...]:
        """The models that were matched with the hub."""
        return tuple(model for model in self.layouts if model != self.hub)

    # Taking in ------------------------------------------------------------------------------------------------------

    def add(self, maps: Mapping[str, Maps]) -> Rosetta:
        """Take in the same images as all models see them: model to layer to `[n u h w]`, in any number at a time.

        Raises:
            ShapeError: where the hub is missing, the models saw other numbers of images, or layers changed.
        """
        self._check({model: shapes_of(layers) for model, layers in maps.items()}, maps)
        for model, layers in maps.items():
            for layer, one in layers.items():
                self.waiting.setdefault(model, {}).setdefault(layer, []).append(one.detach())
        while self._waiting() >= self.settings.block:
            self._take(self.settings.block)
        return self

    def finish(self) -> Rosetta:
        """Take in what does not fill a block; call it once, at the end."""
        if self._waiting():
            self._take(self._waiting())
        return self

    def _check(self, shapes: Mapping[str, Mapping[str, tuple[int, int, int]]], maps: Mapping[str, Maps]) -> None:
        counts = {len(one) for layers in maps.values() for one in layers.values()}
        if self.hub not in maps or len(counts) != 1:
            raise ShapeError(
                f"Expected maps of {self.hub!r} and others, of as many images each; got {list(maps)} with {sorted(counts)} images."
            )
        if not self.layouts:
            self._start({model: Layout(model, one, self.settings.most) for model, one in shapes.items()})
        if set(maps) != set(self.layouts):
            raise ShapeError(f"Expected maps of {', '.join(self.layouts)}, got {', '.join(maps)}.")
        for model, layers in maps.items():
            self.layouts[model].check(layers)

    def _start(self, layouts: dict[str, Layout]) -> None:
        """Empty tables for models that are met for the first time."""
        self.layouts = layouts
        hub = layouts[self.hub]
        for model, layout in layouts.items():
            self.tables[model] = torch.zeros(hub.count, layout.count, dtype=torch.float64)
            if model != self.hub:
                self.shuffled[model] = torch.zeros(self.settings.shuffles, hub.count, layout.count, dtype=torch.float64)
            for layer, (units, _, _) in layout.shapes.items():
                self.plain[model, layer] = Plain(units)
            others = [group.size for one in layouts.values() for group in one.groups] if model == self.hub else [g.size for g in hub.groups]
            for place, group in enumerate(layout.groups):
                sizes = dict.fromkeys(larger(group.size, other) for other in others)
                self.places[model, place] = Places(group.stop - group.start, group.size, tuple(sizes))

    def _waiting(self) -> int:
        return sum(len(one) for one in next(iter(self.waiting[self.hub].values()))) if self.waiting else 0

    def _take(self, count: int) -> None:
        """Take in the first of the waiting images."""
        block: dict[str, dict[str, Tensor]] = {}
        for model, layers in self.waiting.items():
            for layer, parts in layers.items():
                whole = torch.cat(parts) if len(parts) > 1 else parts[0]
                block.setdefault(model, {})[layer] = whole[:count]
                layers[layer] = [whole[count:].clone()]  # a view would keep all of it
        rows: dict[tuple[str, int, Size], Tensor] = {}
        for model, layout in self.layouts.items():
            for layer, maps in block[model].items():
                self.plain[model, layer].take(maps, self.count)
            for place, group in enumerate(layout.groups):
                maps = torch.cat([resized(block[model][layer].float(), group.size) for layer in group.layers], 1)
                rows[model, place, group.size] = self.places[model, place].take(maps, self.count)
        self.count += count
        for model in self.layouts:
            self._multiply(model, rows, count)

    def _multiply(self, model: str, rows: dict[tuple[str, int, Size], Tensor], count: int) -> None:
        """One product for each pair of groups, and one for each shuffle."""
        for a, mine in enumerate(self.layouts[self.hub].groups):
            for b, theirs in enumerate(self.layouts[model].groups):
                if model == self.hub and b < a:
                    continue
                size = min(mine.size, theirs.size, key=lambda one: one[0] * one[1])
                x, y = (self._onto(rows, key, group.size, size) for key, group in (((self.hub, a), mine), ((model, b), theirs)))
                block, flat = (slice(mine.start, mine.stop), slice(theirs.start, theirs.stop)), y.flatten(1).T
                self._put(model, block, (x.flatten(1) @ flat).to(self.tables[model]))
                for place, step in enumerate(self._steps(model, count)):
                    moved = torch.cat([x[:, :count].roll(step, 1), torch.zeros_like(x[:, count:])], 1)
                    self.shuffled[model][place][block] += (moved.flatten(1) @ flat).to(self.tables[model])

    @staticmethod
    def _onto(rows: dict[tuple[str, int, Size], Tensor], key: tuple[str, int], own: Size, size: Size) -> Tensor:
        """A group's rows at another's places, computed once for each size."""
        model, group = key
        if (model, group, size) not in rows:
            rows[model, group, size] = onto(rows[model, group, own], size)
        return rows[model, group, size]

    def _put(self, model: str, block: tuple[slice, slice], product: Tensor) -> None:
        """Add to a table; the hub's own is symmetric."""
        self.tables[model][block] += product
        if model == self.hub and block[0] != block[1]:
            self.tables[model][block[1], block[0]] += product.T

    def _steps(self, model: str, count: int) -> list[int]:
        """By how many places the hub's images are moved on within a block, a number for each shuffle; never onto themselves."""
        if model == self.hub or count < 2:
            return []
        steps = 1 + numpy_rng("rosetta", self.settings.seed, model).permutation(self.settings.block - 1)[: self.settings.shuffles]
        return [1 + (int(step) - 1) % (count - 1) for step in steps]

    # Adding up ------------------------------------------------------------------------------------------------------

    def merge(self, other: Rosetta) -> Rosetta:
        """Take in what another accumulator saw of other images; both must have finished, or hold whole blocks.

        Raises:
            ShapeError: where it compares other models or layers, or images still wait.
            SettingError: where it compares them otherwise.
        """
        if other.settings != self.settings or other.hub != self.hub:
            raise SettingError(f"Two tables with other settings cannot be added: {self.settings} and {other.settings}.")
        if self._waiting() or other._waiting():
            raise ShapeError("Images still wait for their block to fill. Call finish() on both before they are merged.")
        if not other.layouts:
            return self
        if not self.layouts:
            self._start({name: Layout(name, one.shapes, self.settings.most) for name, one in other.layouts.items()})
        if {name: one.shapes for name, one in self.layouts.items()} != {name: one.shapes for name, one in other.layouts.items()}:
            raise ShapeError("Two tables of other models or layers cannot be added.")
        moved = {key: one.merge(other.places[key], self.count, other.count) for key, one in self.places.items()}
        for (model, layer), plain in self.plain.items():
            _, h, w = self.layouts[model].shapes[layer]
            plain.merge(other.plain[model, layer], self.count, other.count, h * w)
        for model, layout in self.layouts.items():
            self.tables[model] += other.tables[model]
            for a, mine in enumerate(self.layouts[self.hub].groups):
                for b, theirs in enumerate(layout.groups):
                    product = onto(moved[self.hub, a], theirs.size).flatten(1) @ moved[model, b].flatten(1).T
                    self.tables[model][mine.start : mine.stop, theirs.start : theirs.stop] += product
        for model, null in self.shuffled.items():
            null += other.shuffled[model]
        self.count += other.count
        return self

    # Reading --------------------------------------------------------------------------------------------------------

    def units(self, model: str) -> tuple[Unit, ...]:
        """A model's units in the order of its tables."""
        return self.layouts[model].units

    def spread(self, model: str) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of each unit over images and places at its own size, `[u]` each, in float64."""
        layout, means, stds = self.layouts[model], [], []
        for layer in (layer for group in layout.groups for layer in group.layers):
            _, h, w = layout.shapes[layer]
            means.append(self.plain[model, layer].mean)
            stds.append((self.plain[model, layer].squares / max(1, self.count * h * w)).sqrt())
        return torch.cat(means), torch.cat(stds)

    def correlations(self, model: str, raw: bool = False) -> Tensor:
        """Pearson correlations of the hub's units with a model's, `[u_hub u]` in float64; 0 where a unit never changes.

        Args:
            model: one of the others, or the hub itself.
            raw: with the mean maps; else of what is left without them.
        """
        return self._table(model, self.tables[model], "raw" if raw else "residual")

    def null(self, model: str) -> Tensor:
        """The residual correlations with the images shuffled, `[shuffles u_hub u]`."""
        return torch.stack([self._table(model, one, "within") for one in self.shuffled[model]])

    def _table(self, model: str, sums: Tensor, kind: str) -> Tensor:
        out = torch.empty_like(sums)
        for a, mine in enumerate(self.layouts[self.hub].groups):
            for b, theirs in enumerate(self.layouts[model].groups):
                size, block = larger(mine.size, theirs.size), (slice(mine.start, mine.stop), slice(theirs.start, theirs.stop))
                x, y = self.places[self.hub, a], self.places[model, b]
                product, kept = sums[block], "within" if kind == "within" else "residual"
                first, second = (getattr(one, kept)[one.sizes.index(size)] for one in (x, y))
                if kind == "raw":
                    one, other = x.template(size), y.template(size)
                    product = product + self.count * one @ other.T
                    first, second = first + self.count * one.square().sum(1), second + self.count * other.square().sum(1)
                out[block] = product * x.scale(first)[:, None] * y.scale(second)
        return out.clamp(-1, 1)

    # Keeping --------------------------------------------------------------------------------------------------------

    def tensors(self) -> dict[str, Tensor]:
        """All that was taken in, by name; not the images that wait for their block: go on after `count`."""
        about = {"hub": self.hub, "count": self.count, "settings": asdict(self.settings)}
        about["layouts"] = {model: layout.shapes for model, layout in self.layouts.items()}
        found = {"about": torch.tensor(list(json.dumps(about).encode()), dtype=torch.uint8)}
        found |= {f"table/{model}": table for model, table in self.tables.items()}
        found |= {f"shuffled/{model}": table for model, table in self.shuffled.items()}
        for kind, held in (("places", self.places), ("plain", self.plain)):
            for number, one in enumerate(held.values()):
                found |= {f"{kind}/{number}/{name}": tensor for name, tensor in vars(one).items() if isinstance(tensor, Tensor)}
        return found

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor]) -> Rosetta:
        """What `tensors` gave."""
        about = json.loads(bytes(tensors["about"].tolist()))
        found = cls(about["hub"], RosettaSettings(**about["settings"]))
        if about["layouts"]:
            shapes = {m: {layer: (u, h, w) for layer, (u, h, w) in one.items()} for m, one in about["layouts"].items()}
            found._start({model: Layout(model, one, found.settings.most) for model, one in shapes.items()})
        found.count = about["count"]
        found.tables = {model: tensors[f"table/{model}"] for model in found.tables}
        found.shuffled = {model: tensors[f"shuffled/{model}"] for model in found.shuffled}
        for kind, held in (("places", found.places), ("plain", found.plain)):
            for number, one in enumerate(held.values()):
                vars(one).update({name: tensors[f"{kind}/{number}/{name}"] for name, kept in vars(one).items() if isinstance(kept, Tensor)})
        return found

    def save(self, path: Path) -> None:
        """Keep what was taken in, as safetensors, whole or not at all."""
        save_tensors(path, self.tensors())

    @classmethod
    def load(cls, path: Path) -> Rosetta:
        """What `save` kept; WeightsError where the file is damaged."""
        return cls.of(load_tensors(path))
