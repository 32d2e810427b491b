"""Where runs are recorded: MLflow with an SQLite file.

MLflow, because it is what the field compares runs with, and its SQLite store needs no server: `mlflow ui
--backend-store-uri sqlite:///runs/mlflow.db` shows what is here. The slim distribution `mlflow-skinny` writes it
without pandas or a web server. Its file store is deprecated. Telemetry is off.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from perception.training.errors import TrainingExtraMissing

Ended = Literal["FINISHED", "FAILED", "KILLED"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackedRun:
    """A run as it was recorded."""

    id: str
    """MLflow's."""
    experiment: str
    """Whose it is."""
    name: str
    """Such as `seed0-1a2b3c4d`."""
    status: str
    """RUNNING, FINISHED, FAILED or KILLED."""
    folder: Path
    """Where weights, card and pictures are."""
    settings: Mapping[str, str]
    """By dotted name."""
    figures: Mapping[str, float]
    """The last value of each."""
    curves: Mapping[str, tuple[tuple[int, float], ...]] = field(default_factory=dict)
    """Epoch and value of each figure that was logged by epoch."""


def require_tracking() -> None:
    """Check that runs can be recorded, before anything takes time.

    Raises:
        TrainingExtraMissing: MLflow is not installed.
    """
    if importlib.util.find_spec("mlflow") is None:
        raise TrainingExtraMissing("mlflow-skinny")


class Tracker:
    """The runs below one folder."""

    def __init__(self, root: Path) -> None:
        """Open `mlflow.db` in a folder; it is made when it is not there.

        Raises:
            TrainingExtraMissing: MLflow is not installed.
        """
        require_tracking()
        root.mkdir(parents=True, exist_ok=True)
        self._root = root.resolve()
        with _quiet():
            from mlflow.tracking import MlflowClient

            self._client: Any = MlflowClient(tracking_uri=f"sqlite:///{self._root / 'mlflow.db'}")

    def begin(self, experiment: str, name: str, folder: Path, settings: Mapping[str, object]) -> str:
        """Record a run, or take up the one of that name again; its id."""
        with _quiet():
            known = self._run_of(experiment, name)
            if known is not None:
                self._client.update_run(known, status="RUNNING")
                return known
            run = self._client.create_run(self._experiment(experiment), run_name=name)
            run_id = str(run.info.run_id)
            from mlflow.entities import Param, RunTag

            self._client.log_batch(
                run_id,
                params=[Param(key, str(value)) for key, value in settings.items()],
                tags=[RunTag("folder", os.path.relpath(folder.resolve(), self._root))],
            )
            return run_id

    def log(self, run_id: str, figures: Mapping[str, float], *, epoch: int) -> None:
        """Record figures of an epoch, or final ones."""
        with _quiet():
            from mlflow.entities import Metric

            now = int(time.time() * 1000)
            self._client.log_batch(run_id, [Metric(name, value, now, epoch) for name, value in figures.items()])

    def tag(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Record facts that are no figures."""
        with _quiet():
            for name, value in tags.items():
                self._client.set_tag(run_id, name, value)

    def end(self, run_id: str, status: Ended) -> None:
        """Record how it ended."""
        with _quiet():
            self._client.set_terminated(run_id, status)

    def runs(self, experiment: str | None = None) -> tuple[TrackedRun, ...]:
        """All runs, or those of one experiment, oldest first, with their curves."""
        with _quiet():
            wanted = [e for e in self._client.search_experiments() if experiment in (None, e.name)]
            found = [(e.name, run) for e in wanted for run in self._client.search_runs([e.experiment_id])]
            found.sort(key=lambda pair: pair[1].info.start_time)
            return tuple(self._tracked(name, run) for name, run in found)

    def _tracked(self, experiment: str, run: Any) -> TrackedRun:
        curves = {name: self._curve(run.info.run_id, name) for name in sorted(run.data.metrics)}
        return TrackedRun(
            id=run.info.run_id,
            experiment=experiment,
            name=run.info.run_name,
            status=run.info.status,
            folder=(self._root / run.data.tags.get("folder", ".")).resolve(),
            settings=dict(run.data.params),
            figures=dict(run.data.metrics),
            curves={name: curve for name, curve in curves.items() if len(curve) > 1},
        )

    def _curve(self, run_id: str, name: str) -> tuple[tuple[int, float], ...]:
        # an epoch that was trained again after a kill was logged twice: the later holds
        logged = sorted(self._client.get_metric_history(run_id, name), key=lambda metric: metric.timestamp)
        return tuple(sorted({metric.step: metric.value for metric in logged}.items()))

    def _experiment(self, name: str) -> str:
        known = self._client.get_experiment_by_name(name)
        if known is not None:
            return str(known.experiment_id)
        return str(self._client.create_experiment(name, artifact_location=(self._root / name).as_uri()))

    def _run_of(self, experiment: str, name: str) -> str | None:
        found = self._client.search_runs(
            [self._experiment(experiment)], filter_string=f"attributes.run_name = '{name}'", max_results=1
        )
        return str(found[0].info.run_id) if found else None


@contextmanager
def _quiet() -> Iterator[None]:
    """MLflow tells of its tables on a logger, and uses what SQLAlchemy has deprecated; it must not phone home."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    loggers = [logging.getLogger(name) for name in ("mlflow", "mlflow.store.db.utils", "alembic")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
