"""Fetch the eyes for photographs, DINOv2 ViT-S/14, into the cache folder: `make photos`. Nothing is trained."""

from __future__ import annotations

from core.models import dinov2
from core.train.fetching import fetch_in_terminal


def main() -> None:
    """Fetch them, once."""
    path = fetch_in_terminal(dinov2.fetch, dinov2.MEGABYTES)
    print(f"The eyes for photographs lie in the cache folder as {path.name}. Open the studio and choose Photographs.")


if __name__ == "__main__":
    main()
