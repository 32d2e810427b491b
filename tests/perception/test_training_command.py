"""`attune train`: figures on standard output, progress on standard error, runs side by side."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli.train import train_app
from api.errors import InputInvalid
from perception.training.errors import ExperimentInvalid, RunsMissing, TrainingDataMissing
from perception.training.testing import make_texts

pytestmark = [
    pytest.mark.train,
    pytest.mark.skipif(importlib.util.find_spec("mlflow") is None, reason="needs the extra `train`"),
]


def attune_train(*words: object) -> Result:
    return CliRunner().invoke(train_app, [str(word) for word in words])


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_texts(tmp_path_factory.mktemp("texts"))


@pytest.fixture(scope="module")
def runs(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of a tiny experiment that differ in one setting."""
    folder = tmp_path_factory.mktemp("runs")
    for penalty in (0.1, 0.0001):
        options = ("--data", corpora, "--experiment", "text-en-tfidf-tiny", "--set", "limit=null", "--runs", folder)
        ran = attune_train("text", *options, "--set", f"recipe.penalty={penalty}")
        assert ran.exit_code == 0, ran.output
    return folder


def test_figures_and_files_are_printed(corpora: Path, tmp_path: Path) -> None:
    options = ("--data", corpora, "--experiment", "text-en-tfidf-tiny", "--set", "limit=null", "--runs", tmp_path)
    ran = attune_train("text", *options, "--final", "--json")
    assert ran.exit_code == 0, ran.stderr
    (told,) = json.loads(ran.stdout)
    assert told["model"] == "text-en-tfidf-tiny"
    assert told["test"][0]["name"] == "GoEmotions dev"
    assert told["command"].startswith("attune train text --data DIR --experiment text-en-tfidf-tiny --set limit=null")
    assert "calibrating" in ran.stderr
    ran = attune_train("text", *options, "--fresh")
    assert "majority" in ran.stdout
    assert "wrote" in ran.stdout
    assert "test:" not in ran.stdout


def test_runs_are_compared_the_best_first(runs: Path, tmp_path: Path) -> None:
    ran = attune_train("compare", "--runs", runs, "--metric", "accuracy", "--json", "--out", tmp_path / "pictures")
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    first, second = told["runs"]
    assert told["differing"] == ["recipe.penalty"]
    assert first["figures"]["final/dev/accuracy"] >= second["figures"]["final/dev/accuracy"]
    assert first["against_best"] is None
    assert second["against_best"]["differences"]["accuracy"]["difference"] <= 0
    assert (tmp_path / "pictures" / "accuracy.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("lang", "word"), [("en", "best"), ("zh", "最好")])
def test_the_table_is_in_either_language(runs: Path, lang: str, word: str) -> None:
    ran = attune_train("compare", "--runs", runs, "--lang", lang)
    assert word in ran.stdout


def test_a_sweep_tries_each_and_does_not_repeat_what_is_done(corpora: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "experiment: mine\ntrainer: text-tfidf\nmodel: mine-1\nepochs: 1\n"
        "recipe: {lang: en, blocks: [{analyzer: word, low: 1, high: 1, keep: 100}]}\n"
        "sweep: {over: {recipe.penalty: [0.1, 0.2], recipe.balance: [0.0]}}\n",
        encoding="utf-8",
    )
    for attempt in range(2):
        ran = attune_train("sweep", path, "--data", corpora, "--runs", tmp_path / "runs", "--json")
        assert ran.exit_code == 0, ran.output
        assert len(json.loads(ran.stdout)["runs"]) == 2
        assert ("finished before" in ran.stderr) is bool(attempt)


def test_the_experiments_that_ship_are_listed_and_shown() -> None:
    assert "vision-cnn-tiny" in attune_train("experiments").stdout
    assert "trainer: vision-cnn" in attune_train("experiments", "vision-cnn").stdout


def test_errors_rise_with_what_to_do(tmp_path: Path) -> None:
    cases = (
        (("text", "--data", tmp_path, "--runs", tmp_path), TrainingDataMissing),
        (("text", "--data", tmp_path, "--experiment", "none"), ExperimentInvalid),
        (("text", "--data", tmp_path, "--set", "epochs"), InputInvalid),
        (("text", "--data", tmp_path, "--set", "epochs=[1"), InputInvalid),
        (("sweep", "text-en-tfidf-tiny", "--data", tmp_path), ExperimentInvalid),
        (("compare", "--runs", tmp_path / "none"), RunsMissing),
        (("experiments", "none"), ExperimentInvalid),
    )
    for words, error in cases:
        assert isinstance(attune_train(*words).exception, error), words


def test_a_run_or_a_figure_that_is_not_there_says_what_is(runs: Path) -> None:
    with pytest.raises(RunsMissing, match=r"there is text-en-tfidf-tiny/seed0-"):
        raised(attune_train("compare", "nothing", "--runs", runs))
    with pytest.raises(RunsMissing, match=r"no run has a figure 'speed'; there are .*uar"):
        raised(attune_train("compare", "--runs", runs, "--metric", "speed"))


def raised(ran: Result) -> None:
    assert ran.exception is not None
    raise ran.exception


@pytest.mark.parametrize("sense", ["text", "audio", "vision"])
def test_the_command_wants_a_folder_that_is_there(sense: str, tmp_path: Path) -> None:
    ran = attune_train(sense, "--data", tmp_path / "nowhere")
    assert ran.exit_code == 2
    assert "does not exist" in ran.stderr
