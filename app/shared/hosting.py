"""Where the page runs: on a person's own machine, or on a Space, for everyone."""

from __future__ import annotations

import os

SWITCH = "ROSETTA_FACES"
"""What the owner of a Space sets to 1 so that faces can be edited there."""


def hosted() -> bool:
    """Whether this is a Space."""
    return bool(os.environ.get("SPACE_ID")) or os.environ.get("SYSTEM") == "spaces"


def faces_allowed() -> bool:
    """Whether faces of people may be edited here: on a Space only where its owner has said so."""
    return not hosted() or os.environ.get(SWITCH) == "1"
