"""Heat maps: they find the part that a network goes by, and the mouth of a smile."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from perception import EMOTIONS, Emotion, Frame
from perception.vision import EmbeddedVision
from perception.vision.heat import HeatMap, heat_of_crop

pytestmark = pytest.mark.model

SIDE = 48
# rows and columns of parts of a crop
PARTS = {
    "mouth": (36, 40, 20, 28),
    "left_eye": (17, 20, 30, 36),
    "right_eye": (17, 20, 12, 18),
    "brows": (11, 14, 8, 40),
}


def patterned() -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (SIDE, SIDE), dtype=np.uint8)


class Watcher:
    """A network that is happy while one part of the crop is as it was."""

    def __init__(self, crop: NDArray[np.uint8], part: str) -> None:
        top, bottom, left, right = PARTS[part]
        self._at = np.s_[top:bottom, left:right]
        self._crop = crop
        self.calls = 0

    def __call__(self, crops: NDArray[np.uint8]) -> NDArray[np.float64]:
        self.calls += 1
        same = np.array([(crop[self._at] == self._crop[self._at]).mean() for crop in crops])
        told = np.zeros((len(crops), len(EMOTIONS)))
        told[:, EMOTIONS.index(Emotion.HAPPY)] = 0.1 + 0.85 * same
        told[:, EMOTIONS.index(Emotion.NEUTRAL)] = 1 - told[:, EMOTIONS.index(Emotion.HAPPY)]
        return told


def mapped(part: str) -> HeatMap:
    crop = patterned()
    return heat_of_crop(Watcher(crop, part), crop, face=np.zeros((192, 192), dtype=np.uint8))


@pytest.mark.parametrize("part", PARTS)
def test_the_part_a_network_goes_by_is_found(part: str) -> None:
    heat = mapped(part)
    assert (heat.emotion, round(heat.confidence, 2)) == (Emotion.HAPPY, 0.95)
    assert heat.regions[0].code == part
    assert heat.carried_by[0].code == part
    top, bottom, left, right = PARTS[part]
    row, column = np.unravel_index(int(heat.falls.argmax()), heat.falls.shape)
    assert top - 4 <= row <= bottom + 4
    assert left - 4 <= column <= right + 4


def test_all_is_asked_in_one_call() -> None:
    crop = patterned()
    watcher = Watcher(crop, "mouth")
    heat = heat_of_crop(watcher, crop, face=np.zeros((192, 192), dtype=np.uint8))
    assert watcher.calls == 1
    assert heat.falls.shape == (SIDE, SIDE)
    assert np.isfinite(heat.falls).all()


def test_a_network_that_never_changes_its_mind_goes_by_nothing() -> None:
    def stubborn(crops: NDArray[np.uint8]) -> NDArray[np.float64]:
        return np.tile([1.0, 0, 0, 0, 0, 0, 0], (len(crops), 1))

    heat = heat_of_crop(stubborn, patterned(), face=np.zeros((192, 192), dtype=np.uint8))
    assert heat.carried_by == ()
    assert heat.as_dict()["carried_by"] == []
    assert {region.share for region in heat.regions} == {0.0}


def test_a_smile_is_in_the_mouth() -> None:
    face = np.asarray(skimage.data.astronaut())[66:173, 174:281]
    heat = EmbeddedVision(facts=False).explain(Frame(pixels=face, crop=True))
    assert heat is not None
    assert heat.emotion is Emotion.HAPPY
    assert heat.regions[0].code == "mouth"
    assert heat.face.shape == (192, 192)
    assert set(heat.as_dict()) == {"emotion", "confidence", "regions", "carried_by"}


@pytest.mark.parametrize("pixels", [np.full((64, 64, 3), 90, np.uint8), np.zeros((0, 9, 3), np.uint8)])
def test_without_a_face_there_is_no_map(pixels: NDArray[np.uint8]) -> None:
    assert EmbeddedVision(facts=False).explain(Frame(pixels=pixels)) is None
