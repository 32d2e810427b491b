"""Train the face network on FER+ and export it: `attune train vision`."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS, Emotion
from perception.training import vision_export
from perception.training.card import write_card
from perception.training.errors import TrainingExtraMissing
from perception.training.report import Figures, Source, TrainingReport, measure
from perception.training.vision_data import FerPlus, load_ferplus
from perception.training.vision_loop import BATCH, CHECKPOINT, PEAK_RATE, RARITY, Run, fit, predict

MODEL = "vision-ferplus-cnn-1"
"""Name of the weights, the card and the model in each observation."""

_LIMITS = (
    "Trained on faces found by a web search for English emotion words: many are posed or exaggerated.",
    "Age, ethnicity and culture are not balanced in the data; figures by group were not measured, for want of labels.",
    "Labels are what ten strangers believed to see, not what the person felt. A face is evidence, not a verdict.",
    "Disgust and fear are rare in the data (1 % and 3 % of the votes): their recall rests on few held-out faces.",
    "Sad, neutral and angry are taken for each other most often; a resting face may be read as sad or angry.",
    "One picture at a time: no movement, no comparison with how this person usually looks.",
    "Frontal, upright faces of at least 20 pixels; strongly turned or covered faces are read poorly.",
    "A crop that shows no face is given an emotion all the same: only the detector can tell that there is none.",
    "Only exact duplicates were removed: near duplicates across the splits may flatter the figures a little.",
)


def train_vision(
    data: Path,
    out: Path,
    *,
    minutes: float,
    seed: int = 0,
    progress: Callable[[float, str], None] | None = None,
) -> TrainingReport:
    """Train, calibrate, export and measure; write `vision-ferplus-cnn-1.onnx` and its card into `out`.

    An interrupted run left a checkpoint in `out` and goes on from there; a finished one removes it.

    Args:
        data: folder that holds `face/ferplus_train.npz` and `face/ferplus_valid.npz`, or that folder itself.
        out: folder of the results; made when it is not there.
        minutes: wall time for training, interruptions not counted.
        seed: of the first weights, the order and the augmentation.
        progress: told the part of the schedule done, in [0, 1], and a line about it, after each epoch.

    Raises:
        TrainingExtraMissing: PyTorch or the ONNX exporter is not installed.
        TrainingDataMissing: the data is not there or not in the layout of FER+.
    """
    for package in ("torch", "onnx", "onnxscript"):
        if importlib.util.find_spec(package) is None:
            raise TrainingExtraMissing(package)
    begun = time.monotonic()
    faces = load_ferplus(data)
    out.mkdir(parents=True, exist_ok=True)
    loading = time.monotonic() - begun
    seconds = max(1.0, minutes * 60 - loading)
    run = fit(faces, out, seconds=seconds, seed=seed, progress=progress or _silent)
    report = _finish(run, faces, out / f"{MODEL}.onnx", minutes=minutes)
    write_card(report, out)
    (out / CHECKPOINT).unlink(missing_ok=True)
    return report


def _finish(run: Run, faces: FerPlus, path: Path, *, minutes: float) -> TrainingReport:
    network = run.average
    logits = (predict(network, faces.dev.images) + predict(network, faces.dev.images, mirrored=True)) / 2
    divisor = vision_export.temperature(logits, faces.dev.truth)
    threshold = vision_export.uncertain_below(vision_export.softmax(logits / divisor), faces.dev.truth)
    vision_export.export(network, path, divisor=divisor, threshold=threshold)
    told = vision_export.answers(path, faces.held_out.images)
    same = vision_export.parity(network, path, faces.held_out, divisor)
    return TrainingReport(
        model=MODEL,
        weights=(path,),
        summary="A compact residual CNN that reads one of seven emotions from a grey face crop of 48 x 48 pixels. "
        "Normalisation, temperature and both mirror views are inside the ONNX file.",
        licence="research, non-commercial",
        sources=(_source(faces),),
        splits=_splits(faces),
        figures=_figures(faces, told),
        limits=_LIMITS,
        command=f"attune train vision --data DIR --budget-minutes {minutes:g}",
        seconds=run.seconds,
        notes=_training_notes(run) | _export_notes(faces, told, divisor, threshold, same),
    )


def _source(faces: FerPlus) -> Source:
    return Source(
        name="FER+ (Barsoum et al. 2016): new votes on the training images of FER2013",
        licence="labels MIT; no formal licence is stated for the images",
        rows=len(faces.train),
        note="images of a web search for a Kaggle contest: research use, no redistribution",
    )


def _splits(faces: FerPlus) -> str:
    dropped = "; ".join(f"{count:,} {reason}" for reason, count in faces.dropped.items())
    return (
        f"Trained on {len(faces.train):,} faces of the training file. Another 5 % of it, by a hash of the pixels, "
        f"chose the epoch, the temperature and the threshold ({len(faces.dev):,} faces). The validation file was held "
        f"out ({len(faces.held_out):,} faces). No image is in two parts. Dropped: {dropped}. Targets are the votes for "
        "our seven emotions: single votes are noise and count as none, votes for contempt, unknown and no face are "
        "left out, and an image is dropped when they make up half or more of all votes."
    )


def _figures(faces: FerPlus, told: NDArray[np.float32]) -> tuple[Figures, ...]:
    predicted = _emotions(told.argmax(axis=1))
    held_out = faces.held_out
    return (
        measure("FER+ validation, majority of the votes", _emotions(held_out.truth), predicted),
        measure("the same faces, original FER2013 labels", _emotions(held_out.original), predicted),
    )


def _emotions(indexes: NDArray[Any]) -> list[Emotion]:
    return [EMOTIONS[int(index)] for index in indexes]


def _training_notes(run: Run) -> dict[str, str]:
    parameters = sum(parameter.numel() for parameter in run.average.parameters())
    return {
        "parameters": f"{parameters:,}",
        "seed": f"{run.seed}; the learning rate follows the clock, so another run gives slightly other weights",
        "epochs": f"{run.epoch}; the best on the development faces was {run.best_epoch}",
        "method": f"AdamW, one-cycle learning rate with peak {PEAK_RATE:g}, batches of {BATCH}, bf16 autocast, moving "
        f"average of the weights; cross-entropy with the votes, classes weighted by prior^-{RARITY:g}",
        "augmentation": "mirror, rotation, scale, shift, blur, gamma, contrast, brightness, noise, random erasing",
    }


def _export_notes(
    faces: FerPlus, told: NDArray[np.float32], divisor: float, threshold: float, same: vision_export.Parity
) -> dict[str, str]:
    probabilities, truth = told.astype(np.float64), faces.held_out.truth
    sure = probabilities.max(axis=1) >= threshold
    right = probabilities.argmax(axis=1) == truth
    return {
        "temperature": f"{divisor:.3f}",
        "calibration": f"expected calibration error {vision_export.calibration_error(probabilities, truth):.3f} on the "
        "held-out faces (15 bins)",
        "uncertain": f"below a confidence of {threshold:.2f}, where the network is wrong more often than right on the "
        f"development faces; of the held-out faces {1 - sure.mean():.1%} are, and the rest are right "
        f"{right[sure].mean() if sure.any() else 0.0:.1%} of the time",
        "parity of the export": f"largest difference of a probability {same.difference:.1e}, same top emotion for "
        f"{same.agreement:.2%} of the held-out faces",
    }


def _silent(part: float, line: str) -> None:
    """Nobody wants to know."""
