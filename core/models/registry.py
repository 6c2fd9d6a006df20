"""Name to model: the one place where a model's name is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F

from core.foundations.errors import WeightsError
from core.foundations.files import load_weights
from core.models.autoencoders import DiffusersAutoencoder
from core.models.bundles import Bundles, BundlesConfig
from core.models.clip import Clip
from core.models.dictionary import Dictionary, DictionaryConfig
from core.models.directions import PartDirections
from core.models.hub import fetch
from core.models.noun_eyes import NounEye, unpack_eye
from core.models.painter import PainterConfig, PainterTransformer
from core.models.palette_vae import PaletteVAE, PaletteVAEConfig
from core.models.protocols import Generator
from core.models.scene_clip import SceneClip, SceneClipConfig, SceneTexts
from core.models.shape_judge import ShapeJudges
from core.models.shifts import Shifts, ShiftsConfig
from core.models.sprite_autoencoder import ComposedSprites, PaperSprites, SpritesConfig
from core.models.tagger import Tagger, TaggerSettings
from core.models.thesaurus import load_thesaurus


def choose_device() -> torch.device:
    """A GPU where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _palette_vae(tensors: dict[str, torch.Tensor], card: dict[str, Any]) -> PaletteVAE:
    settings = dict(card["architecture"])
    settings["depth"] = tuple(settings["depth"])
    model = PaletteVAE(PaletteVAEConfig(**settings), tensors["palette"])
    model.load_state_dict(tensors)
    return model


def _dictionary(tensors: dict[str, torch.Tensor], card: dict[str, Any]) -> Dictionary:
    dictionary = Dictionary(DictionaryConfig(**card["architecture"]))
    dictionary.load_state_dict(tensors)
    return dictionary


def _bundles(tensors: dict[str, torch.Tensor], card: dict[str, Any]) -> Bundles:
    return Bundles(BundlesConfig(**card["architecture"])).unpack(tensors)


def _directions(tensors: dict[str, torch.Tensor], card: dict[str, Any]) -> PartDirections:
    directions = PartDirections(**card["architecture"])
    directions.load_state_dict(tensors)
    return directions


def _shifts(tensors: dict[str, torch.Tensor], card: dict[str, Any]) -> Shifts:
    shifts = Shifts(ShiftsConfig.from_dict(card["architecture"]))
    shifts.load_state_dict(tensors)
    return shifts


def _scene_clip(tensors: dict[str, torch.Tensor], card: dict[str, Any]) -> Clip:
    settings: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in card["architecture"].items()}
    model = SceneClip(SceneClipConfig(**settings)).eval()
    known = F.normalize(tensors.pop("known").float(), dim=-1)  # eight bits leave them a little too long or too short
    model.load_state_dict(tensors)
    texts = SceneTexts(model.text, known, thesaurus=load_thesaurus())
    return Clip(model.visual, texts, model.mean, model.std, model.config.side, model.logit_scale.exp(), card["file"].partition(".")[0])


def _sprites(tensors: dict[str, torch.Tensor], card: dict[str, Any]) -> ComposedSprites | PaperSprites:
    settings: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in card["architecture"].items()}
    family = ComposedSprites if card["model"] == "ComposedSprites" else PaperSprites
    model = family(SpritesConfig(**settings))
    model.load_state_dict(tensors)
    return model


def _judges(tensors: dict[str, torch.Tensor], card: dict[str, Any]) -> ShapeJudges:
    judges = ShapeJudges(card["architecture"])
    judges.load_state_dict(tensors)
    return judges


def _tagger(tensors: dict[str, torch.Tensor], card: dict[str, Any]) -> Tagger:
    tagger = Tagger(TaggerSettings(**card["architecture"]))
    tagger.load_state_dict(tensors)
    return tagger


def _painter(tensors: dict[str, torch.Tensor], card: dict[str, Any]) -> torch.nn.Module:
    settings: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in card["architecture"].items()}
    painter = PainterTransformer(PainterConfig(**settings))
    painter.load_state_dict(tensors)
    return painter


def _noun_eye(tensors: dict[str, torch.Tensor], card: dict[str, Any]) -> NounEye:
    return unpack_eye(tensors, card["architecture"])


BUILDERS = {
    "PaletteVAE": _palette_vae,
    "Dictionary": _dictionary,
    "Bundles": _bundles,
    "PartDirections": _directions,
    "NounEye": _noun_eye,
    "PainterTransformer": _painter,
    "SceneClip": _scene_clip,
    "ComposedSprites": _sprites,
    "PaperSprites": _sprites,
    "ShapeJudges": _judges,
    "Shifts": _shifts,
    "Tagger": _tagger,
}


def load(name: str, device: torch.device | None = None) -> Any:
    """Any embedded model, ready to run.

    Args:
        name: of its weight file and card in `assets/`.

    Raises:
        WeightsError: where the file is missing, changed, or of an unknown kind.
    """
    tensors, card = load_weights(name)
    builder = BUILDERS.get(card["model"])
    if builder is None:
        raise WeightsError(f"The card of {name} names an unknown model, {card['model']!r}. Known: {', '.join(BUILDERS)}.")
    return builder(tensors, card).float().eval().requires_grad_(False).to(device or torch.device("cpu"))


def load_generator(name: str, device: torch.device | None = None) -> PaletteVAE:
    """An embedded generator by name."""
    return load(name, device)


def load_dictionary(name: str, device: torch.device | None = None) -> Dictionary:
    """An embedded dictionary by name."""
    return load(name, device)


def load_clip(name: str, device: torch.device | None = None) -> Clip:
    """An embedded CLIP by name."""
    return load(name, device)


def autoencoder(hub_id: str, side: int = 256, revision: str | None = None) -> Generator:
    """A public diffusers autoencoder from a hub, behind the Generator protocol.

    Args:
        hub_id: such as "madebyollin/taesd", or a folder.
        side: height and width of the pictures, in pixels.

    Raises:
        WeightsError: where it can be neither found nor reached.
    """
    from diffusers import AutoencoderKL, AutoencoderTiny

    failures = []
    folder = hub_id if Path(hub_id).is_dir() else fetch(hub_id, "autoencoder", revision)
    for family in (AutoencoderKL, AutoencoderTiny):
        try:
            model = family.from_pretrained(folder, use_safetensors=True)
            return DiffusersAutoencoder(model.eval().requires_grad_(False), side)
        except (OSError, ValueError, TypeError) as error:
            failures.append(type(error).__name__)
    raise WeightsError(
        f"The autoencoder {hub_id!r} cannot be loaded ({', '.join(failures)}). Check the name, the network, or use an embedded world."
    )
