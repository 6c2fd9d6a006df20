"""English in small: articles and plurals, as far as spelling tells them."""

from __future__ import annotations

_SINGULAR = frozenset({"bagpipes", "thumbs up", "cactus", "abacus", "dubious", "chess", "gas", "gloss"})


def with_article(noun: str) -> str:
    """A noun phrase with "a" or "an" where English wants one: "an igloo head", "red glasses", "no head"."""
    if noun.startswith("no ") or is_plural(noun):
        return noun
    return f"{'an' if noun[0] in 'aeiou' and not noun.startswith(('uni', 'ufo', 'us')) else 'a'} {noun}"


def is_plural(noun: str) -> bool:
    """Whether a noun phrase is plural, as far as its spelling says: "blue stripes", "red glasses with dots"."""
    head = noun.split(" with ")[0].split(" on ")[0].split(" in ")[0]
    return head not in _SINGULAR and head.endswith("s") and not head.endswith(("ss", "us", "is"))
