"""MediaPipe's short-range BlazeFace: finds turned, tilted and partly hidden faces that a cascade misses."""

from __future__ import annotations

import math
from itertools import product
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.errors import ModelRefused
from perception.vision.faces import FaceBox, distinct
from perception.vision.quiet import quiet_stderr

INPUT = 128
"""Pixels a side of what the network sees."""
_PARTS = (1.0, 0.6, 0.3)  # of the longer side
_SEEN_WELL = 0.2  # of the part looked at
_LONGEST_SHAPE = 4  # a strip longer than this times its width is not searched part by part
_GRIDS = ((16, 2), (8, 6))  # cells a side, anchors a cell
# a FER+ crop beside BlazeFace's box: its side and how much higher its middle is, medians of 496 faces
_FRAME, _RAISE = 1.14, 0.11
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
        return distinct(found)

    def _look(self, pixels: NDArray[np.uint8], left: int, top: int, side: int) -> list[FaceBox]:
        """Faces of a square part, in the coordinates of the whole picture."""
        regressors, scores = self._run(_square(pixels, left, top, side))
        scale = side / INPUT
        boxes = []
        for index in np.flatnonzero(scores >= self._least_score):
            column, row = (float(value) for value in regressors[index, :2] + _CENTRES[index] * INPUT)
            width = float(regressors[index, 2])
            if width > 0:
                framed = _framed(left + column * scale, top + row * scale, width * scale, float(scores[index]))
                boxes.append(framed)
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


def _framed(column: float, row: float, width: float, score: float) -> FaceBox:
    """BlazeFace's box, which ends at the brow, as a crop of the emotion data sets."""
    side = width * _FRAME
    return FaceBox(left=column - side / 2, top=row - _RAISE * width - side / 2, side=side, score=score)
