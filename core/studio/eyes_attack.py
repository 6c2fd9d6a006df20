"""The attack on any CLIP of photographs, such as one that was fetched by name: what things do to it is measured on the spot.

    y(I) - E[y] = sum_j (x_j(I) - E[x_j]) b_j        (core/methods/read/added.py; core/train/photos/things.py does it at length)

on a few photographs with four things each. So few pictures tell little of each of more than a hundred things, so that what their names
say is believed as far as the pictures bear it out. The neurons behind a word are those of the layer whose neurons its lenses name; a
model without such is attacked all the same, with no neurons to be told of.
"""

from __future__ import annotations

import torch

from core.foundations.seeds import numpy_rng
from core.methods.read.added import AddedSums
from core.methods.write.attack import Codes
from core.studio.attacking import Attacker
from core.studio.photo_stage import PhotoStage
from core.studio.sight import Sight
from core.studio.things import coded, ids_of

PICTURES = 48
"""That are looked at."""
THINGS = 4
"""In each of them, as many as beside and with the true thing in an attack."""
BATCH = 8


def eyes_attacker(sight: Sight, stage: PhotoStage) -> Attacker:
    """The attack on whatever sees by these lenses.

    Args:
        sight: any; without named neurons where its lenses have none.
        stage: of pictures as large as the model takes them.
    """
    clip, lenses = sight.clip, sight.lenses
    texts = clip.embed_texts(list(stage.classes))
    if lenses.directions:
        codes = coded(torch.cat([lenses.directions[layer] for layer in sorted(lenses.directions)]).to(texts), texts)
    else:
        codes = Codes(texts[:0], torch.zeros(0, 1, dtype=torch.long, device=texts.device), texts[:0, :1], len(texts))
    bare = Attacker(clip, stage, codes, ids_of(lenses), texts, texts)
    sums = AddedSums(len(stage.pool), texts.shape[1])
    for start in range(0, PICTURES, BATCH):
        there, pictures = torch.zeros(BATCH, len(stage.pool)), []
        for row in range(BATCH):
            rng = numpy_rng("attack by name", start + row)
            picture = stage.strewn(rng, rng.permutation(len(stage.pool))[:THINGS].tolist())
            there[row, [stage.pool.index(name) for name in picture.truth.names]] = 1
            pictures.append(picture)
        sums.add(there, bare.embedded(pictures))
    return Attacker(clip, stage, codes, bare.ids, sums.effects(prior=texts.cpu()).to(texts), texts)
