"""Observations that come many times a second, as one emotion that does not flicker."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from perception.emotions import Emotion, EmotionScores
from perception.observation import Observation, Status

CONSTANT: Final = 0.6
"""Seconds in which the smoothed scores go 63 % of the way to what is seen, where that is sure and of full quality."""
STEP: Final = 0.25
"""Seconds that one observation counts at most, however long the pause before it."""
LEAD: Final = 0.1
"""By how much of the smoothed score another emotion must lead before it is shown."""
DWELL: Final = 0.3
"""Seconds from the first to the last observation that speaks for it, at least."""
FORGET: Final = 2.0
"""Seconds without an observation that can be used, after which nothing is known any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SmoothedAffect:
    """What is shown of a person now."""

    emotion: Emotion | None
    """With hysteresis; None until one was seen for `DWELL`, and when nothing was seen for `FORGET`."""
    scores: EmotionScores | None
    """Smoothed; their top may lead for a moment before it is shown. None where nothing is known."""
    since: float | None
    """When the emotion was first shown, in seconds of the observations' time; None without one."""


NOTHING: Final = SmoothedAffect(emotion=None, scores=None, since=None)
"""Of somebody who was not seen yet."""


class AffectSmoother:
    """Smooths observations exponentially by the time between them, and shows an emotion with hysteresis.

    An observation counts as much as its quality times its confidence; one that is not `ok` changes nothing. Another
    emotion is shown when it leads the smoothed scores by `LEAD`, and when observations that say so themselves span at
    least `DWELL`: a single one, whatever it says and whenever it comes, never changes what is shown. One smoother, one
    person; memory does not grow.
    """

    def __init__(self, *, constant: float = CONSTANT, lead: float = LEAD, dwell: float = DWELL) -> None:
        """Begin with nothing.

        Args:
            constant: seconds, as `CONSTANT`.
            lead: as `LEAD`, in [0, 1).
            dwell: seconds, as `DWELL`.

        Raises:
            ValueError: `constant` or `dwell` is not above 0, or `lead` is no part.
        """
        if not (constant > 0 and dwell > 0 and 0 <= lead < 1):
            raise ValueError(
                "the smoother takes seconds above 0 and a lead in [0, 1), "
                f"got constant={constant!r}, lead={lead!r}, dwell={dwell!r}"
            )
        self._constant, self._lead, self._dwell = constant, lead, dwell
        self._now = NOTHING
        self._at: float | None = None
        self._used = float("-inf")
        self._rival: Emotion | None = None
        self._rose = 0.0

    @property
    def now(self) -> SmoothedAffect:
        """After the last observation."""
        return self._now

    def take(self, seen: Observation) -> SmoothedAffect:
        """Take the next observation, at the time at which it was captured.

        One captured a little before the last is too late, and changes nothing. One captured long before it comes from
        a clock that was set back: what is shown stays, and time goes on from there.
        """
        at = seen.captured_at.timestamp()
        if self._at is not None and 0 <= self._at - at <= FORGET:
            return self._now
        passed = 0.0 if self._at is None else at - self._at
        self._at = at
        if passed < 0:
            passed, self._used, self._rival = 0.0, at, None
        if at - self._used > FORGET:
            self._now, self._rival = NOTHING, None
        if seen.status is Status.OK and seen.scores is not None:
            self._used = at
            scores = self._smoothed(seen.scores, seen.quality * seen.scores.confidence * min(passed, STEP))
            self._show(scores, seen.scores.top, at)
        return self._now

    def _smoothed(self, seen: EmotionScores, seconds: float) -> EmotionScores:
        before = self._now.scores
        if before is None:
            return seen
        part = 1 - math.exp(-seconds / self._constant)
        return EmotionScores.normalised(
            (1 - part) * old + part * new for old, new in zip(before.values, seen.values, strict=True)
        )

    def _show(self, scores: EmotionScores, said: Emotion, at: float) -> None:
        shown, since = self._now.emotion, self._now.since
        leader = scores.top
        # before anything is shown there is nothing to lead
        ahead = scores[leader] - (scores[shown] if shown else 0.0)
        if leader is shown or ahead < self._lead:
            self._rival = None
        elif said is leader:
            if leader is not self._rival:
                self._rival, self._rose = leader, at
            elif at - self._rose >= self._dwell:
                shown, since, self._rival = leader, at, None
        self._now = SmoothedAffect(emotion=shown, scores=scores, since=since)
