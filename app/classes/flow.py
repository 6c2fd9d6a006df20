"""The vote through the blocks as a flow: one band for each class, as wide as its share, one step for each block."""

from __future__ import annotations

from collections.abc import Sequence

WIDE, HIGH = 600.0, 240.0
"""Of the drawing, in its own units."""
REST = "everything else"


def bands(shares: Sequence[Sequence[float]]) -> list[str]:
    """Paths of bands that lie on each other, the first at the bottom.

    Args:
        shares: for each band its share at every depth, in [0, 1].

    Returns:
        One closed path for each; between two depths it bends smoothly from one share to the next.
    """
    depths = len(shares[0])
    at = [WIDE * depth / max(depths - 1, 1) for depth in range(depths)]
    low, paths = [0.0] * depths, []
    for band in shares:
        high = [below + share for below, share in zip(low, band, strict=True)]
        top, bottom = _curve(at, high), _curve(at[::-1], low[::-1])
        paths.append(f"M{_point(at[0], high[0])}{top}L{_point(at[-1], low[-1])}{bottom}Z")
        low = high
    return paths


def rest_of(shares: Sequence[Sequence[float]]) -> list[float]:
    """What all other classes have at every depth."""
    return [max(0.0, 1.0 - sum(band[depth] for band in shares)) for depth in range(len(shares[0]))]


def _y(share: float) -> float:
    return HIGH * (1 - min(share, 1.0))


def _point(x: float, share: float) -> str:
    return f"{x:.1f} {_y(share):.1f}"


def _curve(at: Sequence[float], shares: Sequence[float]) -> str:
    """From the first point, where the path already is, through all others, level at each."""
    parts = []
    for (x0, s0), (x1, s1) in zip(zip(at, shares, strict=True), list(zip(at, shares, strict=True))[1:], strict=False):
        middle = (x0 + x1) / 2
        parts.append(f"C{_point(middle, s0)} {_point(middle, s1)} {_point(x1, s1)}")
    return "".join(parts)


def story(name: str, shares: Sequence[float], answer: bool) -> str:
    """What a class did on the way, in a few words."""
    peak = max(range(len(shares)), key=lambda depth: shares[depth])
    if answer:
        first = next((depth for depth in range(len(shares)) if min(shares[depth:]) > 0.5), len(shares) - 1)
        return f"ahead for good after block {first}" if 0 < first < len(shares) - 1 else "the answer, in the last block"
    if peak < len(shares) - 1 and shares[peak] >= 0.05:
        return f"{percent(shares[peak])} after block {peak}" if peak else f"{percent(shares[peak])} at the start"
    return "never near" if shares[-1] < 0.01 else "second thoughts at the end"


def percent(share: float) -> str:
    """A share in whole hundredths."""
    return "under 1\u00a0%" if 0 < share < 0.01 else f"{round(100 * share)}\u00a0%"
