"""Late fusion: what the senses say, weighed and pooled.

The weight of an observation is trust x quality x confidence, renormalised over the senses that could tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from perception.affect import Affect, Share
from perception.cues import Conflict
from perception.emotions import EmotionScores
from perception.fusion.conflicts import find_conflicts, joined
from perception.fusion.override import TOLD, Override, kept, overridden
from perception.fusion.pooling import DEFAULT_POOLING, Pooling, pool
from perception.observation import Modality, Observation, Status
from perception.speech.fluency.values import Fluency

_NONE_IGNORED: Final[Mapping[Modality, str]] = MappingProxyType({})


def fuse(
    observations: Sequence[Observation],
    *,
    trust: Mapping[Modality, float],
    ignored: Mapping[Modality, str] = _NONE_IGNORED,
    added: Sequence[Conflict] = (),
    pooling: Pooling = DEFAULT_POOLING,
    override: Override | None = None,
    fluency: Fluency | None = None,
) -> Affect:
    """Weigh the observations of one turn.

    Args:
        observations: At most one a modality; all but those with status `ok` get weight 0, with the status as reason.
        trust: How far each sense is trusted beforehand, at least 0; a sense left out is not trusted at all.
        ignored: Senses that a rule silences, with the id of the rule: weight 0, with the reason `rule:<id>`.
        added: Conflicts that rules declare; they come first, and replace what is found between the same senses.
        pooling: How the weighted scores become one.
        override: What the person said of their own feeling; it counts for more than the senses.
        fluency: How fluently the words were said, for conflicts that show there.

    Returns:
        The affect. Its scores are None when no sense could tell and nothing was stated. Its reliability is the weighted
        confidence of the senses that agree with the pooled top emotion, scaled by the mean quality of the evidence.
        Only senses with a weight take part in anything: one that is missing and one of weight 0 are the same.
    """
    raw = [_weight(o, trust, ignored) for o in observations]
    total = sum(raw)
    weights = [weight / total if total else 0.0 for weight in raw]
    heard = [(o, o.scores, w) for o, w in zip(observations, weights, strict=True) if o.scores is not None and w > 0]
    scores = pool([(told, weight) for _, told, weight in heard], pooling)
    corrected = override is not None and override.kind == "correction"
    found = () if corrected else find_conflicts([o for o, _, _ in heard], fluency=fluency)
    reliability = _reliability(heard, scores)
    shares = tuple(
        Share(modality=o.modality, weight=w, reason=_reason(o, trust, ignored))
        for o, w in zip(observations, weights, strict=True)
    )
    if override is not None:
        shares = tuple(_under(share, override) for share in shares)
        reliability = TOLD if override.stated else reliability * kept(scores, override)
        scores = overridden(scores, override)
    return Affect(
        scores=scores,
        shares=shares,
        conflicts=joined(added, found),
        reliability=reliability if scores else 0.0,
        observations=tuple(observations),
    )


def _weight(observation: Observation, trust: Mapping[Modality, float], ignored: Mapping[Modality, str]) -> float:
    if observation.status is not Status.OK or observation.scores is None or observation.modality in ignored:
        return 0.0
    return trust.get(observation.modality, 0.0) * observation.quality * observation.scores.confidence


def _reason(observation: Observation, trust: Mapping[Modality, float], ignored: Mapping[Modality, str]) -> str:
    if observation.status is not Status.OK:
        return observation.status.value
    if observation.modality in ignored:
        return f"rule:{ignored[observation.modality]}"
    if not trust.get(observation.modality, 0.0):
        return "not_trusted"
    return "weighted" if observation.quality else "no_quality"


def _under(share: Share, override: Override) -> Share:
    """A share beside the person's own word: of what is stated the senses keep a rest, the words get what they said."""
    own = override.kind == "self_statement" and share.modality is Modality.TEXT
    weight = share.weight
    if override.stated:
        weight = (1 - TOLD) * weight + (TOLD if own else 0.0)
    overruled = override.kind == "correction" and share.reason == "weighted"
    return Share(modality=share.modality, weight=weight, reason=override.kind if own or overruled else share.reason)


def _reliability(heard: Sequence[tuple[Observation, EmotionScores, float]], scores: EmotionScores | None) -> float:
    if scores is None:
        return 0.0
    agreeing = sum(weight * told.confidence for _, told, weight in heard if told.top is scores.top)
    return min(1.0, agreeing * sum(weight * o.quality for o, _, weight in heard))
