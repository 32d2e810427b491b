"""`attune eval transcription`: recordings through the transcriber, compared with what was said."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from agent.manifest import why_bad
from evals.bench import describe_machine
from evals.errors import ManifestUnusable
from evals.perception.values import Broken
from evals.transcription.normalise import normalise
from evals.transcription.reading import read_spoken
from evals.transcription.values import Part, Spoken, TranscriptionEvaluation, Written
from perception import AudioClip, MediaError, Transcriber
from perception.media import read_audio
from perception.metrics import Interval
from perception.metrics.intervals import expanded_percentile
from perception.metrics.resampling import draws

SPEAKERS: Final = 5
"""Speakers from which they are drawn whole: of fewer, an interval can hold little."""


def evaluate_transcription(
    manifest: Path,
    transcribers: Mapping[str, Transcriber],
    *,
    resamples: int = 1000,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> TranscriptionEvaluation:
    """Have every model write down every recording, one after another, with neither prompt nor hint of the words.

    A row's `lang` is told to the model, as a caller would tell it; without one the model finds it. A clip of which a
    model writes nothing counts as all its words left out.

    Args:
        manifest: JSON lines with `audio`, what was said in the first filled of `REFERENCES`, and, where known, `lang`,
            `corpus` and `speaker`.
        transcribers: by name; loaded before the clock runs.
        resamples: of the bootstrap; 0 leaves the intervals out.
        seed: of the bootstrap.
        progress: told how many transcripts are done, and of how many.

    Raises:
        ManifestUnusable: it cannot be read, or has no row that can be used.
        ModelMissing: a model is not on this machine.
        ModelRefused: a model cannot be used.
    """
    sha256, lines, rows, broken = read_spoken(manifest)
    for transcriber in transcribers.values():
        transcriber.warm_up()
    written: dict[str, list[Written]] = {name: [] for name in transcribers}
    unread: list[Broken] = []
    for done, spoken in enumerate(rows):
        try:
            clip = _clip(spoken, manifest.parent)
        except MediaError as error:
            unread.append(Broken(line=spoken.line, id=spoken.row.id, trouble="media", reason=why_bad(error)))
            continue
        for name, transcriber in transcribers.items():
            written[name].append(_write(transcriber, spoken, clip))
        if progress:
            progress((done + 1) * len(transcribers), len(rows) * len(transcribers))
    if len(unread) == len(rows):
        raise ManifestUnusable(f"no recording of {manifest.name!r} can be read; the first: {unread[0].reason}")
    return TranscriptionEvaluation(
        manifest=manifest.name,
        sha256=sha256,
        lines=lines,
        broken=(*broken, *unread),
        models={name: _parts(found, resamples=resamples, seed=seed) for name, found in written.items()},
        machine=describe_machine(),
    )


def _clip(spoken: Spoken, root: Path) -> AudioClip:
    row = spoken.row
    return read_audio(root / str(row.audio), start=row.start, end=row.end)


def _write(transcriber: Transcriber, spoken: Spoken, clip: AudioClip) -> Written:
    import jiwer

    begun, used = time.perf_counter(), time.process_time()
    transcript = transcriber.transcribe(clip, lang=spoken.row.lang)
    wall, cpu = time.perf_counter() - begun, time.process_time() - used
    lang = spoken.row.lang or transcript.lang
    reference, said = (normalise(text, lang=lang) for text in (spoken.reference, transcript.text))
    found = jiwer.process_words(" ".join(reference), " ".join(said))
    return Written(
        spoken=spoken,
        hypothesis=transcript.text,
        status=transcript.status.value,
        words=len(reference),
        substitutions=found.substitutions,
        deletions=found.deletions,
        insertions=found.insertions,
        seconds=clip.seconds,
        wall_seconds=wall,
        cpu_seconds=cpu,
    )


def _parts(rows: Sequence[Written], *, resamples: int, seed: int) -> tuple[Part, ...]:
    corpora: dict[str, list[Written]] = {}
    for row in rows:
        corpora.setdefault(row.spoken.corpus, []).append(row)
    named = [*sorted(corpora.items()), *([("all", list(rows))] if len(corpora) > 1 else [])]
    return tuple(_part(name, tuple(found), resamples, seed) for name, found in named)


def _part(name: str, rows: tuple[Written, ...], resamples: int, seed: int) -> Part:
    speakers = {row.spoken.speaker for row in rows}
    by_speaker = None not in speakers and len(speakers) >= SPEAKERS
    keys = [str(row.spoken.speaker) if by_speaker else str(at) for at, row in enumerate(rows)]
    interval = word_error_interval(rows, keys, resamples=resamples, seed=seed)
    return Part(name=name, rows=rows, interval=interval, drawn="speaker" if by_speaker else "clip")


def word_error_interval(
    rows: Sequence[Written], keys: Sequence[str], *, resamples: int = 1000, seed: int = 0
) -> Interval | None:
    """95 % bootstrap interval of the word error rate: errors and words of whole groups are drawn together.

    Args:
        rows: at least one.
        keys: the group of each.
        resamples: how many; 0 gives None.
        seed: the same seed gives the same interval.

    Returns:
        None of one group.
    """
    names, unit = np.unique(np.array(keys), return_inverse=True)
    if len(names) < 2 or not resamples:
        return None
    errors = np.bincount(unit, weights=[row.errors for row in rows])
    words = np.bincount(unit, weights=[row.words for row in rows])
    drawn = np.concatenate(list(draws(len(names), len(rows), resamples=resamples, seed=seed)))
    return expanded_percentile((drawn @ errors) / (drawn @ words), len(names))
