"""MediaPipe's short-range BlazeFace: finds turned, tilted and partly hidden faces that a cascade misses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.errors import ModelRefused
from perception.vision.faces import FaceBox, distinct
from perception.vision.points import FacePoints
from perception.vision.quiet import quiet_stderr

INPUT = 128
"""Pixels a side of what the network sees."""
_PARTS = (1.0, 0.6, 0.3)  # of the longer side
_SEEN_WELL = 0.2  # of the part looked at
_LONGEST_SHAPE = 4  # a strip longer than this times its width is not searched part by part
_GRIDS = ((16, 2), (8, 6))  # cells a side, anchors a cell
# a FER+ crop beside BlazeFace's box: its side and how much higher its middle is, medians of 496 faces
_FRAME, _RAISE = 1.14, 0.11
_NEAR = 2.5  # sides of a face, around it, that are looked at to find it again
_LEANS = 25.0  # degrees from which on a face is looked at again, turned upright: the network saw few such
_TURNS = 3
_SAME = 0.5  # of the smaller of two boxes that are one face
_DOUBTFUL = 0.85
_ANCHORS = sum(cells * cells * each for cells, each in _GRIDS)


class BlazeFaceDetector:
    """Faces within about two metres of the camera (Bazarevsky et al. 2019, arXiv:1907.05047), through LiteRT.

    The network sees the whole picture at 128 pixels, where small faces vanish. Unless it finds one large enough to be
    seen well, it looks again at overlapping parts of the picture, and at parts of half their size.
    """

    def __init__(self, model: Path, *, least_score: float = 0.6) -> None:
        """Build it; the model loads on first use.

        Args:
            model: `face_detection_short_range.tflite`.
            least_score: how sure it must be of a face, in [0, 1].
        """
        self._model = model
        self._least_score = least_score
        self._interpreter: Any = None
        self._lock = Lock()

    def warm_up(self) -> None:
        """Load the model now.

        Raises:
            ModelRefused: the file is no BlazeFace model.
        """
        with self._lock:
            self._load()

    def detect(self, pixels: NDArray[np.uint8], /) -> tuple[FaceBox, ...]:
        """Faces of a picture (height x width x 3, RGB), surest first."""
        if pixels.size == 0:
            return ()
        height, width = pixels.shape[:2]
        found: list[FaceBox] = []
        for part in _PARTS:
            side = max(height, width) if part == 1 else round(min(height, width, part * max(height, width)))
            if part < 1 and (side < 2 * INPUT or max(height, width) > _LONGEST_SHAPE * min(height, width)):
                break
            for top, left in product(_steps(height, side), _steps(width, side)):
                found += self._look(pixels, left, top, side)
            if any(box.side >= _SEEN_WELL * side for box in found):
                break
        return tuple(self._upright(pixels, box, doubtful=_DOUBTFUL) for box in distinct(found))

    def glance(self, pixels: NDArray[np.uint8], near: Sequence[FaceBox] = (), /) -> tuple[FaceBox, ...]:
        """One look at the whole picture, and one around each face that cannot be seen well there: small or leaning."""
        if pixels.size == 0:
            return ()
        whole = max(pixels.shape[:2])
        found = self._look(pixels, 0, 0, whole)
        for box in near:
            if box.side < _SEEN_WELL * whole or abs(box.roll) > _LEANS:
                found += self._look_again(pixels, box, box.roll)
        return tuple(self._upright(pixels, box) for box in distinct(found))

    def _upright(self, pixels: NDArray[np.uint8], box: FaceBox, *, doubtful: float = 0.0) -> FaceBox:
        """The same face as seen when turned upright, where it leans so much that the network misjudges it.

        Below a score of `doubtful` it may stand on its head, and is looked at from all sides.
        """
        if box.score < doubtful:
            turns = (again for lean in (0, 90, 180, 270) for again in self._look_again(pixels, box, box.roll + lean))
            box = max((box, *turns), key=lambda each: each.score)
        lean = 0.0
        for _ in range(_TURNS):
            if abs(box.roll - lean) < _LEANS:
                break
            lean = box.roll
            box = next(iter(self._look_again(pixels, box, lean)), box)
        return box

    def _look_again(self, pixels: NDArray[np.uint8], box: FaceBox, lean: float) -> list[FaceBox]:
        """The face in a box, looked at closely and turned by so many degrees; none where it is not seen so."""
        square, back = _turned(pixels, box, lean)
        regressors, scores = self._run(square)
        best = int(scores.argmax())
        if scores[best] < self._least_score:
            return []
        told = _told(regressors[best], best)
        if not (told[1, 0] > 0 and np.isfinite(told).all()):
            return []
        again = _framed(told, float(scores[best]), back)
        return [again] if again.overlap(box) >= _SAME else []

    def _look(self, pixels: NDArray[np.uint8], left: int, top: int, side: int) -> list[FaceBox]:
        """Faces of a square part, in the coordinates of the whole picture."""
        regressors, scores = self._run(_square(pixels, left, top, side))
        scale = side / INPUT
        boxes = []
        for index in np.flatnonzero(scores >= self._least_score):
            told = _told(regressors[index], int(index))
            if told[1, 0] > 0 and np.isfinite(told).all():
                boxes.append(_framed(told, float(scores[index]), np.array([[scale, 0, left], [0, scale, top]])))
        return boxes

    def _run(self, square: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Regressors (896 x 16) and scores in [0, 1] (896)."""
        # an interpreter serves one call at a time
        with self._lock:
            interpreter = self._load()
            interpreter.set_tensor(interpreter.get_input_details()[0]["index"], square[None])
            interpreter.invoke()
            outputs = {o["shape"][-1]: interpreter.get_tensor(o["index"])[0] for o in interpreter.get_output_details()}
        return outputs[16], 1 / (1 + np.exp(-np.clip(outputs[1][:, 0], -80, 80)))

    def _load(self) -> Any:
        if self._interpreter is None:
            try:
                self._interpreter = _interpreter(self._model)
            except (ValueError, RuntimeError, OSError) as error:
                raise ModelRefused(f"{str(self._model)!r} is no BlazeFace model: {error}") from error
        return self._interpreter


