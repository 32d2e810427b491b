"""Runs: their folders, their record in MLflow's store, and sweeps over settings."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from perception.training.errors import ExperimentInvalid, RunBusy, RunFinished, TrainingError, TrainingExtraMissing
from perception.training.experiments.config import Experiment
from perception.training.experiments.run import RunFolder
from perception.training.experiments.sweep import trials
from perception.training.experiments.tracker import Tracker

pytestmark = pytest.mark.unit

needs_mlflow = pytest.mark.skipif(importlib.util.find_spec("mlflow") is None, reason="needs the extra `train`")


def experiment(**more: object) -> Experiment:
    told = {"experiment": "mine", "trainer": "vision-cnn", "model": "mine-1", "epochs": 2, "recipe": {"rate": 0.1}}
    return Experiment.model_validate(told | more)


class TestFolder:
    def test_settings_are_written_before_anything_else(self, tmp_path: Path) -> None:
        folder = RunFolder(root=tmp_path, experiment=experiment())
        with folder.claimed():
            assert "rate: 0.1" in (folder.path / "experiment.yaml").read_text(encoding="utf-8")
        assert folder.path == tmp_path / "mine" / experiment().run_name

    def test_a_finished_run_is_not_trained_over(self, tmp_path: Path) -> None:
        folder = RunFolder(root=tmp_path, experiment=experiment())
        with folder.claimed():
            folder.report.write_text("{}", encoding="utf-8")
        with pytest.raises(RunFinished, match="--fresh"), folder.claimed():
            pass
        with folder.claimed(fresh=True):
            assert not folder.report.exists()

    def test_a_run_that_stopped_for_its_budget_is_not_finished(self, tmp_path: Path) -> None:
        folder = RunFolder(root=tmp_path, experiment=experiment())
        with folder.claimed():
            folder.report.write_text("{}", encoding="utf-8")
            folder.checkpoint.write_bytes(b"")
        with folder.claimed():
            assert folder.checkpoint.exists()

    def test_two_processes_do_not_train_in_one_folder(self, tmp_path: Path) -> None:
        folder = RunFolder(root=tmp_path, experiment=experiment())
        code = (
            "import sys\nfrom pathlib import Path\n"
            "from perception.training.experiments.config import Experiment\n"
            "from perception.training.experiments.run import RunFolder\n"
            f"made = Experiment.model_validate({experiment().model_dump(mode='json')!r})\n"
            f"with RunFolder(root=Path({str(tmp_path)!r}), experiment=made).claimed():\n"
            "    print('claimed', flush=True)\n    sys.stdin.read()\n"
        )
        other = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert other.stdin is not None
        assert other.stdout is not None
        try:
            assert other.stdout.readline() == "claimed\n"
            with pytest.raises(RunBusy, match=f"process {other.pid}"), folder.claimed():
                pass
        finally:
            other.stdin.close()
            other.wait(timeout=30)
            other.stdout.close()
        with folder.claimed():
            pass

    def test_a_folder_that_cannot_be_made_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "runs").write_text("a file")
        folder = RunFolder(root=tmp_path / "runs", experiment=experiment())
        with pytest.raises(TrainingError, match="--runs"), folder.claimed():
            pass

    def test_a_damaged_report_is_an_error(self, tmp_path: Path) -> None:
        folder = RunFolder(root=tmp_path, experiment=experiment())
        assert folder.result() is None
        folder.path.mkdir(parents=True)
        folder.report.write_text("{", encoding="utf-8")
        with pytest.raises(TrainingError, match="damaged"):
            folder.result()


@needs_mlflow
@pytest.mark.train
class TestTracker:
    def test_a_run_is_read_back_as_it_was_recorded(self, tmp_path: Path) -> None:
        tracker = Tracker(tmp_path)
        run = tracker.begin("mine", "seed0-a", tmp_path / "mine" / "seed0-a", {"recipe.rate": 0.1, "seed": 0})
        for epoch in (1, 2):
            tracker.log(run, {"train/loss": 1 / epoch, "dev/score": epoch / 10}, epoch=epoch)
        tracker.log(run, {"final/dev/uar": 0.5}, epoch=2)
        tracker.end(run, "FINISHED")
        (found,) = Tracker(tmp_path).runs("mine")
        assert (found.name, found.status) == ("seed0-a", "FINISHED")
        assert found.folder == (tmp_path / "mine" / "seed0-a").resolve()
        assert found.settings["recipe.rate"] == "0.1"
        assert found.figures["final/dev/uar"] == 0.5
        assert found.curves["train/loss"] == ((1, 1.0), (2, 0.5))

        # a run that is taken up again is the same run, and an epoch trained again counts once
        again = tracker.begin("mine", "seed0-a", tmp_path / "mine" / "seed0-a", {})
        assert again == run
        tracker.log(run, {"train/loss": 0.25}, epoch=2)
        (found,) = tracker.runs()
        assert found.status == "RUNNING"
        assert found.curves["train/loss"] == ((1, 1.0), (2, 0.25))
        assert tracker.runs("other") == ()

    def test_without_the_extra_it_says_how_to_get_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        with pytest.raises(TrainingExtraMissing, match=r"attune-agent\[train\]"):
            Tracker(tmp_path)


class TestSweep:
    def test_a_grid_tries_all(self) -> None:
        over = {"recipe.rate": [0.1, 0.2], "recipe.layers": [[8], [16]]}
        tried = trials(experiment(sweep={"over": over}))
        assert [made.recipe for _, made in tried] == [
            {"rate": rate, "layers": layers} for layers in ([8], [16]) for rate in (0.1, 0.2)
        ]
        assert len({made.run_name for _, made in tried}) == 4

    def test_a_random_sweep_draws_from_lists_and_ranges_by_its_seed(self) -> None:
        over = {"recipe.rate": {"low": 1e-4, "high": 1e-1, "log": True}, "recipe.drop": {"low": 0, "high": 0.5}}
        wanted = experiment(sweep={"kind": "random", "runs": 40, "over": over | {"recipe.kind": ["a", "b"]}})
        tried = [change for change, _ in trials(wanted)]
        assert len(tried) == 40
        assert tried == [change for change, _ in trials(wanted)]
        assert tried != [change for change, _ in trials(wanted.changed({"seed": 1}))]
        assert all(1e-4 <= change["recipe.rate"] <= 1e-1 and 0 <= change["recipe.drop"] <= 0.5 for change in tried)
        low = sum(change["recipe.rate"] < 10**-2.5 for change in tried)
        assert 10 <= low <= 30  # as many below the geometric middle as above
        assert {change["recipe.kind"] for change in tried} == {"a", "b"}

    def test_a_draw_from_lists_alone_has_no_more_than_there_is(self) -> None:
        assert len(trials(experiment(sweep={"kind": "random", "runs": 9, "over": {"seed": [1, 2]}}))) == 2

    @pytest.mark.parametrize(
        ("sweep", "told"),
        [
            (None, "has no sweep"),
            ({"over": {"recipe.rate": {"low": 0, "high": 1}}}, "a grid cannot try the range"),
            ({"kind": "random", "over": {"recipe.rate": {"low": 1, "high": 1}}}, "no range from 1 to 1"),
            ({"kind": "random", "over": {"recipe.rate": {"low": 0, "high": 1, "log": True}}}, "above 0"),
            ({"over": {"epochs": [0]}}, "epochs=0"),
        ],
    )
    def test_what_cannot_be_swept_is_named(self, sweep: object, told: str) -> None:
        with pytest.raises(ExperimentInvalid, match=told):
            trials(experiment(sweep=sweep))
