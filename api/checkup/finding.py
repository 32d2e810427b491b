"""One line of a check-up."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What was found about one thing."""

    name: str
    """The thing."""
    level: Literal["ok", "note", "bad"]
    """`note`: works, but something could be added; `bad`: something does not work."""
    state: str
    """How it is."""
    remedy: str = ""
    """What to do about it."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
