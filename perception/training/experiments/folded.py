"""Cross-validation: every row is judged by a network that never learned from its speaker; then one learns from all.

Where speakers are few, one split by speaker says more about who was held out than about the model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import getattr_static
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypeIs

from perception.observation import Modality
from perception.training.calibration import Calibration
from perception.training.cards.report import Source
from perception.training.experiments.loop import Fitted, Learner, Progress, fit
from perception.training.experiments.task import Answers, Rows, Task

Places = NDArray[np.int64]
Logits = NDArray[np.float64]

ALL: Final = "all"
"""Name of the fit that learns from every row: the one that is exported."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Plan:
    """Who is held out from whom."""

    folds: Places
    """Of each row, from 0; a speaker is in one fold only."""
    corpora: tuple[str, ...]
    """Of each row."""
    dropped: int
    """Copies that were left out before."""
    digest: str
    """Changes when any row changes its fold."""

    def fits(self, *, corpora: bool) -> dict[str, NDArray[np.bool_]]:
        """Which rows each fit holds out, by its name: the folds, whole corpora where wanted, and none."""
        held = {f"fold-{fold + 1}": self.folds == fold for fold in range(int(self.folds.max()) + 1)}
        named = np.array(self.corpora)
        if corpora and len(set(self.corpora)) > 1:
            held |= {f"without-{name}": named == name for name in sorted(set(self.corpora))}
        return held | {ALL: np.zeros(len(named), dtype=np.bool_)}


class FoldedTask(Protocol):
    """Data that is judged by cross-validation, and learners for parts of it. As `Task` where names are the same."""

    @property
    def modality(self) -> Modality: ...
    @property
    def languages(self) -> Sequence[str]: ...
    @property
    def sources(self) -> Sequence[Source]: ...
    @property
    def left_out(self) -> Sequence[Source]: ...
    @property
    def summary(self) -> str: ...
    @property
    def limits(self) -> Sequence[str]: ...
    @property
    def notes(self) -> Mapping[str, str]: ...
    @property
    def resampled_by(self) -> str: ...
    @property
    def parameters(self) -> int: ...

    @property
    def plan(self) -> Plan:
        """Who is held out from whom."""

    @property
    def views(self) -> Sequence[str]:
        """In which ways a row is judged, such as with and without knowing its speaker; the plainest first."""

    def rows(self) -> Rows:
        """All rows; their `inputs` are their places."""

    def learner(self, train: Places) -> Learner:
        """One that learns from the rows at these places only."""

    def judged(self, learner: Learner, places: Places, view: str) -> Logits:
        """What a learner says of rows (rows x 7), before calibration."""

    def export(self, learner: Learner, path: Path, calibration: Calibration) -> Path:
        """Write weights that the runtime loads."""

    def runtime(self, weights: Path) -> Answers:
        """Load exported weights by the code that runs in the sense; judged in the plainest way."""

    def quantise(self, weights: Path, folder: Path) -> Path | None:
        """Write an int8 variant; None where there is none."""


@dataclass(kw_only=True, slots=True)
class FoldedFit:
    """What came of all the fits."""

    held_out: dict[str, Logits]
    """By view: rows x 7, each by the fit that held out its fold."""
    foreign: dict[str, Logits]
    """By view: rows x 7, each by the fit that held out its corpus; empty where there were no such fits."""
    learners: dict[str, Learner] = field(default_factory=dict)
    """By name of the fit."""
    fitted: Fitted
    """How the fit on all rows went."""
    seconds: float
    """Spent on all fits."""


def is_folded(task: Task | FoldedTask) -> TypeIs[FoldedTask]:
    """Whether a task is judged by cross-validation.

    Looks for its plan without reading it: `isinstance` with a protocol reads every property before Python 3.12, and
    some of them want a fitted model.
    """
    return getattr_static(task, "plan", None) is not None


def fit_folds(
    task: FoldedTask,
    folder: Path,
    *,
    epochs: int,
    corpora: bool,
    key: Mapping[str, str],
    seconds: float = math.inf,
    progress: Progress = lambda _part, _line: None,
    log: Callable[[int, Mapping[str, float]], None] = lambda _epoch, _figures: None,
) -> FoldedFit:
    """Fit each fold, each corpus where wanted, and all rows; each goes on from its own checkpoint.

    Args:
        task: the data.
        folder: of the run; each fit keeps its checkpoint and what it said of the held-out rows in it.
        epochs: of each fit.
        corpora: whether whole corpora are held out too.
        key: digests of settings and data.
        seconds: time budget of all fits together, shared out evenly.
        progress: told the part done and a line.
        log: given the figures of each epoch of the fit on all rows.
    """
    fits = task.plan.fits(corpora=corpora)
    found: dict[str, Any] = {"held_out": {}, "foreign": {}, "learners": {}, "seconds": 0.0}
    for done, (name, held) in enumerate(fits.items()):
        learner = task.learner(np.flatnonzero(~held))
        told = _share(progress, done, len(fits), name)
        fitted = fit(
            learner,
            epochs=epochs,
            checkpoint=folder / f"{name}.checkpoint",
            key={**key, "fit": name},
            seconds=seconds / len(fits),
            progress=told,
            log=log if name == ALL else lambda _epoch, _figures: None,
        )
        found["learners"][name] = learner
        found["seconds"] += fitted.progressed.seconds
        kind = "foreign" if name.startswith("without-") else "held_out"
        if held.any():
            _fill(found[kind], task, learner, np.flatnonzero(held))
    return FoldedFit(fitted=fitted, **found)


def _fill(into: dict[str, Logits], task: FoldedTask, learner: Learner, places: Places) -> None:
    for view in task.views:
        rows = into.setdefault(view, np.full((len(task.plan.folds), 7), np.nan))
        rows[places] = task.judged(learner, places, view)


def _share(progress: Progress, done: int, of: int, name: str) -> Progress:
    return lambda part, line: progress((done + part) / of, f"{name.replace('-', ' ')}: {line}")


def clean(folder: Path) -> None:
    """Remove the checkpoints of a run that is finished."""
    for path in folder.glob("*.checkpoint"):
        path.unlink()
