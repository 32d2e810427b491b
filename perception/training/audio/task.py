"""The voice network on acted speech, as a task: data, learner, export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.audio.model import VoiceClassifier
from perception.observation import Modality
from perception.training.audio.data import Clip, labels, part_clips, read_clips
from perception.training.audio.deployed import deployed
from perception.training.audio.learner import VoiceLearner, VoiceRecipe
from perception.training.audio.listening import Heard, listen
from perception.training.calibration import Calibration
from perception.training.cards import Source, select_sources
from perception.training.errors import TrainingDataMissing
from perception.training.experiments.task import Answers, Given, Rows, read_recipe
from perception.training.experiments.trials import at_most
from perception.training.export import quantise, save_onnx, weights_metadata

_SOURCES: Final = {
    "ravdess": ("RAVDESS, speech (English)", "CC-BY-NC-SA-4.0", "calm counts as neutral"),
    "emodb": ("EmoDB (German)", "free use, cite Burkhardt et al. 2005", "no surprise; boredom left out"),
    "nemo": ("nEMO (Polish)", "CC-BY-NC-SA-4.0", "no disgust"),
}
_LIMITS: Final = (
    "All training speech is acted, in studios, by adults: spontaneous emotion is weaker, and accuracy on it lower.",
    "English, German and Polish only. No Chinese was heard in training, and none was measured.",
    "On speakers never heard it is wrong about as often as right: one voice is evidence, not a verdict.",
    "Arousal is heard better than valence: happy and surprise are taken for angry, sad and neutral for each other.",
    "It knows nothing of how a person usually sounds; a naturally lively or flat voice shifts every answer.",
    "The poorer channels of training are simulated; phones and rooms were not recorded.",
    "Children, and voices changed by age or illness, were not heard in training.",
)


class VoiceTask(VoiceLearner):
    """Acted speech and the networks that learn it. Implements `Task`."""

    modality = Modality.AUDIO
    resampled_by = "speaker"
    languages: tuple[str, ...] = ("en", "de", "pl")
    limits: Sequence[str] = _LIMITS

    def __init__(self, given: Given) -> None:
        """Read the clips, part them by speaker, and measure their functionals.

        Raises:
            TrainingDataMissing: they are not there, or a part has no speaker.
            LicenceForbids: the policy leaves no data.
        """
        self.experiment, self.recipe = given.experiment, read_recipe(VoiceRecipe, given.experiment)
        clips = _trial(read_clips(given.data), given.experiment.limit)
        self.splits = part_clips(clips, given.cache, lambda part, line: given.progress(0.3 * part, line))
        heard = listen(
            [clip for clip in clips if self.splits.of(clip.id)],
            given.cache,
            versions=self.recipe.versions,
            seed=given.experiment.seed,
            progress=lambda part, line: given.progress(0.3 + 0.7 * part, line),
        )
        self._heard = {part: _part(heard, self.splits.parts[part]) for part in ("train", "dev", "test")}
        for part, rows in self._heard.items():
            if not rows.clips:
                raise TrainingDataMissing(
                    f"the clips in {str(given.data)!r} leave no speaker for {part!r}; it takes three speakers or more"
                )
        train = self._heard["train"]
        self.sources, self.left_out = select_sources(_sources(train.clips), given.policy)
        self.summary = (
            f"{self.recipe.members} small perceptrons, averaged, on {train.plain.shape[1]} functionals of the voice "
            "(spectrum, pitch, rhythm). Standardisation and calibration are inside the ONNX file."
        )
        self.notes = {
            "other voices": "resampled by 0.86 to 1.16: tempo, pitch and formants move together",
            "poorer channels": "speed within 7 %, a random equaliser, a simulated room, noise at 12 to 40 dB",
            "score": "the epoch with the highest mean UAR over the corpora of the development speakers is kept",
        }
        dev = self._heard["dev"]
        super().__init__(train, dev, self.recipe, epochs=given.experiment.epochs, seed=given.experiment.seed)

    @property
    def parameters(self) -> int:
        return sum(weight.numel() for member in self.members for weight in member.parameters())

    def dev(self) -> Rows:
        return _rows("development speakers of all corpora", self._heard["dev"])

    def tests(self) -> Sequence[Rows]:
        test = self._heard["test"]
        each = ((name, test.where(test.of(corpus))) for corpus, (name, _, _) in _SOURCES.items())
        poorer = test.degraded[0] if len(test.degraded) else test.plain
        return (
            _rows("held-out speakers of all corpora", test),
            *(_rows(f"held-out speakers of {name}", part) for name, part in each if part.clips),
            _rows("held-out speakers of all corpora, over simulated poorer channels", test, poorer),
        )

    def logits(self, rows: Rows) -> NDArray[np.float64]:
        return self.hear(rows.inputs)

    def export(self, folder: Path, calibration: Calibration) -> Path:
        path = folder / f"{self.experiment.model}.onnx"
        model = deployed(self.members, self.mean, self.deviation, calibration, path.stem)
        save_onnx(model, path, weights_metadata(path.stem, calibration))
        return path

    def runtime(self, weights: Path) -> Answers:
        classifier = VoiceClassifier(weights)
        classifier.load()
        return lambda rows: classifier.read(rows.inputs).probabilities.astype(np.float64)

    def quantise(self, weights: Path, folder: Path) -> Path | None:
        path = folder / f"{weights.stem}.int8.onnx"
        quantise(weights, path, method="dynamic")
        return path


def _trial(clips: Sequence[Clip], limit: int | None) -> list[Clip]:
    return [clip for clip, kept in zip(clips, at_most([c.id for c in clips], limit), strict=True) if kept]


def _part(heard: Heard, ids: Sequence[str]) -> Heard:
    wanted = set(ids)
    return heard.where(np.array([clip.id in wanted for clip in heard.clips], dtype=np.bool_))


def _rows(name: str, heard: Heard, functionals: Any = None) -> Rows:
    return Rows(
        name=name,
        ids=tuple(clip.id for clip in heard.clips),
        truth=labels(heard.clips),
        groups=tuple(clip.voice for clip in heard.clips),
        inputs=heard.plain if functionals is None else functionals,
    )


def _sources(clips: Sequence[Clip]) -> list[Source]:
    counts = Counter(clip.corpus for clip in clips)
    return [
        Source(name=name, licence=licence, commercial=False, rows=counts[corpus], note=note)
        for corpus, (name, licence, note) in _SOURCES.items()
        if counts[corpus]
    ]


def make(given: Given) -> Any:
    """Build the task."""
    return VoiceTask(given)
