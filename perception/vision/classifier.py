"""The face network, exported: a grey crop in, calibrated probabilities and an embedding out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS, EmotionScores
from perception.models.network import EmotionNetwork

MODEL = "vision-ferplus-cnn-2"
"""The network that ships."""
SIDE = 48
"""Pixels of a crop, each way."""
_AT_ONCE = 64
"""Crops in one call of the network: more are no faster, and take more memory."""


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

    def read_many(self, crops: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Probabilities (n x 7) of grey crops (n x 48 x 48), many at a time.

        Raises:
            ModelError: the weights cannot be loaded.
        """
        parts = [
            self.run(["probabilities"], {"faces": crops[at : at + _AT_ONCE, None].astype(np.float32)})[0]
            for at in range(0, len(crops), _AT_ONCE)
        ]
        told = np.concatenate(parts).astype(np.float64) if parts else np.empty((0, len(EMOTIONS)))
        return np.asarray(told / told.sum(axis=1, keepdims=True))
