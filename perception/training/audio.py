"""Train the voice network on acted emotional speech and export it: `attune train audio`."""

from __future__ import annotations

import importlib.util
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perception.audio.model import MODEL, VoiceClassifier
from perception.emotions import EMOTIONS, Emotion
from perception.training.audio_calibration import Calibration, calibrate
from perception.training.audio_data import CORPORA, Progress, Rows, load_rows, read_clips
from perception.training.audio_export import export, parity
from perception.training.audio_net import Ensemble, Recipe, fit_ensemble
from perception.training.card import write_card
from perception.training.errors import TrainingDataMissing, TrainingExtraMissing
from perception.training.report import Figures, Source, TrainingReport, measure

FOLDS = 5
MEMBERS = 5
VERSIONS = 2
"""How often each clip is heard in another voice, and how often over a poorer channel."""

_SOURCES = {
    "ravdess": ("RAVDESS, speech (English)", "CC BY-NC-SA 4.0", "calm counts as neutral"),
    "emodb": ("EmoDB (German)", "free use, cite Burkhardt et al. 2005", "no surprise; boredom left out"),
    "nemo": ("nEMO (Polish)", "CC BY-NC-SA 4.0", "no disgust"),
}
_LIMITS = (
    "All training speech is acted, in studios, by adults: spontaneous emotion is weaker, and accuracy on it lower.",
    "English, German and Polish only. No Chinese was heard in training, and none was measured.",
    "On speakers never heard it is wrong about as often as right: one voice is evidence, not a verdict.",
    "Arousal is heard better than valence: happy and surprise are taken for angry, sad and neutral for each other.",
    "It knows nothing of how a person usually sounds; a naturally lively or flat voice shifts every answer.",
    "The poorer channels of training are simulated; phones and rooms were not recorded.",
    "Children, and voices changed by age or illness, were not heard in training.",
)


def train_audio(
    data: Path,
    out: Path,
    *,
    minutes: float,
    seed: int = 0,
    progress: Callable[[float, str], None] | None = None,
) -> TrainingReport:
    """Train, calibrate, export and measure; write `audio-functionals-mlp-1.onnx` and its card into `out`.

    Args:
        data: folder that holds `voice/metadata.csv` and the recordings it names.
        out: folder of the results and of the cached functionals; made when it is not there.
        minutes: wall time; folds and members are left out when it runs short, but one of each is always trained.
        seed: of the first weights, the order and the poorer channels.
        progress: told the part done, in [0, 1], and a line about it.

    Raises:
        TrainingExtraMissing: PyTorch or ONNX is not installed.
        TrainingDataMissing: the data is not there, or has no train or val speakers.
    """
    for package in ("torch", "onnx"):
        if importlib.util.find_spec(package) is None:
            raise TrainingExtraMissing(package)
    begun = time.monotonic()
    tell = progress or _silent
    out.mkdir(parents=True, exist_ok=True)
    rows = load_rows(
        read_clips(data), out, versions=VERSIONS, seed=seed, progress=lambda part, line: tell(0.6 * part, line)
    )
    train, held_out = rows.split("train"), rows.split("val")
    end = begun + 60 * minutes
    calibration = _cross_validate(train, seed, end=time.monotonic() + (end - time.monotonic()) * 0.6, tell=tell)
    ensemble = _members(train, seed, end=end, tell=tell)
    path = out / f"{MODEL}.onnx"
    export(ensemble, path, temperature=calibration.temperature, uncertain_below=calibration.uncertain_below)
    report = TrainingReport(
        model=MODEL,
        weights=(path,),
        summary=f"{len(ensemble.members)} small perceptrons, averaged, on {rows.plain.shape[1]} functionals of the "
        "voice (spectrum, pitch, rhythm). Standardisation and temperature are inside the ONNX file.",
        licence="research, non-commercial",
        sources=_sources(train),
        splits=_splits(train, held_out),
        figures=(*_held_out_figures(path, held_out), *calibration.figures),
        limits=_LIMITS,
        command=f"attune train audio --data DIR --budget-minutes {minutes:g}",
        seconds=time.monotonic() - begun,
        notes=_notes(ensemble, path, held_out, calibration, seed),
    )
    write_card(report, out)
    tell(1.0, f"UAR on unseen speakers {report.figures[0].uar:.3f}")
    return report


