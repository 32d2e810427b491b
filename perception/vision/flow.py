"""How faces moved from one picture to the next: median flow (Kalal, Mikolajczyk & Matas 2010, ICPR, 2756-2759)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.vision.faces import FaceBox
from perception.vision.points import Point

Floats = NDArray[np.floating]

WIDTH = 320
"""Pixels of the longer side of what is compared."""

_GRID = 7  # points each way on a face
_INSIDE = 0.7  # of the box: its rim shows what is behind the face
_WINDOW = 11  # pixels each way around a point
_LEVELS = 3  # halvings, so that a jump of some 40 pixels of 320 is followed
_LEAST = 14  # points that must have been found again
_ASTRAY = 0.02  # of the face's side, at least half a pixel: median error there and back, above which it is lost
_GROWTH = 1.3  # from picture to picture, at most


@dataclass(frozen=True, kw_only=True, slots=True)
class Motion:
    """Shift, scale and turn about a place."""

    centre: Point
    """Of the points before, in pixels."""
    shift: Point
    """Pixels."""
    scale: float
    """Above 0; 1 stays as it was."""
    turn: float
    """Radians; clockwise as one sees the picture is positive."""

    def move(self, point: Point) -> Point:
        """Where a point of the face is now."""
        across, down = point[0] - self.centre[0], point[1] - self.centre[1]
        cosine, sine = self.scale * math.cos(self.turn), self.scale * math.sin(self.turn)
        return (
            self.centre[0] + self.shift[0] + cosine * across - sine * down,
            self.centre[1] + self.shift[1] + sine * across + cosine * down,
        )

    def moved(self, box: FaceBox) -> FaceBox:
        """The same face now."""
        (column, row), side = self.move(box.centre), box.side * self.scale
        points = box.points.moved(self.move) if box.points else None
        return replace(box, left=column - side / 2, top=row - side / 2, side=side, points=points)


class Flow:
    """Follows faces from picture to picture, all of one size. One flow, one thread."""

    def __init__(self) -> None:
        self._before: NDArray[np.uint8] | None = None
        self._scale = 1.0

    def next(self, pixels: NDArray[np.uint8], boxes: Sequence[FaceBox]) -> tuple[Motion | None, ...]:
        """Take the next picture (height x width x 3, RGB).

        Args:
            pixels: the picture.
            boxes: faces in the picture before.

        Returns:
            How each of them moved; None where that cannot be told.
        """
        before, self._before = self._before, self._small(pixels)
        if before is None or before.shape != self._before.shape or not boxes:
            return (None,) * len(boxes)
        starts = np.concatenate([_grid(box) for box in boxes]) * self._scale
        ends, errors = _there_and_back(before, self._before, starts)
        each = _GRID * _GRID
        return tuple(
            _motion(
                starts[part] / self._scale,
                ends[part] / self._scale,
                errors[part] / self._scale,
                max(_ASTRAY * box.side, 0.5 / self._scale),
            )
            for box, part in ((box, slice(at * each, (at + 1) * each)) for at, box in enumerate(boxes))
        )

    def _small(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        import cv2

        height, width = pixels.shape[:2]
        self._scale = min(1.0, WIDTH / max(height, width))
        size = max(1, round(width * self._scale)), max(1, round(height * self._scale))
        grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
        return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _grid(box: FaceBox) -> Floats:
    """Points on a face, n x 2."""
    along = np.linspace(-0.5, 0.5, _GRID) * _INSIDE * box.side
    columns, rows = np.meshgrid(along + box.centre[0], along + box.centre[1])
    return np.stack([columns.ravel(), rows.ravel()], axis=1)


def _there_and_back(before: NDArray[np.uint8], after: NDArray[np.uint8], starts: Floats) -> tuple[Floats, Floats]:
    """Where points went, and how far from its start each comes back (infinite where it was lost)."""
    import cv2

    # a rough place is enough: the median of many is fine
    follow: Any = partial(
        cv2.calcOpticalFlowPyrLK, winSize=(_WINDOW, _WINDOW), maxLevel=_LEVELS, criteria=(3, 10, 0.03)
    )
    ends, found, _ = follow(before, after, starts[:, None].astype(np.float32), None)
    back, returned, _ = follow(after, before, ends, None)
    errors = np.linalg.norm(back[:, 0] - starts, axis=1)
    errors[(found[:, 0] == 0) | (returned[:, 0] == 0)] = np.inf
    return ends[:, 0], errors


def _motion(starts: Floats, ends: Floats, errors: Floats, astray: float) -> Motion | None:
    """The medians, over the half of the points that came back best."""
    if np.isfinite(errors).sum() < _LEAST or not np.median(errors) <= astray:
        return None
    good = errors <= np.median(errors)
    before, after = (places[good] @ np.array([1, 1j]) for places in (starts, ends))
    # each pair of neighbours in a fixed shuffle: how its distance grew and turned
    order = np.random.default_rng(0).permutation(len(before))
    pairs = [np.subtract(places[order], np.roll(places[order], 1)) for places in (before, after)]
    apart = np.abs(pairs[0]) > 0
    ratios = pairs[1][apart] / pairs[0][apart]
    scale, turn = float(np.median(np.abs(ratios))), float(np.median(np.angle(ratios)))
    if not 1 / _GROWTH < scale < _GROWTH:
        return None
    moved = after - before
    centre = before.mean()
    return Motion(
        centre=(float(centre.real), float(centre.imag)),
        shift=(float(np.median(moved.real)), float(np.median(moved.imag))),
        scale=scale,
        turn=turn,
    )
