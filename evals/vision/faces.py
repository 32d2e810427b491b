"""The crops of the faces of a manifest, as the sense cuts them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from evals.perception.values import LabelledRow, MeasuredRow
from evals.robustness.faces import FaceCrop
from perception import Frame, MediaError
from perception.media import read_image
from perception.vision import FaceBox, FaceDetector, default_detector
from perception.vision.classifier import SIDE
from perception.vision.faces import addressed, grey_crop, whole


def face_crops(
    rows: Sequence[LabelledRow],
    measured: Sequence[MeasuredRow],
    *,
    root: Path,
    cluster: str | None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[FaceCrop, ...]:
    """Cut the faces out of the pictures in which one was found.

    Args:
        rows: As the manifest has them.
        measured: The same, perceived; those without scores have no face, and are passed over.
        root: Folder of the manifest.
        cluster: Column of what faces depend on.
        progress: Told after each face.
    """
    by_line = {row.line: row for row in rows}
    seen = [row for row in measured if "vision" in row.answers and row.answers["vision"].scores is not None]
    detector = default_detector()
    crops = []
    for done, row in enumerate(seen, start=1):
        if (found := _crop(by_line[row.line], row, root, cluster, detector)) is not None:
            crops.append(found)
        if progress is not None:
            progress(done, len(seen))
    return tuple(crops)


def _crop(
    each: LabelledRow, row: MeasuredRow, root: Path, cluster: str | None, detector: FaceDetector
) -> FaceCrop | None:
    try:
        frame = read_image(root / (each.row.image or ""), crop=each.row.crop)
    except MediaError:  # it was there a moment ago
        return None
    boxes: tuple[FaceBox, ...] = _boxes(frame, detector)
    if not boxes:
        return None
    height, width = frame.pixels.shape[:2]
    box = addressed(boxes, height=height, width=width)
    return FaceCrop(
        line=row.line,
        id=row.id,
        truth=row.truth,
        group=row.cells[cluster] if cluster else None,
        crop=grey_crop(frame.pixels, box, side=SIDE),
        pixels=box.side,
    )


def _boxes(frame: Frame, detector: FaceDetector) -> tuple[FaceBox, ...]:
    return (whole(frame.pixels),) if frame.crop else detector.detect(frame.pixels)
