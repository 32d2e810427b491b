"""`attune eval` with the weights that ship."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli.app import app
from api.errors import InputInvalid
from evals.errors import ManifestUnusable

pytestmark = pytest.mark.model

ROOT = Path(__file__).parents[2]

WORDS = {
    "happy": [
        "I am so happy to see you!",
        "What a wonderful day, I love it!",
        "太好了，我真开心！",
        "Great news, thanks!",
    ],
    "sad": ["I feel so sad and alone.", "I miss her terribly.", "我很难过，想哭。", "This breaks my heart."],
    "angry": ["I am furious at you!", "How dare you, I hate this!", "你真让我生气！", "This makes me so angry."],
    "fear": ["I am scared of the dark.", "I am terrified, please help.", "我好害怕。", "That was a frightening noise."],
    "surprise": ["Wow, I did not expect that!", "What a surprise!", "哇，真没想到！", "Oh my god, really?"],
}


def attune(*arguments: str) -> Any:
    """The result of a command; an error of ours is in `.exception`, as the root command would meet it."""
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "plain.jsonl"
    rows = [
        {"id": f"{label}-{n}", "text": text, "label": label, "tongue": "zh" if n == 2 else "en"}
        for label, texts in WORDS.items()
        for n, text in enumerate(texts)
    ]
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n{\n", encoding="utf-8")
    return path


def test_a_manifest_end_to_end(manifest: Path, tmp_path: Path) -> None:
    out = tmp_path / "report"
    result = attune("eval", "perception", "--manifest", str(manifest), "--by", "tongue", "--out", str(out), "--json")
    assert result.exit_code == 0, result.exception
    report = json.loads(result.stdout)
    assert report == json.loads((out / "report.json").read_text(encoding="utf-8"))
    text = report["sources"]["text"]
    assert text["figures"]["rows"] == 20
    assert text["figures"]["accuracy"] > 0.6
    assert text["figures"]["majority_accuracy"] == 0.2
    assert set(text["models"]) == {"text-en-minilm-2", "text-zh-e5-2"}
    assert [part["value"] for part in text["cuts"][0]["parts"]] == ["en", "zh"]
    assert report["rows"]["broken"] == 1
    model = report["method"]["models"]["text-en-minilm-2"]
    assert model["shipped"]
    assert model["licence"]
    assert len(model["files"]["text-en-minilm-2.onnx"]["sha256"]) == 64
    assert report["method"]["settings"]["weights_policy"] == "any"
    assert "100% 20 of 20 rows" in result.stderr
    assert "text-zh-e5-2.onnx" in (out / "report.html").read_text(encoding="utf-8")


def test_a_summary_in_chinese_and_a_comparison(manifest: Path, tmp_path: Path) -> None:
    for name, more in (("then", ()), ("now", ("--baseline", str(tmp_path / "then")))):
        arguments = ("--manifest", str(manifest), "--out", str(tmp_path / name), "--lang", "zh", "--resamples", "20")
        result = attune("eval", "perception", *arguments, *more)
        assert result.exit_code == 0, result.exception
        assert "文本：20 行中 20 行有得分" in result.stdout
    since = json.loads((tmp_path / "now" / "report.json").read_text(encoding="utf-8"))["since"]
    assert since["sources"]["text"]["differences"]["accuracy"]["difference"] == 0
    assert "与先前评测比较" in (tmp_path / "now" / "report.html").read_text(encoding="utf-8")


def test_the_folder_is_named_after_the_manifest(
    manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = attune("eval", "perception", "--manifest", str(manifest), "--limit", "5", "--resamples", "0")
    assert "runs/eval/plain/report.html" in result.stdout
    assert len((tmp_path / "runs/eval/plain/rows.jsonl").read_text(encoding="utf-8").splitlines()) == 5


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (("--manifest", "nowhere.jsonl"), ManifestUnusable, "nowhere.jsonl"),
        (("--sense", "smell"), InputInvalid, "vision, audio, text"),
        (("--sense", "audio"), ManifestUnusable, "audio"),
        (("--lang", "fr"), InputInvalid, "en or zh"),
        (("--by", "gender"), ManifestUnusable, "tongue"),
        (("--label-map", "joy"), ManifestUnusable, "joy=happy"),
        (("--compare", "nowhere"), ManifestUnusable, "nowhere"),
        (("--out", __file__), ManifestUnusable, "--out"),
    ],
)
def test_bad_options(manifest: Path, arguments: tuple[str, ...], kind: type[Exception], message: str) -> None:
    given = () if "--manifest" in arguments else ("--manifest", str(manifest))
    result = attune("eval", "perception", *given, *arguments)
    assert isinstance(result.exception, kind)
    assert message in str(result.exception)


def test_what_can_be_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_AUDIO", "")
    suites = {each["name"]: each for each in json.loads(attune("eval", "list", "--json").stdout)}
    assert list(suites) == ["perception", "vision", "robustness", "transcription", "behaviour", "statements", "fusion"]
    suite, robustness = suites["perception"], suites["robustness"]
    assert suites["behaviour"]["senses"] == {"text": "embedded"}
    assert robustness["senses"] == {"audio": "off"}
    assert suite["senses"] == {"vision": "embedded", "audio": "off", "text": "embedded"}
    assert "audio=off" in attune("eval", "list").stdout


def test_help_teaches() -> None:
    shown = attune("eval", "perception", "--help").stdout
    for word in ("--label-map", "--cluster", "--by", "--compare", "--baseline", "happy", "rows.jsonl"):
        assert word in shown


def test_a_run_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    manifest = tmp_path / "rows.jsonl"
    row = json.dumps({"text": "I am happy. " * 300, "label": "happy"})
    manifest.write_text("".join(f'{{"id": {n}, {row[1:]}\n' for n in range(300)))
    command = ["eval", "perception", "--manifest", str(manifest), "--out", str(tmp_path / "out")]
    with subprocess.Popen(
        [sys.executable, "-c", "from api.cli import main; main()", *command],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=dict(os.environ),
    ) as process:
        assert process.stderr
        assert b"0%" in process.stderr.readline()
        assert b"10%" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
        assert b"Traceback" not in process.stderr.read()
    assert not (tmp_path / "out").exists()
