"""`attune eval fusion`: what it measures, on senses that are made up."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from api.cli.app import app
from evals.fusion import measure_fusion, summary_lines
from evals.fusion.control import class_offsets
from perception import Modality
from perception.metrics import Predictions
from perception.training.errors import TrainingDataMissing
from perception.training.fusion.pairs import SENSES
from perception.training.fusion.sensing import Sensed

pytestmark = pytest.mark.unit


def sensed(sense: Modality, right: float, seed: int) -> Sensed:
    random = np.random.default_rng((seed, SENSES.index(sense)))
    truth = np.repeat(np.arange(7), 100)
    shown = np.stack([truth, truth], axis=1)
    shown = np.where(random.random(shown.shape) > np.array([right, 0.3]), random.integers(0, 7, shown.shape), shown)
    # calibrated in the large: what is often wrong is said with little confidence
    sure = np.where(random.random(shown.shape) < 0.5, 3.0, 1.0) * np.array([right**2, 0.1])
    scores = random.dirichlet(np.ones(7) * 3, shown.shape) + sure[..., None] * np.eye(7)[shown]
    return Sensed(
        modality=sense,
        part="test",
        ids=tuple(f"{sense}/{n}" for n in range(len(truth))),
        groups=tuple(f"{sense}/{n}" for n in range(len(truth))),
        truth=truth,
        scores=(scores / scores.sum(axis=-1, keepdims=True)).astype(np.float32),
        quality=np.tile(np.array([1.0, 0.4], np.float32), (len(truth), 1)),
        ok=random.random(shown.shape) > 0.1,
        features=np.zeros((*shown.shape, 7), np.float32),
        model=f"{sense}-test-1",
    )


def senses(seed: int) -> dict[Modality, Sensed]:
    return {sense: sensed(sense, right, seed) for sense, right in zip(SENSES, (0.8, 0.4, 0.6), strict=True)}


def test_every_condition_is_measured_against_each_sense() -> None:
    found = measure_fusion(senses(0), senses(1), pairs=700, resamples=50)
    assert [each.name for each in found.conditions][:5] == [
        "clean",
        "vision corrupted",
        "audio corrupted",
        "text corrupted",
        "all corrupted",
    ]
    clean, joined = found.conditions[0], found.conditions[-1]
    assert clean.late > clean.singles["vision"].accuracy
    assert clean.gap == pytest.approx(clean.singles["vision"].gain.difference)
    assert clean.singles["vision"].gain.interval is not None
    assert joined.rows > clean.rows
    missing = next(each for each in found.conditions if each.name == "audio missing")
    assert set(missing.singles) == {"vision", "text"}
    assert found.trust["vision"] > found.trust["audio"]
    assert found.holds
    told = json.loads(json.dumps(found.as_dict()))
    assert told["data"] == "synthetic pairs by label"
    assert told["conditions"][0]["gated"] is None


@pytest.mark.parametrize(("lang", "words"), [("en", "never more than 1 point"), ("zh", "从不比最佳单一感官")])
def test_people_read_it_in_their_language(lang: str, words: str) -> None:
    lines = list(summary_lines(measure_fusion(senses(0), senses(1), pairs=700, resamples=20), lang))
    assert lines[0].startswith(("Synthetic", "按标签配对"))
    assert words in lines[-1]


def test_the_control_knows_how_frequent_classes_are() -> None:
    random = np.random.default_rng(0)
    truth = np.arange(700) % 7
    told = random.dirichlet(np.ones(7), 700) + np.eye(7)[truth]
    skewed = told * np.array([0.1, 1, 1, 1, 1, 1, 3])
    before = Predictions(truth=truth, probabilities=skewed / skewed.sum(axis=1, keepdims=True))
    after = class_offsets(before)(before.probabilities)
    assert (after.argmax(axis=1) == truth).mean() > before.right.mean() + 0.05


def test_corpora_that_are_not_there(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["eval", "fusion", "--data", str(tmp_path), "--cache", str(tmp_path)])
    assert result.exit_code == 1
    assert isinstance(result.exception, TrainingDataMissing)
