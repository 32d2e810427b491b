"""When another persona would answer better."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, model_validator

from personas.conditions import Emotions
from personas.part import Part

Routing = Literal["fixed", "suggest", "auto"]
"""`fixed`: the persona never hands over; `suggest`: the person is asked; `auto`: it hands over by itself."""
Mode = Literal["suggest", "auto"]

FEWEST_TURNS: Final = 2
"""What one turn shows never changes who answers."""
LONGEST: Final = 20
"""Turns that are remembered for this."""
DWELL: Final = 4
"""Turns that a persona keeps answering after it has taken over, unless a rule says more."""


class Evidence(Part):
    """What the last turns must have shown: in `turns` of the last `of`, the present one among them."""

    fused: Emotions
    """An emotion, or any of a list: of several the probabilities are added."""
    at_least: Annotated[float, Field(strict=True, gt=0.0, le=1.0)] = 0.6
    """Least probability of these emotions in a turn that counts, in (0, 1]."""
    turns: Annotated[int, Field(strict=True, ge=FEWEST_TURNS, le=LONGEST)] = FEWEST_TURNS
    """How many turns must show it."""
    of: Annotated[int, Field(strict=True, ge=FEWEST_TURNS, le=LONGEST)] = 3
    """Of how many of the last turns."""

    @model_validator(mode="after")
    def _possible(self) -> Evidence:
        if self.turns > self.of:
            raise ValueError(f"never holds: {self.turns} turns of the last {self.of}; raise `of`")
        return self


class Handoff(Part):
    """One way to another persona."""

    to: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    """The name of the persona that would take over."""
    when: Evidence
    """What the last turns must have shown."""
    mode: Mode | None = None
    """Ask the person, or do it; by default as `routing` of the persona says."""
    dwell: Annotated[int, Field(strict=True, ge=FEWEST_TURNS, le=LONGEST)] = DWELL
    """Turns that the persona keeps answering after it has taken over itself."""
