"""What every piece of a persona is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A piece of a persona: immutable, and strict about what it knows."""

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)
