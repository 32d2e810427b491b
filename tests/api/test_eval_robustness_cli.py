"""`attune eval robustness`, with a sense that always says the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from agent import Senses
from api.cli.app import app
from evals.errors import ManifestUnusable
from perception import EmotionScores, Modality
from perception.testing import ScriptedPerceiver

pytestmark = pytest.mark.unit


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rows = []
    for number, label in enumerate(("happy", "sad", "happy", "sad")):
        soundfile.write(tmp_path / f"{number}.wav", np.sin(np.arange(8000) * 0.1) * 0.3, 16_000)
        rows.append({"id": number, "audio": f"{number}.wav", "label": label, "speaker": f"s{number}"})
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    monkeypatch.setattr(
        "api.evaluating.make_senses",
        lambda *_args, **_options: Senses(audio=ScriptedPerceiver(Modality.AUDIO, EmotionScores.of({"happy": 1.0}))),
    )
    monkeypatch.chdir(tmp_path)
    return path


def test_json_is_the_report(manifest: Path) -> None:
    given = ["--manifest", str(manifest), "--conditions", "gain, white_0dB", "--json", "--resamples", "0"]
    result = CliRunner().invoke(app, ["eval", "robustness", *given])
    assert result.exit_code == 0, result.output
    shown = json.loads(result.stdout)
    assert [each["condition"] for each in shown["conditions"]] == [
        "clean",
        "white_0dB",
        "gain_-20dB",
        "gain_-10dB",
        "gain_+10dB",
    ]
    assert shown["conditions"][0]["figures"]["uar"] == 0.5
    assert json.loads(Path("runs/robustness/rows/report.json").read_text(encoding="utf-8")) == shown
    assert "100% 4 of 4 recordings" in result.stderr


@pytest.mark.parametrize(("lang", "words"), [("en", "4 recordings perceived"), ("zh", "已感知 4 段录音")])
def test_the_summary_says_where_the_report_is(manifest: Path, lang: str, words: str) -> None:
    given = ["--manifest", str(manifest), "--conditions", "telephone", "--lang", lang, "--out", "there"]
    result = CliRunner().invoke(app, ["eval", "robustness", *given])
    assert words in result.stdout
    assert "there/report.html" in result.stdout
    assert Path("there/robustness.svg").is_file()


@pytest.mark.parametrize("given", [("--conditions", "underwater"), ("--cluster", "nobody")])
def test_what_cannot_be_done_is_an_error(manifest: Path, given: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, ["eval", "robustness", "--manifest", str(manifest), *given])
    assert isinstance(result.exception, ManifestUnusable)
