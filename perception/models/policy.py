"""Which weights an operator lets in. One type for the settings, the download, the senses and training."""

from __future__ import annotations

from typing import Literal

WeightsPolicy = Literal["any", "commercial"]
"""`commercial` leaves out weights, and data to train them on, whose licence forbids commercial use."""
