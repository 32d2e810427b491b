"""The voice network, exported: functionals in, calibrated probabilities and an embedding out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from perception.audio.features import functionals_size
from perception.audio.frames import Floats
from perception.emotions import EMOTIONS
from perception.errors import ModelMissing, ModelRefused
from perception.models.shipped import shipped_weight

MODEL = "audio-functionals-mlp-1"
"""The network that ships."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class VoiceReading:
    """What the network made of several windows."""

    probabilities: Floats
    """Windows x seven, in the order of `Emotion`; the temperature is part of the exported network."""
    features: Floats
    """Windows x width of the last layer before the scores."""


class VoiceClassifier:
    """Runs the exported network with ONNX Runtime on one thread. May be called from several threads."""

    def __init__(self, model_file: Path | None = None) -> None:
        """Build it; the weights load on first use.

        Args:
            model_file: written by `attune train audio`; the one that ships when None.
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
        """The confidence under which an answer is not to be used, found on development speakers.

        Raises:
            ModelError: the weights cannot be loaded.
        """
        self.load()
        return self._uncertain_below

    def load(self) -> None:
        """Load the weights now, once.

        Raises:
            ModelMissing: they are not on this machine.
            ModelRefused: the file is no voice network of ours.
        """
        with self._lock:
            if self._session is None:
                self._session, self._uncertain_below = _open(self._path())

    def read(self, functionals: Floats) -> VoiceReading:
        """Classify windows x `functionals_size()`.

        Raises:
            ModelError: the weights cannot be loaded.
        """
        self.load()
        outputs = self._session.run(["probabilities", "features"], {"functionals": functionals.astype(np.float32)})
        return VoiceReading(probabilities=outputs[0], features=outputs[1])

    def _path(self) -> Path:
        if self._file is None:
            return shipped_weight(f"{MODEL}.onnx")
        if not self._file.is_file():
            raise ModelMissing(str(self._file), "attune train audio --data DIR")
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
        if (width := session.get_inputs()[0].shape[1]) != functionals_size():
            raise ValueError(f"it takes {width} functionals, this version measures {functionals_size()}")
        return session, float(told["uncertain_below"])
    except Exception as error:  # ONNX Runtime has no error of its own to catch
        raise ModelRefused(
            f"{str(path)!r} is no voice network of Attune: {error}; train one with: attune train audio --data DIR"
        ) from error
