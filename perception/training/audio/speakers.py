"""What would have been heard of a speaker before each utterance, had the clips come in some order: causally."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from perception.audio.frames import Floats


def earlier(usual: Floats, voices: Sequence[str], most: int, *, seed: int) -> tuple[Floats, NDArray[np.int64]]:
    """The mean vector of the `most` utterances before each one, fewer at the beginning, and of how many it is.

    The order is drawn from the seed, so that a speaker's emotions are mixed as in no script.

    Args:
        usual: mean vector of each clip (clips x width).
        voices: whose each clip is.
        most: how many earlier ones are heard at most.
        seed: of the order.
    """
    random = np.random.default_rng(seed)
    mean, count = np.zeros_like(usual), np.zeros(len(usual), dtype=np.int64)
    named = np.array(voices)
    for voice in sorted(set(voices)):
        places = random.permutation(np.flatnonzero(named == voice))
        sums = np.concatenate([np.zeros((1, usual.shape[1])), np.cumsum(usual[places], axis=0, dtype=np.float64)])
        for at, place in enumerate(places):
            first = max(0, at - most)
            count[place] = at - first
            mean[place] = (sums[at] - sums[first]) / max(1, at - first)
    return mean, count