def _cross_validate(train: Rows, seed: int, *, end: float, tell: Progress) -> Calibration:
    """Out-of-fold logits of the training speakers, each heard by networks that never heard them."""
    folds = _folds(train)
    speakers = np.array([clip.speaker for clip in train.clips])
    logits = np.full((len(train.clips), len(EMOTIONS)), np.nan)
    for fold in range(FOLDS):
        if fold and time.monotonic() > end:
            break
        tell(0.6 + 0.2 * fold / FOLDS, f"cross-validation: fold {fold + 1} of {FOLDS}")
        inside = np.array([folds[speaker] == fold for speaker in speakers])
        rest = train.where(~inside)
        if inside.any() and rest.clips:
            # two members: their mean is closer to the final ensemble than one is
            logits[inside] = fit_ensemble(rest, Recipe(), (seed, seed + 1)).logits(train.plain[inside])
    heard = np.isfinite(logits[:, 0])
    if not heard.any():
        raise TrainingDataMissing("voice/metadata.csv has one train speaker; cross-validation needs two or more")
    return calibrate(logits[heard], train.labels[heard], of="train speakers, cross-validated")


def _folds(train: Rows) -> dict[str, int]:
    """A fold for each speaker, those of a corpus spread evenly."""
    folds: dict[str, int] = {}
    for corpus in CORPORA:
        speakers = sorted({clip.speaker for clip in train.clips if clip.corpus == corpus})
        folds |= {speaker: i % FOLDS for i, speaker in enumerate(speakers)}
    return folds


def _members(train: Rows, seed: int, *, end: float, tell: Progress) -> Ensemble:
    ensemble = fit_ensemble(train, Recipe(), (seed,))
    members = list(ensemble.members)
    while len(members) < MEMBERS and time.monotonic() < end:
        tell(0.8 + 0.2 * len(members) / MEMBERS, f"members: {len(members)} of {MEMBERS}")
        members += fit_ensemble(train, Recipe(), (seed + len(members),)).members
    return Ensemble(mean=ensemble.mean, deviation=ensemble.deviation, members=tuple(members))


def _held_out_figures(path: Path, held_out: Rows) -> tuple[Figures, ...]:
    classifier = VoiceClassifier(path)

    def figures(name: str, rows: Rows) -> Figures:
        answers = classifier.read(rows.plain).probabilities.argmax(axis=1)
        return measure(name, _emotions(rows.labels), _emotions(answers))

    parts = {corpus: held_out.where(held_out.of(corpus)) for corpus in CORPORA}
    each = (figures(f"val speakers of {_SOURCES[corpus][0]}", part) for corpus, part in parts.items() if part.clips)
    poorer = classifier.read(held_out.degraded[0]).probabilities.argmax(axis=1)
    return (
        figures("val speakers of all corpora", held_out),
        *each,
        measure(
            "val speakers of all corpora, over simulated poorer channels",
            _emotions(held_out.labels),
            _emotions(poorer),
        ),
    )


def _emotions(indexes: NDArray[np.int64]) -> list[Emotion]:
    return [EMOTIONS[int(index)] for index in indexes]


def _sources(train: Rows) -> tuple[Source, ...]:
    counts = Counter(clip.corpus for clip in train.clips)
    return tuple(
        Source(name=name, licence=licence, rows=counts[corpus], note=note)
        for corpus, (name, licence, note) in _SOURCES.items()
        if counts[corpus]
    )


def _splits(train: Rows, held_out: Rows) -> str:
    speakers = [len({clip.speaker for clip in rows.clips}) for rows in (train, held_out)]
    return (
        f"No speaker is in two parts. Trained on {len(train.clips):,} clips of {speakers[0]} speakers; held out are "
        f"{len(held_out.clips):,} clips of {speakers[1]} others. Recipe, temperature and threshold were chosen by "
        f"{FOLDS}-fold cross-validation over the training speakers."
    )


def _notes(ensemble: Ensemble, path: Path, held_out: Rows, calibration: Calibration, seed: int) -> dict[str, str]:
    parameters = sum(weight.numel() for member in ensemble.members for weight in member.parameters())
    difference = parity(ensemble, path, held_out.plain, calibration.temperature)
    told = VoiceClassifier(path).read(held_out.plain).probabilities
    right, sure = told.argmax(axis=1) == held_out.labels, told.max(axis=1) >= calibration.uncertain_below
    return {
        "parameters": f"{parameters:,}",
        "seed": str(seed),
        "time": "computing the functionals of all clips takes about 6 CPU minutes more, once; they are cached",
        "recipe": str(Recipe()),
        "other voices": "resampled by 0.86 to 1.16: tempo, pitch and formants move together",
        "poorer channels": "speed within 7 %, a random equaliser, a simulated room, noise at 12 to 40 dB",
        "parity": f"largest difference of a probability between PyTorch and ONNX Runtime {difference:.1e}",
        "temperature": f"{calibration.temperature:.3f}; {calibration.note}",
        "uncertain": f"below a confidence of {calibration.uncertain_below:.2f}; on the held-out speakers "
        f"{sure.mean():.0%} of the clips are above it, {right[sure].mean() if sure.any() else 0:.0%} of them right",
    }


def _silent(_part: float, _line: str) -> None:
    pass
