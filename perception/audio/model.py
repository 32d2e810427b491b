"""A voice network, exported: the spectrogram of a stretch of speech in, calibrated probabilities out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from perception.audio.frames import Floats
from perception.audio.spectrogram import SPECTROGRAMS
from perception.models.network import EmotionNetwork

MODEL: Final = "audio-whisper-attentive-1"
"""The network that ships and is used: a head on the first blocks of Whisper's encoder."""
SMALL: Final = "audio-acrnn-1"
"""The other one that ships: the attention CRNN, which is smaller and takes no third party's weights."""

_INPUTS: Final = ["spectrogram", "usual", "heard"]
_OUTPUTS: Final = ["probabilities", "embedding", "mean"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class VoiceReading:
    """What the network made of one stretch of speech."""

    probabilities: Floats
    """Seven, in the order of `Emotion`; calibrated in the network."""
    features: Floats
    """The last layer before the scores."""
    mean: Floats
    """How this voice is on the whole, as the network hears; of these the speaker's baseline is made."""


class VoiceClassifier(EmotionNetwork):
    """The network on a spectrogram."""

    shipped = MODEL
    sense = "audio"

    def check(self, session: Any) -> None:
        """Refuse a network for a spectrogram that this version does not make."""
        names = [given.name for given in session.get_inputs()]
        if names != _INPUTS:
            raise ValueError(f"it takes {', '.join(names)}, this version gives {', '.join(_INPUTS)}")
        if (kind := session.get_modelmeta().custom_metadata_map.get("spectrogram")) not in SPECTROGRAMS:
            raise ValueError(f"it takes the spectrogram {kind!r}, this version makes {', '.join(SPECTROGRAMS)}")

    @property
    def width(self) -> int:
        """Of `VoiceReading.mean`.

        Raises:
            ModelError: the weights cannot be loaded.
        """
        return int(self.inputs()["usual"][0])

    def read(self, samples: Floats, usual: Floats | None = None, heard: int = 0) -> VoiceReading:
        """Classify one stretch of speech at 16 kHz, of 0.1 s or more; what is shorter is padded.

        Args:
            samples: float32.
            usual: mean of `VoiceReading.mean` over earlier utterances of the speaker; None when there are none.
            heard: how many those were.

        Raises:
            ModelError: the weights cannot be loaded.
        """
        spectrogram = SPECTROGRAMS[self.metadata["spectrogram"]](samples)
        if usual is None or not heard:
            usual, heard = np.zeros(self.width, dtype=np.float32), 0
        given = {"spectrogram": spectrogram, "usual": usual, "heard": np.array(heard, dtype=np.float32)}
        probabilities, embedding, mean = self.run(_OUTPUTS, given)
        return VoiceReading(probabilities=probabilities[0], features=embedding[0], mean=mean)
