"""A corpus of faces as a manifest that the evaluation of perception takes."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.manifest import Row
from evals.errors import ManifestUnusable
from evals.vision.attributes import Attributes, read_attributes, votes_of
from evals.vision.crops import is_crop
from evals.vision.values import LAYOUTS, Progress, VisionPlan
from perception.training.corpora import Corpus, Example, Reading, load_corpus, recognised
from perception.training.corpora.manifest import manifest_row
from perception.training.errors import TrainingDataMissing

_SHOWN = 12
"""Names of what is in a folder that a message shows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """Faces that are ready to be perceived."""

    manifest: Path
    """JSON lines, in a folder that will be gone."""
    corpus: Corpus
    """What they are out of."""
    excluded: Mapping[str, int]
    """Faces that have no label of ours, or cannot be read, by reason; over all splits."""
    splits: Mapping[str, int]
    """Faces by split of the authors, `` where there is none; over all splits."""
    by_split: int
    """Faces left out because another split was asked for."""
    by_limit: int
    """Faces left out by the limit."""
    crops: int
    """Faces whose pictures are face crops already."""
    columns: tuple[str, ...]
    """Those that any face has a value in, sorted."""


def prepare(plan: VisionPlan, folder: Path, progress: Progress) -> Prepared:
    """Write the manifest of a corpus into a folder, with pictures that are no files of their own beside it.

    Raises:
        ManifestUnusable: the corpus is not there, has another layout, or lacks the split or a column that is asked for.
    """
    progress(0.0, f"reading {plan.layout}")
    reading = _read(plan)
    attributes = read_attributes(plan.attributes) if plan.attributes else None
    faces = [each for each in reading.examples if each.image is not None or each.pixels is not None]
    if not faces:
        raise ManifestUnusable(f"{str(plan.root)!r} holds labelled rows and no picture; --layout reads faces")
    asked = _of_split(faces, plan)
    chosen = _sample(asked, plan)
    columns = _columns(chosen, reading.corpus, attributes)
    _check_columns(plan, columns)
    manifest = folder / f"{plan.layout}.jsonl"
    crops = _write(chosen, reading.corpus, plan, attributes, manifest, progress)
    return Prepared(
        manifest=manifest,
        corpus=reading.corpus,
        excluded=reading.left_out,
        splits=Counter(each.split or "" for each in faces),
        by_split=len(faces) - len(asked),
        by_limit=len(asked) - len(chosen),
        crops=crops,
        columns=columns,
    )


def _read(plan: VisionPlan) -> Reading:
    try:
        return load_corpus(LAYOUTS[plan.layout], plan.root)
    except TrainingDataMissing as error:
        raise ManifestUnusable(f"{error}{_what_is_there(plan.root)}") from error


def _what_is_there(root: Path) -> str:
    """For a message: the first names in the folder, and the layouts it is in."""
    if not root.is_dir():
        return "; --root takes the folder of the corpus"
    names = sorted(path.name + "/" * path.is_dir() for path in root.iterdir() if not path.name.startswith("."))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    there = ", ".join(names[:_SHOWN]) + more if names else "nothing"
    known = [layout for layout, corpus in LAYOUTS.items() if corpus in recognised(root)]
    fits = f"; it looks like --layout {' or '.join(known)}" if known else ""
    return f". In it there is: {there}{fits}"


def _of_split(faces: Sequence[Example], plan: VisionPlan) -> list[Example]:
    kept = [each for each in faces if plan.split in (None, each.split)]
    if not kept:
        there = sorted({each.split for each in faces if each.split})
        said = f"there are {', '.join(there)}" if there else "its layout has no splits"
        raise ManifestUnusable(f"no face of {str(plan.root)!r} is in the split {plan.split!r}; {said}")
    return kept


def _sample(faces: list[Example], plan: VisionPlan) -> list[Example]:
    """At random and left in order: corpora are often sorted by label."""
    if plan.limit is None or plan.limit >= len(faces):
        return faces
    chosen = sorted(random.Random(plan.seed).sample(range(len(faces)), plan.limit))  # noqa: S311  (no secret)
    return [faces[at] for at in chosen]


def _columns(faces: Sequence[Example], corpus: Corpus, attributes: Attributes | None) -> tuple[str, ...]:
    rows = (_row(each, corpus, attributes) for each in faces)
    return tuple(sorted({name for row in rows for name in row if name not in ("image", "crop")}))


def _check_columns(plan: VisionPlan, columns: Sequence[str]) -> None:
    for option, name in (*(("--group", name) for name in plan.groups), ("--cluster", plan.cluster)):
        if name is not None and name not in columns:
            raise ManifestUnusable(
                f"{option} {name!r} is no column of {plan.layout}; there are {', '.join(columns)}, and --attributes "
                "brings more"
            )


def _row(example: Example, corpus: Corpus, attributes: Attributes | None) -> dict[str, Any]:
    row = manifest_row(example, corpus, Path())
    told = attributes.of(example) if attributes else {}
    more = {name: value for name, value in {**told, **votes_of(example)}.items() if name not in Row.model_fields}
    named = {"label_of_corpus": example.label} if example.label else {}
    return {**more, **named, **row}


def _write(
    faces: Sequence[Example],
    corpus: Corpus,
    plan: VisionPlan,
    attributes: Attributes | None,
    manifest: Path,
    progress: Progress,
) -> int:
    """Write the rows; pictures that are files stay where they are, so that the same faces give the same bytes."""
    crops = 0
    with manifest.open("w", encoding="utf-8", newline="\n") as stream:
        for number, example in enumerate(faces, start=1):
            image = example.image.resolve().as_posix() if example.image else _unpacked(example, manifest, number)
            crop = plan.crops if plan.crops is not None else is_crop(example, corpus)
            crops += crop
            row = {**_row(example, corpus, attributes), "image": image, "crop": crop}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
            if number % 100 == 0:
                progress(number / len(faces), f"{number:,} of {len(faces):,} faces read")
    return crops


def _unpacked(example: Example, manifest: Path, number: int) -> str:
    """Write a picture that is no file; its name is relative to the manifest."""
    from PIL import Image

    assert example.pixels is not None
    name = f"{number:06}.png"
    Image.fromarray(example.pixels.read()).save(manifest.with_name(name), compress_level=1)
    return name
