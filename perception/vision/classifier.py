"""The face network, exported: a grey crop in, calibrated probabilities and an embedding out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS, EmotionScores
from perception.errors import ModelMissing, ModelRefused
from perception.models.shipped import shipped_weight

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


class FaceClassifier:
    """Runs the exported network with ONNX Runtime on one thread. May be called from several threads."""

    def __init__(self, model_file: Path | None = None) -> None:
        """Build it; the weights load on first use.

        Args:
            model_file: written by `attune train vision`; the one that ships when None.
        """
        self._file = model_file
        self._session: Any = None
        self._uncertain_below = 0.0
        self._lock = Lock()

    @property
    def model(self) -> str:
        """Name and version."""
        return self._file.stem if self._file else MODEL

    @property
    def uncertain_below(self) -> float:
        """The confidence under which the network is wrong more often than right, found on development faces.

        Raises:
            ModelError: the weights cannot be loaded.
        """
        self.load()
        return self._uncertain_below

    def load(self) -> None:
        """Load the weights now, once.

        Raises:
            ModelMissing: they are not on this machine.
            ModelRefused: the file is no face network of ours.
        """
        with self._lock:
            if self._session is None:
                self._session, self._uncertain_below = _open(self._path())

    def read(self, crop: NDArray[np.uint8]) -> FaceReading:
        """Classify a grey crop (48 x 48).

        Raises:
            ModelError: the weights cannot be loaded.
        """
        self.load()
        faces = crop.astype(np.float32)[None, None]
        probabilities, features = self._session.run(["probabilities", "features"], {"faces": faces})
        return FaceReading(scores=EmotionScores.normalised(probabilities[0]), features=features[0])

    def _path(self) -> Path:
        if self._file is None:
            return shipped_weight(f"{MODEL}.onnx")
        if not self._file.is_file():
            raise ModelMissing(str(self._file), "attune train vision --data DIR")
        return self._file


def _open(path: Path) -> tuple[Any, float]:
    """A session and its `uncertain_below`."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        told = session.get_modelmeta().custom_metadata_map
        if told["emotions"].split() != list(EMOTIONS):
            raise ValueError(f"its emotions are {told['emotions']!r}")
        return session, float(told["uncertain_below"])
    except Exception as error:  # ONNX Runtime has no error of its own to catch
        raise ModelRefused(
            f"{str(path)!r} is no face network of Attune: {error}; train one with: attune train vision --data DIR"
        ) from error
