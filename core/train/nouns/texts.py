"""Embed all names under which the index knows a handle, so that the studio opens at once."""

from __future__ import annotations

from core.models.text import TextEncoder
from core.studio.language.lexicon import save_vectors
from core.studio.library import Library


def main() -> None:
    """Write assets/nouns_texts.safetensors."""
    library = Library("nouns")
    save_vectors(library.entries, TextEncoder().embed)


if __name__ == "__main__":
    main()
