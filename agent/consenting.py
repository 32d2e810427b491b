"""What a person does not allow is neither perceived nor kept, also when they change their mind in mid-turn."""

from __future__ import annotations

from collections.abc import Iterable

from agent.state import TurnContext
from perception import Cue, Modality, Observation, Status


def disabled(modality: Modality, reason: str) -> Observation:
    """What stands in the record for a sense that was not allowed to look."""
    return Observation(
        modality=modality,
        status=Status.DISABLED,
        model="none",
        cues=(Cue(code="disabled", params={"reason": reason}),),
    )


def permitted(observations: Iterable[Observation], context: TurnContext) -> tuple[Observation, ...]:
    """The observations, with those of senses that are not allowed any more replaced."""
    return tuple(disabled(o.modality, reason) if (reason := context.silenced(o.modality)) else o for o in observations)
