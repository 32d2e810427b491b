"""A run's folder: what is in it, and that only one process trains in it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perception.training.errors import RunBusy, RunFinished, TrainingError
from perception.training.experiments.config import Experiment


@dataclass(frozen=True, kw_only=True, slots=True)
class RunFolder:
    """Where a run keeps what it makes: `<root>/<experiment>/<run>/`."""

    root: Path
    """Of all runs; `mlflow.db`, cached features and the ledger of test touches are in it."""
    experiment: Experiment
    """Whose run it is."""

    @property
    def path(self) -> Path:
        """The folder itself."""
        return self.root / self.experiment.experiment / self.experiment.run_name

    @property
    def name(self) -> str:
        """As people call it: `vision-cnn/seed0-1a2b3c4d`."""
        return f"{self.experiment.experiment}/{self.experiment.run_name}"

    @property
    def checkpoint(self) -> Path:
        """State between epochs; there until the run is finished."""
        return self.path / "checkpoint"

    @property
    def report(self) -> Path:
        """What was measured, as JSON; there once the run is finished."""
        return self.path / "report.json"

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do: a run that stopped for its budget keeps its checkpoint beside its report."""
        return self.report.is_file() and not self.checkpoint.is_file()

    @property
    def dev(self) -> Path:
        """What the exported model says of the development rows: ids, truth, probabilities, groups."""
        return self.path / "dev.npz"

    @property
    def cache(self) -> Path:
        """Features that any run may use again."""
        return self.root / "cache"

    def result(self) -> dict[str, Any] | None:
        """The report of a finished run; None of another."""
        try:
            told: dict[str, Any] = json.loads(self.report.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise TrainingError(f"{str(self.report)!r} is damaged ({error}); train again with --fresh") from error
        return told

    @contextmanager
    def claimed(self, *, fresh: bool = False) -> Iterator[None]:
        """Hold the folder while training in it.

        Args:
            fresh: forget what an earlier attempt left.

        Raises:
            RunBusy: another process holds it.
            RunFinished: the run is done, and `fresh` was not asked for.
            TrainingError: the folder cannot be made.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = (self.path / ".lock").open("a+", encoding="utf-8")
        except OSError as error:
            raise TrainingError(
                f"cannot write into {str(self.path)!r} ({error.strerror}); choose other --runs"
            ) from error
        with lock:
            _lock(lock, self.name)
            if self.finished and not fresh:
                raise RunFinished(
                    f"{self.name} is finished: see {str(self.path)!r}; train again with --fresh, or with another --seed"
                )
            if fresh:
                self._empty()
            (self.path / "experiment.yaml").write_text(self.experiment.as_yaml(), encoding="utf-8")
            yield

    def _empty(self) -> None:
        for path in self.path.iterdir():
            if path.name != ".lock":
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _lock(stream: Any, name: str) -> None:
    """Held until the stream is closed, also by a process that is killed."""
    try:
        import fcntl
    except ImportError:  # Windows: two processes are not kept apart there
        return
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        stream.seek(0)
        holder = stream.read().strip() or "another"
        raise RunBusy(f"{name} is being trained by process {holder}; wait for it, or train another --seed") from error
    stream.truncate(0)
    stream.write(str(os.getpid()))
    stream.flush()
