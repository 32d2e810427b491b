"""Which parts of a face carry its emotion: each is covered once, and the score without it tells what it gave.

Occlusion (Zeiler & Fergus 2014, arXiv:1311.2901), on the crop as the network sees it. In log odds, as with words: of
a smile the network may be so sure that no patch moves its probability.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS, Emotion
from perception.vision.faces import FaceBox, grey_crop

PATCH: Final = 12
"""Pixels a side of the patch, of 48: it covers a mouth's height and half its width."""
STEP: Final = 4
"""Pixels from one place of the patch to the next."""
SHOWN: Final = 192
"""Pixels a side of the face that a map is drawn over."""
CARRIES: Final = 0.4
"""Part of the strongest region's share from which another carries it too."""
LEAST: Final = 0.1
"""A share below it is nothing: no region carries what none can take away."""
_NEVER: Final = 1e-6

# rows and columns, as parts of a crop's side: median places of the mesh's points on 3,300 faces of FER+. Left and right
# are the person's own.
_REGIONS: Final = {
    "forehead": ((0.00, 0.19, 0.17, 0.83),),
    "brows": ((0.19, 0.32, 0.12, 0.88),),
    "right_eye": ((0.32, 0.46, 0.17, 0.44),),
    "left_eye": ((0.32, 0.46, 0.56, 0.83),),
    "nose": ((0.40, 0.67, 0.35, 0.65),),
    "cheeks": ((0.46, 0.80, 0.08, 0.31), (0.46, 0.80, 0.69, 0.92)),
    "mouth": ((0.69, 0.90, 0.29, 0.71),),
    "chin": ((0.90, 1.00, 0.25, 0.75),),
}

ReadMany = Callable[[NDArray[np.uint8]], NDArray[np.float64]]
"""Grey crops in (n x side x side), probabilities out (n x 7)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RegionShare:
    """What one part of the face gives to its emotion."""

    code: str
    """`forehead`, `brows`, `right_eye`, `left_eye` (the person's own), `nose`, `cheeks`, `mouth` or `chin`."""
    share: float
    """Mean fall of the emotion's log odds while a patch covers it, in nats; negative where it speaks against."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class HeatMap:
    """Where in a face its emotion shows. It holds the face: in memory only, never stored."""

    emotion: Emotion
    """The likeliest."""
    confidence: float
    """Its probability with nothing covered, in [0, 1]."""
    falls: NDArray[np.float64] = field(repr=False)
    """Of its log odds while a patch covers a pixel of the crop, side x side, in nats; mean of all places of the patch
    that do."""
    face: NDArray[np.uint8] = field(repr=False)
    """The face, grey, 192 x 192, eyes level: framed as the crop."""
    regions: tuple[RegionShare, ...]
    """All parts of the face, strongest first."""

    @property
    def carried_by(self) -> tuple[RegionShare, ...]:
        """The regions that carry the emotion, strongest first; none where no patch took much of it away."""
        least = max(LEAST, CARRIES * self.regions[0].share)
        return tuple(region for region in self.regions if region.share >= least)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, without the picture."""
        return {
            "emotion": self.emotion.value,
            "confidence": round(self.confidence, 4),
            "regions": [{"code": region.code, "share": round(region.share, 4)} for region in self.regions],
            "carried_by": [region.code for region in self.carried_by],
        }


def heat_of_face(read_many: ReadMany, pixels: NDArray[np.uint8], face: FaceBox, *, side: int) -> HeatMap:
    """The heat map of a face in a picture (height x width x 3, RGB).

    Args:
        read_many: the network.
        pixels: the picture.
        face: where the face is.
        side: of the network's crops, in pixels.
    """
    crop = grey_crop(pixels, face, side=side)
    return heat_of_crop(read_many, crop, face=grey_crop(pixels, face, side=SHOWN))


def heat_of_crop(read_many: ReadMany, crop: NDArray[np.uint8], *, face: NDArray[np.uint8]) -> HeatMap:
    """The heat map of a grey crop (side x side), to be drawn over `face`, the same at 192 x 192.

    The patch has the crop's mean grey, so that it is neither light nor shadow.
    """
    places = list(product(_places(len(crop)), repeat=2))
    covered = np.repeat(crop[None], len(places) + 1, axis=0)
    for variant, (row, column) in zip(covered[1:], places, strict=True):
        variant[_at(row), _at(column)] = round(float(crop.mean()))
    told = read_many(covered)
    winner = int(told[0].argmax())
    odds = _log_odds(told[:, winner])
    sums, counts = np.zeros(crop.shape), np.zeros(crop.shape)
    for (row, column), without in zip(places, odds[1:], strict=True):
        sums[_at(row), _at(column)] += odds[0] - without
        counts[_at(row), _at(column)] += 1
    falls = sums / counts
    return HeatMap(
        emotion=EMOTIONS[winner],
        confidence=float(told[0, winner]),
        falls=falls,
        face=face,
        regions=tuple(sorted(_regions(falls), key=lambda region: -region.share)),
    )


def _regions(falls: NDArray[np.float64]) -> list[RegionShare]:
    side = len(falls)
    shares = []
    for code, rectangles in _REGIONS.items():
        inside = np.zeros(falls.shape, dtype=bool)
        for edges in rectangles:
            top, bottom, left, right = (round(edge * side) for edge in edges)
            inside[top:bottom, left:right] = True
        shares.append(RegionShare(code=code, share=float(falls[inside].mean())))
    return shares


def _log_odds(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    held = np.clip(probabilities, _NEVER, 1 - _NEVER)
    return np.asarray(np.log(held / (1 - held)))


def _places(side: int) -> range:
    """Where the patch begins: beyond both edges too, so that the rim is covered as often as the middle."""
    return range(STEP - PATCH, side, STEP)


def _at(start: int) -> slice:
    return slice(max(0, start), start + PATCH)
