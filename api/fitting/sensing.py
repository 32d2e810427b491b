"""The senses asked about every row, once: answers are kept on disk, and a run that was stopped goes on from there."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.errors import InputInvalid
from api.fitting.loading import Json, Source, Tell
from api.runtime import open_senses
from api.senses import PATIENCE
from api.settings import load_settings

if TYPE_CHECKING:
    from agent.senses import Senses

FRAMES = 5
"""Of a film, in which the face is looked for."""


def sense_rows(source: Source, cache: Path, tell: Tell) -> list[str]:
    """What the senses say of every row, as JSON lines with its label.

    Args:
        source: rows of evidence.
        cache: folder for the answers; the name of the file follows from rows and models, so that none is stale.
        tell: told how far it has come.

    Raises:
        InputInvalid: the cache cannot be written.
    """
    try:
        return asyncio.run(_sensed(source, cache, tell))
    except OSError as error:
        raise InputInvalid(f"cannot keep scores in {str(cache)!r} ({error}); choose another --cache") from error


async def _sensed(source: Source, cache: Path, tell: Tell) -> list[str]:
    from agent.manifest import in_order

    async with open_senses(load_settings(), patience=PATIENCE) as senses:
        kept = cache / f"scores-{_key(source, senses)}.jsonl"
        kept.parent.mkdir(parents=True, exist_ok=True)
        lines = _whole_lines(kept)
        jobs = (_asked(senses, row, source.root) for row in source.rows[len(lines) :])
        with kept.open("a", encoding="utf-8") as stream:
            async with aclosing(in_order(jobs)) as results:
                async for result in results:
                    lines.append(json.dumps(result, ensure_ascii=False))
                    stream.write(lines[-1] + "\n")
                    stream.flush()
                    tell(len(lines) / len(source.rows), f"{len(lines):,} of {len(source.rows):,} rows felt")
    return lines


def _whole_lines(path: Path) -> list[str]:
    """What an earlier run kept; half a line at the end, of a run that was killed, is cut off."""
    if not path.is_file():
        return []
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        path.write_bytes(whole)
    return whole.decode("utf-8").splitlines()


def _key(source: Source, senses: Senses) -> str:
    from perception import Modality

    models = [getattr(senses.perceiver(modality), "model", "none") for modality in Modality]
    told = json.dumps([str(source.root.resolve()), models, source.rows], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:12]


async def _asked(senses: Senses, row: Json, root: Path) -> dict[str, Any]:
    """A row of scores; whatever is wrong with its evidence costs that evidence."""
    from agent.manifest import perceive_row, read_row, why_bad

    told: dict[str, Any] = {name: row[name] for name in ("id", "label", "speaker", "dialogue") if name in row}
    try:
        seen = await perceive_row(senses, read_row(dict(row)), root)
        observations = dict(seen.perceived.as_dict()["observations"])
        if (film := _film(row, root)) is not None:
            observations |= await _faces(senses, film)
    except Exception as error:  # a row that cannot be felt must not stop the others
        return {**told, "observations": {}, "error": why_bad(error)}
    return {**told, "observations": observations}


def _film(row: Json, root: Path) -> Path | None:
    from perception.training.corpora.files import FILM

    name = row.get("audio")
    return root / name if name and not row.get("image") and Path(name).suffix.lower() in FILM else None


async def _faces(senses: Senses, film: Path) -> Mapping[str, Any]:
    """The face over a film whose sound was heard already."""
    from perception import MediaError, Modality
    from perception.video import TimedObservation, aggregate, sample_video

    try:
        frames = await asyncio.to_thread(lambda: list(sample_video(film, FRAMES)))
    except MediaError:
        return {}
    seen = [
        TimedObservation(at=frame.at, observation=await senses.observe(Modality.VISION, frame.frame))
        for frame in frames
    ]
    return {Modality.VISION.value: aggregate(seen).observation.as_dict()} if seen else {}
