"""What can be seen of a face without a guess at what is felt: an open mouth, raised brows, a turned head.

Each fact is measured on the landmarks turned to the front, against faces that people called neutral.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perception.cues import Cue
from perception.vision.faces import FaceBox
from perception.vision.mesh import FaceMesh, Landmarks, default_mesh
from perception.vision.pose import Pose, head_pose

LEAST: Final = 0.5
"""Reliability from which a fact is told."""

# Medians of 1,000 neutral faces of the training part of FER+ (five of ten votes, 48 pixels, network score over 0.9, yaw
# within 20 and pitch within 15 degrees), plus or minus 2 spreads (1.4826 x the median deviation), 2.5 for the mouth.
# Brows are lowered where they are 1 spread nearer the eyes, and 1 spread lower at the nose than beside the eyes: either
# alone says little. lip_corners_down was tried and is left out: it came as often with neutral as with sad faces.
_MOUTH_OPEN: Final = 0.037 + 2.5 * 0.030
_SMILE: Final = 0.002 + 2 * 0.015
_BROWS_UP: Final = 0.234 + 2 * 0.027
_BROWS_DOWN: Final = 0.234 - 0.027
_DRAWN: Final = -0.024 + 0.011
_EYES: Final = (0.290 - 2 * 0.052, 0.290 + 2 * 0.052)
# a part of the opening by which the middle between the lips sinks below the corners when nobody smiles: the slope over
# faces neither happy nor angry
_SINKS: Final = 0.25
_TURNED, _BOWED, _LEANS = 20, 18, 12  # degrees; 77, 95 and 84 % of neutral faces of FER+ are below
# from where a measure is nothing worth, and from where it is as good as it gets. With faces of 48 pixels (a span of 24)
# shrunk to 24, measures still agree with r = 0.83 to 0.90, at 16 (a span of 8) with 0.6 to 0.75.
_SCORE: Final = (0.5, 0.95)
_SPAN: Final = (8.0, 20.0)
_MISFIT: Final = (0.10, 0.06)
_YAW: Final = (45.0, 15.0)
_PITCH: Final = (35.0, 15.0)

_LIPS: Final = (13, 14)  # inner edges, upper and lower
_MOUTH: Final = (78, 308)  # inner corners
_CORNERS: Final = (61, 291)
_BROWS: Final = (107, 66, 336, 296)  # upper edge, towards the nose
_INNER_ENDS: Final = (107, 55, 336, 285)
_OUTER_ENDS: Final = (70, 46, 300, 276)
_EYE_CORNERS: Final = (33, 133, 362, 263)
_EYE_OPENINGS: Final = (((33, 133), (160, 144), (158, 153)), ((263, 362), (387, 373), (385, 380)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One thing that shows in a face."""

    code: str
    """`mouth_open`, `smile_corners`, `brows_raised`, `brows_lowered`, `eyes_wide`, `eyes_narrowed`, `head_turned`,
    `head_up`, `head_down` or `head_tilted`."""
    params: Mapping[str, int] = field(default_factory=dict)
    """`percent` of the mouth's width that it is open, or `degrees` of the head."""
    reliability: float
    """In [0, 1]: falls with a turned head, a small face, and a face the network is not sure of."""

    def cue(self) -> Cue:
        """As a code with parameters."""
        return Cue(code=self.code, params={**self.params, "reliability": round(self.reliability, 2)})


@dataclass(frozen=True, kw_only=True, slots=True)
class FaceMeasures:
    """Lengths of a face turned to the front, as parts of the way between the outer corners of its eyes."""

    opening: float
    """Between the lips, as a part of the mouth's width."""
    corners: float
    """How high the corners of the lips are above the middle between them, less what the opening does to it."""
    brows: float
    """How high the inner brows are above the eyes."""
    slant: float
    """How much lower the brows' inner ends are than their outer ones."""
    eyes: float
    """Height over width of the eyes' openings (Soukupova & Cech 2016), mean of both."""


