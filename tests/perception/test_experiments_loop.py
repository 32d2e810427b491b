"""The training loop: the best epoch kept, patience, budgets, and a kill that changes nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from perception.training.errors import CheckpointInvalid
from perception.training.experiments.loop import SCORE, Fitted, fit

pytestmark = pytest.mark.unit

KEY = {"settings": "s1", "data": "d1"}


class Descent:
    """Gradient descent on noisy rows: a real optimisation whose noise follows from the seed and the epoch."""

    def __init__(self, *, seed: int = 0, scores: tuple[float, ...] = (), dies_in: int | None = None) -> None:
        self.seed, self.scores, self.dies_in = seed, scores, dies_in
        self.weight, self.velocity, self.number = 5.0, 0.0, 0

    def epoch(self, number: int, tick: Callable[[float], None]) -> Mapping[str, float]:
        if number == self.dies_in:
            raise KeyboardInterrupt
        noise = np.random.default_rng((self.seed, number))
        for step in range(10):
            self.velocity = 0.9 * self.velocity - 0.05 * (self.weight + noise.normal(scale=0.3))
            self.weight += self.velocity
            tick((step + 1) / 10)
        self.number = number
        return {"train/loss": self.weight**2}

    def judge(self) -> Mapping[str, float]:
        return {SCORE: self.scores[self.number - 1] if self.scores else -abs(self.weight)}

    def state(self) -> bytes:
        return json.dumps([self.weight, self.velocity, self.number]).encode()

    def restore(self, state: bytes) -> None:
        self.weight, self.velocity, self.number = json.loads(state)


def run(learner: Descent, folder: Path, **options: object) -> Fitted:
    return fit(learner, checkpoint=folder / "checkpoint", **{"epochs": 8, "key": KEY, **options})  # type: ignore[arg-type]


def test_all_epochs_are_done_and_told(tmp_path: Path) -> None:
    told: list[float] = []
    logged: list[int] = []
    fitted = run(
        Descent(),
        tmp_path,
        progress=lambda part, _line: told.append(part),
        log=lambda epoch, _figures: logged.append(epoch),
    )
    assert fitted.stopped == "done"
    assert logged == list(range(1, 9))
    assert [len(figures) for figures in fitted.progressed.history] == [2] * 8
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_the_learner_ends_as_it_was_after_its_best_epoch(tmp_path: Path) -> None:
    learner = Descent(scores=(0.1, 0.5, 0.9, 0.4, 0.3, 0.2, 0.1, 0.0))
    fitted = run(learner, tmp_path)
    assert (fitted.progressed.best_epoch, fitted.progressed.best_score) == (3, 0.9)
    other = Descent(scores=(0.1, 0.5, 0.9))
    run(other, tmp_path / "..", epochs=3)
    assert learner.weight == other.weight


def test_patience_ends_a_run_that_no_longer_gets_better(tmp_path: Path) -> None:
    fitted = run(Descent(scores=(0.1, 0.5, 0.4, 0.5, 0.3, 0.9, 0.9, 0.9)), tmp_path, patience=3)
    assert fitted.stopped == "early"
    assert fitted.progressed.epoch == 5  # an equal score is no better one


def test_a_budget_ends_it_after_an_epoch_and_more_of_it_goes_on(tmp_path: Path) -> None:
    first = run(Descent(), tmp_path, seconds=0.0)
    assert (first.stopped, first.progressed.epoch) == ("budget", 1)
    learner, unbroken = Descent(), Descent()
    assert run(learner, tmp_path, seconds=math.inf).stopped == "done"
    (tmp_path / "other").mkdir()
    run(unbroken, tmp_path / "other")
    assert learner.weight == unbroken.weight


@pytest.mark.parametrize("dies_in", [2, 5, 8])
def test_an_interrupted_run_ends_as_an_unbroken_one(tmp_path: Path, dies_in: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(Descent(dies_in=dies_in), tmp_path)
    resumed = run(Descent(), tmp_path)
    (tmp_path / "other").mkdir()
    unbroken = run(Descent(), tmp_path / "other")
    assert resumed.progressed.history == unbroken.progressed.history
    assert resumed.progressed.best_score == unbroken.progressed.best_score


def test_the_best_epoch_survives_an_interruption_after_it(tmp_path: Path) -> None:
    scores = (0.1, 0.9, 0.3, 0.2, 0.2, 0.2, 0.2, 0.2)
    with pytest.raises(KeyboardInterrupt):
        run(Descent(scores=scores, dies_in=5), tmp_path)
    resumed, unbroken = Descent(scores=scores), Descent(scores=scores)
    assert run(resumed, tmp_path).progressed.best_epoch == 2
    (tmp_path / "other").mkdir()
    run(unbroken, tmp_path / "other")
    assert resumed.weight == unbroken.weight


@pytest.mark.parametrize("name", sorted(KEY))
def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path, name: str) -> None:
    run(Descent(), tmp_path, seconds=0.0)
    with pytest.raises(CheckpointInvalid, match=f"another {name}.*--fresh"):
        run(Descent(), tmp_path, key={**KEY, name: "other"})


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / "checkpoint").write_bytes(b"half of")
    with pytest.raises(CheckpointInvalid, match=r"damaged.*--fresh"):
        run(Descent(), tmp_path)


def test_a_half_written_checkpoint_hides_no_whole_one(tmp_path: Path) -> None:
    run(Descent(), tmp_path, seconds=0.0)
    (tmp_path / "checkpoint.part").write_bytes(b"half of")
    assert run(Descent(), tmp_path).progressed.epoch == 8
