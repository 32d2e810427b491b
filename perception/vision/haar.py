"""Viola and Jones' face detector with the cascade that comes with OpenCV: nothing to download."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.errors import ModelMissing
from perception.vision.faces import FaceBox, distinct

_CASCADE = "haarcascade_frontalface_alt2.xml"
# longest side in pixels, and whether contrast is equalised, which finds faces in bad light and loses some in good:
# near faces are found fast, far ones and dark ones only when there was none
_PASSES = ((320, False), (480, False), (320, True))
_SMALLEST = 24  # pixels; the cascade was trained with 20
_LEAST_PART = 0.06  # of the picture's shorter side
_FRAME = 1.03  # the side of a FER+ crop beside the cascade's, median of 426 faces


class HaarDetector:
    """Upright frontal faces, by OpenCV's cascade (Viola & Jones 2001; Lienhart & Maydt 2002).

    Of OpenCV's cascades `alt2` was chosen: on photographs without faces it raised no alarm where `default` raised
    several. A face stays when enough neighbouring windows agree and it is not tiny beside the picture's largest.
    """

    def __init__(self, *, neighbours: int = 5) -> None:
        """Build it; the cascade loads on first use.

        Args:
            neighbours: windows that must agree on a face.
        """
        self._neighbours = neighbours
        self._cascade: Any = None
        self._lock = Lock()

    def warm_up(self) -> None:
        """Load the cascade now.

        Raises:
            ModelMissing: this OpenCV came without it.
        """
        with self._lock:
            self._load()

    def detect(self, pixels: NDArray[np.uint8], /) -> tuple[FaceBox, ...]:
        """Faces of a picture (height x width x 3, RGB), surest first."""
        grey = _grey(pixels)
        for longest, equalised in _PASSES:
            if faces := self._pass(grey, longest, equalised=equalised):
                return faces
        return ()

    def glance(self, pixels: NDArray[np.uint8], near: Sequence[FaceBox] = (), /) -> tuple[FaceBox, ...]:
        """The first and coarsest pass, and where there was a face that it misses, the second one."""
        grey = _grey(pixels)
        for longest, equalised in _PASSES[: 2 if near else 1]:
            if faces := self._pass(grey, longest, equalised=equalised):
                return faces
        return ()

    def _pass(self, grey: NDArray[np.uint8], longest: int, *, equalised: bool) -> tuple[FaceBox, ...]:
        import cv2

        scale = min(1.0, longest / max(1, *grey.shape))
        size = tuple(round(length * scale) for length in grey.shape[::-1])
        if min(size) < _SMALLEST:
            return ()
        small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        return self._search(cv2.equalizeHist(small) if equalised else small, scale)

    def _search(self, grey: NDArray[np.uint8], scale: float) -> tuple[FaceBox, ...]:
        smallest = max(_SMALLEST, round(min(grey.shape) * _LEAST_PART))
        # a cascade keeps state while it runs
        with self._lock:
            found, counts = self._load().detectMultiScale2(
                grey, scaleFactor=1.1, minNeighbors=self._neighbours, minSize=(smallest, smallest)
            )
        boxes = [self._box(rectangle, int(count), scale) for rectangle, count in zip(found, counts, strict=True)]
        largest = max((box.side for box in boxes), default=0.0)
        return distinct([box for box in boxes if box.side >= 0.2 * largest])

    def _box(self, rectangle: NDArray[np.int32], count: int, scale: float) -> FaceBox:
        left, top, found = (float(value) / scale for value in rectangle[:3])
        side, away = found * _FRAME, found * (1 - _FRAME) / 2
        return FaceBox(left=left + away, top=top + away, side=side, score=count / (count + self._neighbours))

    def _load(self) -> Any:
        import cv2

        if self._cascade is None:
            path = Path(cv2.__file__).parent / "data" / _CASCADE
            if not path.is_file():
                raise ModelMissing(_CASCADE, "pip install 'opencv-python-headless>=4.11,<5'")
            self._cascade = cv2.CascadeClassifier(str(path))
        return self._cascade


def _grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    import cv2

    return cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY) if pixels.size else pixels[:, :, 0]
