"""What listening to words gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from perception.cues import Cue
from perception.observation import Status


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """One transcribed word with its place in the recording."""

    text: str
    """As transcribed, without surrounding space."""
    start: float
    """Seconds from the start of the clip."""
    end: float
    """Seconds from the start of the clip."""
    probability: float
    """The transcriber's, in [0, 1]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Transcript:
    """What was said in a clip."""

    status: Status
    """`ok` when there are words; else why not (`no_speech`, `model_missing`, `timeout`, ...)."""
    model: str
    """Name of the transcriber's model."""
    text: str = ""
    """The words, joined."""
    lang: str | None = None
    """ISO 639-1 code of the language heard."""
    words: tuple[Word, ...] = ()
    """With their times; empty when the transcriber gives none."""
    speech_seconds: float = 0.0
    """How much of the clip is speech, by voice activity detection."""
    seconds: float = 0.0
    """Length of the clip."""
    cues: tuple[Cue, ...] = ()
    """Hints, such as `model_missing {model, command}`."""
    latency_ms: float = 0.0
    """Wall time, in milliseconds."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; the words' times are left out."""
        return {
            "status": self.status.value,
            "text": self.text,
            "lang": self.lang,
            "speech_seconds": round(self.speech_seconds, 3),
            "seconds": round(self.seconds, 3),
            "cues": [cue.as_dict() for cue in self.cues],
            "model": self.model,
            "latency_ms": round(self.latency_ms, 2),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `as_dict`, without words."""
        return cls(
            status=Status(data["status"]),
            text=data["text"],
            lang=data["lang"],
            speech_seconds=data["speech_seconds"],
            seconds=data["seconds"],
            cues=tuple(Cue.from_dict(cue) for cue in data["cues"]),
            model=data["model"],
            latency_ms=data["latency_ms"],
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Fluency:
    """How fluently something was said."""

    words_per_minute: float | None
    """Over the whole clip; Chinese counts characters. None for typed words."""
    pause_ratio: float | None
    """Part of the clip that is not speech, in [0, 1]; None for typed words."""
    fillers: int
    """How many filler words (um, uh, 嗯, 那个)."""
    cues: tuple[Cue, ...] = ()
    """What stands out (`speaks_fast`, `long_pauses`, `many_fillers`)."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "words_per_minute": self.words_per_minute,
            "pause_ratio": self.pause_ratio,
            "fillers": self.fillers,
            "cues": [cue.as_dict() for cue in self.cues],
        }
