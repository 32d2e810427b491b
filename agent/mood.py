"""Mood: how the affect of a person moves over turns and over time.

Pure functions of what was felt and when. A turn weighs its reliability; its weight halves with every `HALF_LIFE`
turns, and with every `HALF_LIFE_TIME` that passes. What time takes is given to the baseline, as much as one turn weighs
at most: whoever comes back after days is met as they usually are, and not as they left.

A clock that is set back counts as no time. A silence of `SILENCE` ends a sitting: trend, volatility, state and shift
are of the present one. Turns in which nothing could be told are passed over, and the time they took is not.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations, pairwise
from typing import Final

from memory import TurnRecord
from perception import EMOTIONS, Emotion, EmotionScores, Mood
from perception.affect import Trend

HALF_LIFE: Final = 2.0
"""Turns after which an affect weighs half: the present turn counts 29 % in a long conversation, the last four 75 %."""

HALF_LIFE_TIME: Final = timedelta(minutes=30)
"""The same in time: a minute of thought takes 2 % of a turn's weight, an hour at lunch three quarters."""

SILENCE: Final = timedelta(hours=4)
"""Eight half-lives, which leave a turn less than half a percent of its weight: a new sitting begins."""

LEAST_RELIABILITY: Final = 0.1
"""What a turn weighs at least: senses that contradict each other have still said something."""

LEAD: Final = 0.05
"""How far another emotion must lead the smoothed scores to be the state: near ties would make it flicker."""

TREND_TURNS: Final = 5
"""How many of the latest turns trend and volatility are read from."""

TREND_LEAST: Final = 3
"""Fewer turns than this have no trend: a single observation is not one."""

