"""What the senses make of every item, as it is and corrupted: asked once, kept on disk, taken up where it was left."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS
from perception.media.values import AudioClip, Frame
from perception.observation import Modality, Observation, Status
from perception.perceiver import Utterance
from perception.training.audio.data import Clip
from perception.training.fusion.corrupt import corrupt
from perception.training.fusion.items import Items
from perception.training.splits import Part

Progress = Callable[[float, str], None]

VARIANTS: Final = 2
"""As it is, and corrupted."""
_FORMAT: Final = 1
_CHUNK: Final = 200


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sensed:
    """Observations of the items of one sense and part."""

    modality: Modality
    """Which sense."""
    part: Part
    """Which part."""
    ids: tuple[str, ...]
    """Of the items."""
    groups: tuple[str, ...]
    """Of the items."""
    truth: NDArray[np.int64]
    """Items."""
    scores: NDArray[np.float32]
    """Items x 2 x 7; zeros where the sense gave none."""
    quality: NDArray[np.float32]
    """Items x 2."""
    ok: NDArray[np.bool_]
    """Items x 2: whether the status was ok."""
    features: NDArray[np.float32]
    """Items x 2 x width; zeros where there were none."""
    model: str
    """Name of the model that looked."""


def sense_items(items: Items, cache: Path, progress: Progress, *, seed: int = 0) -> Sensed:
    """Ask the embedded sense about every item, as it is and corrupted.

    Args:
        items: the evidence.
        cache: folder where answers are kept, some hundred at a time; a run that is stopped goes on from there.
        progress: told the part done, and a line.
        seed: of the corruption; each item draws by its own id.
    """
    sense = _sense(items.modality)
    key = hashlib.sha256(repr((_FORMAT, _digest(sense), seed, items.ids)).encode()).hexdigest()[:12]
    folder = cache / f"fusion-{items.modality}-{items.part}-{key}"
    chunks: list[dict[str, NDArray[Any]]] = []
    for begin in range(0, len(items), _CHUNK):
        kept = folder / f"{begin:06}.npz"
        if not kept.is_file():
            places = range(begin, min(begin + _CHUNK, len(items)))
            _keep(kept, _asked(sense, items, places, seed))
        with np.load(kept, allow_pickle=False) as archive:
            chunks.append({name: archive[name] for name in archive.files})
        progress(
            min(1.0, (begin + _CHUNK) / len(items)), f"{items.modality} {items.part}: {begin:,} of {len(items):,} items"
        )
    joined = {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0] if name != "model"}
    return Sensed(
        modality=items.modality,
        part=items.part,
        ids=items.ids,
        groups=items.groups,
        truth=items.truth,
        model=str(chunks[0]["model"]),
        **joined,
    )


def _sense(modality: Modality) -> Any:
    if modality is Modality.VISION:
        from perception.vision import EmbeddedVision

        return EmbeddedVision()
    if modality is Modality.AUDIO:
        from perception.audio import EmbeddedAudio

        return EmbeddedAudio()
    from perception.text import EmbeddedText

    return EmbeddedText()


def _digest(sense: Any) -> str:
    return str(sense.model)


def _asked(sense: Any, items: Items, places: Sequence[int], seed: int) -> dict[str, NDArray[Any]]:
    both: list[list[Observation]] = []
    for variant in range(VARIANTS):
        evidence = [_evidence(items, place, seed, worse=variant == 1) for place in places]
        both.append(
            sense.perceive_batch(evidence)
            if items.modality is Modality.TEXT
            else [sense.perceive(each) for each in evidence]
        )
    told = [[both[variant][row] for variant in range(VARIANTS)] for row in range(len(places))]
    width = max(len(o.features) for pair in told for o in pair if o.features is not None)
    return {
        "scores": np.array([[_scores(o) for o in pair] for pair in told], dtype=np.float32),
        "quality": np.array([[o.quality for o in pair] for pair in told], dtype=np.float32),
        "ok": np.array([[o.status is Status.OK for o in pair] for pair in told]),
        "features": np.array([[_features(o, width) for o in pair] for pair in told], dtype=np.float32),
        "model": np.array(next(o.model for pair in told for o in pair if o.scores)),
    }


def _scores(observation: Observation) -> tuple[float, ...]:
    return observation.scores.values if observation.scores else (0.0,) * len(EMOTIONS)


def _features(observation: Observation, width: int) -> NDArray[np.float32]:
    return observation.features if observation.features is not None else np.zeros(width, np.float32)


def _evidence(items: Items, place: int, seed: int, *, worse: bool) -> Any:
    raw = items.evidence[place]
    if isinstance(raw, Clip):
        raw = raw.read()
    if worse:
        random = np.random.default_rng((seed, zlib.crc32(items.ids[place].encode())))
        raw = corrupt(raw, random, _others(items, place))
    if items.modality is Modality.VISION:
        return Frame(pixels=np.repeat(raw[:, :, None], 3, axis=2), crop=True)
    return AudioClip(samples=raw) if items.modality is Modality.AUDIO else Utterance(text=raw, lang="en")


def _others(items: Items, place: int) -> list[NDArray[np.float32]]:
    """Other voices, for babble: of other speakers where there are any."""
    if items.modality is not Modality.AUDIO:
        return []
    step = max(1, len(items) // 5)
    return [items.evidence[(place + step * n) % len(items)].read() for n in range(1, 4)]


def _keep(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{os.getpid()}.{path.name}")
    with part.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
    part.replace(path)
