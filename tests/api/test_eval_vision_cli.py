"""`attune eval vision`, with a sense that always says the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agent import Senses
from api.cli.app import app
from api.errors import InputInvalid
from evals.errors import ManifestUnusable
from perception import EmotionScores, Modality
from perception.errors import ModelMissing
from perception.testing import ScriptedPerceiver
from perception.training.testing import make_faces

pytestmark = pytest.mark.unit


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    scores = EmotionScores.of({"happy": 1.0})
    monkeypatch.setattr(
        "api.seeing.make_senses", lambda *_args, **_options: Senses(vision=ScriptedPerceiver(Modality.VISION, scores))
    )
    monkeypatch.chdir(tmp_path)
    return make_faces(tmp_path / "sets")


def attune(*given: str) -> Any:
    return CliRunner().invoke(app, ["eval", "vision", *given])


def test_json_is_the_report(corpus: Path) -> None:
    result = attune("--root", str(corpus), "--layout", "ferplus", "--split", "dev", "--json", "--resamples", "0")
    assert result.exit_code == 0, result.exception
    shown = json.loads(result.stdout)
    assert shown["kind"] == "attune.eval.vision"
    assert shown["sources"]["vision"]["figures"]["accuracy"] == 0.5
    assert json.loads(Path("runs/eval/vision-ferplus/report.json").read_text(encoding="utf-8")) == shown
    assert "100% 40 faces measured" in result.stderr


@pytest.mark.parametrize(("lang", "words"), [("en", "FER+: 12 faces"), ("zh", "FER+：12 张脸")])
def test_the_summary_has_the_emotions_and_says_where_the_report_is(corpus: Path, lang: str, words: str) -> None:
    given = ["--limit", "12", "--group", "split", "--resamples", "0", "--lang", lang, "--out", "there"]
    result = attune("--root", str(corpus), "--layout", "ferplus", *given)
    assert words in result.stdout
    assert "precision" in result.stdout
    assert "there/report.html" in result.stdout


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        (("--layout", "raf"), InputInvalid, "there are raf-db, ferplus, affectnet, sfew, fer2013, folders"),
        (("--layout", "sfew"), ManifestUnusable, "it looks like --layout ferplus"),
        (("--layout", "ferplus", "--group", "skin"), ManifestUnusable, "there are NF, agreement"),
        (("--layout", "ferplus", "--model", "gone.onnx"), ModelMissing, "gone.onnx"),
    ],
)
def test_what_cannot_be_done_is_an_error(
    corpus: Path, given: tuple[str, ...], error: type[Exception], told: str
) -> None:
    result = attune("--root", str(corpus), *given)
    assert isinstance(result.exception, error)
    assert told in str(result.exception)


def test_degraded_faces_need_a_network_of_ours(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_VISION", "deepface")
    result = attune("--root", str(corpus), "--layout", "ferplus", "--degraded")
    assert isinstance(result.exception, InputInvalid)
    assert "'deepface'" in str(result.exception)
