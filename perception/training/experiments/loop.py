"""The loop that every training run goes through: epochs, the best one kept, checkpoints, a budget, early stopping."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from perception.training.experiments.checkpoint import Checkpoint, Progressed

SCORE = "dev/score"
"""The development figure by which epochs are chosen; higher is better."""

Progress = Callable[[float, str], None]
"""Told the part done, in [0, 1], and a line about it."""
Stopped = Literal["done", "early", "budget"]


class Learner(Protocol):
    """A model that is being trained, an epoch at a time.

    Whatever is random in an epoch must follow from the seed and the number of the epoch alone: then a run that was
    interrupted ends as an unbroken one does.
    """

    def epoch(self, number: int, tick: Callable[[float], None]) -> Mapping[str, float]:
        """Train for epoch `number`, from 1, and return figures such as `train/loss`; `tick` is told the part done."""

    def judge(self) -> Mapping[str, float]:
        """Figures on the development rows, `SCORE` among them."""

    def state(self) -> bytes:
        """All that `restore` needs."""

    def restore(self, state: bytes) -> None:
        """Be as when `state` was taken."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fitted:
    """How a run ended. The learner is as it was after its best epoch."""

    progressed: Progressed
    """How far it came, with the figures of each epoch."""
    stopped: Stopped
    """`done` after all epochs, `early` without a better score for long, or `budget` when time was up."""


def fit(
    learner: Learner,
    *,
    epochs: int,
    checkpoint: Path,
    key: Mapping[str, str],
    patience: int | None = None,
    seconds: float = math.inf,
    progress: Progress = lambda _part, _line: None,
    log: Callable[[int, Mapping[str, float]], None] = lambda _epoch, _figures: None,
) -> Fitted:
    """Train until all epochs are done, patience or time is over; at least one epoch.

    A run that finds its checkpoint goes on from there, also one that stopped for its budget and is given more.

    Args:
        learner: what is trained.
        epochs: how many there are.
        checkpoint: where the state is kept between epochs.
        key: digests of settings and data, so that no run goes on from the checkpoint of another.
        patience: epochs without a better score after which it ends; None for never.
        seconds: time budget over all attempts; an epoch that would not fit any more is not begun.
        progress: told the part done and a line, within epochs too.
        log: given the figures of each epoch, once it is safe in the checkpoint.

    Raises:
        CheckpointInvalid: the checkpoint is damaged or of another run.
    """
    found = Checkpoint.load(checkpoint, key=key)
    done, best = (found.progressed, found.best) if found else (Progressed(), b"")
    if found:
        learner.restore(found.learner)
        best = best or found.learner
    while not (stopped := _over(done, epochs, patience, seconds)):
        began = time.monotonic()
        figures = _one(learner, done, epochs, progress)
        done.seconds += time.monotonic() - began
        done.epoch += 1
        done.history.append(figures)
        state = learner.state()
        if better := figures[SCORE] > done.best_score:
            done.best_score, done.best_epoch, best = figures[SCORE], done.epoch, state
        Checkpoint(progressed=done, learner=state, best=b"" if better else best).save(checkpoint, key=key)
        log(done.epoch, figures)
        progress(done.epoch / epochs, _line(done, epochs, figures))
    learner.restore(best)
    return Fitted(progressed=done, stopped=stopped)


def _over(done: Progressed, epochs: int, patience: int | None, seconds: float) -> Stopped | None:
    if done.epoch >= epochs:
        return "done"
    if not done.epoch:
        return None
    if patience is not None and done.epoch - done.best_epoch >= patience:
        return "early"
    return "budget" if done.seconds * (1 + 1 / done.epoch) > seconds else None


def _one(learner: Learner, done: Progressed, epochs: int, progress: Progress) -> dict[str, float]:
    line = f"epoch {done.epoch + 1} of {epochs}"
    trained = learner.epoch(done.epoch + 1, lambda part: progress((done.epoch + part) / epochs, line))
    return {name: float(value) for name, value in {**trained, **learner.judge()}.items()}


def _line(done: Progressed, epochs: int, figures: Mapping[str, float]) -> str:
    loss = f"loss {figures['train/loss']:.3f}, " if "train/loss" in figures else ""
    return f"epoch {done.epoch} of {epochs}: {loss}dev {figures[SCORE]:.3f} (best {done.best_score:.3f})"
