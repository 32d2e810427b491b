"""A voice that is felt while it comes in: speech found, an estimate each half second, one steady emotion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, Protocol

import numpy as np

from perception.audio.frames import Floats
from perception.emotions import EMOTIONS, Emotion, EmotionScores
from perception.media.values import SAMPLE_RATE, AudioClip
from perception.observation import Observation, Status
from perception.speech.stream import VoiceEvent, VoiceStream
from perception.speech.vad import VoiceActivity

EVERY: Final = 0.5
"""Seconds of speech from estimate to estimate."""
LOOKS_BACK: Final = 4.0
"""Seconds of an utterance that an estimate is made from, its last ones: the cost of one does not grow."""
KEPT: Final = 30.0
"""Seconds of an utterance that are judged when it ends, its last ones: the memory of a stream is bounded."""
LEAD: Final = 0.1
"""By how much of the smoothed score another emotion must lead before it is shown."""
TIMES: Final = 2
"""Estimates in a row in which it must lead."""

_SMOOTHING: Final = 0.5
_BEFORE: Final = 0.3
"""Seconds before speech was found that belong to it: the detector needs a moment."""


class Listener(Protocol):
    """What a stream needs of the audio sense."""

    def perceive(self, evidence: AudioClip, /) -> Observation:
        """Feel one clip."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VoiceUpdate:
    """What the stream has to tell."""

    kind: Literal["speech_started", "estimate", "speech_ended"]
    """An estimate is of an utterance that goes on; the end of one brings its observation as a whole."""
    at: float
    """Seconds from the start of the stream that it is about."""
    observation: Observation | None = None
    """Of the last `LOOKS_BACK` seconds, or of the utterance; None when speech starts, and where it was too short."""
    emotion: Emotion | None = None
    """Shown with hysteresis, so that it does not flicker; None until an estimate was sure enough."""


class AudioStream:
    """Feels sound that comes in pieces of 20 to 100 ms. One stream, one thread; memory and the cost of a piece are
    bounded however long it goes on.
    """

    def __init__(self, sense: Listener, *, activity: VoiceActivity | None = None, silence: float = 0.5) -> None:
        """Begin at 0 s.

        Args:
            sense: that feels; an `EmbeddedAudio`.
            activity: the voice activity detector, which streams may share.
            silence: seconds of pause after which an utterance has ended.
        """
        self._sense = sense
        self._voice = VoiceStream(activity, silence=silence)
        self._kept = _Ring(seconds=KEPT)
        self._start: float | None = None
        self._next = 0.0
        self._steady = _Steady()

    @property
    def seconds(self) -> float:
        """Of sound that came in."""
        return self._kept.end

    def feed(self, samples: Floats) -> tuple[VoiceUpdate, ...]:
        """Take the next piece: mono, 16 kHz, float32 in [-1, 1].

        Raises:
            ValueError: samples that are no row of finite numbers; nothing of them is kept, and the stream goes on.
            ModelMissing: the voice activity detector is not on this machine.
        """
        if samples.ndim != 1 or not np.isfinite(samples).all():
            raise ValueError("a piece of a stream is one row of finite samples; drop this one and send the next")
        self._kept.add(samples.astype(np.float32, copy=False))
        return tuple(self._updates(self._voice.feed(samples).events))

    def finish(self) -> tuple[VoiceUpdate, ...]:
        """The stream is over: end an utterance that goes on. It may then begin anew at 0 s."""
        last = tuple(self._updates(self._voice.finish().events))
        self._kept, self._start, self._steady = _Ring(seconds=KEPT), None, _Steady()
        return last

    def _updates(self, events: tuple[VoiceEvent, ...]) -> Iterator[VoiceUpdate]:
        for event in events:
            if event.kind == "start":
                self._start, self._next, self._steady = event.at, event.at + EVERY, _Steady()
                yield VoiceUpdate(kind="speech_started", at=event.at)
            elif self._start is not None:
                yield self._ended(self._start, event.at)
        if self._start is not None and self._kept.end >= self._next:
            # where a piece was long, one estimate stands for those that it passed over
            self._next = self._kept.end - (self._kept.end - self._next) % EVERY + EVERY
            yield self._estimate(self._start)

    def _estimate(self, start: float) -> VoiceUpdate:
        now = self._kept.end
        seen = self._feel(max(start - _BEFORE, now - LOOKS_BACK), now)
        return VoiceUpdate(kind="estimate", at=now, observation=seen, emotion=self._steady.take(seen))

    def _ended(self, start: float, end: float) -> VoiceUpdate:
        self._start = None
        seen = self._feel(start - _BEFORE, end + _BEFORE)
        return VoiceUpdate(kind="speech_ended", at=end, observation=seen, emotion=self._steady.emotion)

    def _feel(self, start: float, end: float) -> Observation:
        return self._sense.perceive(AudioClip(samples=self._kept.between(start, end)))


class _Ring:
    """The last seconds of what came in."""

    def __init__(self, *, seconds: float) -> None:
        self._held = np.zeros(int(seconds * SAMPLE_RATE), dtype=np.float32)
        self._count = 0

    @property
    def end(self) -> float:
        return self._count / SAMPLE_RATE

    def add(self, samples: Floats) -> None:
        size = len(self._held)
        kept = samples[-size:]
        first = self._count + len(samples) - len(kept)
        self._held[(first + np.arange(len(kept))) % size] = kept
        self._count += len(samples)

    def between(self, start: float, end: float) -> Floats:
        """What came in between two moments, as far as it is there."""
        last = min(self._count, round(end * SAMPLE_RATE))
        first = max(0, round(start * SAMPLE_RATE), self._count - len(self._held))
        part: Floats = self._held[np.arange(first, max(first, last)) % len(self._held)]
        return part


class _Steady:
    """Smoothed scores and the emotion that is shown: another one must lead clearly, and more than once."""

    def __init__(self) -> None:
        self.emotion: Emotion | None = None
        self._scores: dict[Emotion, float] = {}
        self._rival: Emotion | None = None
        self._times = 0

    def take(self, seen: Observation) -> Emotion | None:
        """The emotion to show after another estimate; one that is not sure changes nothing."""
        if seen.status is not Status.OK or seen.scores is None:
            return self.emotion
        self._smooth(seen.scores)
        leader = max(self._scores, key=lambda emotion: self._scores[emotion])
        if self.emotion is None:
            self.emotion = leader
        elif leader is self.emotion or self._scores[leader] - self._scores[self.emotion] < LEAD:
            self._rival, self._times = None, 0
        else:
            self._times = self._times + 1 if leader is self._rival else 1
            self._rival = leader
            if self._times >= TIMES:
                self.emotion, self._rival, self._times = leader, None, 0
        return self.emotion

    def _smooth(self, scores: EmotionScores) -> None:
        for emotion in EMOTIONS:
            value = scores[emotion]
            before = self._scores.get(emotion, value)
            self._scores[emotion] = before + _SMOOTHING * (value - before)
