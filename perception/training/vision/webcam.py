"""What webcams, light, hands and rooms do to a face crop, each at a strength of one's choosing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

Crop = NDArray[np.uint8]
"""A grey face crop, height x width."""


def _blurred(face: Crop, strength: float, _random: np.random.Generator) -> Crop:
    """Out of focus: a Gaussian of up to 2 pixels of a crop of 48."""
    import cv2

    return _bytes(cv2.GaussianBlur(face, (0, 0), max(0.1, 2.0 * strength * len(face) / 48)))


def _moving(face: Crop, strength: float, random: np.random.Generator) -> Crop:
    """Motion along a line of up to 9 pixels of a crop of 48, in any direction."""
    import cv2

    length = 1 + 8 * strength * len(face) / 48
    size = 2 * int(np.ceil(length / 2)) + 1
    angle, along = random.uniform(0, np.pi), np.linspace(-length / 2, length / 2, 4 * size)
    kernel = np.zeros((size, size), np.float32)
    rows, columns = (np.rint(size // 2 + along * part).astype(int) for part in (np.sin(angle), np.cos(angle)))
    np.add.at(kernel, (rows.clip(0, size - 1), columns.clip(0, size - 1)), 1)
    return _bytes(cv2.filter2D(face, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE))


def _dark(face: Crop, strength: float, random: np.random.Generator) -> Crop:
    """Little light: down to an eighth of it, with the noise of a sensor that amplifies, in whole grey levels."""
    light = face * (1 - 0.875 * strength)
    return _bytes(light + random.normal(0, 2.5 * strength, face.shape))


def _compressed(face: Crop, strength: float, _random: np.random.Generator) -> Crop:
    """JPEG of a quality from 60 down to 8."""
    import cv2

    _, packed = cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, round(60 - 52 * strength)])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def _small(face: Crop, strength: float, _random: np.random.Generator) -> Crop:
    """Far away: of a crop of 48 pixels, 40 down to 12 are seen."""
    import cv2

    side = max(2, round(len(face) * (40 - 28 * strength) / 48))
    seen = cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA)
    return _bytes(cv2.resize(seen, face.shape[::-1], interpolation=cv2.INTER_LINEAR))


def _turned(face: Crop, strength: float, random: np.random.Generator) -> Crop:
    """Tilted to one side by up to 30 degrees."""
    import cv2

    side, angle = len(face), 30 * strength * random.choice((-1, 1))
    matrix = cv2.getRotationMatrix2D(((side - 1) / 2, (side - 1) / 2), angle, 1)
    return _bytes(cv2.warpAffine(face, matrix, face.shape[::-1], borderMode=cv2.BORDER_REPLICATE))


def _hand(face: Crop, strength: float, random: np.random.Generator) -> Crop:
    """A hand over chin, cheek or brow: an ellipse as bright as the face, up to half as wide."""
    import cv2

    side = len(face)
    place = [(0.5, 0.95), (0.15, 0.65), (0.85, 0.65), (0.5, 0.08)][random.integers(4)]
    axes = tuple(round(side * part * (0.4 + 0.6 * strength)) for part in (0.26, 0.2))
    shown, centre = face.copy(), tuple(round(side * part) for part in place)
    grey = int(np.clip(np.median(face) + random.normal(0, 20), 0, 255))
    cv2.ellipse(shown, centre, axes, random.uniform(-40, 40), 0, 360, grey, -1)
    return _bytes(shown)


def _glasses(face: Crop, strength: float, random: np.random.Generator) -> Crop:
    """Dark glasses, from tinted to black."""
    import cv2

    side = len(face)
    shown = face.copy()
    row = round(side * random.uniform(0.36, 0.44))
    radius = (round(side * 0.15), round(side * 0.1))
    for column in (0.3, 0.7):
        cv2.ellipse(shown, (round(side * column), row), radius, 0, 0, 360, 20, -1)
    cv2.line(shown, (round(side * 0.4), row), (round(side * 0.6), row), 20, max(1, side // 32))
    return _mixed(face, shown, 0.3 + 0.7 * strength)


def _mask(face: Crop, strength: float, random: np.random.Generator) -> Crop:
    """A mask over chin and mouth, the stronger the nearer to the eyes."""
    import cv2

    side = len(face)
    top, middle = side * (0.82 - 0.3 * strength), side * (0.78 - 0.34 * strength)
    corners = [(0.1, top), (0.5, middle), (0.9, top), (0.8, side), (0.2, side)]
    shown = face.copy()
    points = np.array([(round(c * side), round(r)) for c, r in corners], np.int32)
    cv2.fillPoly(shown, [points], int(random.uniform(60, 235)))
    return _bytes(shown)


def _even(face: Crop, strength: float, _random: np.random.Generator) -> Crop:
    """The even light of a laboratory: broad light and shade are taken away."""
    import cv2

    grey = face.astype(np.float32)
    broad = cv2.GaussianBlur(grey, (0, 0), len(face) / 6)
    return _bytes(grey - 0.9 * strength * (broad - broad.mean()))


def _side_light(face: Crop, strength: float, random: np.random.Generator) -> Crop:
    """A lamp or window on one side: the other falls to a fifth."""
    angle = random.uniform(0, 2 * np.pi)
    rows, columns = (np.linspace(-1, 1, length) for length in face.shape)
    slope = (np.sin(angle) * rows[:, None] + np.cos(angle) * columns[None, :]) / np.sqrt(2)
    return _bytes(face * (1 - 0.8 * strength * (0.5 + 0.5 * slope)))


def _flat(face: Crop, strength: float, random: np.random.Generator) -> Crop:
    """Contrast down to a fifth, as through haze or glare."""
    grey = face.astype(np.float32)
    kept = 1 - 0.8 * strength
    return _bytes(grey * kept + (1 - kept) * random.uniform(90, 200))


def _noisy(face: Crop, strength: float, random: np.random.Generator) -> Crop:
    """Noise of up to 20 grey levels."""
    return _bytes(face + random.normal(0, 20 * strength, face.shape))


_Degrade = Callable[[Crop, float, np.random.Generator], Crop]

KINDS: Final[Mapping[str, _Degrade]] = MappingProxyType(
    {
        "blurred": _blurred,
        "moving": _moving,
        "dark": _dark,
        "compressed": _compressed,
        "small": _small,
        "turned": _turned,
        "hand": _hand,
        "glasses": _glasses,
        "mask": _mask,
        "even light": _even,
        "side light": _side_light,
        "low contrast": _flat,
        "noisy": _noisy,
    }
)
"""What can happen to a face, by name."""


def degrade(face: Crop, kind: str, strength: float, random: np.random.Generator) -> Crop:
    """The face with one thing done to it.

    Args:
        face: a grey crop, square.
        kind: one of `KINDS`.
        strength: from 0, hardly seen, to 1, the worst that training shows.
        random: for what is left to chance, such as the side a hand comes from.

    Raises:
        KeyError: there is no such kind.
    """
    return KINDS[kind](face, strength, random)


def as_webcams_see(faces: NDArray[np.uint8], random: np.random.Generator, *, share: float) -> NDArray[np.uint8]:
    """Of faces (n x height x width), a share with one or two things done to them, at any strength."""
    names, shown = tuple(KINDS), faces.copy()
    for place in np.flatnonzero(random.random(len(faces)) < share):
        for kind in random.choice(len(names), size=1 + int(random.random() < 0.3), replace=False):
            shown[place] = degrade(shown[place], names[kind], float(random.random()), random)
    return shown


def _mixed(face: Crop, other: Crop, part: float) -> Crop:
    return _bytes(face * (1 - part) + other.astype(np.float32) * part)


def _bytes(face: NDArray[np.floating] | Crop) -> Crop:
    return np.asarray(np.clip(np.rint(face), 0, 255), dtype=np.uint8)
