"""The linear model of face shapes, and its file."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from perception.training.calibration import Calibration
from perception.training.errors import CheckpointInvalid
from perception.training.vision.landmarks.geometry import shape_features

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ShapeModel:
    """Softmax over linear functions of standardised shape features."""

    centre: Floats
    """Mean of each feature over the training faces."""
    spread: Floats
    """Deviation of each, above 0."""
    coefficients: Floats
    """Features x 7."""
    intercept: Floats
    """Seven."""
    calibration: Calibration | None = None
    """How its logits become probabilities; None before it is fitted."""

    def logits(self, points: NDArray[np.float32]) -> Floats:
        """Of landmarks (n x 468 x 3): n x 7, in the order of `Emotion`, not calibrated."""
        features = (shape_features(points) - self.centre) / self.spread
        return np.asarray(features @ self.coefficients + self.intercept)

    def probabilities(self, points: NDArray[np.float32]) -> Floats:
        """The same, calibrated: n x 7.

        Raises:
            CheckpointInvalid: it was not calibrated.
        """
        if self.calibration is None:
            raise CheckpointInvalid("this landmark model is not calibrated; train it again with attune train vision")
        return self.calibration.apply(self.logits(points))

    def calibrated(self, calibration: Calibration) -> Self:
        """The same with a calibration."""
        return replace(self, calibration=calibration)

    def as_bytes(self) -> bytes:
        """Its file: an archive of NumPy without pickles, the same for the same model."""
        told = self.calibration.metadata() if self.calibration else {}
        arrays: dict[str, Any] = {name: getattr(self, name) for name in _ARRAYS}
        arrays["metadata"] = np.array([f"{name}={value}" for name, value in told.items()], dtype=np.str_)
        stream = io.BytesIO()
        np.savez(stream, **arrays)
        return stream.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The inverse of `as_bytes`.

        Raises:
            CheckpointInvalid: it is no such file.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                told = dict(line.split("=", 1) for line in archive["metadata"].tolist())
                arrays = {name: archive[name] for name in _ARRAYS}
        except (KeyError, ValueError, OSError, EOFError) as error:
            raise CheckpointInvalid(
                f"{len(data)} bytes are no landmark model ({error}); train it again with attune train vision"
            ) from error
        return cls(**arrays, calibration=Calibration.from_metadata(told) if told else None)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read its file.

        Raises:
            CheckpointInvalid: it is no such file.
        """
        return cls.from_bytes(path.read_bytes())


_ARRAYS = ("centre", "spread", "coefficients", "intercept")
