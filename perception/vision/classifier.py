"""The face network, exported: a grey crop in, calibrated probabilities and an embedding out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EmotionScores
from perception.models.network import EmotionNetwork

MODEL = "vision-ferplus-cnn-1"
"""The network that ships."""
SIDE = 48
"""Pixels of a crop, each way."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FaceReading:
    """What the network made of one crop."""

    scores: EmotionScores
    """Calibrated: the temperature is part of the exported network."""
    features: NDArray[np.float32]
    """The last layer before the scores, one row."""


class FaceClassifier(EmotionNetwork):
    """The network on face crops."""

    shipped = MODEL
    sense = "vision"

    def read(self, crop: NDArray[np.uint8]) -> FaceReading:
        """Classify a grey crop (48 x 48).

        Raises:
            ModelError: the weights cannot be loaded.
        """
        faces = crop.astype(np.float32)[None, None]
        probabilities, features = self.run(["probabilities", "features"], {"faces": faces})
        return FaceReading(scores=EmotionScores.normalised(probabilities[0]), features=features[0])
