"""What a sense says when its model cannot be used."""

from __future__ import annotations

from perception.cues import Cue
from perception.errors import ModelError, ModelMissing
from perception.observation import Status


def model_trouble(error: ModelError) -> tuple[Status, Cue]:
    """Status and hint: `model_missing {model, command}`, or `model_refused {why}` with status `failed`."""
    if isinstance(error, ModelMissing):
        hint = Cue(code="model_missing", params={"model": error.model, "command": error.command})
        return Status.MODEL_MISSING, hint
    return Status.FAILED, Cue(code="model_refused", params={"why": str(error)})
