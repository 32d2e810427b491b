"""The voice network, exported: functionals in, calibrated probabilities and an embedding out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from perception.audio.features import functionals_size
from perception.audio.frames import Floats
from perception.models.network import EmotionNetwork

MODEL = "audio-functionals-mlp-1"
"""The network that ships."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class VoiceReading:
    """What the network made of several windows."""

    probabilities: Floats
    """Windows x seven, in the order of `Emotion`; the temperature is part of the exported network."""
    features: Floats
    """Windows x width of the last layer before the scores."""


class VoiceClassifier(EmotionNetwork):
    """The network on functionals of the voice."""

    shipped = MODEL
    sense = "audio"

    def check(self, session: Any) -> None:
        """Refuse a network for other functionals than this version measures."""
        if (width := session.get_inputs()[0].shape[1]) != functionals_size():
            raise ValueError(f"it takes {width} functionals, this version measures {functionals_size()}")

    def read(self, functionals: Floats) -> VoiceReading:
        """Classify windows x `functionals_size()`.

        Raises:
            ModelError: the weights cannot be loaded.
        """
        outputs = self.run(["probabilities", "features"], {"functionals": functionals.astype(np.float32)})
        return VoiceReading(probabilities=outputs[0], features=outputs[1])
