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
    lang_probability: float | None = None
    """Of that language, in [0, 1]; None where the caller gave it, or the model knows one only."""
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
            "lang_probability": None if self.lang_probability is None else round(self.lang_probability, 4),
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
            lang_probability=data.get("lang_probability"),
            speech_seconds=data["speech_seconds"],
            seconds=data["seconds"],
            cues=tuple(Cue.from_dict(cue) for cue in data["cues"]),
            model=data["model"],
            latency_ms=data["latency_ms"],
        )
