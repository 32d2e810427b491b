"""The gated cross-modal network, exported: observations with their features in, one distribution out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS, EmotionScores
from perception.models.network import EmotionNetwork
from perception.observation import Modality, Observation

Floats = NDArray[np.float32]

MODEL: Final = "fusion-gated-1"
_SENSES: Final = tuple(Modality)


class GatedNetwork(EmotionNetwork):
    """Reads what the senses said together, features and all (`attune train fusion`).

    Features count only where they are of the model that the network learned with (metadata `model.vision`, ...); of any
    other model, and of none, it goes by the scores.
    """

    shipped = MODEL
    sense = "fusion"

    def scores(
        self, heard: Sequence[Observation], features: Mapping[Modality, Floats], weights: Mapping[Modality, float]
    ) -> EmotionScores:
        """What the senses that are heard say together.

        Args:
            heard: observations with a weight, each with scores.
            features: vectors by sense, of those that have any.
            weights: trust in each sense, relative to the most trusted, in [0, 1]: it lowers the quality told to the
                network, so that a sense nobody trusts is one that is not there.

        Raises:
            ModelError: the weights cannot be loaded.
        """
        scores, quality = np.zeros((1, 3, len(EMOTIONS)), np.float32), np.zeros((1, 3), np.float32)
        given = {sense: np.zeros((1, self.width(sense)), np.float32) for sense in _SENSES}
        for observation in heard:
            place = _SENSES.index(observation.modality)
            assert observation.scores is not None, "only senses with scores are heard"
            scores[0, place] = observation.scores.values
            quality[0, place] = observation.quality * weights.get(observation.modality, 0.0)
            vector = features.get(observation.modality)
            if vector is not None and self._knows(observation, vector):
                given[observation.modality][0] = vector
        return EmotionScores.normalised(self.probabilities(given, scores, quality)[0].tolist())

    def probabilities(
        self, features: Mapping[Modality, Floats], scores: Floats, quality: Floats
    ) -> NDArray[np.float64]:
        """Rows x 7 of features (rows x width, by sense), scores (rows x 3 x 7) and quality (rows x 3)."""
        inputs: dict[str, Any] = {sense.value: features[sense] for sense in _SENSES}
        told = self.run(["probabilities"], {**inputs, "scores": scores, "quality": quality})[0].astype(np.float64)
        return np.asarray(told / told.sum(axis=1, keepdims=True))

    def width(self, sense: Modality) -> int:
        """Of the features it takes of a sense."""
        return int(self.inputs()[sense.value][1])

    def _knows(self, observation: Observation, vector: Floats) -> bool:
        model = self.metadata.get(f"model.{observation.modality}")
        return observation.model == model and vector.shape == (self.width(observation.modality),)
