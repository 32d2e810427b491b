"""A face drawn in code: no picture of a person is needed to measure what looking costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

WIDTH: Final = 640
HEIGHT: Final = 480
"""Pixels of a frame."""

_FACE: Final = (
    # grey, column and row from the middle of the face, half width, half height, softness of the edge
    (60, 0, -30, 112, 140, 1.0),  # hair
    (205, 0, 10, 92, 120, 1.0),  # skin
    *((95, side * 38, -38, 27, 7, 0.8) for side in (-1, 1)),  # brows
    *((120, side * 38, -16, 25, 14, 1.5) for side in (-1, 1)),  # sockets
    *((50, side * 38, -15, 14, 8, 0.8) for side in (-1, 1)),  # eyes
    (225, 0, 10, 9, 36, 2.0),  # bridge of the nose
    *((130, side * 11, 42, 7, 4, 1.0) for side in (-1, 1)),  # nostrils
    (110, 0, 76, 34, 9, 0.8),  # mouth
)


def drawn_face() -> Pixels:
    """480 x 640 x 3: a grey face of soft ellipses, 240 pixels wide, that face detectors take for one."""
    picture = _room()
    for grey, column, row, width, height, softness in _FACE:
        mask = _ellipse(WIDTH / 2 + column, HEIGHT / 2 + row, width, height, softness)
        picture = picture * (1 - mask) + grey * mask
    return _coloured(picture)


def empty_room() -> Pixels:
    """480 x 640 x 3: soft light and a little noise, and nobody there."""
    return _coloured(_room())


def _room() -> NDArray[np.float64]:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    light = 150 + 10 * np.sin(columns / 97) + 10 * np.cos(rows / 71)
    return np.asarray(light + np.random.default_rng(0).normal(scale=2.0, size=light.shape))


def _ellipse(column: float, row: float, width: float, height: float, softness: float) -> NDArray[np.float64]:
    """1 inside, 0 outside, with a soft edge between."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    radius = np.hypot((columns - column) / width, (rows - row) / height)
    return np.asarray(1 / (1 + np.exp(np.minimum((radius - 1) * 8 / softness, 50.0))))


def _coloured(grey: NDArray[np.float64]) -> Pixels:
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def fitted(pixels: Pixels) -> Pixels:
    """Any picture (height x width x 3) in a frame of 480 x 640: made smaller or larger, black beside it."""
    import cv2

    height, width = pixels.shape[:2]
    scale = min(WIDTH / width, HEIGHT / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=method)
    top, left = (HEIGHT - size[1]) // 2, (WIDTH - size[0]) // 2
    frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    frame[top : top + size[1], left : left + size[0]] = small
    return frame


def swaying(pixels: Pixels, *, count: int = 40) -> Sequence[Pixels]:
    """A picture (height x width x 3) as from a camera before which somebody sways; the last leads to the first."""
    import cv2

    height, width = pixels.shape[:2]
    along = 2 * np.pi * np.arange(count) / count
    return [
        np.asarray(
            cv2.warpAffine(
                pixels,
                np.array([[1, 0, 30 * np.sin(angle)], [0, 1, 12 * np.sin(2 * angle)]]),
                (width, height),
                borderMode=cv2.BORDER_REPLICATE,
            ),
            dtype=np.uint8,
        )
        for angle in along
    ]
