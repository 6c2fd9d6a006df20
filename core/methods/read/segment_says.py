"""The ways to segment (papers/inner_workings_thesis.md, section 2.5) in a few words, for whoever lists them: that needs no torch."""

from __future__ import annotations

SAYS = {
    "studio": "what each token adds, brought to the picture's edges",
    "tokens": "what each token adds to the score",
    "neurons": "where the neurons of the text are active",
    "neurons_signed": "the same, standardised, with the neurons that speak against it",
    "attention": "where the last layer looks",
    "rollout": "where all layers look, one through the other",
    "gradcam": "the last attention, weighted by its gradient",
    "lrp": "relevance of the first tokens",
    "partial_lrp": "relevance of the last attention",
    "chefer": "relevance times gradient through all layers",
    "generic": "attention times gradient through all layers",
    "patches": "what each patch says by itself",
    "maskclip": "each patch's own value in the last layer",
    "clearclip": "values of patches with queries alike",
    "naclip": "values of near patches with keys alike",
    "sclip": "the last block with patches that attend to their like",
    "clipsurgery": "a second stream of values alike",
}
"""What each method of `core.methods.read.segment` does, by its name, the studio's own first."""
