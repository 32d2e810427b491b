"""Experiments in YAML: what can be said, and what is refused with the place named."""

from __future__ import annotations

from pathlib import Path

import pytest

from perception.training.errors import ExperimentInvalid
from perception.training.experiments.config import Experiment, load_experiment, recipe_names

pytestmark = pytest.mark.unit

YAML = """
experiment: mine
trainer: vision-cnn
model: vision-mine-1
epochs: 3
recipe: {rate: 0.003, blocks: [1, 2]}
sweep:
  over:
    recipe.rate: [0.001, 0.01]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_read_and_written_back(tmp_path: Path) -> None:
    experiment = load_experiment(written(tmp_path, YAML))
    assert experiment.recipe["rate"] == 0.003
    assert experiment.early_stopping is None
    again = load_experiment(written(tmp_path, experiment.as_yaml()))
    assert again == experiment


def test_every_experiment_that_ships_can_be_read() -> None:
    assert recipe_names()
    for name in recipe_names():
        assert load_experiment(name).experiment == name


def test_the_name_of_a_run_follows_from_settings_and_seed(tmp_path: Path) -> None:
    experiment = load_experiment(written(tmp_path, YAML))
    assert experiment.run_name == load_experiment(written(tmp_path, YAML)).run_name
    assert experiment.changed({"seed": 1}).run_name == f"seed1-{experiment.digest}"
    assert experiment.changed({"recipe.rate": 0.01}).digest != experiment.digest
    without = YAML[: YAML.index("sweep:")]
    assert load_experiment(written(tmp_path, without)).digest == experiment.digest


def test_changes_reach_into_the_recipe(tmp_path: Path) -> None:
    changed = load_experiment(written(tmp_path, YAML)).changed(
        {"recipe.rate": 0.1, "recipe.new": "x", "early_stopping.patience": 2, "epochs": 9}
    )
    assert changed.recipe == {"rate": 0.1, "blocks": [1, 2], "new": "x"}
    assert changed.epochs == 9
    assert changed.early_stopping is not None
    assert changed.early_stopping.patience == 2


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("epochs: 0", "epochs.*greater than or equal to 1.*it is 0"),
        ("epoch: 3", "epoch: extra.*the fields are"),
        ("risk: 2", "risk.*less than 1"),
        ("experiment: Not A Name", "experiment"),
        ("early_stopping: {patience: no}", "early_stopping.patience"),
        ("- a list", "cannot be read as YAML|valid"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(ExperimentInvalid, match=told):
        load_experiment(written(tmp_path, YAML + line + "\n"))


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExperimentInvalid, match=r"mine\.yaml.*trainer.*required"):
        load_experiment(written(tmp_path, YAML.replace("trainer: vision-cnn\n", "")))


def test_an_unknown_name_says_what_there_is() -> None:
    with pytest.raises(ExperimentInvalid, match=f"'nothing'.*{recipe_names()[0]}"):
        load_experiment("nothing")


def test_a_folder_and_no_utf8_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    for name in ("folder.yaml", "bytes.yaml"):
        with pytest.raises(ExperimentInvalid, match=name):
            load_experiment(tmp_path / name)


def test_changing_to_what_cannot_be_names_the_change(tmp_path: Path) -> None:
    experiment: Experiment = load_experiment(written(tmp_path, YAML))
    with pytest.raises(ExperimentInvalid, match="epochs=-1"):
        experiment.changed({"epochs": -1})
