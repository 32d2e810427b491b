"""Late fusion: a weighted average of what the senses say.

The weight of an observation is trust x quality x confidence, renormalised over the senses that could tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from perception.affect import Affect, Share
from perception.emotions import EMOTIONS, EmotionScores
from perception.fusion.conflicts import find_conflicts
from perception.observation import Modality, Observation, Status


def fuse(observations: Sequence[Observation], *, trust: Mapping[Modality, float]) -> Affect:
    """Weigh the observations of one turn.

    Args:
        observations: At most one a modality; all but those with status `ok` get weight 0, with the status as reason.
        trust: How far each sense is trusted beforehand, at least 0; a sense left out is not trusted at all.

    Returns:
        The affect. Its scores are None when no sense could tell. Its reliability is the weighted confidence of the
        senses that agree with the fused top emotion, scaled by the mean quality of the evidence.
    """
    raw = {o.modality: _weight(o, trust) for o in observations}
    total = sum(raw.values())
    shares = tuple(
        Share(
            modality=o.modality,
            weight=raw[o.modality] / total if total else 0.0,
            reason=_reason(o, trust),
        )
        for o in observations
    )
    scores = _average(observations, shares) if total else None
    return Affect(
        scores=scores,
        shares=shares,
        conflicts=find_conflicts(observations),
        reliability=_reliability(observations, shares, scores),
        observations=tuple(observations),
    )


def _weight(observation: Observation, trust: Mapping[Modality, float]) -> float:
    if observation.status is not Status.OK or observation.scores is None:
        return 0.0
    return trust.get(observation.modality, 0.0) * observation.quality * observation.scores.confidence


def _reason(observation: Observation, trust: Mapping[Modality, float]) -> str:
    if observation.status is not Status.OK:
        return observation.status.value
    if not trust.get(observation.modality, 0.0):
        return "not_trusted"
    return "weighted" if observation.quality else "no_quality"


def _average(observations: Sequence[Observation], shares: Sequence[Share]) -> EmotionScores:
    sums = [0.0] * len(EMOTIONS)
    for observation, share in zip(observations, shares, strict=True):
        if share.weight and observation.scores is not None:
            sums = [s + share.weight * p for s, p in zip(sums, observation.scores.values, strict=True)]
    return EmotionScores.normalised(sums)


def _reliability(observations: Sequence[Observation], shares: Sequence[Share], scores: EmotionScores | None) -> float:
    if scores is None:
        return 0.0
    heard = [(o, s.weight) for o, s in zip(observations, shares, strict=True) if o.scores is not None and s.weight]
    agreeing = sum(w * o.scores.confidence for o, w in heard if o.scores and o.scores.top is scores.top)
    quality = sum(w * o.quality for o, w in heard)
    return min(1.0, agreeing * quality)
