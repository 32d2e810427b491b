"""Checkpoints: all that a run needs to go on as if nothing had happened, in one file that is never half-written."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from perception.training.errors import CheckpointInvalid

_FORMAT = 1


@dataclass(kw_only=True, slots=True)
class Progressed:
    """How far a run has come; what the loop itself remembers."""

    epoch: int = 0
    """Epochs done."""
    seconds: float = 0.0
    """Spent on them, interruptions not counted."""
    best_epoch: int = 0
    """The epoch with the highest development score, from 1; 0 before the first."""
    best_score: float = float("-inf")
    """That score."""
    history: list[dict[str, float]] = field(default_factory=list)
    """Figures of each epoch, in order."""


@dataclass(kw_only=True, slots=True)
class Checkpoint:
    """A run between two epochs."""

    progressed: Progressed
    """How far it has come."""
    learner: bytes
    """State of the learner now."""
    best: bytes
    """State of the learner at its best epoch; empty when that is now."""

    def save(self, path: Path, *, key: Mapping[str, str]) -> None:
        """Write it beside, then put it in place, so that a kill leaves either the old or the new.

        Args:
            path: where it goes.
            key: what tells whether it is of the same run: digests of settings and data.
        """
        told = {"format": _FORMAT, "key": dict(key), "progressed": asdict(self.progressed)}
        part = path.with_suffix(".part")
        with part.open("wb") as stream:
            with zipfile.ZipFile(stream, "w") as archive:
                archive.writestr("run.json", json.dumps(told))
                archive.writestr("learner.bin", self.learner)
                archive.writestr("best.bin", self.best)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)

    @classmethod
    def load(cls, path: Path, *, key: Mapping[str, str]) -> Checkpoint | None:
        """Read it; None when there is none.

        Raises:
            CheckpointInvalid: it is damaged, or of a run with other settings or other data.
        """
        if not path.is_file():
            return None
        try:
            with zipfile.ZipFile(path) as archive:
                told = json.loads(archive.read("run.json"))
                learner, best = archive.read("learner.bin"), archive.read("best.bin")
            found, progressed = told["key"], Progressed(**told["progressed"])
        except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
            raise CheckpointInvalid(f"{str(path)!r} is damaged ({error}); train afresh with --fresh") from error
        for name, value in key.items():
            if found.get(name) != value:
                raise CheckpointInvalid(
                    f"{str(path)!r} is of a run with another {name} ({found.get(name)!r}, not {value!r}); "
                    "train afresh with --fresh"
                )
        return cls(progressed=progressed, learner=learner, best=best)
