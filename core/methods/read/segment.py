"""Where is it? Every way to segment by text behind one function, without training any of them.

    heat = [0, 1] of refine(mean over windows of upsample(map(I, t) against map(I, others))),   mask = heat > threshold

The methods are those of papers/inner_workings_thesis.md, Tables 2.4 and 3.4, those that one would take today instead,
and the studio's own, `studio`. That one starts from token maps (section 2.5), which hold what the model really used,
against the other texts; shifted windows make the heat finer than the patches; its geometric mean with itself filtered
along the picture's edges keeps to the part; and half of the brightest stands in the place of the mean as the cut, which
takes in too much around small things. Other maps, and patches that share what they say with patches like them, can be
mixed in where a tower gains by it; the scenes' does not. Nothing is learnt.

Differs from the authors' code for token maps: scores are contracted before the joint space is built; pictures of a batch
do not share their scale (theirs do, so that only batches of one are right); and the picture is squashed to the tower's
size and the heat brought back the same way, so that heat and mask lie on each other (theirs crops the one and squashes
the other, shared/reference.md, section 1).
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.errors import SettingError, ShapeError
from core.methods.read import relevance
from core.methods.read.decompose import per_image, pull_back
from core.methods.read.segment_dense import FEATURES, cosines
from core.methods.read.segment_neurons import neurons
from core.methods.read.segment_refine import mix, scaled, spread_by_likeness
from core.methods.read.segment_says import SAYS
from core.methods.read.segment_settings import Heat, Segmenting, cut_at
from core.methods.read.segment_view import View
from core.methods.read.shown import Shown
from core.methods.read.windows import WindowMean, upsample


@dataclass(frozen=True)
class Asking:
    """What a method is asked, besides the pictures.

    Attributes:
        settings: of the method.
        directions: of neurons, layer to `[u k]`, or None.
        scales: of neurons, layer to mean and spread `[2 u]`, or None.
    """

    settings: Segmenting
    directions: Mapping[int, Tensor] | None = None
    scales: Mapping[int, Tensor] | None = None


Map = Callable[[View, Tensor, Asking], Tensor]
"""From pictures and texts `[n m k]` to maps `[n m gh gw]`."""


@dataclass(frozen=True)
class Method:
    """One way to segment.

    Attributes:
        map: what it does.
        says: in a few words, for the page.
        reads_text: whether its map depends on the text.
        published: its settings as its authors use it.
    """

    map: Map
    says: str
    reads_text: bool = True
    published: Segmenting = field(default_factory=Segmenting)


def tokens(view: View, texts: Tensor, asking: Asking) -> Tensor:
    """What each patch adds to the score through the heads (section 2.5): `[n m gh gw]` for texts `[n m k]`."""
    anatomy = view.anatomy
    first = max(0, anatomy.layers - asking.settings.last) if asking.settings.last else 0
    pulled = pull_back(anatomy, texts.flatten(0, 1)).unflatten(0, texts.shape[:2])
    return view.patches(pulled @ view.written(first).mT * per_image(view.seen, False))


def _dense(name: str) -> Map:
    def run(view: View, texts: Tensor, asking: Asking) -> Tensor:
        layers = asking.settings.surgery
        return cosines(view, view.kept((name, layers), lambda: FEATURES[name](view, layers)), texts)

    return run


def _relevance(function: Callable[[View, Tensor], Tensor]) -> Map:
    return lambda view, texts, asking: function(view, texts)


def _neurons(signed: bool) -> Map:
    def run(view: View, texts: Tensor, asking: Asking) -> Tensor:
        own = asking.settings
        layers = own.neuron_layers or (tuple(sorted(asking.directions)) if asking.directions else None)
        return neurons(view, texts, layers, own.neurons, signed, asking.directions, asking.scales)

    return run


def _unmixed(view: View, texts: Tensor, asking: Asking) -> Tensor:
    raise AssertionError("studio is a mixture and has no map of its own")


AGAINST = Segmenting(contrast="mean")
STUDIO = Segmenting(contrast="mean", clip=True, threshold=0.5, windows=2, likeness=0.0, radius=0.75, eps=1e-4)

METHODS: dict[str, Method] = {
    "studio": Method(_unmixed, SAYS["studio"], published=STUDIO),
    "tokens": Method(tokens, SAYS["tokens"], published=Segmenting(contrast="mean", clip=True)),
    "neurons": Method(_neurons(False), SAYS["neurons"], published=Segmenting(threshold=0.5)),
    "neurons_signed": Method(_neurons(True), SAYS["neurons_signed"]),
    "attention": Method(_relevance(relevance.attention_map), SAYS["attention"], False),
    "rollout": Method(_relevance(relevance.rollout), SAYS["rollout"], False),
    "gradcam": Method(_relevance(relevance.gradcam), SAYS["gradcam"]),
    "lrp": Method(_relevance(relevance.lrp), SAYS["lrp"]),
    "partial_lrp": Method(_relevance(relevance.partial_lrp), SAYS["partial_lrp"]),
    "chefer": Method(_relevance(relevance.chefer), SAYS["chefer"]),
    "generic": Method(_relevance(relevance.generic), SAYS["generic"]),
    "patches": Method(_dense("patches"), SAYS["patches"], published=AGAINST),
    "maskclip": Method(_dense("maskclip"), SAYS["maskclip"], published=AGAINST),
    "clearclip": Method(_dense("clearclip"), SAYS["clearclip"], published=AGAINST),
    "naclip": Method(_dense("naclip"), SAYS["naclip"], published=AGAINST),
    "sclip": Method(_dense("sclip"), SAYS["sclip"], published=AGAINST),
    "clipsurgery": Method(_dense("clipsurgery"), SAYS["clipsurgery"], published=AGAINST),
}
"""Every method by its name."""


def method_of(name: str) -> Method:
    """A method by its name; SettingError, with the nearest names, where there is none."""
    if name not in METHODS:
        near = ", ".join(difflib.get_close_matches(name, METHODS, 3, 0.3)) or ", ".join(METHODS)
        raise SettingError(f"There is no way to segment named {name!r}. The nearest are {near}.")
    return METHODS[name]


@torch.no_grad()
def segment(
    shown: Shown,
    texts: Tensor,
    method: str = "studio",
    settings: Segmenting | None = None,
    against: Tensor | None = None,
    directions: Mapping[int, Tensor] | None = None,
    scales: Mapping[int, Tensor] | None = None,
) -> Heat:
    """Where texts are seen in pictures.

    Args:
        shown: pictures before a CLIP, `n` of them; where they are kept, they are seen only once for all texts.
        texts: `[n k]`, one for each picture, or `[1 k]`, one for all; or several for each, `[n m k]` or `[1 m k]`.
        method: a name of METHODS.
        settings: those of the method's authors where None.
        against: other texts `[a k]`, such as all names of things that may be there; one that is the text itself does
            not count against it, except in the mean, as in the thesis. None leaves every contrast out.
        directions: for neurons, layer to `[u k]`; their own readouts where None.
        scales: for signed neurons, layer to mean and spread `[2 u]`; those of each picture where None.

    Returns:
        Heat with axes `[n h w]`, or `[n m h w]` where texts had three axes, at the pictures' size.

    Raises:
        SettingError: where there is no such method.
        ShapeError: where pictures and texts do not fit.
    """
    settings = settings or method_of(method).published
    asked = _asked(shown.images, texts).to(shown.images)
    parts = settings.mixture if method == "studio" else ((method, 1.0),)
    asking = Asking(settings, directions, scales)
    maps = _windowed(shown, asked, tuple(name for name, _ in parts), asking, against)
    raw = maps[0] if method != "studio" else mix(maps, [weight for _, weight in parts], settings.mix)
    size = (shown.images.shape[-2], shown.images.shape[-1])
    raw = raw if tuple(raw.shape[-2:]) == size else upsample(raw, size)
    if settings.radius:
        # The filter fills a part to its edges and takes likely-coloured neighbours in; where both agree is the part.
        raw = (scaled(raw) * scaled(shown.guide(settings.radius, settings.eps)(raw))).sqrt()
    raw = raw if texts.ndim == 3 else raw[:, 0]
    heat = scaled(raw)
    return Heat(raw, heat, cut_at(heat, settings.threshold), method)


def _asked(images: Tensor, texts: Tensor) -> Tensor:
    """Texts as `[n m k]`; ShapeError where they do not fit the pictures."""
    if images.ndim != 4 or images.shape[1] != 3 or texts.ndim not in (2, 3) or len(texts) not in (1, len(images)):
        raise ShapeError(
            f"Expected pictures [n 3 h w] and texts [n k], [1 k], [n m k] or [1 m k], got {list(images.shape)} and {list(texts.shape)}. "
            "To ask several texts of every picture, give [1 m k]."
        )
    texts = texts if texts.ndim == 3 else texts[:, None]
    return texts.to(images.device).expand(len(images), -1, -1)


def _windowed(shown: Shown, texts: Tensor, names: tuple[str, ...], asking: Asking, against: Tensor | None) -> list[Tensor]:
    """For each method maps `[n m h w]` at the tower's size, the mean over shifted windows."""
    settings = asking.settings
    means = [WindowMean() for _ in names]
    for down, right, view in shown.windows(settings.windows):
        for name, mean in zip(names, means, strict=True):
            maps = _contrasted(view, texts, name, asking, against)
            if settings.likeness:
                features = view.seen.normed[settings.likeness_layer][:, view.anatomy.extra :]
                maps = spread_by_likeness(maps, features, settings.likeness)
            mean.add(upsample(maps, shown.clip.image_size, settings.upsampling), down, right)
    return [mean.mean.clamp(min=0) if settings.clip else mean.mean for mean in means]


