"""`attune analyze` as a person meets it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import api.analyzing
from api.analyze.testing import Killed, WordScorer
from api.cli.app import app
from api.errors import InputInvalid
from perception import ModelMissing, Observation, Utterance

pytestmark = pytest.mark.unit


class Words:
    """A perceiver of texts that scores many at once."""

    model = "words-1"

    def __init__(self) -> None:
        self.scorer = WordScorer()

    def warm_up(self) -> None:
        pass

    def perceive(self, evidence: Utterance, /) -> Observation:
        return self.scorer([evidence])[0]

    def perceive_batch(self, utterances: Sequence[Utterance]) -> Sequence[Observation]:
        return self.scorer(utterances)


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> Words:
    made = Words()
    monkeypatch.setattr(api.analyzing, "make_perceiver", lambda *_: made)
    return made


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_text("text,label,shop\nso happy,happy,a\nsad,happy,b\n,sad,a\nangry now,angry,b\n", encoding="utf-8")
    return path


def attune(*arguments: Any) -> Any:
    """The result of a command; an error of ours is in `.exception`, as the root command would meet it."""
    return CliRunner().invoke(app, ["analyze", *map(str, arguments)])


def test_a_table_with_a_report(words: Words, table: Path, tmp_path: Path) -> None:
    out, report = tmp_path / "out.jsonl", tmp_path / "report"
    options = ("--text-column", "text", "--label-column", "label", "--group-column", "shop", "--batch-size", "2")
    result = attune(table, *options, "--out", out, "--report", report, "--ui-lang", "en")
    assert result.exit_code == 0, result.exception
    assert "4 rows: 3 answered, 0 uncertain, 1 with something wrong" in result.stdout
    assert f"wrote {report / 'report.html'}" in result.stdout
    assert "100% 4 rows" in result.stderr
    assert "rows/s" in result.stderr
    assert "left" in result.stderr
    assert words.scorer.batches == [2, 1]
    assert [json.loads(line)["attune_status"] for line in out.read_text().splitlines()] == ["ok", "ok", "empty", "ok"]


def test_figures_as_json(words: Words, table: Path, tmp_path: Path) -> None:
    result = attune(table, "--text-column", "text", "--out", tmp_path / "out.csv", "--json", "--lang", "zh")
    assert json.loads(result.stdout)["rows"]["answered"] == 3
    assert {each.lang for each in words.scorer.seen} == {"zh"}


def test_going_on_is_told(words: Words, table: Path, tmp_path: Path) -> None:
    command = (table, "--text-column", "text", "--out", tmp_path / "out.csv", "--batch-size", "1", "--ui-lang", "zh")
    words.scorer.fail_at = 2
    with pytest.raises(Killed):
        attune(*command)
    words.scorer.fail_at = None
    result = attune(*command)
    assert "going on after row 3" in result.stderr
    assert "4 行" in result.stdout
    assert "1 行用时" in result.stdout


def test_an_interrupt_says_how_to_go_on(words: Words, table: Path, tmp_path: Path) -> None:
    def interrupted(_utterances: Any) -> Any:
        raise KeyboardInterrupt

    words.perceive_batch = interrupted  # type: ignore[method-assign]
    result = attune(table, "--text-column", "text", "--out", tmp_path / "out.csv")
    assert result.exit_code == 130
    assert "the same command goes on" in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--text-column", "words"), "whose columns are 'text', 'label', 'shop'"),
        (("--text-column", "text", "--ui-lang", "fr"), "--ui-lang 'fr'"),
        (("--text-column", "text", "--format", "xml"), "--format 'xml'"),
        (("--text-column", "text", "--lang", "fr"), "--lang 'fr'"),
    ],
)
def test_bad_options(words: Words, table: Path, tmp_path: Path, options: tuple[str, ...], message: str) -> None:
    result = attune(table, *options, "--out", tmp_path / "out.csv")
    assert isinstance(result.exception, InputInvalid)
    assert message in str(result.exception)


def test_a_sense_that_is_off(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_TEXT", "")
    result = attune(table, "--text-column", "text", "--out", tmp_path / "out.csv")
    assert isinstance(result.exception, InputInvalid)
    assert "ATTUNE_TEXT" in str(result.exception)


def test_a_missing_model_is_told_before_anything_is_written(words: Words, table: Path, tmp_path: Path) -> None:
    def missing() -> None:
        raise ModelMissing("words-1", "pip install words")

    words.warm_up = missing  # type: ignore[method-assign]
    result = attune(table, "--text-column", "text", "--out", tmp_path / "out.csv")
    assert isinstance(result.exception, ModelMissing)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("out")] == []


def test_a_perceiver_that_takes_one_at_a_time(words: Words, table: Path, tmp_path: Path) -> None:
    del Words.perceive_batch
    try:
        result = attune(table, "--text-column", "text", "--out", tmp_path / "out.csv")
    finally:
        Words.perceive_batch = lambda self, utterances: self.scorer(utterances)  # type: ignore[method-assign]
    assert result.exit_code == 0, result.exception
    assert words.scorer.batches == [1, 1, 1]


def test_help_teaches() -> None:
    shown = attune("--help").stdout
    for word in ("--text-column", "attune_status", "OUT.errors.jsonl", "OUT.part", "--fresh", "survey.csv"):
        assert word in shown


@pytest.mark.model
def test_the_model_that_ships(table: Path, tmp_path: Path) -> None:
    table.write_text("text\nI am so happy with it. Thank you!\n我很难过，想哭。\n", encoding="utf-8")
    out = tmp_path / "out.jsonl"
    result = attune(table, "--text-column", "text", "--out", out)
    assert result.exit_code == 0, result.exception
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row["attune_emotion"] for row in found] == ["happy", "sad"]
    assert [row["attune_sentiment"] for row in found] == ["positive", "negative"]
