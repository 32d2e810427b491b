"""Which files DeepFace wants, and whether they are there, so that it never has a reason to download them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal, get_args

from perception.errors import ModelMissing, ModelRefused

INSTALL: Final = "pip install 'attune-agent[deepface]'"
"""Gives DeepFace and what it needs."""

Detector = Literal["opencv", "ssd", "yunet", "centerface", "retinaface"]
"""Face detectors of DeepFace that need no further package."""
DETECTORS: Final[tuple[Detector, ...]] = get_args(Detector)

_SUFFIXES: Final = {"onnx": ".onnx", "pytorch": ".pth", "tensorflow": ".h5"}
"""Of the weights each engine of DeepFace loads."""
_EMOTION: Final = "facial_expression_model_weights"
_CASCADES: Final = ("haarcascade_frontalface_default.xml", "haarcascade_eye.xml")
"""They find the eyes for every detector that does not; OpenCV's wheels below 5 hold them."""
_FILES: Final[dict[str, tuple[str, ...]]] = {
    "ssd": ("deploy.prototxt", "res10_300x300_ssd_iter_140000.caffemodel"),
    "yunet": ("face_detection_yunet_2023mar.onnx",),
    "centerface": ("centerface.onnx",),
}


def deepface_name() -> str:
    """Name and version of the backend, such as `deepface-0.0.103`; `deepface` where it is not installed."""
    try:
        return f"deepface-{version('deepface')}"
    except PackageNotFoundError:
        return "deepface"


def check_files(detector: Detector) -> None:
    """Look whether DeepFace can work without downloading; loads no framework.

    Args:
        detector: The face detector that is to be used.

    Raises:
        ModelMissing: the package or a file is not on this machine.
        ModelRefused: DeepFace is told to use an engine that is not there.
    """
    # since 0.0.95 it imports werkzeug, which it does not require
    if not (find_spec("deepface") and find_spec("werkzeug")):
        raise ModelMissing("deepface", INSTALL)
    for path, command in _wanted(detector, engine()):
        if not path.is_file():
            raise ModelMissing(str(path), command)


def engine() -> str:
    """The engine DeepFace runs on: `onnx`, `pytorch` or `tensorflow`.

    Raises:
        ModelRefused: it is told to use one that is not installed.
    """
    try:
        from deepface.commons.backend_utils import get_backend_engine
    except ImportError:  # releases that know TensorFlow only
        return "tensorflow"
    try:
        return str(get_backend_engine())
    except ValueError as error:
        raise ModelRefused(f"DeepFace has no engine to run on: {error}") from error


def weights_folder() -> Path:
    """Where DeepFace keeps its files: `.deepface/weights` in `DEEPFACE_HOME`, which is the home folder by default."""
    from deepface.commons.folder_utils import get_deepface_home

    return Path(get_deepface_home()) / ".deepface" / "weights"


def _wanted(detector: Detector, running: str) -> Iterator[tuple[Path, str]]:
    """Each file with the command that downloads it."""
    folder, suffix = weights_folder(), _SUFFIXES[running]
    yield folder / f"{_EMOTION}{suffix}", _download("Emotion", "facial_attribute")
    names = (f"retinaface{suffix}",) if detector == "retinaface" else _FILES.get(detector, ())
    for name in names:
        yield folder / name, _download(detector, "face_detector")
    for name in _CASCADES:
        if not _comes_with_opencv(name):
            yield folder / name, _download("opencv", "face_detector")


def _download(model: str, task: str) -> str:
    return f"python -c \"from deepface import DeepFace; DeepFace.build_model('{model}', task='{task}')\""


def _comes_with_opencv(name: str) -> bool:
    import cv2

    return (Path(cv2.__file__).parent / "data" / name).is_file()
