"""How a vision transformer decides: the vote block by block, what each patch says, and the keys of a class. Mixed into the studio."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.class_records import Active, Classes, ClassKeys, KeyNeuron, Relative, Rising
from core.foundations.errors import LayerError, RequestError
from core.foundations.named_neurons import NamedNeuron
from core.foundations.records import Picture
from core.foundations.threads import sized
from core.methods.read import class_space as space
from core.methods.read import key_value as kv
from core.methods.read.class_space import Depths
from core.methods.read.segment_refine import scaled
from core.methods.read.windows import upsample
from core.models.anatomy import Anatomy
from core.models.classifier import Classifier, classifier_of, with_classes
from core.models.clip import Clip
from core.studio.looks import Canvas, Look, Looks
from core.studio.named_keys import NamedKeys, SeerVerbs

RISING, SPEAKS, BEST, RELATIVES, SHARED = 6, 3, 4, 6, 3
"""Classes on the way, classes that a neuron speaks for, best keys, relatives, and keys of each block by which these are found."""
MEGABYTES = 64
"""Of pictures that are kept, for a second question about one of them."""


@dataclass(frozen=True)
class Decided:
    """One picture before a classifier: what one forward left, and the classes at its proportions."""

    look: Look
    classifier: Classifier
    depths: Depths


@dataclass(frozen=True)
class Tables:
    """What a classifier's weights say of its keys.

    Attributes:
        keys: the best of every class in every block.
        places: each class's place among those that each of its best keys raises, `[l c k]`; 0 is first.
        speaks: for each block the classes that each value raises most, `[u SPEAKS]`.
    """

    keys: kv.Keys
    places: Tensor
    speaks: tuple[Tensor, ...]


@sized
class ClassSight:
    """A classifier joined to pictures. Read-only, shared between sessions.

    Args:
        clip: the tower, with how pictures come before it; a HeadedClip where it has a head of its own.
        names: of the classes, in order.
        canvas: how a picture is laid before the tower.
        vectors: of the classes in the joint space `[c k]`, where the tower has no head of its own.
        neurons: those that have names.
        sharp: what the vote's logits are multiplied by besides, where classes mean nearly the same and share what is one vote.
    """

    def __init__(
        self,
        clip: Clip,
        names: Sequence[str],
        canvas: Canvas,
        vectors: Tensor | None = None,
        neurons: Sequence[NamedNeuron] = (),
        sharp: float = 1.0,
    ) -> None:
        self.clip, self.names, self.vectors, self.sharp = clip, tuple(names), vectors, sharp
        self.known = {(one.block, one.neuron): one for one in neurons}
        self.looks = Looks(clip, canvas, MEGABYTES)

    @cached_property
    def work(self) -> float:
        """Multiply-adds of the tower for one picture, the attention's own left out."""
        anatomy = self.clip.anatomy
        return 12.0 * anatomy.layers * anatomy.width**2 * anatomy.tokens

    @cached_property
    def _second(self) -> tuple[Tensor, Tensor] | None:
        """The head of a distilled tower's second token; None where it has none."""
        return None if self.vectors is not None else classifier_of(self.clip.tower, self.clip.image_size).second

    @cached_property
    def plain(self) -> Classifier:
        """The classifier at the tower's own proportions, once."""
        return self._classifier(self.clip.anatomy)

    @cached_property
    def tables(self) -> Tables:
        """What the weights say of all classes and keys. Once."""
        aligned = [kv.alignment(self.plain, layer) for layer in range(self.plain.anatomy.layers)]
        keys = kv.keys_of(aligned, BEST)
        before = [table[neurons] > own[..., None] for table, neurons, own in zip(aligned, keys.neurons, keys.scores, strict=True)]
        return Tables(keys, torch.stack([one.sum(-1) for one in before]), tuple(table.topk(SPEAKS, 1).indices for table in aligned))

    def place(self, name: str) -> int:
        """A class by its name; RequestError where there is none."""
        found = {known.casefold(): place for place, known in enumerate(self.names)}
        wanted = name.casefold().strip() if isinstance(name, str) else ""
        if wanted not in found:
            near = difflib.get_close_matches(wanted, found, 3, 0.4)
            told = f" The nearest are {', '.join(near)}." if near else ""
            raise RequestError(f"This model knows no class {str(name)[:40]!r}; it knows {len(self.names)}.{told}")
        return found[wanted]

    @torch.no_grad()
    def classes(self, picture: Picture, name: str = "", limit: int = RISING) -> Classes:
        """How a picture is decided; errors as in `ClassVerbs.classes`."""
        own = self._decided(picture)
        votes = space.votes(own.classifier, own.depths)[:, 0]
        shares = votes.softmax(-1)
        chosen = self.place(name) if name else int(votes[-1].argmax())
        said = own.look.view.kept("said", lambda: self._said(own))
        rows = own.look.view.kept("rows", lambda: space.rows_of(own.classifier, own.depths))
        importance = space.importance(own.classifier, own.depths, torch.tensor([chosen], device=votes.device), rows=rows)[0]
        tokens, sure = said
        return Classes(
            self.names[chosen],
            self._rising(votes, shares, limit),
            *self._named(tokens, sure),
            self._map(own.look, importance[own.classifier.anatomy.extra :]),
            tuple((tokens == chosen).float().mean((1, 2)).tolist()),
            self._identified(own, chosen),
        )

    @torch.no_grad()
    def class_keys(self, picture: Picture, name: str, limit: int = BEST) -> ClassKeys:
        """Who brings a class about in a picture; errors as in `ClassVerbs.class_keys`."""
        own, chosen = self._decided(picture), self.place(name)
        tables = self.tables
        neurons, scores, places = (one[:, chosen] for one in (tables.keys.neurons, tables.keys.scores, tables.places))
        top, home = float(scores.max()), int(scores[:, 0].argmax())
        maps = torch.stack([kv.key_maps(own.classifier, own.depths, layer, row)[0] for layer, row in enumerate(neurons)])
        made = lambda layer, rank: self._neuron(own.look, maps, neurons, scores / top, places, layer, rank)  # noqa: E731
        order = scores.flatten().argsort(descending=True)[: min(limit, scores.numel())].tolist()
        width = scores.shape[1]
        means = kv.running_mean(maps[:, 0])
        return ClassKeys(
            self.names[chosen],
            tuple(made(at // width, at % width) for at in order),
            tuple(made(layer, 0) for layer in range(len(neurons))),
            tuple(self._map(own.look, one) for one in means),
            home,
            float((tables.keys.block() == home).float().mean()),
            self._relatives(chosen),
        )

    @torch.no_grad()
    def key_active(self, picture: Picture, block: int, neuron: int) -> Active:
        """Where one neuron is active in a picture; errors as in `ClassVerbs.key_active`."""
        own = self._decided(picture)
        counts = [len(one.fc1_bias) for one in own.classifier.anatomy.blocks]
        known = f"blocks 0 to {len(counts) - 1}, with neurons 0 to {counts[0] - 1} in each"
        if not 0 <= block < len(counts) or not 0 <= neuron < counts[block]:
            raise LayerError(f"There is no neuron {neuron} of block {block}; this model has {known}.")
        place = torch.tensor([neuron], device=own.depths.streams[0].device)
        return self._active(own.look, kv.key_maps(own.classifier, own.depths, block, place)[0, 0])

    # Within -------------------------------------------------------------------------------------------------------

    def _classifier(self, anatomy: Anatomy, scale: float = 1.0) -> Classifier:
        if self.vectors is None:
            return Classifier(self.clip.tower, anatomy, self._second)
        return with_classes(self.clip.tower, anatomy, self.vectors, scale)

    def _decided(self, picture: Picture) -> Decided:
        """A picture as it was decided before, where it was; one forward otherwise."""
        look = self.looks.of(picture)
        plain = Classifier(look.clip.tower, look.anatomy, self._second)
        depths = look.view.kept("depths", lambda: space.depths_of(plain, look.clip.normalise(look.shown.squashed)))
        if self.vectors is None:
            return Decided(look, plain, depths)
        # The choice is by cosine: the answer's own length is taken for all depths, so that the last vote is the choice itself.
        length = float(plain.answer(depths.streams[-1]).norm())
        return Decided(look, self._classifier(look.anatomy, self.sharp * float(look.clip.logit_scale) / length), depths)

    def _said(self, own: Decided) -> tuple[Tensor, Tensor]:
        """What every patch says most at every depth, and how much, `[l+1 gh gw]` each."""
        anatomy = own.classifier.anatomy
        found = [own.classifier.logits(stream)[0, anatomy.extra :].softmax(-1).max(-1) for stream in own.depths.streams]
        sure, tokens = (torch.stack(several).unflatten(1, anatomy.grid) for several in zip(*found, strict=True))
        return tokens, sure

    def _identified(self, own: Decided, chosen: int) -> tuple[float, ...]:
        """How many classes a patch puts behind one, at every depth: the paper's identifiability, patches alone."""
        label, extra = torch.tensor([chosen], device=own.depths.streams[0].device), own.classifier.anatomy.extra
        ranks = [space.ranks(own.classifier.logits(stream)[:, extra:], label) for stream in own.depths.streams]
        return tuple(float(space.identifiability(one, len(self.names)).mean()) for one in ranks)

    def _rising(self, votes: Tensor, shares: Tensor, limit: int) -> tuple[Rising, ...]:
        """The classes that end best, and those that led somewhere on the way."""
        ends = votes[-1].argsort(descending=True)[: max(1, limit - limit // 2)].tolist()
        peaks = shares.amax(0).argsort(descending=True).tolist()
        wanted = [*ends, *(place for place in peaks if place not in ends)][:limit]
        ranks = (votes[:, None] > votes[:, wanted][..., None]).sum(-1)
        return tuple(
            Rising(self.names[place], tuple(shares[:, place].tolist()), tuple(ranks[:, at].tolist())) for at, place in enumerate(wanted)
        )

    def _named(self, tokens: Tensor, sure: Tensor) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
        """Tokens as places in a short list of names, the commonest first."""
        found, counts = tokens.unique(return_counts=True)
        order = found[counts.argsort(descending=True)]
        where = torch.zeros(len(self.names), dtype=torch.long, device=tokens.device)
        where[order] = torch.arange(len(order), device=tokens.device)
        return where[tokens].cpu().numpy(), sure.cpu().numpy(), tuple(self.names[place] for place in order.tolist())

    def _map(self, look: Look, values: Tensor) -> np.ndarray:
        """One value for each patch `[p]` as a heat at the picture's size, `[h w]` in [0, 1]."""
        return self._cut(look, values.reshape(look.anatomy.grid))

    def _cut(self, look: Look, grid: Tensor) -> np.ndarray:
        top, left, height, width = look.window
        inside = upsample(grid[None, None].float(), look.clip.image_size)[..., top : top + height, left : left + width]
        inside = inside if tuple(inside.shape[2:]) == look.size else F.interpolate(inside, look.size, mode="bilinear", align_corners=False)
        return scaled(inside[0, 0]).cpu().numpy()

    def _active(self, look: Look, values: Tensor) -> Active:
        heat = self._map(look, values)
        return Active(heat, heat > np.quantile(heat, kv.KeySettings().percentile))

    def _neuron(self, look: Look, maps: Tensor, neurons: Tensor, strength: Tensor, places: Tensor, layer: int, rank: int) -> KeyNeuron:
        """One key, with its map over the picture."""
        values, neuron = maps[layer, rank], int(neurons[layer, rank])
        active, known = self._active(look, values), self.known.get((layer, neuron))
        spread = values.std().clamp(min=kv.TINY)
        return KeyNeuron(
            layer,
            neuron,
            known.name if known else "",
            tuple(self.names[place] for place in self.tables.speaks[layer][neuron].tolist()),
            rank,
            float(strength[layer, rank]),
            active.heat,
            active.mask,
            float((values.max() - values.mean()) / spread),
            known.best if known else (),
            tuple(map(self._spot, known.places)) if known else (),
            int(places[layer, rank]),
        )

    def _spot(self, patch: int) -> tuple[float, float]:
        """The middle of a patch at the tower's own proportions, as shares of a picture's width and height."""
        rows, columns = self.plain.anatomy.grid
        return (patch % columns + 0.5) / columns, (patch // columns + 0.5) / rows

    def _relatives(self, chosen: int) -> tuple[Relative, ...]:
        """Classes with the most keys in common, over all blocks; of as many the nearer ones first."""
        keys = self.tables.keys
        count = min(SHARED, keys.neurons.shape[2])
        shared = kv.sharing(keys, chosen, count).sum(0)
        near = F.normalize(self.plain.vectors.T, dim=1)
        order = (shared + near @ near[chosen]).argsort(descending=True).tolist()
        of = count * len(keys.neurons)
        return tuple(Relative(self.names[p], int(shared[p]), of) for p in order if p != chosen and int(shared[p]) > 0)[:RELATIVES]


class ClassVerbs:
    """What a studio, or its photographs, can do by the classes of a vision transformer."""

    @property
    def class_sight(self) -> ClassSight:
        """What looks and decides, loaded when it is first asked for; errors as in `class_names`."""
        raise AssertionError("whoever has these verbs says what decides")

    def class_names(self) -> tuple[str, ...]:
        """The classes that the model tells apart.

        Raises:
            StudioError: where the world has no such model.
            WeightsError: where its eyes were not fetched.
        """
        return self.class_sight.names

    def classes(self, picture: Picture, name: str = "", limit: int = RISING) -> Classes:
        """How a picture is decided: the vote after each block, what each patch says there, and where the answer comes from.

        Args:
            picture: of this world, whole.
            name: the class whose importance is mapped; the answer where "".
            limit: classes on the way, at most.

        Returns:
            `core.foundations.class_records.Classes`; its importance `[h w]` lies on the picture, in [0, 1].

        Raises:
            RequestError: where there is no such class.
            StudioError: where the world has no such model.
            WeightsError: where its eyes were not fetched.
        """
        return self.class_sight.classes(picture, name, limit)

    def class_keys(self, picture: Picture, name: str, limit: int = BEST) -> ClassKeys:
        """The neurons that bring a class about, where they are active in a picture, block by block, and the classes that share them.

        Args:
            picture: of this world, whole.
            name: of the class.
            limit: best keys of all blocks, at most.

        Returns:
            `core.foundations.class_records.ClassKeys`; maps `[h w]` lie on the picture, in [0, 1].

        Raises:
            RequestError: where there is no such class.
            StudioError: where the world has no such model.
            WeightsError: where its eyes were not fetched.
        """
        return self.class_sight.class_keys(picture, name, limit)

    def key_active(self, picture: Picture, block: int, neuron: int) -> Active:
        """Where a neuron is active in a picture, such as one of those that excite it most (`KeyNeuron.best`).

        Args:
            picture: of this world, whole.
            block: first is 0.
            neuron: its place there.

        Returns:
            `core.foundations.class_records.Active`; `[h w]` at the picture's size.

        Raises:
            LayerError: where there is no such neuron.
            StudioError: where the world has no such model.
            WeightsError: where its eyes were not fetched.
        """
        return self.class_sight.key_active(picture, block, neuron)


class StudioClasses(ClassVerbs, SeerVerbs):
    """The same for a world with a library."""

    library: Any

    @property
    def class_sight(self) -> ClassSight:
        """The library's; errors as in `class_names`."""
        return self.library.class_sight

    @property
    def named_keys(self) -> NamedKeys:
        """The library's; none where a world has no such model."""
        return self.library.named_keys
