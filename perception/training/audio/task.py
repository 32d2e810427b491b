"""Acted speech as sequences, judged by cross-validation over speakers, known ones and unknown ones."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.audio.model import VoiceClassifier
from perception.observation import Modality
from perception.training.audio.acrnn import AcrnnShape, acrnn
from perception.training.audio.attentive import AttentiveShape, attentive
from perception.training.audio.batches import Draws
from perception.training.audio.data import Clip, distinct_clips, labels, read_clips
from perception.training.audio.deployed import export_sequence
from perception.training.audio.hearings import LOG_MEL, Hearing, hearing_named
from perception.training.audio.learner import SequenceLearner
from perception.training.audio.sequences import Sequences, Versions, hear
from perception.training.audio.sources import LIMITS, WHISPER, sources_of
from perception.training.audio.speakers import earlier
from perception.training.calibration import Calibration
from perception.training.cards import Source, select_sources
from perception.training.experiments.config import Experiment
from perception.training.experiments.folded import Plan
from perception.training.experiments.task import Answers, Given, Rows, read_recipe
from perception.training.experiments.trials import at_most
from perception.training.export import quantise

Places = NDArray[np.int64]

ALONE: Final = "alone"
"""The view of a clip without any earlier one of its speaker."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SequenceRecipe:
    """How a sequence network is trained."""

    hearing: str = "log-mel"
    """See `hearing_named`."""
    shape: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `AcrnnShape` or `AttentiveShape`."""
    draws: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `Draws`."""
    rate: float = 2e-3
    """Peak of the one-cycle learning rate."""
    decay: float = 0.05
    """Weight decay of AdamW."""
    versions: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `Versions`."""
    teacher: str | None = None
    """Another hearing, whose mean vector of each clip the network learns to tell beside the emotion; it is no part of
    what is exported."""
    lessons: float = 1.0
    """Weight of that loss."""
    before: tuple[int, ...] = (1, 2, 4, 8, 16)
    """How many earlier utterances of a speaker each clip is judged after."""


class SequenceTask:
    """Clips, their versions, and learners for parts of them. Implements `FoldedTask`."""

    modality = Modality.AUDIO
    resampled_by = "speaker"
    languages: tuple[str, ...] = ("en", "de", "pl")
    limits: Sequence[str] = LIMITS

    def __init__(self, given: Given) -> None:
        """Read the clips, drop copies, and hear every version.

        Raises:
            TrainingDataMissing: they are not there, all of one fold, or there is no encoder to hear with.
            LicenceForbids: the policy leaves no data.
        """
        self.experiment, self.recipe = given.experiment, read_recipe(SequenceRecipe, given.experiment)
        self._hearing = hearing_named(self.recipe.hearing, given.cache)
        self._draws = read_recipe(Draws, given.experiment, "draws")
        self._versions = read_recipe(Versions, given.experiment, "versions")
        self._network, self.summary = _network(given.experiment, self._hearing)
        read = read_clips(given.data)
        chosen = at_most([clip.id for clip in read], given.experiment.limit)
        clips = [clip for clip, kept in zip(read, chosen, strict=True) if kept]
        self.clips = distinct_clips(clips, given.cache, lambda part, line: given.progress(0.1 * part, line))
        self.plan = _plan(self.clips, dropped=len(clips) - len(self.clips))
        teacher = hearing_named(self.recipe.teacher, given.cache) if self.recipe.teacher else None
        share = 0.5 if teacher else 1.0
        self._heard = self._hear(self._hearing, given, lambda part: 0.1 + 0.9 * share * part)
        self._taught = self._hear(teacher, given, lambda part: 0.55 + 0.45 * part) if teacher else ()
        corpora, self.left_out = select_sources(_sources(self.clips), given.policy)
        self.sources: Sequence[Source] = (*corpora, *([] if self._hearing.name == LOG_MEL else [WHISPER]))
        self.views = (ALONE, *(f"after {count}" for count in self.recipe.before))

    def _hear(self, hearing: Hearing, given: Given, share: Callable[[float], float]) -> tuple[Sequences, ...]:
        return hear(
            self.clips,
            hearing,
            given.cache,
            versions=self._versions,
            seed=given.experiment.seed,
            progress=lambda part, line: given.progress(share(part), line),
        )

    @property
    def parameters(self) -> int:
        return sum(weight.numel() for weight in self._network().parameters())

    @property
    def notes(self) -> Mapping[str, str]:
        return {
            "versions": f"each clip as recorded, {self._versions.poorer} over bad channels, {self._versions.noisy} "
            f"over noise at 0 to 20 dB (most of it babble), {self._versions.voices} by another voice, resampled by "
            "0.86 to 1.16",
            "epochs kept": "the last one; no held-out row chose it",
        }

    def rows(self) -> Rows:
        return Rows(
            name="all corpora",
            ids=tuple(clip.id for clip in self.clips),
            truth=labels(self.clips),
            groups=tuple(clip.voice for clip in self.clips),
            inputs=np.arange(len(self.clips)),
        )

    def learner(self, train: Places) -> SequenceLearner:
        return SequenceLearner(
            self.clips,
            self._heard,
            train,
            self._network,
            draws=self._draws,
            rate=self.recipe.rate,
            decay=self.recipe.decay,
            each=self._hearing.name != LOG_MEL,
            epochs=self.experiment.epochs,
            seed=self.experiment.seed,
            groups=self._versions.groups,
            taught=[each.usual for each in self._taught],
            lessons=self.recipe.lessons,
        )

    def judged(self, learner: SequenceLearner, places: Places, view: str) -> NDArray[np.float64]:
        if view == ALONE:
            return learner.hear(self._heard[0], places)
        usual, count = earlier(
            self._heard[0].usual, [clip.voice for clip in self.clips], int(view.split()[-1]), seed=self.experiment.seed
        )
        return learner.hear(self._heard[0], places, usual[places], count[places])

    def export(self, learner: SequenceLearner, path: Path, calibration: Calibration) -> Path:
        return export_sequence(learner.network, self._hearing, learner.scale, calibration, path)

    def runtime(self, weights: Path) -> Answers:
        classifier = VoiceClassifier(weights)
        classifier.load()

        def answers(rows: Rows) -> NDArray[np.float64]:
            told = [classifier.read(self.clips[int(place)].read()).probabilities for place in rows.inputs]
            return np.array(told, dtype=np.float64)

        return answers

    def quantise(self, weights: Path, folder: Path) -> Path | None:
        path = folder / f"{weights.stem}.int8.onnx"
        quantise(weights, path, method="dynamic")
        return path


def _network(experiment: Experiment, hearing: Hearing) -> tuple[Callable[[], Any], str]:
    if hearing.name == LOG_MEL:
        whole = read_recipe(AcrnnShape, experiment, "shape")
        return lambda: acrnn(hearing.width, whole), (
            f"An attention CRNN on a log-mel spectrogram of {hearing.width} bands: convolutions with channel and "
            "spatial attention, a bidirectional LSTM, self-attention over time."
        )
    head = read_recipe(AttentiveShape, experiment, "shape")
    return lambda: attentive(hearing.width, head), (
        f"A head on frozen states of Whisper's encoder ({hearing.name}): attentive statistics pooling and one hidden "
        "layer. The blocks of the encoder that it needs are part of the file, in 8 bits."
    )


def _plan(clips: Sequence[Clip], *, dropped: int) -> Plan:
    found = sorted({clip.fold for clip in clips})
    folds = np.array([found.index(clip.fold) for clip in clips], dtype=np.int64)
    told = "\n".join(f"{clip.id} {fold}" for clip, fold in zip(clips, folds, strict=True))
    digest = hashlib.sha256(told.encode()).hexdigest()[:12]
    return Plan(folds=folds, corpora=tuple(clip.corpus for clip in clips), dropped=dropped, digest=digest)


def _sources(clips: Sequence[Clip]) -> list[Source]:
    return sources_of(Counter(clip.corpus for clip in clips))


def make(given: Given) -> Any:
    """Build the task."""
    return SequenceTask(given)
