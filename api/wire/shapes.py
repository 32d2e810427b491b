"""The shapes in which observations and affect travel: those of `as_dict()`, field by field."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from perception import Emotion, Modality, Status

Probability = Annotated[float, Field(ge=0.0, le=1.0)]

Scores = Annotated[dict[Emotion, Probability], Field(min_length=len(Emotion), max_length=len(Emotion))]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class CodeShape(_Shape):
    """A cue or a conflict: a code with parameters."""

    code: str
    """Snake case; the key of the text that renders it."""
    params: dict[str, str | int | float | bool]
    """What the text needs."""


class ObservationShape(_Shape):
    """What one sense says."""

    modality: Modality
    """The sense."""
    status: Status
    """`ok`, or why it could not tell."""
    scores: Scores | None
    """Probability of each emotion; also there when uncertain."""
    quality: Probability
    """How good the evidence was."""
    cues: list[CodeShape]
    """What it noticed."""
    model: str
    """Which model looked."""
    latency_ms: float
    """How long it took."""
    captured_at: str
    """When the evidence was captured, ISO 8601."""


class ShareShape(_Shape):
    """The weight one observation got."""

    modality: Modality
    """The sense."""
    weight: Probability
    """Its part of the fused scores."""
    reason: str
    """`weighted`, or why it got nothing."""


class FiredShape(_Shape):
    """One thing that a rule of the persona, or the person's own word, has changed."""

    rule: str
    """Its id; `correction` or `self_statement` for the person's own word."""
    action: str
    """`ignore`, `trust`, `conflict`, `note`, or `override` for the person's own word."""
    target: str
    """The sense, the code that was added, or `fused`."""
    before: float | str | None = None
    """What it was."""
    after: float | str | None = None
    """What it became."""


class AffectShape(_Shape):
    """What all senses together say; all of it null where none could tell."""

    top: Emotion | None
    """The likeliest emotion."""
    scores: Scores | None
    """Probability of each emotion."""
    valence: float | None
    """Pleasure, in [-1, 1]."""
    arousal: float | None
    """Activation, in [-1, 1]."""
    confidence: Probability | None
    """Probability of `top`."""
    reliability: Probability
    """How far the scores may be relied on."""
    shares: list[ShareShape]
    """The weight each sense got."""
    conflicts: list[CodeShape]
    """Where the senses disagree."""
    fired: list[FiredShape] = []
    """What the policy has changed, in order."""
    notes: list[CodeShape] = []
    """What the policy wants noticed."""


class TranscriptShape(_Shape):
    """What was said in a recording."""

    status: Status
    """`ok` when there are words; else why not."""
    text: str
    """The words."""
    lang: str | None
    """ISO 639-1 code of the language heard."""
    lang_probability: Probability | None
    """Of that language; null where it was given, or the model knows one only."""
    speech_seconds: float
    """How much of the recording is speech."""
    seconds: float
    """How long the recording is."""
    cues: list[CodeShape]
    """Hints, such as how to get a model that is missing."""
    model: str
    """Which model listened."""
    latency_ms: float
    """How long it took."""