def _contrasted(view: View, texts: Tensor, name: str, asking: Asking, against: Tensor | None) -> Tensor:
    """A method's maps `[n m gh gw]` of texts `[n m k]`, with what the other texts say against them."""
    settings, method = asking.settings, method_of(name)
    if against is None or not len(against) or settings.contrast == "none" or not method.reads_text:
        return method.map(view, texts, asking)
    others = against.to(texts)
    if settings.contrast == "mean":
        # Where maps are linear in the text, the map of the difference is the difference of all maps; where they are
        # not, it is the map of what sets the text apart.
        return method.map(view, texts - others.mean(0), asking)
    maps = method.map(view, torch.cat([texts, others.expand(len(texts), -1, -1)], 1), asking)
    return against_others(maps[:, : texts.shape[1]], maps[:, texts.shape[1] :], _same(texts, others), settings)


def _same(texts: Tensor, others: Tensor) -> Tensor:
    """Which of the other texts is the text itself: `[n m a]` bool."""
    return F.normalize(texts, dim=-1) @ F.normalize(others, dim=-1).T > 1 - 1e-5


def against_others(maps: Tensor, others: Tensor, same: Tensor, settings: Segmenting) -> Tensor:
    """What is left of maps when other maps compete for the places.

    Args:
        maps: `[n m gh gw]`.
        others: `[n a gh gw]`.
        same: which of them is the text itself and does not compete, `[n m a]` bool.
        settings: "max" takes the largest of the others off; "softmax" gives shares.

    Returns:
        `[n m gh gw]`; a text with no other to compete keeps its map, or in shares has every place.
    """
    if settings.contrast == "softmax":
        # In units of their spread, because methods write at scales that differ a thousandfold.
        spread = torch.cat([maps, others], 1).std((1, 2, 3), keepdim=True).clamp(min=1e-12)
        maps, others = maps * settings.sharpness / spread, others * settings.sharpness / spread
    rivals = others[:, None].masked_fill(same[..., None, None], -torch.inf)
    if settings.contrast == "softmax":
        return (maps - rivals.logsumexp(2)).sigmoid()
    strongest = rivals.amax(2)
    return torch.where(strongest.isfinite(), maps - strongest, maps)
