"""When a rule of the policy holds: what the senses show, how sure they are, and how good their evidence was."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, model_validator

from perception import Emotion, Modality, Status
from personas.part import Part


def listed(value: Any) -> Any:
    """A list, also where one value stands alone."""
    return value if isinstance(value, (list, tuple)) else [value]


# strict: `yes` is no number
Above = Annotated[float, Field(strict=True, ge=0.0, lt=1.0)]
Below = Annotated[float, Field(strict=True, gt=0.0, le=1.0)]
# the likeliest of seven emotions has at least a seventh
SureBelow = Annotated[float, Field(strict=True, gt=1 / 7, le=1.0)]
Emotions = Annotated[tuple[Emotion, ...], BeforeValidator(listed), Field(min_length=1)]
Statuses = Annotated[tuple[Status, ...], BeforeValidator(listed), Field(min_length=1)]

TELLING: Final = frozenset({Status.OK, Status.UNCERTAIN, Status.LOW_QUALITY})
"""Statuses of an observation that may have scores."""


class Condition(Part):
    """What must be so, all of it. A sense that was not asked fulfils nothing.

    An emotion, and a confidence, are those of a sense that could tell (status `ok`), unless `<sense>_status` names
    another status.
    """

    vision: Emotions | None = None
    """What the face shows most: an emotion, or any of a list."""
    audio: Emotions | None = None
    """What the voice shows most."""
    text: Emotions | None = None
    """What the words show most."""
    vision_quality_below: Below | None = None
    """The picture is worse than this, in (0, 1]."""
    vision_quality_above: Above | None = None
    """The picture is better than this, in [0, 1)."""
    audio_quality_below: Below | None = None
    """The recording is worse than this."""
    audio_quality_above: Above | None = None
    """The recording is better than this."""
    text_quality_below: Below | None = None
    """The words are worse evidence than this."""
    text_quality_above: Above | None = None
    """The words are better evidence than this."""
    vision_confidence_below: SureBelow | None = None
    """The face is less clear than this, in (1/7, 1]."""
    vision_confidence_above: Above | None = None
    """The face is clearer than this, in [0, 1)."""
    audio_confidence_below: SureBelow | None = None
    """The voice is less clear than this."""
    audio_confidence_above: Above | None = None
    """The voice is clearer than this."""
    text_confidence_below: SureBelow | None = None
    """The words are less clear than this."""
    text_confidence_above: Above | None = None
    """The words are clearer than this."""
    vision_status: Statuses | None = None
    """How the face sense fared: a status, or any of a list."""
    audio_status: Statuses | None = None
    """How the voice sense fared."""
    text_status: Statuses | None = None
    """How the text sense fared."""

    @model_validator(mode="after")
    def _can_hold(self) -> Condition:
        if not self.model_fields_set:
            raise ValueError("a rule without a condition always applies; say so with trust, or give it a condition")
        for sense in Modality:
            self._check(sense)
        return self

    def _check(self, sense: Modality) -> None:
        for measure in ("quality", "confidence"):
            below, above = self.bounds(sense, measure)
            if below is not None and above is not None and below <= above:
                raise ValueError(
                    f"never holds: {sense} cannot have a {measure} above {above:g} and below {below:g} at once"
                )
        told = self.emotions(sense) or any(bound is not None for bound in self.bounds(sense, "confidence"))
        if told and (statuses := self.statuses(sense)) and not TELLING & set(statuses):
            raise ValueError(f"never holds: {sense} with status {statuses[0]} shows no emotion; leave one of them out")

    def emotions(self, sense: Modality) -> tuple[Emotion, ...]:
        """Of which a sense must show one; empty for any."""
        return getattr(self, sense.value) or ()

    def statuses(self, sense: Modality) -> tuple[Status, ...]:
        """Of which a sense must have one; empty for any."""
        return getattr(self, f"{sense}_status") or ()

    def bounds(self, sense: Modality, measure: str) -> tuple[float | None, float | None]:
        """Below and above what the `quality` or `confidence` of a sense must be."""
        return getattr(self, f"{sense}_{measure}_below"), getattr(self, f"{sense}_{measure}_above")

    @property
    def senses(self) -> tuple[Modality, ...]:
        """The senses it looks at."""
        return tuple(m for m in Modality if any(key.partition("_")[0] == m for key in self.model_fields_set))