class FaceFacts:
    """The facts of faces as cues, where the face mesh was downloaded; nothing without it."""

    def __init__(self, find: Callable[[str], Path] | None = None) -> None:
        """Build it; the mesh loads on first use.

        Args:
            find: gives the path of a model by name or raises a `ModelError`; the user's model store when None.
        """
        self._find = find
        self._mesh: FaceMesh | None = None
        self._sought = False
        self._lock = Lock()

    def warm_up(self) -> None:
        """Load the mesh now, if it is there."""
        self._found()

    def cues(self, pixels: NDArray[np.uint8], face: FaceBox) -> tuple[Cue, ...]:
        """What is reliable of a face in a picture (height x width x 3, RGB)."""
        mesh = self._found()
        if mesh is None:
            return ()
        facts = facial_facts(mesh.landmarks(pixels, face))
        return tuple(fact.cue() for fact in facts if fact.reliability >= LEAST)

    def _found(self) -> FaceMesh | None:
        with self._lock:
            if not self._sought:
                self._mesh, self._sought = default_mesh(self._find), True
            return self._mesh


def facial_facts(landmarks: Landmarks) -> tuple[Fact, ...]:
    """All that shows, however unreliable: of the mouth, the brows, the eyes, the head."""
    pose = head_pose(landmarks)
    seen = min(
        _part(landmarks.score, _SCORE),
        _part(pose.span, _SPAN),
        _part(pose.misfit, _MISFIT),
    )
    faced = min(seen, _part(abs(pose.yaw), _YAW), _part(abs(pose.pitch), _PITCH))
    return (*_of_the_face(measure(pose.frontal), faced), *_of_the_head(pose, seen))


def measure(frontal: NDArray[np.float64]) -> FaceMeasures:
    """Measure landmarks (468 x 3) that are turned to the front and of unit span."""
    gap = _apart(frontal, _LIPS)
    width = max(_apart(frontal, _MOUTH), 1e-6)
    sunk = _row(frontal, _LIPS) - _row(frontal, _CORNERS)
    return FaceMeasures(
        opening=gap / width,
        corners=sunk - _SINKS * gap,
        brows=_row(frontal, _EYE_CORNERS) - _row(frontal, _BROWS),
        slant=_row(frontal, _INNER_ENDS) - _row(frontal, _OUTER_ENDS),
        eyes=float(np.mean([_openness(frontal, *eye) for eye in _EYE_OPENINGS])),
    )


def _of_the_face(measures: FaceMeasures, reliability: float) -> Iterator[Fact]:
    if measures.opening > _MOUTH_OPEN:
        percent = round(100 * measures.opening)
        yield Fact(code="mouth_open", params={"percent": percent}, reliability=reliability)
    for code, shows in (
        ("smile_corners", measures.corners > _SMILE),
        ("brows_lowered", measures.brows < _BROWS_DOWN and measures.slant > _DRAWN),
        ("brows_raised", measures.brows > _BROWS_UP),
        ("eyes_narrowed", measures.eyes < _EYES[0]),
        ("eyes_wide", measures.eyes > _EYES[1]),
    ):
        if shows:
            yield Fact(code=code, reliability=reliability)


def _of_the_head(pose: Pose, reliability: float) -> Iterator[Fact]:
    for code, degrees, least in (
        ("head_turned", abs(pose.yaw), _TURNED),
        ("head_up", -pose.pitch, _BOWED),
        ("head_down", pose.pitch, _BOWED),
        ("head_tilted", abs(pose.roll), _LEANS),
    ):
        if degrees > least:
            yield Fact(code=code, params={"degrees": round(degrees)}, reliability=reliability)


def _apart(points: NDArray[np.float64], pair: tuple[int, int]) -> float:
    return float(np.linalg.norm(points[pair[0], :2] - points[pair[1], :2]))


def _row(points: NDArray[np.float64], indices: tuple[int, ...]) -> float:
    return float(points[list(indices), 1].mean())


def _openness(
    points: NDArray[np.float64], corners: tuple[int, int], outer: tuple[int, int], inner: tuple[int, int]
) -> float:
    return (_apart(points, outer) + _apart(points, inner)) / (2 * max(_apart(points, corners), 1e-6))


def _part(value: float, bounds: tuple[float, float]) -> float:
    worst, best = bounds
    return min(1.0, max(0.0, (value - worst) / (best - worst)))
