"""What the model is shown and asked."""

from __future__ import annotations

import base64
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS
from perception.vision.faces import FaceBox

MAX_SIDE: Final = 448
"""Of the picture that is sent, in pixels: 256 visual tokens for Qwen2.5-VL (28 x 28 pixels each)."""
_AIR: Final = 0.25
"""Added on each side of the face, as a part of it: such models are trained on pictures, not on tight crops."""
_QUALITY: Final = 90
"""Of the JPEG, 0 to 100."""

QUESTION: Final = (
    "This is a photograph of a face. Which facial expression does it show? First reason step by step about what is "
    "visible (brows, eyes, nose, mouth, the whole) inside <think></think>. Then give exactly one label inside "
    f"<answer></answer>, one of: {', '.join(EMOTIONS)}."
)


def face_jpeg(pixels: NDArray[np.uint8], box: FaceBox) -> bytes:
    """The face with some air around it, no larger than `MAX_SIDE`; nothing else of the picture leaves the machine.

    Args:
        pixels: Height x width x 3, RGB.
        box: The face; may lie partly outside.
    """
    import cv2

    side = box.side * (1 + 2 * _AIR)
    height, width = pixels.shape[:2]
    left, top = (round(middle - side / 2) for middle in box.centre)
    right, bottom = left + max(1, round(side)), top + max(1, round(side))
    # a box beside the picture is moved to touch it
    left, top = min(max(left, 0), width - 1), min(max(top, 0), height - 1)
    part = pixels[top : max(bottom, top + 1), left : max(right, left + 1), ::-1]
    scale = MAX_SIDE / max(part.shape[:2])
    if scale < 1:
        size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
        part = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".jpg", np.ascontiguousarray(part), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return bytes(encoded)


def question_of(jpeg: bytes) -> list[dict[str, Any]]:
    """The messages of a request: the picture as a data URL, then the question."""
    url = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}"
    content = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": QUESTION}]
    return [{"role": "user", "content": content}]
