"""Codes with parameters: what a sense noticed, and where senses disagree.

A code is rendered in English or Chinese only at the edge, where a person or a language model reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

CueValue = str | int | float | bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Cue:
    """Something a sense noticed, such as `pitch_above_usual {percent: 40}`."""

    code: str
    """Snake case; the key of the texts that render it."""
    params: Mapping[str, CueValue] = field(default_factory=dict)
    """What the text needs: numbers in the unit of their name, names of emotions, hints."""

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "params": dict(self.params)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        return cls(code=data["code"], params=dict(data["params"]))


@dataclass(frozen=True, kw_only=True, slots=True)
class Conflict:
    """Senses that disagree, such as `masking {text: happy, vision: sad}`."""

    code: str
    """Snake case; the kind of disagreement."""
    params: Mapping[str, CueValue] = field(default_factory=dict)
    """The emotion each modality showed, by modality."""

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "params": dict(self.params)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        return cls(code=data["code"], params=dict(data["params"]))
