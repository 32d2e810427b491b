"""Where somebody speaks, told while the sound comes in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from perception.media.values import SAMPLE_RATE
from perception.speech.vad import CHUNK, VoiceActivity, VoiceState

SECONDS: Final = CHUNK / SAMPLE_RATE
"""Between two probabilities."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VoiceEvent:
    """Somebody began to speak, or has stopped."""

    kind: Literal["start", "end"]
    at: float
    """Seconds from the start of the stream: when it began, or stopped, which lies before the moment that it is told."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class VoiceNews:
    """What a piece of sound told."""

    probabilities: NDArray[np.float32]
    """Of speech, in [0, 1], one for each `SECONDS` that became complete; often none."""
    events: tuple[VoiceEvent, ...]
    """In order; starts and ends take turns."""


class VoiceStream:
    """Silero VAD on sound that comes in pieces of any size. Keeps less than a chunk of it. One stream, one thread."""

    def __init__(
        self,
        activity: VoiceActivity | None = None,
        *,
        on: float = 0.5,
        off: float = 0.35,
        silence: float = 0.3,
        shortest: float = 0.1,
    ) -> None:
        """Begin at 0 s.

        Args:
            activity: the detector, which streams may share.
            on: probability from which speech begins.
            off: probability under which it pauses, at most `on`: between the two, what was so far goes on.
            silence: seconds of pause after which speech has ended.
            shortest: seconds from the beginning to the end of the last voiced chunk, under which nothing is told.

        Raises:
            ValueError: thresholds that are not 0 < off <= on < 1, or negative seconds.
        """
        if not 0 < off <= on < 1:
            raise ValueError(f"the thresholds must be 0 < off <= on < 1, got on={on!r} and off={off!r}")
        if silence < 0 or shortest < 0:
            raise ValueError(f"seconds cannot be negative, got silence={silence!r} and shortest={shortest!r}")
        self._activity = activity or VoiceActivity()
        self._on, self._off = on, off
        self._silence, self._shortest = silence, shortest
        self._state = VoiceState()
        self._rest = np.empty(0, dtype=np.float32)
        self._chunks = 0
        self._start: float | None = None
        self._end = 0.0
        self._told = False

    @property
    def speaking(self) -> bool:
        """Whether a start was told, and no end yet."""
        return self._told

    @property
    def seconds(self) -> float:
        """Of sound that came in."""
        return self._chunks * SECONDS + len(self._rest) / SAMPLE_RATE

    def feed(self, samples: NDArray[np.float32]) -> VoiceNews:
        """Take the next piece.

        Args:
            samples: mono, 16 kHz, in [-1, 1]; any number, 20 to 100 ms as they come from a microphone.

        Raises:
            ModelMissing: as in `VoiceActivity.probabilities`.
        """
        sound = np.concatenate([self._rest, samples.astype(np.float32, copy=False)])
        whole = len(sound) // CHUNK * CHUNK
        probabilities, self._state = self._activity.judge(sound[:whole].reshape(-1, CHUNK), self._state)
        self._rest = sound[whole:].copy()
        return VoiceNews(
            probabilities=probabilities,
            events=tuple(event for each in probabilities.tolist() for event in self._next(each)),
        )

    def finish(self) -> VoiceNews:
        """Judge what is left, padded with silence, and end speech that goes on. The stream then begins anew at 0 s."""
        last = self.seconds
        news = self.feed(np.zeros(-len(self._rest) % CHUNK, dtype=np.float32))
        ends = (VoiceEvent(kind="end", at=min(self._end, last)),) if self._told else ()
        self._state, self._rest, self._chunks = VoiceState(), np.empty(0, dtype=np.float32), 0
        self._start, self._told = None, False
        return VoiceNews(probabilities=news.probabilities, events=(*news.events, *ends))

    def _next(self, probability: float) -> Iterator[VoiceEvent]:
        begun, self._chunks = self._chunks * SECONDS, self._chunks + 1
        ended = self._chunks * SECONDS
        if self._start is None and probability >= self._on:
            self._start = begun
        if self._start is None:
            return
        if probability >= self._off:
            self._end = ended
        if not self._told and self._end - self._start >= self._shortest:
            self._told = True
            yield VoiceEvent(kind="start", at=self._start)
        if probability < self._off and ended - self._end >= self._silence:
            if self._told:
                yield VoiceEvent(kind="end", at=self._end)
            self._start, self._told = None, False