DEAD_BAND: Final = 0.05
"""Slope of valence per turn below which it is steady; over `TREND_TURNS` that is 0.2 of the range of 2."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Felt:
    """What of one turn the mood rests on."""

    scores: EmotionScores | None
    """Fused; None where no sense could tell."""
    reliability: float = 1.0
    """How far they may be relied on, in [0, 1]."""
    at: datetime
    """When the turn began, with time zone."""
    number: int
    """Of the turn in its session, from 1."""


def felt_in(turn: TurnRecord) -> Felt:
    """What was felt in a turn that is stored."""
    affect = turn.affect
    return Felt(
        scores=affect.scores if affect else None,
        reliability=affect.reliability if affect else 0.0,
        at=turn.started_at,
        number=turn.number,
    )


def mood_of(felt: Sequence[Felt], *, at: datetime | None = None, baseline: EmotionScores | None = None) -> Mood | None:
    """The mood that a series of turns adds up to.

    Args:
        felt: The turns of one session, oldest first, the present one included.
        at: The moment the mood is asked for; that of the last turn when None or earlier.
        baseline: How the person usually feels, where more is known than these turns; by default their mean.

    Returns:
        None when none of the turns has scores.
    """
    mood = _Run(usual=baseline)
    for turn in felt:
        mood.wait_until(turn.at)
        if turn.scores is not None:
            mood.feel(turn, turn.scores)
    if at is not None:
        mood.wait_until(at)
    return mood.result()


def mood_line(mood: Mood) -> str:
    """A mood in a line for the trace: `sad for 3 turns, falling (before turn 9: happy)`."""
    held = f"{mood.state} for {mood.turns_in_state} turn{'s' if mood.turns_in_state != 1 else ''}"
    shift = f" (before turn {mood.last_shift_turn}: {mood.last_shift})" if mood.last_shift else ""
    return f"{held if mood.state else 'unknown since the last silence'}, {mood.trend}{shift}"


@dataclass(kw_only=True, slots=True)
class _Run:
    """The mood on its way through the turns."""

    usual: EmotionScores | None
    """The baseline, where it was given."""
    clock: datetime | None = None
    """Of the last turn looked at."""
    sums: list[float] = field(default_factory=lambda: [0.0] * len(EMOTIONS))
    """Scores by the weight they have now."""
    mass: float = 0.0
    """What those weights add up to."""
    taken: float = 0.0
    """What time has taken from them."""
    means: list[float] = field(default_factory=lambda: [0.0] * len(EMOTIONS))
    """Scores by reliability alone, whatever their age."""
    turns: int = 0
    valences: list[float] = field(default_factory=list)
    """Of this sitting, as everything that follows."""
    state: Emotion | None = None
    before: Emotion | None = None
    shifted: int | None = None
    held: timedelta = timedelta(0)
    held_turns: int = 0

    def wait_until(self, moment: datetime) -> None:
        """Let time pass, if it does."""
        passed = max(moment - self.clock, timedelta(0)) if self.clock else timedelta(0)
        self.clock = moment
        if not passed:
            return
        left = 0.5 ** (passed / HALF_LIFE_TIME)
        self.taken += self.mass * (1.0 - left)
        self.mass *= left
        self.sums = [value * left for value in self.sums]
        self.held += passed
        if passed >= SILENCE:
            self._begin_sitting()

    def feel(self, turn: Felt, scores: EmotionScores) -> None:
        """Take in one turn."""
        weight, left = max(LEAST_RELIABILITY, min(1.0, turn.reliability)), 0.5 ** (1 / HALF_LIFE)
        self.sums = [value * left + weight * new for value, new in zip(self.sums, scores.values, strict=True)]
        self.mass, self.taken = self.mass * left + weight, self.taken * left
        self.means = [value + weight * new for value, new in zip(self.means, scores.values, strict=True)]
        self.turns += 1
        self.valences.append(scores.valence)
        self._settle(turn.number)

    def result(self) -> Mood | None:
        if not self.turns:
            return None
        return Mood(
            scores=self._scores(),
            trend=_trend(self.valences[-TREND_TURNS:]),
            volatility=_volatility(self.valences[-TREND_TURNS:]),
            baseline=self._baseline(),
            last_shift=self.before,
            turns=self.turns,
            state=self.state,
            last_shift_turn=self.shifted,
            time_in_state=self.held,
            turns_in_state=self.held_turns,
            sitting=len(self.valences),
        )

    def _baseline(self) -> EmotionScores:
        return self.usual or EmotionScores.normalised(self.means)

    def _scores(self) -> EmotionScores:
        usual, share = self._baseline(), min(1.0, self.taken)
        return EmotionScores.normalised(
            value + share * base for value, base in zip(self.sums, usual.values, strict=True)
        )

    def _settle(self, number: int) -> None:
        """Whether this turn has changed the state."""
        scores = self._scores()
        if self.state is None:
            self.state, self.held, self.held_turns = scores.top, timedelta(0), 1
        elif scores.confidence - scores[self.state] > LEAD:
            self.before, self.shifted, self.state = self.state, number, scores.top
            self.held, self.held_turns = timedelta(0), 1
        else:
            self.held_turns += 1

    def _begin_sitting(self) -> None:
        self.valences = []
        self.state = self.before = self.shifted = None
        self.held, self.held_turns = timedelta(0), 0


def _trend(valences: Sequence[float]) -> Trend:
    """The sign of the slope of valence over turns, or `steady` within the dead band.

    The slope is the median of those between all pairs of turns (Theil 1950; Sen 1968, J. American Statistical
    Association 63(324), 1379-1389), which a single turn, the last one included, does not move.
    """
    if len(valences) < TREND_LEAST:
        return "steady"
    slope = statistics.median(
        (later - earlier) / (j - i) for (i, earlier), (j, later) in combinations(enumerate(valences), 2)
    )
    if abs(slope) <= DEAD_BAND:
        return "steady"
    return "rising" if slope > 0 else "falling"


def _volatility(valences: Sequence[float]) -> float:
    """The root mean square of the changes from turn to turn, which tells swings from a slow drift of the same spread
    (Jahng, Wood & Trull 2008, Psychological Methods 13(4), 354-375).
    """
    changes = [later - earlier for earlier, later in pairwise(valences)]
    return min(1.0, math.sqrt(statistics.fmean(change * change for change in changes))) if changes else 0.0
