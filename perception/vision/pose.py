"""How a head is held, and its landmarks as they would be if it looked straight at the camera."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perception.vision.mesh import Landmarks

OUTER_EYES: Final = (33, 263)
"""The outer corners of the eyes; the way between them is the unit of all measures."""

# points that no expression moves: forehead, bridge of the nose, corners of the eyes, temples and the cheeks beside the
# ears. The first half of each pair is on the left of the picture. Means of 1,100 neutral faces of the training part of
# FER+ (network score above 0.9), each turned onto the others, mirrored halves averaged; a level head is their median.
_MIDDLE: Final = {
    10: (-0.545, -0.335),
    151: (-0.373, -0.362),
    9: (-0.201, -0.375),
    168: (-0.027, -0.345),
    6: (0.065, -0.385),
    197: (0.147, -0.433),
}
_PAIRS: Final = {
    (33, 263): (0.500, 0.000, -0.108),
    (133, 362): (0.196, 0.021, -0.167),
    (127, 356): (0.753, -0.001, 0.417),
    (234, 454): (0.742, 0.147, 0.478),
    (93, 323): (0.731, 0.300, 0.497),
}
_RIGID: Final = [*_MIDDLE, *(index for pair in _PAIRS for index in pair)]
_STILL: Final = np.array(
    [
        *((0.0, row, depth) for row, depth in _MIDDLE.values()),
        *((sign * column, row, depth) for column, row, depth in _PAIRS.values() for sign in (-1, 1)),
    ]
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pose:
    """A head and which way it looks."""

    yaw: float
    """Degrees by which it is turned; positive towards the left of the picture."""
    pitch: float
    """Degrees by which it is bowed; negative where it looks up."""
    roll: float
    """Degrees by which it leans; clockwise as one sees the picture is positive."""
    frontal: NDArray[np.float64] = field(repr=False)
    """The landmarks turned to the front: 468 x (column, row, depth), the outer corners of the eyes 1 apart."""
    span: float
    """Way between the outer corners of the eyes if the head looked straight ahead, in pixels of the picture."""
    misfit: float
    """Mean distance of points that no expression moves from where they are in other faces, in spans. 0.03 is usual,
    0.065 the worst twentieth; far more, and the network missed the face."""


def head_pose(landmarks: Landmarks) -> Pose:
    """The rotation that brings the rigid points of a face onto those of a neutral one (Kabsch 1976), undone."""
    points = landmarks.points.astype(np.float64)
    middle = points[_RIGID].mean(axis=0)
    span = max(float(np.linalg.norm(points[OUTER_EYES[0]] - points[OUTER_EYES[1]])), 1e-6)
    centred = (points - middle) / span
    still = _STILL - _STILL.mean(axis=0)
    left, _, right = np.linalg.svd(centred[_RIGID].T @ still)
    sign = math.copysign(1.0, np.linalg.det(right.T @ left.T))
    forward = right.T @ np.diag([1.0, 1.0, sign]) @ left.T
    frontal = centred @ forward.T
    misfit = float(np.linalg.norm(frontal[_RIGID] - still, axis=1).mean())
    apart = max(float(np.linalg.norm(frontal[OUTER_EYES[0], :2] - frontal[OUTER_EYES[1], :2])), 1e-6)
    head = forward.T
    return Pose(
        yaw=math.degrees(math.atan2(-head[2, 0], math.hypot(head[0, 0], head[1, 0]))),
        pitch=math.degrees(math.atan2(head[2, 1], head[2, 2])),
        roll=math.degrees(math.atan2(head[1, 0], head[0, 0])),
        frontal=frontal / apart,
        span=span,
        misfit=misfit,
    )
