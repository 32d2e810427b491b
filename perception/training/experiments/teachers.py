"""Finished runs that teach another one (Hinton et al. 2015, "Distilling the knowledge in a neural network")."""

from __future__ import annotations

import json
from pathlib import Path

from perception.training.errors import ExperimentInvalid
from perception.training.experiments.task import Given


def teachers(experiment: str, given: Given, splits: str) -> tuple[Path, ...]:
    """Weights of the finished runs of an experiment, one a seed, that saw the same training rows and no others.

    Args:
        experiment: its name.
        given: of the run that is to be taught; teachers are among the same runs.
        splits: digest of its splits.

    Raises:
        ExperimentInvalid: there is no such run, or one was trained on other rows: it would hand on what it knows of
            held-out ones.
    """
    root = given.cache.parent / experiment
    found = []
    for report in sorted(root.glob("*/report.json")):
        told = json.loads(report.read_text(encoding="utf-8"))
        if told["splits_digest"] != splits:
            raise ExperimentInvalid(
                f"{report.parent.name!r} of {experiment!r} was trained on other rows than "
                f"{given.experiment.experiment!r}; remove it, and train it again on the same data"
            )
        found.append(report.parent / Path(told["weights"][0]).name)
    if not found:
        raise ExperimentInvalid(
            f"{given.experiment.experiment!r} learns from {experiment!r}, which has no finished run in {str(root)!r}; "
            f"train it first, with --experiment {experiment} and the same --runs"
        )
    return tuple(found)
