"""Where open_clip and timm find what a name says, once it lies on this machine: their own names, `hf-hub:OWNER/NAME`, `local-dir:FOLDER`.

Both libraries would fetch by themselves, without progress and without a digest, and open a pickle where they find nothing else. So
whatever a name needs is fetched before (core.models.hub), and they are shown files.
"""

from __future__ import annotations

from typing import Any

from core.models.hub import fetch, safe_folder

PREFIXES = ("hf-hub:", "local-dir:")
"""Before the name of a repository on the hub, or of a folder."""


def local(name: str, family: str) -> str:
    """A name whose weights lie on this machine: a hub's are fetched, a folder's looked through, a library's own name is left as it is.

    Args:
        name: as a person or a program says it.
        family: of core.models.hub.LAYOUTS.

    Raises:
        WeightsError: where it cannot be fetched, or the folder holds no safetensors.
    """
    prefix, _, given = name.partition(":")
    if not name.startswith(PREFIXES):
        return name
    return f"local-dir:{fetch(given, family) if prefix == 'hf-hub' else safe_folder(given, family)}"


def timm_source(name: str, pretrained: bool) -> dict[str, Any]:
    """What `timm.create_model` is called with, its weights fetched where they are wanted.

    Args:
        name: of timm's own, or with a prefix, which brings its weights.
        pretrained: whether weights are wanted for a name of timm's own.

    Raises:
        WeightsError: as `local`.
    """
    source = local(name, "timm")
    if source != name or not pretrained:
        return {"model_name": source, "pretrained": source != name}
    if (repo := repository("timm", name)) is None:  # it has no weights, or is no name: timm tells
        return {"model_name": name, "pretrained": True}
    weights = fetch(repo, "timm") / "model.safetensors"
    return {"model_name": name, "pretrained": True, "pretrained_cfg_overlay": {"file": str(weights)}}


def repository(family: str, name: str, tag: str | None = None) -> str | None:
    """The repository on the hub in which a name's weights lie; None where they do not, such as those of a folder.

    Args:
        family: of core.models.hub.LAYOUTS.
        name: as a library says it, or with a prefix.
        tag: of open_clip's weights.
    """
    if name.startswith("hf-hub:"):
        return name.partition(":")[2]
    if family == "timm":
        import timm

        known = timm.models.get_pretrained_cfg(name) if timm.is_model(name) else None
        return (known.hf_hub_id or None) if known else None
    if family == "open_clip" and tag:
        import open_clip

        place = str((open_clip.get_pretrained_cfg(name, tag) or {}).get("hf_hub", ""))
        return (place.rstrip("/") or None) if place.endswith("/") else None  # some name a file, which is a pickle
    return None
