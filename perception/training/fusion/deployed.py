"""The gated network as it ships: calibrated, probabilities instead of logits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perception.observation import Modality
from perception.training.calibration import Calibration
from perception.training.export import calibrated_head
from perception.training.fusion.pairs import SENSES

INPUTS = (*(sense.value for sense in SENSES), "scores", "quality")
OUTPUTS = ("probabilities", "polarities")


def deployed(network: Any, calibration: Calibration) -> Any:
    """A `torch.nn.Module` of the inputs of `gated_network`: probabilities (n x 7) and polarities (n x 3)."""
    import torch

    class Deployed(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network = network
            self.head = calibrated_head(calibration)

        def forward(self, vision: Any, audio: Any, text: Any, scores: Any, quality: Any) -> tuple[Any, Any]:
            emotions, polarities = self.network(vision, audio, text, scores, quality)
            return self.head(emotions), polarities.softmax(dim=1)

    return Deployed().eval()


def examples(widths: Mapping[Modality, int]) -> tuple[Any, ...]:
    """Two rows of nothing, to export with."""
    import torch

    return (*(torch.zeros(2, widths[sense]) for sense in SENSES), torch.zeros(2, 3, 7), torch.zeros(2, 3))