def _interpreter(model: Path) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    with quiet_stderr("INFO: Created TensorFlow Lite XNNPACK delegate"):
        interpreter = Interpreter(model_path=str(model), num_threads=1)
        interpreter.allocate_tensors()
    seen = tuple(interpreter.get_input_details()[0]["shape"])
    told = sorted(tuple(output["shape"]) for output in interpreter.get_output_details())
    if seen != (1, INPUT, INPUT, 3) or told != [(1, _ANCHORS, 1), (1, _ANCHORS, 16)]:
        raise ValueError(f"it takes {seen} and answers {told}")
    return interpreter


def _centres() -> NDArray[np.float32]:
    """Middle of each anchor as parts of the picture, 896 x 2, in the network's order."""
    parts = []
    for cells, each in _GRIDS:
        along = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        columns, rows = np.meshgrid(along, along)
        parts.append(np.repeat(np.stack([columns.ravel(), rows.ravel()], axis=1), each, axis=0))
    return np.concatenate(parts)


_CENTRES = _centres()


def _steps(length: int, part: int) -> list[int]:
    """Where parts begin along a side of the picture, so that neighbours share at least 30 % of their length."""
    if length <= part:
        return [0]
    count = math.ceil((length - part) / (0.7 * part)) + 1
    return [round(step * (length - part) / (count - 1)) for step in range(count)]


def _square(pixels: NDArray[np.uint8], left: int, top: int, side: int) -> NDArray[np.float32]:
    """A square part at the network's size, from -1 to 1; black beyond the picture."""
    import cv2

    part = np.ascontiguousarray(pixels[top : top + side, left : left + side])
    height, width = (max(1, round(length * INPUT / side)) for length in part.shape[:2])
    method = cv2.INTER_AREA if side > INPUT else cv2.INTER_LINEAR
    square = np.zeros((INPUT, INPUT, 3), dtype=np.uint8)
    square[:height, :width] = cv2.resize(part, (width, height), interpolation=method)
    return square.astype(np.float32) / 127.5 - 1


def _turned(pixels: NDArray[np.uint8], box: FaceBox, degrees: float) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """A face turned back by so much, at the network's size, and the map (2 x 3) from there to the picture."""
    import cv2

    scale, lean = _NEAR * box.side / INPUT, math.radians(degrees)
    turn = scale * np.array([[math.cos(lean), -math.sin(lean)], [math.sin(lean), math.cos(lean)]])
    back = np.column_stack([turn, np.array(box.centre) - turn @ (INPUT / 2, INPUT / 2)])
    seen = cv2.warpAffine(pixels, back, (INPUT, INPUT), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return seen.astype(np.float32) / 127.5 - 1, back


def _told(regressors: NDArray[np.float32], index: int) -> NDArray[np.float64]:
    """Middle of the box, its size, and six points, 8 x 2, in pixels of what the network sees."""
    told = regressors.reshape(8, 2).astype(np.float64)
    # all but the size are told from the middle of the anchor
    told[[0, 2, 3, 4, 5, 6, 7]] += _CENTRES[index] * INPUT
    return told


def _framed(told: NDArray[np.float64], score: float, to_picture: NDArray[np.float64]) -> FaceBox:
    """BlazeFace's box, which ends at the brow, as a crop of the emotion data sets; higher means along the face."""
    centre, *places = (told[[0, 2, 3, 4, 5, 6, 7]] @ to_picture[:, :2].T + to_picture[:, 2]).tolist()
    right_eye, left_eye, nose, mouth, right_ear, left_ear = ((x, y) for x, y in places)
    points = FacePoints(
        right_eye=right_eye, left_eye=left_eye, nose=nose, mouth=mouth, right_ear=right_ear, left_ear=left_ear
    )
    width, lean = float(told[1, 0] * np.hypot(*to_picture[:, 0])), math.radians(points.roll)
    side, away = width * _FRAME, width * _RAISE
    column, row = centre[0] + away * math.sin(lean), centre[1] - away * math.cos(lean)
    return FaceBox(left=column - side / 2, top=row - side / 2, side=side, score=score, points=points)
