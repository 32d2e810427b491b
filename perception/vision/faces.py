"""Faces in a picture: where they are, which one speaks to us, and its crop."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from perception.vision.points import FacePoints

LEVEL = 8.0
"""Degrees: a head that leans more is turned upright. Faces of the data sets lean up to so much, and the network knows
them."""

_FINER = 2  # pixels each way behind one of a turned crop, which are averaged: it stays as sharp as one that is not


@dataclass(frozen=True, kw_only=True, slots=True)
class FaceBox:
    """A square around a face, framed as emotion data sets frame theirs: brow to chin, ear to ear, a little air."""

    left: float
    """Of the square, in pixels; may lie outside the picture."""
    top: float
    """Of the square, in pixels."""
    side: float
    """Length of its sides, in pixels."""
    score: float
    """How sure the detector is, in [0, 1]."""
    points: FacePoints | None = None
    """Eyes, nose, mouth and ears; None where the detector tells the square only."""

    def __post_init__(self) -> None:
        if not (self.side > 0 and math.isfinite(self.left + self.top + self.side)):
            raise ValueError(f"a face box needs a positive side and finite corners, got {self!r}")

    @property
    def centre(self) -> tuple[float, float]:
        """Column and row of its middle, in pixels."""
        return self.left + self.side / 2, self.top + self.side / 2

    @property
    def roll(self) -> float:
        """Degrees by which the face leans, in (-180, 180]; 0 where nothing is known of it."""
        return self.points.roll if self.points else 0.0

    @property
    def turned(self) -> float:
        """Degrees by which the face is turned to either side, in [0, 90]; 0 where nothing is known of it."""
        return self.points.turned if self.points else 0.0

    def overlap(self, other: FaceBox) -> float:
        """Area shared with another box as a part of the smaller one's, in [0, 1]."""
        width = min(self.left + self.side, other.left + other.side) - max(self.left, other.left)
        height = min(self.top + self.side, other.top + other.side) - max(self.top, other.top)
        return max(0.0, width) * max(0.0, height) / min(self.side, other.side) ** 2


class FaceDetector(Protocol):
    """Finds faces. Building one is cheap; `detect` may be called from several threads."""

    def warm_up(self) -> None:
        """Load the model now.

        Raises:
            ModelError: it cannot be loaded.
        """

    def detect(self, pixels: NDArray[np.uint8], /) -> tuple[FaceBox, ...]:
        """Faces of a picture (height x width x 3, RGB), in no order; none is an answer, not an error."""

    def glance(self, pixels: NDArray[np.uint8], near: Sequence[FaceBox] = (), /) -> tuple[FaceBox, ...]:
        """The same at a small, bounded cost, for pictures that follow each other: far faces may be missed, except
        near places where a face was before.
        """


def distinct(boxes: Sequence[FaceBox], *, overlap: float = 0.4) -> tuple[FaceBox, ...]:
    """The surest box of each face (greedy non-maximum suppression), surest first."""
    kept: list[FaceBox] = []
    for box in sorted(boxes, key=lambda box: box.score, reverse=True):
        if all(box.overlap(other) < overlap for other in kept):
            kept.append(box)
    return tuple(kept)


def addressed(boxes: Sequence[FaceBox], *, height: int, width: int) -> FaceBox:
    """The face that speaks to us: the largest, unless a face nearly as large sits nearer the middle."""
    return max(boxes, key=lambda box: presence(box, height=height, width=width))


def presence(box: FaceBox, *, height: int, width: int) -> float:
    """How much a face is there, in pixels: its side, of which at the edge of the picture half counts."""
    column, row = box.centre
    away = max(abs(column / width - 0.5), abs(row / height - 0.5)) * 2
    return box.side * (1 - 0.5 * min(1.0, away))


def whole(pixels: NDArray[np.uint8]) -> FaceBox:
    """The box of a picture that is a face crop already: the square around it."""
    height, width = pixels.shape[:2]
    side = max(height, width)
    return FaceBox(left=(width - side) / 2, top=(height - side) / 2, side=side, score=1.0)


def grey_crop(pixels: NDArray[np.uint8], box: FaceBox, *, side: int) -> NDArray[np.uint8]:
    """The face in a box, grey (ITU-R BT.601), `side` x `side`, eyes level; beyond the picture its edge goes on.

    Args:
        pixels: height x width x 3, RGB.
        box: around the face; it is turned upright by the box's key points where it leans more than `LEVEL`.
        side: of the crop, in pixels.
    """
    if abs(box.roll) <= LEVEL:
        return _square(pixels, box, side)
    import cv2

    # shrunk first, which averages, and only then turned
    around = _turning(box)
    length = max(1, round(_FINER * side * around.side / box.side))
    leaning = _square(pixels, around, length)
    fine = _FINER * side
    middle = (length - 1) / 2
    turn = cv2.getRotationMatrix2D((middle, middle), box.roll, 1.0)
    turn[:, 2] += (fine - 1) / 2 - middle
    upright = cv2.warpAffine(leaning, turn, (fine, fine), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(upright, (side, side), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _turning(box: FaceBox) -> FaceBox:
    """The square within which a box can be turned by its lean."""
    angle = math.radians(box.roll)
    side = box.side * (abs(math.cos(angle)) + abs(math.sin(angle)))
    column, row = box.centre
    return FaceBox(left=column - side / 2, top=row - side / 2, side=side, score=box.score)


def _square(pixels: NDArray[np.uint8], box: FaceBox, side: int) -> NDArray[np.uint8]:
    import cv2

    length = max(1, round(box.side))
    # a box beside the picture is moved to touch it
    top = min(max(round(box.top), 1 - length), pixels.shape[0] - 1)
    left = min(max(round(box.left), 1 - length), pixels.shape[1] - 1)
    part = np.ascontiguousarray(pixels[max(0, top) : top + length, max(0, left) : left + length])
    # shrunk before it is made square, so that a long thin picture costs no more than its pixels
    height, width = (max(1, round(inside * side / length)) for inside in part.shape[:2])
    method = cv2.INTER_AREA if length >= side else cv2.INTER_LINEAR
    small = cv2.resize(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), (width, height), interpolation=method)
    above = min(round(max(0, -top) * side / length), side - height)
    before = min(round(max(0, -left) * side / length), side - width)
    below, after = side - height - above, side - width - before
    return np.asarray(cv2.copyMakeBorder(small, above, below, before, after, cv2.BORDER_REPLICATE), dtype=np.uint8)
