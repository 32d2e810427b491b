"""MediaPipe's face mesh: 468 points of a face, in three dimensions, from one picture."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.errors import ModelError, ModelMissing, ModelRefused
from perception.vision.faces import LEVEL, FaceBox
from perception.vision.quiet import quiet_stderr

log = logging.getLogger(__name__)

MODEL: Final = "face-mesh"
"""Its name in the model manifest."""
POINTS: Final = 468
"""Points of a mesh."""
INPUT: Final = 192
"""Pixels a side of what the network sees."""

# MediaPipe's region is 1.5 detection boxes; ours is 1.14 of one, and its middle 0.11 of one higher
_GROWN: Final = 1.5 / 1.14
_LOWER: Final = 0.11 / 1.14
_AGAIN: Final = 2
_LEFT_EYE, _RIGHT_EYE = (33, 133), (362, 263)  # corners of the eyes on the left and on the right of the picture


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Landmarks:
    """Where the parts of a face are."""

    points: NDArray[np.float32] = field(repr=False)
    """468 x (column, row, depth), in pixels of the picture; depth grows away from the camera, 0 near the middle of the
    head. The order is that of MediaPipe's canonical face."""
    score: float
    """How sure the network is that there is a face, in [0, 1]."""

    @property
    def roll(self) -> float:
        """Degrees by which the line of the eyes leans, in (-180, 180]; clockwise in the picture is positive."""
        left, right = (self.points[list(corners), :2].mean(axis=0) for corners in (_LEFT_EYE, _RIGHT_EYE))
        return math.degrees(math.atan2(right[1] - left[1], right[0] - left[0]))


class FaceMesh:
    """The mesh of a face in a box (Kartynnik et al. 2019, arXiv:1907.06724), through LiteRT."""

    def __init__(self, model: Path) -> None:
        """Build it; the model `face_landmark.tflite` loads on first use."""
        self._model = model
        self._interpreter: Any = None
        self._lock = Lock()

    def warm_up(self) -> None:
        """Load the model now.

        Raises:
            ModelRefused: the file is no face mesh.
        """
        with self._lock:
            self._load()

    def landmarks(self, pixels: NDArray[np.uint8], box: FaceBox) -> Landmarks:
        """The points of the face in a box of a picture (height x width x 3, RGB); beyond it its edge goes on.

        The face is seen upright, as the network was trained: at once by the key points of the box, or at a second or a
        third look.

        Raises:
            ModelRefused: the file is no face mesh.
        """
        roll = box.roll
        seen = self._look(pixels, box, roll)
        for _ in range(_AGAIN):
            if abs(seen.roll - roll) < LEVEL:
                break
            roll = seen.roll
            seen = self._look(pixels, box, roll)
        return seen

    def _look(self, pixels: NDArray[np.uint8], box: FaceBox, roll: float) -> Landmarks:
        square, back = _upright(pixels, box, roll)
        raw, logit = self._run(square)
        columns_and_rows = raw[:, :2] @ back[:, :2].T + back[:, 2]
        depth = raw[:, 2:] * math.hypot(*back[:, 0])
        points = np.concatenate([columns_and_rows, depth], axis=1).astype(np.float32)
        return Landmarks(points=points, score=1 / (1 + math.exp(-min(80.0, max(-80.0, logit)))))

    def _run(self, square: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
        """Points (468 x 3) in pixels of the square, and the logit of a face."""
        # an interpreter serves one call at a time
        with self._lock:
            interpreter = self._load()
            interpreter.set_tensor(interpreter.get_input_details()[0]["index"], square[None])
            interpreter.invoke()
            outputs = {o["shape"][-1]: interpreter.get_tensor(o["index"]) for o in interpreter.get_output_details()}
        return outputs[POINTS * 3].reshape(POINTS, 3), float(outputs[1].ravel()[0])

    def _load(self) -> Any:
        if self._interpreter is None:
            try:
                self._interpreter = _interpreter(self._model)
            except (ValueError, RuntimeError, OSError) as error:
                raise ModelRefused(
                    f"{str(self._model)!r} is no face mesh: {error}; get it with: attune models get {MODEL}"
                ) from error
        return self._interpreter


def default_mesh(find: Callable[[str], Path] | None = None) -> FaceMesh | None:
    """The face mesh when its file is on this machine; a damaged one costs a warning in the log.

    Args:
        find: gives the path of a model by name or raises a `ModelError`; the user's model store when None.
    """
    try:
        mesh = FaceMesh((find or _stored)(MODEL))
        mesh.warm_up()
    except ModelMissing:
        return None
    except ModelError as error:
        log.warning("faces are read without their landmarks: %s", error)
        return None
    return mesh


def _stored(name: str) -> Path:
    from perception.models.store import ModelStore

    return ModelStore().path(name)


def _interpreter(model: Path) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    with quiet_stderr("INFO: Created TensorFlow Lite XNNPACK delegate"):
        interpreter = Interpreter(model_path=str(model), num_threads=1)
        interpreter.allocate_tensors()
    seen = [tuple(given["shape"]) for given in interpreter.get_input_details()]
    told = sorted(int(np.prod(output["shape"])) for output in interpreter.get_output_details())
    if seen != [(1, INPUT, INPUT, 3)] or told != [1, POINTS * 3]:
        raise ValueError(f"it takes {seen} and answers {told} values")
    return interpreter


def _upright(pixels: NDArray[np.uint8], box: FaceBox, roll: float) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """The region of a face turned upright at the network's size, 0 to 1, and the way back to the picture (2 x 3)."""
    import cv2

    side = box.side * _GROWN
    column, row = box.centre[0], box.centre[1] + _LOWER * box.side
    # the part around the turned square, no more: the picture may be large
    reach = side * 0.75
    top, left = max(0, math.floor(row - reach)), max(0, math.floor(column - reach))
    part = pixels[top : max(0, math.ceil(row + reach)), left : max(0, math.ceil(column + reach))]
    if part.size == 0:
        part, top, left = np.zeros((1, 1, 3), dtype=np.uint8), 0, 0
    # shrunk by area first: the turning below looks at four pixels only
    shrunk = min(1.0, INPUT / side)
    if shrunk < 1:
        height, width = (max(1, round(length * shrunk)) for length in part.shape[:2])
        part = cv2.resize(np.ascontiguousarray(part), (width, height), interpolation=cv2.INTER_AREA)
    lean, scale = math.radians(roll), side / INPUT
    turn = np.array([[math.cos(lean), -math.sin(lean)], [math.sin(lean), math.cos(lean)]]) * scale
    back = np.concatenate([turn, (np.array([column, row]) - turn @ np.full(2, INPUT / 2))[:, None]], axis=1)
    within = back.copy()
    within[:, 2] -= (left, top)
    square = cv2.warpAffine(
        np.ascontiguousarray(part),
        within * shrunk,
        (INPUT, INPUT),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return square.astype(np.float32) / 255, back
