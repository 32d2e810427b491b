"""The face network as it ships: both views of each face, calibrated, probabilities instead of logits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.training.calibration import Calibration
from perception.training.export import calibrated_head


def deployed(network: Any, calibration: Calibration, bias: NDArray[np.float32]) -> Any:
    """A `torch.nn.Module`: faces (n x 1 x 48 x 48, 0 to 255) to probabilities (n x 7) and features.

    Each face is read as it is and mirrored, the logits are averaged, and `bias` (7) is added, as in every reported
    figure.
    """
    import torch

    class Deployed(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network = network
            self.head = calibrated_head(calibration)
            self.register_buffer("bias", torch.from_numpy(bias))

        def forward(self, faces: Any) -> tuple[Any, Any]:
            logits, features = self.network(faces)
            mirrored_logits, mirrored_features = self.network(faces.flip(3))
            return self.head((logits + mirrored_logits) / 2 + self.bias), (features + mirrored_features) / 2

    return Deployed().eval()
