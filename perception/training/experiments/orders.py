"""How a run is to go."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from perception.models.policy import WeightsPolicy


@dataclass(frozen=True, kw_only=True, slots=True)
class Orders:
    """How a run is to go. Of it, only data, policy and a budget that ends it early change the weights."""

    data: Path
    """Folder of the corpora."""
    runs: Path = Path("runs")
    """Folder of all runs."""
    seconds: float = math.inf
    """Time budget of the epochs, over all attempts."""
    policy: WeightsPolicy = "any"
    """`commercial` leaves out data that does not allow commercial use."""
    final: bool = False
    """Whether the test split is touched: once a release."""
    ledger: Path | None = None
    """Where touches of the test split are kept; `test-touches.jsonl` among the runs when None."""
    again: str = ""
    """Why the test split is touched again, where it was before."""
    fresh: bool = False
    """Whether to forget what an earlier attempt left."""
    command: str = ""
    """What was typed, for the card."""
    release: str = ""
    """Version the test split is touched for; that of the distribution when empty."""
