"""How weighted opinions become one: opinion pools (Genest & Zidek 1986, Statistical Science 1(1), 114-135).

A plain geometric mean makes nonsense of open disagreement: of a face that is 0.9 happy and words that are 0.8 sad it is
mostly whatever little both left to neutral (Zadeh 1979 showed the same of Dempster's rule). So only what the senses
share is pooled that way. What the means of the seven emotions lack to 1 is how far the senses disagree; that much of
the result is the plain mean, which keeps to what some sense said (as in Dubois & Prade 1988).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Literal

from perception.emotions import EMOTIONS, EmotionScores

Pooling = Literal["linear", "log"]
"""`linear`: the weighted mean of the probabilities. `log`: their weighted geometric mean as far as the senses agree,
the weighted mean beyond."""

DEFAULT_POOLING: Final[Pooling] = "log"
"""Measured on synthetic pairs (docs/fusion.md): right more often than the mean under every kind of corruption, and its
probabilities are nearer to the truth."""

FLOOR: Final = 1e-3
"""Least probability in a log pool, so that one sense that rules an emotion out is no veto."""


def pool(opinions: Sequence[tuple[EmotionScores, float]], pooling: Pooling) -> EmotionScores | None:
    """One distribution out of several.

    Args:
        opinions: distributions with their weights, at least 0. The weights need not sum to 1.
        pooling: how.

    Returns:
        None when no weight is above 0.
    """
    total = sum(weight for _, weight in opinions)
    if not total > 0:
        return None
    heard = [(scores, weight / total) for scores, weight in opinions if weight > 0]
    if len(heard) == 1:
        return heard[0][0]  # as it is: the floor is between opinions
    weighed = [(scores.values, weight) for scores, weight in heard]
    mean = [math.fsum(weight * values[place] for values, weight in weighed) for place in range(len(EMOTIONS))]
    if pooling == "linear":
        return EmotionScores.normalised(mean)
    shared = [
        math.exp(math.fsum(weight * math.log(max(values[place], FLOOR)) for values, weight in weighed))
        for place in range(len(EMOTIONS))
    ]
    # of the floored values the sum may be a little above 1
    disputed = max(0.0, 1.0 - math.fsum(shared))
    return EmotionScores.normalised(both + disputed * each for both, each in zip(shared, mean, strict=True))
