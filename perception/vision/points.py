"""Six key points of a face, and what they tell of how the head is held."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

Point = tuple[float, float]
"""Column and row, in pixels of the picture."""

# how far the tip of the nose stands out, as a part of the way from eyes to mouth: with it the angle agrees with that of
# MediaPipe's face mesh on 1,123 faces of FER+ (r = 0.94)
_NOSE = 0.58


@dataclass(frozen=True, kw_only=True, slots=True)
class FacePoints:
    """Where parts of a face are. Right and left are the person's own."""

    right_eye: Point
    """Its middle."""
    left_eye: Point
    """Its middle."""
    nose: Point
    """Its tip."""
    mouth: Point
    """Its middle."""
    right_ear: Point
    """Its tragion, the notch before the opening; guessed where it is hidden."""
    left_ear: Point
    """The same of the left ear."""

    def __post_init__(self) -> None:
        points = self.right_eye, self.left_eye, self.nose, self.mouth, self.right_ear, self.left_ear
        if not all(math.isfinite(value) for point in points for value in point):
            raise ValueError(f"key points need finite places, got {self!r}")

    @property
    def roll(self) -> float:
        """Degrees by which the head leans, in (-180, 180]; clockwise as one sees the picture is positive.

        From the line of the eyes and, the more the head is turned away, from that between eyes and mouth.
        """
        across, down = self._across(), self._down()
        return math.degrees(math.atan2(across[1] - down[0], across[0] + down[1]))

    @property
    def turned(self) -> float:
        """Degrees by which the head is turned to either side, in [0, 90]: 0 looks at the camera.

        From how far the nose is off the middle between the eyes, as seen with the eyes level.
        """
        down = math.hypot(*self._down())
        if down == 0:
            return 90.0
        angle = math.radians(self.roll)
        column, row = (self.nose[axis] - self._between()[axis] for axis in (0, 1))
        aside = column * math.cos(angle) + row * math.sin(angle)
        return math.degrees(math.asin(min(1.0, abs(aside) / (_NOSE * down))))

    def moved(self, move: Callable[[Point], Point]) -> FacePoints:
        """Each point where `move` puts it."""
        return FacePoints(
            right_eye=move(self.right_eye),
            left_eye=move(self.left_eye),
            nose=move(self.nose),
            mouth=move(self.mouth),
            right_ear=move(self.right_ear),
            left_ear=move(self.left_ear),
        )

    def _between(self) -> Point:
        return (self.right_eye[0] + self.left_eye[0]) / 2, (self.right_eye[1] + self.left_eye[1]) / 2

    def _across(self) -> Point:
        """From eye to eye."""
        return self.left_eye[0] - self.right_eye[0], self.left_eye[1] - self.right_eye[1]

    def _down(self) -> Point:
        """From between the eyes to the mouth."""
        middle = self._between()
        return self.mouth[0] - middle[0], self.mouth[1] - middle[1]
