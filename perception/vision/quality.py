"""How well a face can be read: its size, its light, its sharpness, and how far it is turned away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perception.cues import Cue

# Each measure is 0 at its floor and 1 from its ceiling on, which nearly all faces of FER+ reach. On 300 of them the
# network's accuracy of 0.81 fell to 0.76 at 20 pixels, 0.79 at a brightness of 26 (0.68 at 13) and
# 0.66 at a sharpness of 0.1.
_PIXELS = (20.0, 48.0)
_BRIGHTNESS = (25.0, 70.0)
_SHARPNESS = (0.10, 0.40)
# the other way round: degrees from which on a face is a profile, and up to which it is as good as from the front. On
# 1,123 faces of FER+ accuracy was about 0.90 up to 20 degrees, 0.81 to 0.90 up to 30, and 0.75 to 0.83 beyond.
_TURNED = (60.0, 30.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class FaceQuality:
    """What can be measured of a face crop."""

    pixels: float
    """Side of the face in the picture, in pixels."""
    brightness: float
    """Mean grey of the crop, 0 to 255."""
    sharpness: float
    """Deviation of the crop's Laplacian over the deviation of its grey: 0.8 is usual, 0.25 with a blur of one pixel
    of the crop, 0.1 with a blur of two. Contrast and exposure cancel out."""
    turned: float = 0.0
    """Degrees by which the head is turned to either side; 0 where nothing is known of it."""

    @property
    def value(self) -> float:
        """The worst of the measures, in [0, 1]: 0 at or below its floor, 1 from its ceiling on."""
        return min(
            _part(self.pixels, _PIXELS),
            _part(self.brightness, _BRIGHTNESS),
            _part(self.sharpness, _SHARPNESS),
            _part(self.turned, _TURNED),
        )

    @property
    def readable(self) -> bool:
        """Whether no measure is below its floor."""
        return not self.cues()

    def cues(self) -> tuple[Cue, ...]:
        """What is too bad to read the face."""
        cues = []
        if self.pixels < _PIXELS[0]:
            cues.append(Cue(code="face_small", params={"pixels": round(self.pixels)}))
        if self.brightness < _BRIGHTNESS[0]:
            cues.append(Cue(code="face_dark", params={"brightness": round(self.brightness)}))
        if self.sharpness < _SHARPNESS[0]:
            cues.append(Cue(code="face_blurred", params={"sharpness": round(self.sharpness, 3)}))
        if self.turned > _TURNED[0]:
            cues.append(Cue(code="face_turned", params={"degrees": round(self.turned)}))
        return tuple(cues)


def face_quality(crop: NDArray[np.uint8], *, pixels: float, turned: float = 0.0) -> FaceQuality:
    """Measure a grey crop as the network sees it.

    Args:
        crop: height x width.
        pixels: side of the face in the picture.
        turned: degrees by which the head is turned to either side.
    """
    import cv2

    edges = cv2.Laplacian(crop.astype(np.float32), cv2.CV_32F)
    # one grey level more keeps an even crop, whose deviation is nothing, from dividing by it
    sharpness = float(edges.std() / (crop.std() + 1.0))
    return FaceQuality(pixels=pixels, brightness=float(crop.mean()), sharpness=sharpness, turned=turned)


def _part(value: float, bounds: tuple[float, float]) -> float:
    floor, ceiling = bounds
    return min(1.0, max(0.0, (value - floor) / (ceiling - floor)))
