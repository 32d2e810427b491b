"""The perception-priority policy of a persona: which sense counts for how much, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, get_args

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from perception import Modality, Status
from personas.conditions import Condition, listed
from personas.part import Part
from personas.presets import DEFAULT_PRESET, PRESETS, Preset

Weight = Annotated[float, Field(strict=True, ge=0.0, le=1.0)]
RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
CueCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Senses = Annotated[tuple[Modality, ...], BeforeValidator(listed), Field(min_length=1)]

ConflictCode = Literal["masking", "sarcasm", "leakage", "mixed"]
CONFLICTS: Final[tuple[ConflictCode, ...]] = get_args(ConflictCode)

MOST_RULES: Final = 50


class Action(Part):
    """What a rule does: one thing, or several."""

    ignore: Senses | None = None
    """Senses that count for nothing in this turn."""
    trust: Annotated[dict[Modality, Weight], Field(min_length=1)] | None = None
    """New weights in [0, 1], in place of those of the preset and of `trust`."""
    conflict: ConflictCode | None = None
    """A disagreement to tell the chat model of, between the senses whose emotions the condition names."""
    note: CueCode | None = None
    """The code of a cue to tell the chat model; one that has no text of its own is said with spaces for underscores."""

    @model_validator(mode="after")
    def _does_something(self) -> Action:
        if not self.model_fields_set:
            raise ValueError(f"does nothing; give it one of {', '.join(Action.model_fields)}")
        if both := [sense for sense in self.ignore or () if sense in (self.trust or {})]:
            raise ValueError(f"ignores {both[0]} and trusts it at once; keep one of them")
        return self


class Rule(Part):
    """If the senses are so, then do that."""

    id: RuleId | None = None
    """What the record of a turn calls it; by default its place in the file, from 1."""
    condition: Condition = Field(alias="if")
    """When it holds."""
    action: Action = Field(alias="then")
    """What it does."""

    @model_validator(mode="after")
    def _changes_something(self) -> Rule:
        weighed = (*(self.action.ignore or ()), *(self.action.trust or {}))
        for sense in weighed:
            statuses = self.condition.statuses(sense)
            if statuses and Status.OK not in statuses:
                raise ValueError(f"changes nothing: {sense} with status {statuses[0]} has no weight already")
        if self.action.conflict is not None:
            self._check_conflict()
        return self

    def _check_conflict(self) -> None:
        shown = [self.condition.emotions(sense) for sense in Modality if self.condition.emotions(sense)]
        if len(shown) < 2:
            raise ValueError("a conflict is between two senses; name the emotion of both in `if`")
        if len({emotion for emotions in shown for emotion in emotions}) == 1:
            raise ValueError(f"no conflict: all the senses show {shown[0][0]}")


class Policy(Part):
    """Which sense the persona trusts, and under what conditions."""

    preset: Preset = DEFAULT_PRESET
    """Where the weights start."""
    trust: dict[Modality, Weight] = Field(default_factory=dict)
    """Weights in [0, 1] that replace those of the preset."""
    rules: Annotated[tuple[Rule, ...], Field(max_length=MOST_RULES)] = ()
    """All that match apply, in this order."""

    @model_validator(mode="after")
    def _trusts_something(self) -> Policy:
        if not any(self.weights.values()):
            raise ValueError("trust leaves every sense at 0; give one of vision, audio, text more")
        return self

    @property
    def weights(self) -> Mapping[Modality, float]:
        """The weight of each sense before any rule, in [0, 1]."""
        return {modality: self.trust.get(modality, PRESETS[self.preset][modality]) for modality in Modality}

    @property
    def named(self) -> tuple[tuple[str, Rule], ...]:
        """The rules with their ids."""
        return tuple((rule.id or str(place), rule) for place, rule in enumerate(self.rules, 1))
