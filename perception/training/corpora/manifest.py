"""A corpus as a manifest: JSON lines, as `attune perceive --batch` and `attune eval perception` read them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from perception.training.corpora.base import Corpus, Reading
from perception.training.corpora.example import Example
from perception.training.errors import TrainingDataMissing

Progress = Callable[[int, int], None]


def write_manifest(reading: Reading, path: Path, *, progress: Progress | None = None) -> int:
    """Write the examples of a corpus; paths in it are relative to its folder.

    What actors were made to say is `transcript` and no `text`, since the emotion is not in those words. Pictures that
    are no files become PNG files in a folder beside the manifest, named like it. Rows whose pictures are face
    crops say so.

    Args:
        reading: what was read.
        path: the manifest, which is replaced.
        progress: told how many rows of how many are written.

    Returns:
        Rows written.

    Raises:
        TrainingDataMissing: the manifest, or a picture, cannot be written.
    """
    images = path.with_name(f"{path.stem}_images")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="\n") as stream:
            for number, example in enumerate(reading.examples, start=1):
                picture = example.image or _unpacked(example, images, number)
                row = manifest_row(example, reading.corpus, path.parent, image=picture)
                stream.write(json.dumps(row, ensure_ascii=False) + "\n")
                if progress is not None:
                    progress(number, len(reading.examples))
    except OSError as error:
        raise TrainingDataMissing(f"cannot write {str(path)!r} ({error.strerror}); choose another place") from error
    return len(reading.examples)


def manifest_row(example: Example, corpus: Corpus, folder: Path, *, image: Path | None = None) -> dict[str, Any]:
    """A row of a manifest in a folder, without the fields that are not known."""
    words = "text" if "text" in corpus.modalities else "transcript"
    row = {
        "id": example.id,
        words: example.text,
        "context": list(example.context),
        "audio": _relative(example.audio, folder),
        "start": example.span and example.span.start,
        "end": example.span and example.span.end,
        "image": _relative(image or example.image, folder),
        "crop": corpus.crops and (image or example.image) is not None,
        "label": example.emotion.value,
        "speaker": example.speaker,
        "dialogue": example.dialogue,
        "lang": example.lang,
        "split": example.split,
        "corpus": corpus.name,
    }
    known = {name: value for name, value in row.items() if value is not None and value != [] and value is not False}
    # gender, intensity and the like, to cut figures by
    return {**{name: value for name, value in example.extra.items() if name not in row}, **known}


def _relative(path: Path | None, folder: Path) -> str | None:
    if path is None:
        return None
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:  # on another drive of Windows
        return path.resolve().as_posix()


def _unpacked(example: Example, folder: Path, number: int) -> Path | None:
    """Write a picture that is no file; the number makes its name."""
    if example.pixels is None:
        return None
    from PIL import Image

    folder.mkdir(exist_ok=True)
    path = folder / f"{number:06}.png"
    Image.fromarray(example.pixels.read()).save(path)
    return path
