"""Test doubles of the senses. They never run for a user."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from perception.emotions import EmotionScores
from perception.media.values import AudioClip
from perception.observation import Modality, Observation, Status
from perception.speech.values import Transcript


class ScriptedPerceiver:
    """A sense that always says the same, after a delay, or fails as told."""

    def __init__(
        self,
        modality: Modality,
        scores: EmotionScores | None = None,
        *,
        status: Status = Status.OK,
        quality: float = 1.0,
        delay: float = 0.0,
        error: Callable[[], Exception] | None = None,
    ) -> None:
        self.modality = modality
        self.model = f"scripted-{modality}"
        self.seen: list[object] = []
        self._scores = scores
        self._status = status
        self._quality = quality
        self._delay = delay
        self._error = error

    def warm_up(self) -> None:
        """There is nothing to load."""

    def perceive(self, evidence: object, /) -> Observation:
        self.seen.append(evidence)
        time.sleep(self._delay)
        if self._error is not None:
            raise self._error()
        return Observation(
            modality=self.modality,
            status=self._status,
            model=self.model,
            scores=self._scores,
            quality=self._quality,
        )


class SeriesPerceiver:
    """A sense that says one thing after another, and the last one from then on."""

    def __init__(self, modality: Modality, observations: Sequence[Observation]) -> None:
        """Take the script, of one observation at least."""
        self.modality = modality
        self.model = observations[0].model
        self._left = list(observations)

    def warm_up(self) -> None:
        """There is nothing to load."""

    def perceive(self, _evidence: object, /) -> Observation:
        return self._left.pop(0) if len(self._left) > 1 else self._left[0]


class ScriptedTranscriber:
    """A transcriber that always hears the same words."""

    model = "scripted-speech"

    def __init__(self, text: str, *, lang: str = "en", status: Status = Status.OK) -> None:
        self._text = text
        self._lang = lang
        self._status = status

    def warm_up(self) -> None:
        """There is nothing to load."""

    def transcribe(self, clip: AudioClip, /, *, lang: str | None = None) -> Transcript:
        return Transcript(
            status=self._status,
            model=self.model,
            text=self._text,
            lang=lang or self._lang,
            seconds=clip.seconds,
            speech_seconds=clip.seconds,
        )
