"""Fetch the eyes for photographs, DINOv2 ViT-S/14, into the cache folder: `make photos`. Nothing is trained."""

from __future__ import annotations

from core.foundations.errors import WeightsError
from core.models import dinov2


def bar(share: float) -> None:
    """How far it is."""
    print(f"\r[{'#' * round(30 * share):30s}] {round(dinov2.MEGABYTES * share)} of {dinov2.MEGABYTES} MB", end="", flush=True)


def main() -> None:
    """Fetch them, once."""
    try:
        path = dinov2.fetch(bar)
    except WeightsError as error:
        raise SystemExit(f"\n{error}") from error
    print(f"\nThe eyes for photographs lie in the cache folder as {path.name}. Open the studio and choose Photographs.")


if __name__ == "__main__":
    main()
