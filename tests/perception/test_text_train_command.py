"""`attune train`: figures on standard output, progress on standard error, weights and cards in a folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.train import train_app
from perception import EMOTIONS
from perception.training.errors import TrainingDataMissing

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both required corpora, each emotion told by one made-up word."""
    folder = tmp_path_factory.mktemp("corpora")
    rows = [(part, e, i) for part, n in (("train", 30), ("dev", 4)) for e in EMOTIONS for i in range(n)]
    english = [f"{part}\tthe {e}word came on day {i} of {part}\t{e}" for part, e, i in rows]
    chinese = [f"{part}\tvirus\t{part}第{i}天{'甲乙丙丁戊己庚'[EMOTIONS.index(e)] * 2}来了\t{e}" for part, e, i in rows]
    lines = {"goemotions": ["split\ttext\tlabel7", *english]}
    lines["zh_smp2020_ewect"] = ["split\tdomain\ttext\tlabel7", *chinese]
    for name, content in lines.items():
        (folder / f"{name}.tsv").write_text("\n".join(content) + "\n", encoding="utf-8")
    return folder


def test_the_command_trains_and_prints_figures(corpora: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ["text", "--data", str(corpora), "--budget-minutes", "0", "--out", str(out)]
    ran = CliRunner().invoke(train_app, [*options, "--json"])
    assert ran.exit_code == 0, ran.stderr
    english_run, chinese_run = json.loads(ran.stdout)
    assert english_run["model"] == "text-en-tfidf-1"
    assert set(chinese_run["figures"][0]["recall"]) == {str(emotion) for emotion in EMOTIONS}
    assert "final fit" in ran.stderr
    assert {path.name for path in out.iterdir()} == {
        f"text-{lang}-tfidf-1.{end}" for lang in ("en", "zh") for end in ("npz", "md")
    }
    ran = CliRunner().invoke(train_app, options)
    assert "GoEmotions dev" in ran.stdout
    assert "majority" in ran.stdout
    assert f"wrote {out / 'text-zh-tfidf-1.npz'}" in ran.stdout


def test_the_command_lets_training_errors_rise(tmp_path: Path) -> None:
    ran = CliRunner().invoke(train_app, ["text", "--data", str(tmp_path)])
    assert isinstance(ran.exception, TrainingDataMissing)


@pytest.mark.parametrize("sense", ["text", "audio", "vision"])
def test_the_command_wants_a_folder_that_is_there(sense: str, tmp_path: Path) -> None:
    ran = CliRunner().invoke(train_app, [sense, "--data", str(tmp_path / "nowhere")])
    assert ran.exit_code == 2
    assert "does not exist" in ran.stderr
