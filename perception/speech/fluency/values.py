"""What measuring fluency gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from perception.cues import Cue
from perception.speech.fluency.delivery import Delivery

FillerKind = Literal["filled_pause", "discourse_marker"]
RepairKind = Literal["repetition", "revision", "restart"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Filler:
    """Something said that adds nothing to what is said."""

    kind: FillerKind
    """A filled pause (um, 呃) or a discourse marker (you know, 怎么说呢): LDC SimpleMDE tells them apart."""
    text: str
    """As transcribed."""
    word: int
    """Its place: how many words (characters in Chinese) come before it."""
    seconds: float | None = None
    """When it begins, from the start of the clip; None for typed words."""

    def as_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "text": self.text, "word": self.word, "seconds": self.seconds}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        return cls(kind=data["kind"], text=data["text"], word=data["word"], seconds=data["seconds"])


@dataclass(frozen=True, kw_only=True, slots=True)
class Repair:
    """A place where somebody went back on their words: an edit disfluency of LDC SimpleMDE, with its parts."""

    kind: RepairKind
    """The same words again; others in their place; or given up for something new (a false start)."""
    reparandum: str
    """What is taken back."""
    editing: str
    """What is said between the two: fillers, or an explicit editing term (I mean, 不对); often empty."""
    correction: str
    """What takes its place; empty for a restart, whose end nothing marks."""
    word: int
    """The place of the reparandum: how many words (characters in Chinese) come before it."""
    seconds: float | None = None
    """When the reparandum begins, from the start of the clip; None for typed words."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "reparandum": self.reparandum,
            "editing": self.editing,
            "correction": self.correction,
            "word": self.word,
            "seconds": self.seconds,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        return cls(**{name: data[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True, kw_only=True, slots=True)
class Fluency:
    """How fluently something was said: speed, breakdown and repair (Tavakoli & Skehan 2005)."""

    words_per_minute: float | None
    """From the first to the last word, pauses included; over the whole clip where words have no times. Chinese counts
    characters. None for typed words."""
    pause_ratio: float | None
    """Part of that time that is silent, in [0, 1]; None for typed words."""
    fillers: int
    """How many filled pauses (um, uh, 呃, 那个)."""
    cues: tuple[Cue, ...] = ()
    """What stands out (`speaks_fast`, `long_pauses`, `many_fillers`, `many_repairs`, `hesitant`)."""
    words: int = 0
    """How many words (characters in Chinese), fillers included."""
    syllables: int = 0
    """Of those words, as estimated from their spelling."""
    filled_pauses: tuple[Filler, ...] = ()
    """In order."""
    discourse_markers: tuple[Filler, ...] = ()
    """In order; they are no filled pauses."""
    repairs: tuple[Repair, ...] = ()
    """In order."""
    hesitation_score: float | None = None
    """In [0, 1], see `hesitation_score`; None for typed words and where too little was said."""
    delivery: Delivery | None = None
    """Speed and pauses by the words' times; by the sound's where words have none; None for typed words."""
    heard: Delivery | None = None
    """The same by the sound alone, where that was measured."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "words_per_minute": self.words_per_minute,
            "pause_ratio": self.pause_ratio,
            "fillers": self.fillers,
            "cues": [cue.as_dict() for cue in self.cues],
            "words": self.words,
            "syllables": self.syllables,
            "filled_pauses": [filler.as_dict() for filler in self.filled_pauses],
            "discourse_markers": [marker.as_dict() for marker in self.discourse_markers],
            "repairs": [repair.as_dict() for repair in self.repairs],
            "hesitation_score": self.hesitation_score,
            "delivery": self.delivery.as_dict() if self.delivery else None,
            "heard": self.heard.as_dict() if self.heard else None,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `as_dict`."""
        return cls(
            words_per_minute=data["words_per_minute"],
            pause_ratio=data["pause_ratio"],
            fillers=data["fillers"],
            cues=tuple(Cue.from_dict(cue) for cue in data["cues"]),
            words=data["words"],
            syllables=data["syllables"],
            filled_pauses=tuple(Filler.from_dict(filler) for filler in data["filled_pauses"]),
            discourse_markers=tuple(Filler.from_dict(marker) for marker in data["discourse_markers"]),
            repairs=tuple(Repair.from_dict(repair) for repair in data["repairs"]),
            hesitation_score=data["hesitation_score"],
            delivery=Delivery.from_dict(data["delivery"]) if data["delivery"] else None,
            heard=Delivery.from_dict(data["heard"]) if data["heard"] else None,
        )
