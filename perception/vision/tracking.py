"""Faces followed from picture to picture, and the one that speaks to us, steadily."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perception.vision.faces import FaceBox, FaceDetector, presence
from perception.vision.flow import Flow

EVERY: Final = 0.5
"""Seconds from one look for faces to the next, while all goes well."""
NOBODY: Final = 0.15
"""The same while nobody is there; every `THOROUGH` seconds the look is a thorough one."""
THOROUGH: Final = 2.0
PATIENCE: Final = 1.0
"""Seconds for which a face that was lost is known again, and for which no other takes its place as the addressed."""
UNCONFIRMED: Final = 1.5
"""Seconds for which a face is followed that the detector does not find any more, such as one turned away."""
JUMP: Final = 3.0
"""Seconds between two pictures after which all that was known is forgotten."""
LEAD: Final = 1.25
"""How many times as present another face must be to become the addressed one."""
DWELL: Final = 0.8
"""Seconds for which it must be so."""
MOST: Final = 4
"""Faces that are followed: the most present ones."""

_SAME = 0.4  # of the smaller of two boxes that are one face
_ALIKE = 2.0  # times the side of the smaller, at most
_OUTSIDE = 0.3  # of the side beyond the picture: the face may be gone


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackedFace:
    """A face that is followed."""

    id: int
    """Its own as long as it is followed, and never another's; counts from 1."""
    box: FaceBox
    """Where it is now."""
    since: float
    """When it was first seen, in seconds of the pictures' time."""
    confirmed: float
    """When the detector last found it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Followed:
    """Who is in a picture."""

    faces: tuple[TrackedFace, ...]
    """All that are followed, in order of their ids."""
    addressed: TrackedFace | None
    """The one that speaks to us; None where nobody does, and for a moment where that one was lost."""
    detected: bool
    """Whether the detector looked; False where the flow was enough."""


class FaceTracker:
    """Follows faces by median flow, so that most pictures need no detector. One tracker, one thread.

    The detector looks every half second of the pictures' own time, and at once when the flow becomes unreliable, a face
    leaves the picture, the size of the picture changes or time jumps.
    """

    def __init__(self, detector: FaceDetector) -> None:
        """Begin with nobody.

        Args:
            detector: finds the faces.
        """
        self._detector = detector
        self._flow = Flow()
        self._addressing = _Addressing()
        self._tracks: list[TrackedFace] = []
        self._lost: list[tuple[float, TrackedFace]] = []
        self._unsure: set[int] = set()
        self._ids = 0
        self._at: float | None = None
        self._looked = self._searched = float("-inf")

    def follow(self, pixels: NDArray[np.uint8], at: float) -> Followed:
        """Take the next picture.

        Args:
            pixels: height x width x 3, RGB.
            at: when it was captured, in seconds, on any clock. Where it lies before the last one, or long after it,
                all that was known is forgotten.

        Raises:
            ModelError: the detector cannot be loaded.
        """
        if self._at is not None and not 0 <= at - self._at <= JUMP:
            self._forget()
        self._at = at
        reliable = self._carry(pixels)
        pause = EVERY if self._tracks else NOBODY
        detected = not reliable or at - self._looked >= pause
        if detected:
            self._look(pixels, at)
        self._lost = [(when, face) for when, face in self._lost if at - when <= PATIENCE]
        chosen = self._addressing.choose(self._tracks, [face.id for _, face in self._lost], pixels.shape[:2], at)
        return Followed(faces=tuple(self._tracks), addressed=chosen, detected=detected)

    def _forget(self) -> None:
        self._flow, self._addressing, self._tracks, self._lost = Flow(), _Addressing(), [], []
        self._looked = self._searched = float("-inf")

    def _carry(self, pixels: NDArray[np.uint8]) -> bool:
        """Move all faces along with the flow; False where one of them could not be followed for sure."""
        motions = self._flow.next(pixels, [face.box for face in self._tracks])
        carried = [
            (face, replace(face, box=motion.moved(face.box)) if motion else None)
            for face, motion in zip(self._tracks, motions, strict=True)
        ]
        size = pixels.shape[:2]
        sure = all(now and (_inside(now.box, size) or not _inside(was.box, size)) for was, now in carried)
        # where the flow failed, the last place is where the detector looks first
        self._tracks = [now or face for face, now in carried]
        self._unsure = {face.id for face, now in carried if now is None}
        return sure

    def _look(self, pixels: NDArray[np.uint8], at: float) -> None:
        known = [*self._tracks, *(face for _, face in self._lost)]
        boxes: Sequence[FaceBox] = ()
        if known:
            boxes = self._detector.glance(pixels, [face.box for face in known])
        elif at - self._searched < THOROUGH:
            boxes = self._detector.glance(pixels)
        else:
            boxes, self._searched = self._detector.detect(pixels), at
        self._looked = at
        height, width = pixels.shape[:2]
        boxes = sorted(boxes, key=lambda box: -presence(box, height=height, width=width))[:MOST]
        matched = _matched(known, boxes)
        found = [
            replace(matched[at_box], box=box, confirmed=at) if at_box in matched else self._new(box, at)
            for at_box, box in enumerate(boxes)
        ]
        self._settle(found, at, pixels.shape[:2])

    def _settle(self, found: list[TrackedFace], at: float, size: tuple[int, ...]) -> None:
        """Keep what was found, and of the rest what may still be followed; remember those that were lost now."""
        ids = {face.id for face in found}
        missed = [face for face in self._tracks if face.id not in ids]
        kept = [
            face
            for face in missed
            if face.id not in self._unsure
            and at - face.confirmed < UNCONFIRMED
            and _inside(face.box, size)
            and all(face.box.overlap(other.box) < _SAME for other in found)
        ]
        gone = [(at, face) for face in missed if face not in kept]
        self._lost = [(when, face) for when, face in self._lost if face.id not in ids] + gone
        self._tracks = sorted([*found, *kept[: max(0, MOST - len(found))]], key=lambda face: face.id)

    def _new(self, box: FaceBox, at: float) -> TrackedFace:
        self._ids += 1
        return TrackedFace(id=self._ids, box=box, since=at, confirmed=at)


class _Addressing:
    """Which face speaks to us: another must be clearly more present, and for a while."""

    def __init__(self) -> None:
        self._id: int | None = None
        self._rival: int | None = None
        self._since = 0.0

    def choose(
        self, faces: Sequence[TrackedFace], lost: Iterable[int], shape: tuple[int, ...], at: float
    ) -> TrackedFace | None:
        present = {face.id: presence(face.box, height=shape[0], width=shape[1]) for face in faces}
        if self._id not in present:
            if self._id is not None and self._id in lost:
                return None
            self._id = max(present, key=present.__getitem__, default=None)
        elif (rival := max(present, key=present.__getitem__)) == self._id or (
            present[rival] < LEAD * present[self._id]
        ):
            self._rival = None
        elif rival != self._rival:
            self._rival, self._since = rival, at
        elif at - self._since >= DWELL:
            self._id, self._rival = rival, None
        return next((face for face in faces if face.id == self._id), None)


def _matched(known: Sequence[TrackedFace], boxes: Sequence[FaceBox]) -> dict[int, TrackedFace]:
    """Which known face each box is, by index: those that overlap most first, each once."""
    pairs = sorted(
        (
            (-box.overlap(face.box), at, face.id, face)
            for at, box in enumerate(boxes)
            for face in known
            if box.overlap(face.box) >= _SAME and 1 / _ALIKE <= box.side / face.box.side <= _ALIKE
        ),
        key=lambda pair: pair[:3],
    )
    matched: dict[int, TrackedFace] = {}
    taken: set[int] = set()
    for _, at, number, face in pairs:
        if at not in matched and number not in taken:
            matched[at] = face
            taken.add(number)
    return matched


def _inside(box: FaceBox, shape: tuple[int, ...]) -> bool:
    """Whether most of a box is within the picture."""
    height, width = shape[:2]
    beyond = max(-box.left, -box.top, box.left + box.side - width, box.top + box.side - height)
    return beyond <= _OUTSIDE * box.side
