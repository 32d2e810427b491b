"""What was measured with what: models, their files and licences, versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from perception.models.shipped import WEIGHTS, shipped_licence
from perception.models.verified import sha256_of

LIBRARIES: Final = (
    "attune-agent", "numpy", "scipy", "scikit-learn", "onnxruntime", "librosa", "soundfile", "opencv-python-headless",
    "pillow", "faster-whisper",
)  # fmt: skip
"""Those whose version may move a figure."""


def describe_models(names: Iterable[str]) -> Mapping[str, Any]:
    """Files, hashes and licence of each model whose weights ship; nothing of the others but their name."""
    return {name: _described(name) for name in sorted(set(names))}


def _described(name: str) -> dict[str, Any]:
    files = [path for path in sorted(WEIGHTS.glob(f"{_safe(name)}.*")) if path.suffix != ".md"]
    licences = dict.fromkeys(licence for path in files if (licence := shipped_licence(path.name)))
    return {
        "shipped": bool(files),
        "licence": "; ".join(licences) or None,
        "files": {path.name: {"bytes": path.stat().st_size, "sha256": sha256_of(path)} for path in files},
    }


def _safe(name: str) -> str:
    """A name of a third party may be any string, also a pattern."""
    return "".join(c if c.isalnum() or c in "._-" else "_" for c in name) or "_"


def versions() -> Mapping[str, str]:
    """Of Attune and of the libraries that decode and infer."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
