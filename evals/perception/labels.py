"""Which emotion a label means: its name, or what a map says outright."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evals.errors import ManifestUnusable
from perception import EMOTIONS, Emotion


def parse_label_map(given: str) -> Mapping[str, Emotion]:
    """Read a map of labels.

    Args:
        given: `joy=happy,anger=angry`, a JSON object, or the path of a file that holds one.

    Raises:
        ManifestUnusable: it is none of these, or maps to what is no emotion.
    """
    pairs = _from_json(given) if given.lstrip().startswith("{") else _from_file(given) or _from_pairs(given)
    for label, emotion in pairs.items():
        if emotion not in EMOTIONS:
            raise ManifestUnusable(
                f"the label map sends {label!r} to {emotion!r}, which is no emotion; those are {', '.join(EMOTIONS)}"
            )
    return {label: Emotion(emotion) for label, emotion in pairs.items()}


def emotion_of(label: Any, label_map: Mapping[str, Emotion]) -> Emotion:
    """The emotion a label means.

    Raises:
        ValueError: it means none; the message says why.
    """
    if label is None or label == "":
        raise ValueError("no label")
    if isinstance(label, bool) or not isinstance(label, (str, int)):
        raise ValueError(f"the label {label!r} is no text")
    name = str(label)
    if name in label_map:
        return label_map[name]
    if name not in EMOTIONS:
        raise ValueError(f"the label {name!r} is no emotion; map it with --label-map '{name}=...', or leave it out")
    return Emotion(name)


def _from_json(given: str) -> dict[str, Any]:
    try:
        found = json.loads(given)
    except ValueError as error:
        raise ManifestUnusable(f"the label map {given[:60]!r} is not JSON ({error}); write joy=happy,...") from error
    if not isinstance(found, dict):
        raise ManifestUnusable(f'the label map {given[:60]!r} is no JSON object; write {{"joy": "happy"}}')
    return found


def _from_file(given: str) -> dict[str, Any] | None:
    try:
        path = Path(given)
        return _from_json(path.read_text(encoding="utf-8")) if path.is_file() else None
    except (OSError, ValueError) as error:
        raise ManifestUnusable(f"cannot read the label map {given!r} ({error}); check the path") from error


def _from_pairs(given: str) -> dict[str, Any]:
    parts = [part.strip() for part in given.split(",") if part.strip()]
    if not parts or any("=" not in part for part in parts):
        raise ManifestUnusable(
            f"the label map {given!r} is neither a file nor pairs; write it as joy=happy,anger=angry or as JSON"
        )
    return {label.strip(): emotion.strip() for label, _, emotion in (part.rpartition("=") for part in parts)}
