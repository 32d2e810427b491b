"""Every recording under every condition, through the audio sense as a turn would ask it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from agent import Senses
from agent.manifest import in_order, why_bad
from agent.perceiving import perceive
from evals.perception.labelled import cell
from evals.perception.values import Answer, Broken, LabelledRow
from evals.robustness.values import HeardRow
from perception import AudioClip, MediaError, Modality, PerceptionError
from perception.audio.degradations import DEGRADATIONS, degrade
from perception.audio.frames import Floats
from perception.media import read_audio

Progress = Callable[[int, int], None]
"""Told how many recordings are done, and of how many."""

AT_ONCE: Final = 2
"""Recordings under way together: each is held in all the ways it is made worse."""

VOICES: Final = 8
"""Clips of other speakers that babble may draw from."""

KEPT: Final = 64
"""Clips of others that are kept for the next row."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What came of all rows."""

    rows: tuple[HeardRow, ...] = field(repr=False)
    """In the order of the manifest."""
    broken: tuple[Broken, ...] = field(repr=False)
    """Those whose recordings could not be read, in the order of the manifest."""


async def hear_rows(
    senses: Senses,
    rows: Sequence[LabelledRow],
    *,
    root: Path,
    conditions: Sequence[str],
    speaker: str | None,
    seed: int,
    progress: Progress | None = None,
) -> Heard:
    """Perceive each recording under each condition.

    Args:
        senses: Only the audio sense is asked.
        rows: Each with a recording.
        root: Folder that the paths of rows are relative to.
        conditions: Names out of `DEGRADATIONS`.
        speaker: Column that says who speaks; without it there is no babble.
        seed: Of the degradations.
        progress: Told after each recording.
    """
    babble = Babble(rows, root=root, speaker=speaker, seed=seed)
    heard: list[HeardRow] = []
    broken: list[Broken] = []
    jobs = (_hear(senses, each, root, conditions, babble, seed) for each in rows)
    async with aclosing(in_order(jobs, AT_ONCE)) as results:
        async for found in results:
            (heard if isinstance(found, HeardRow) else broken).append(found)  # type: ignore[arg-type]
            if progress is not None:
                progress(len(heard) + len(broken), len(rows))
    return Heard(rows=tuple(heard), broken=tuple(broken))


class Babble:
    """The voices of other speakers, for each row the same whatever was asked before."""

    def __init__(self, rows: Sequence[LabelledRow], *, root: Path, speaker: str | None, seed: int) -> None:
        self._seed = seed
        self._who = {each.line: cell(each.row, speaker) if speaker else None for each in rows}
        self._rows = rows
        self._read = lru_cache(maxsize=KEPT)(lambda row: _samples(row, root))

    def group(self, each: LabelledRow) -> str | None:
        """Who speaks in a row."""
        return self._who[each.line]

    def beside(self, each: LabelledRow) -> list[Floats]:
        """Up to `VOICES` clips of speakers other than that of this row; those that cannot be read are passed over."""
        mine = self.group(each)
        others = [row for row in self._rows if self.group(row) not in (mine, None)]
        chance = random.Random(f"{self._seed}:{each.line}")  # noqa: S311  (no secret)
        found: list[Floats] = []
        for other in chance.sample(others, min(len(others), 2 * VOICES)):
            if len(found) < VOICES and (samples := self._read(other)) is not None:
                found.append(samples)
        return found


def _samples(each: LabelledRow, root: Path) -> Floats | None:
    try:
        return _clip(each, root).samples
    except MediaError:
        return None


def _clip(each: LabelledRow, root: Path) -> AudioClip:
    return read_audio(root / (each.row.audio or ""), start=each.row.start, end=each.row.end)


async def _hear(
    senses: Senses, each: LabelledRow, root: Path, conditions: Sequence[str], babble: Babble, seed: int
) -> HeardRow | Broken:
    try:
        clip = await asyncio.to_thread(_clip, each, root)
        voices: list[Floats] = []
        if any(DEGRADATIONS[name].needs_babble for name in conditions):
            voices = await asyncio.to_thread(babble.beside, each)
        answers = {name: await _answer(senses, clip, name, seed, voices) for name in conditions}
    except MediaError as error:
        return Broken(line=each.line, id=each.row.id, trouble="media", reason=str(error))
    except PerceptionError:
        # a codec that is missing is missing for every row
        raise
    except Exception as error:  # whatever is wrong with a row costs that row
        return Broken(line=each.line, id=each.row.id, trouble="failed", reason=why_bad(error))
    return HeardRow(line=each.line, id=each.row.id, truth=each.truth, group=babble.group(each), answers=answers)


async def _answer(senses: Senses, clip: AudioClip, condition: str, seed: int, voices: Sequence[Floats]) -> Answer:
    samples = await asyncio.to_thread(degrade, clip.samples, condition, seed=seed, babble=voices)
    found = await perceive(senses, clip=AudioClip(samples=samples, captured_at=clip.captured_at))
    observation = next(each for each in found.observations if each.modality is Modality.AUDIO)
    return Answer(
        status=observation.status.value,
        scores=observation.scores,
        quality=observation.quality,
        latency_ms=observation.latency_ms,
        model=observation.model,
    )


def by_status(answers: Sequence[Answer]) -> Mapping[str, int]:
    """How often each status occurs, the commonest first."""
    counts: dict[str, int] = {}
    for answer in answers:
        counts[answer.status] = counts.get(answer.status, 0) + 1
    return dict(sorted(counts.items(), key=lambda each: -each[1]))
