"""`attune models`, as a person types it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.models import models_app
from perception import DownloadFailed, ModelError, ModelMissing, ModelRefused
from perception.models import ModelStore

pytestmark = pytest.mark.unit

run = CliRunner()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder of the test's own."""
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / "cache" / name)
    return tmp_path / "cache" / "attune" / "models"


def test_the_list_is_for_people_and_for_programs() -> None:
    told = run.invoke(models_app, ["list"]).stdout
    assert "smollm2-135m" in told
    assert "missing" in told
    models = json.loads(run.invoke(models_app, ["list", "--json"]).stdout)
    tiny = next(model for model in models if model["name"] == "whisper-tiny.en")
    assert (tiny["state"], tiny["licence"], tiny["commercial"], tiny["languages"]) == ("missing", "MIT", True, ["en"])


def test_what_is_missing_is_an_error_with_the_command() -> None:
    outcome = run.invoke(models_app, ["path", "smollm2-135m"])
    assert isinstance(outcome.exception, ModelMissing)
    assert "attune models get smollm2-135m" in str(outcome.exception)


def test_an_unknown_name_fetches_nothing() -> None:
    outcome = run.invoke(models_app, ["get", "smollm2-135m", "nonsense", "--yes"])
    assert isinstance(outcome.exception, ModelError)
    assert "there are: blazeface-short" in str(outcome.exception)


def test_get_names_the_licence_and_prints_the_path(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    def deliver(self: ModelStore, name: str, **callbacks: object) -> Path:
        callbacks["progress"](50, 100)  # type: ignore[operator]
        callbacks["notice"]("Hugging Face: down")  # type: ignore[operator]
        return cache / name

    monkeypatch.setattr(ModelStore, "get", deliver)
    monkeypatch.setattr(ModelStore, "path", lambda self, name: cache / name)
    outcome = run.invoke(models_app, ["get", "blazeface-short", "--yes"])
    assert outcome.exit_code == 0
    assert outcome.stdout == f"{cache / 'blazeface-short'}\n"
    assert "licence Apache-2.0" in outcome.stderr
    assert "Hugging Face: down; trying the next source" in outcome.stderr


def test_a_failed_download_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: ModelStore, name: str, **callbacks: object) -> Path:
        raise DownloadFailed("no source")

    monkeypatch.setattr(ModelStore, "get", fail)
    assert isinstance(run.invoke(models_app, ["get", "blazeface-short", "--yes"]).exception, DownloadFailed)


def test_verify_finds_damage(cache: Path) -> None:
    assert run.invoke(models_app, ["verify"]).exit_code == 0
    (cache / "blazeface-short").mkdir(parents=True)
    (cache / "blazeface-short" / "face_detection_short_range.tflite").write_bytes(b"?")
    assert isinstance(run.invoke(models_app, ["verify"]).exception, ModelRefused)


def test_help_imports_nothing_heavy() -> None:
    heavy = "{'httpx', 'langchain_core', 'numpy', 'pydantic'}"
    code = f"import sys, api.cli.models; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
