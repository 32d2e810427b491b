"""The shape of a face in numbers that neither its place, its size nor a tilt of the head changes."""

from __future__ import annotations

from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# points of MediaPipe's canonical face, in the part that they outline
_BROWS: Final = (70, 63, 105, 66, 107, 300, 293, 334, 296, 336)
_EYES: Final = (33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380)
_NOSE: Final = (168, 1, 2, 98, 327)
_LIPS: Final = (61, 291, 0, 17, 39, 269, 181, 405, 13, 14, 78, 308, 82, 312, 87, 317)
_CHEEKS: Final = (50, 280, 205, 425)
_OUTLINE: Final = (10, 152, 172, 397, 234, 454)

KEY_POINTS: Final = (*_BROWS, *_EYES, *_NOSE, *_LIPS, *_CHEEKS, *_OUTLINE)
"""The points whose distances are taken, each to each: those that muscles of expression move, and a few that stay."""

ANGLES: Final = (
    # how the brows are bent, and how far they are drawn together
    (70, 105, 107), (300, 334, 336), (107, 168, 336), (70, 107, 168), (300, 336, 168),
    # how far the eyes are open, at the outer corners and at the inner ones
    (160, 33, 144), (158, 133, 153), (387, 263, 373), (385, 362, 380),
    # how far the mouth is open, at its corners; and whether the corners are raised, seen from both lips
    (0, 61, 17), (0, 291, 17), (13, 78, 14), (13, 308, 14), (61, 0, 291), (61, 17, 291), (61, 13, 291), (61, 14, 291),
    # the corners of the mouth, seen from the nose and from the chin; the wings of the nose
    (61, 1, 291), (61, 152, 291), (98, 1, 327), (50, 61, 152), (280, 291, 152),
)  # fmt: skip
"""Triples of points; the angle is at the middle one."""

FEATURES: Final = len(KEY_POINTS) * (len(KEY_POINTS) - 1) // 2 + len(ANGLES)
"""Numbers that describe a face."""

_LEFT_EYE, _RIGHT_EYE = (33, 133), (362, 263)
_PAIRS: Final = np.array(list(combinations(KEY_POINTS, 2)))
_TRIPLES: Final = np.array(ANGLES)


def shape_features(points: Floats) -> Floats:
    """Distances over the distance of the eyes, then angles in radians.

    Args:
        points: n x 468 x 3, in any unit; all three dimensions count, so that a turned head matters less.

    Returns:
        n x `FEATURES`.
    """
    left, right = (points[:, list(corners)].mean(axis=1) for corners in (_LEFT_EYE, _RIGHT_EYE))
    eyes = np.maximum(np.linalg.norm(right - left, axis=1, keepdims=True), 1e-6)
    distances = np.linalg.norm(points[:, _PAIRS[:, 0]] - points[:, _PAIRS[:, 1]], axis=2) / eyes
    return np.asarray(np.concatenate([distances, _angles(points)], axis=1), dtype=np.float32)


def _angles(points: Floats) -> Floats:
    first, middle, last = (points[:, _TRIPLES[:, place]] for place in range(3))
    a, b = first - middle, last - middle
    lengths = np.maximum(np.linalg.norm(a, axis=2) * np.linalg.norm(b, axis=2), 1e-12)
    return np.asarray(np.arccos(np.clip((a * b).sum(axis=2) / lengths, -1, 1)), dtype=np.float32)
