"""`attune train corpora`, as a person types it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from api.cli.corpora import corpora
from api.cli.corpora_words import REASONS, WORDS
from api.errors import InputInvalid
from perception.training import corpora as doors
from perception.training.corpora.testing import miniature, write
from perception.training.errors import TrainingDataMissing

pytestmark = pytest.mark.unit

app = typer.Typer()
app.command()(corpora)


def attune(*words: str | Path, lang: str = "en") -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], env={"ATTUNE_LANG": lang, "COLUMNS": "120"})


def test_the_list_is_for_people_and_for_programs() -> None:
    told = attune().stdout
    assert [line for line in told.splitlines() if line.startswith("ravdess ")]
    assert "CC-BY-NC-SA-4.0" in told
    listed = json.loads(attune("--json").stdout)
    assert tuple(each["name"] for each in listed) == doors.corpus_names()
    ravdess = next(each for each in listed if each["name"] == "ravdess")
    assert (ravdess["commercial"], ravdess["languages"], ravdess["modalities"]) == (False, ["en"], ["audio"])
    assert ravdess["citation"].startswith("Livingstone")


def test_counts_of_a_corpus(tmp_path: Path) -> None:
    root = miniature("iemocap", tmp_path)
    told = attune("iemocap", "--root", root).stdout
    assert "IEMOCAP: 2 rows, 1 speakers, 1 dialogues" in told
    assert "commercial use of weights: no" in told
    assert "left out: 2" in told
    assert "the label is none of the seven (frustrated)" in told
    counted = json.loads(attune("iemocap", "--root", root, "--json").stdout)
    assert counted["rows"] == 2
    assert counted["emotions"] == {"happy": 1, "neutral": 1}
    assert counted["speakers"] == {"iemocap/Ses01F": 2}
    assert counted["left_out"] == {"label:frustrated": 1, "label:raters differ": 1}


def test_it_speaks_chinese(tmp_path: Path) -> None:
    told = attune("iemocap", "--root", miniature("iemocap", tmp_path), lang="zh").stdout
    assert "IEMOCAP：2 条，1 位说话人，1 段对话" in told
    assert "标签不属于七种情绪（frustrated）" in told
    assert "可读取的语料库" in attune(lang="zh").stdout


def test_both_languages_say_all_there_is_to_say() -> None:
    assert set(WORDS["en"]) == set(WORDS["zh"])
    assert set(REASONS["en"]) == set(REASONS["zh"]) == set(doors.REASONS)


def test_without_a_name_the_corpus_is_recognised(tmp_path: Path) -> None:
    assert attune("--root", miniature("tess", tmp_path)).stdout.startswith("TESS: 2 rows, 2 speakers")


def test_a_manifest_is_written(tmp_path: Path) -> None:
    manifest = tmp_path / "rows.jsonl"
    outcome = attune("meld", "--root", miniature("meld", tmp_path / "meld"), "--manifest", manifest)
    assert f"wrote 6 rows to {manifest}" in outcome.stdout
    rows = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]
    assert rows[1] == {
        "id": "meld/train/0_1", "text": "Then warm it.", "context": ["The soup, it’s cold."], "label": "neutral",
        "speaker": "meld/Bob", "dialogue": "meld/train/0", "lang": "en", "split": "train", "corpus": "meld",
        "sentiment": "neutral", "season": "1", "episode": "2",
    }  # fmt: skip
    assert rows[0]["audio"] == "meld/train_splits/dia0_utt0.mp4"


def test_options_and_meanings_of_labels(tmp_path: Path) -> None:
    table = write(tmp_path / "t.csv", "tweet,gold\nOui,joyeux\nNon,1=2\n")
    words = ("--set", "text=tweet", "--set", "label=gold", "--map", "joyeux=happy", "--map", "1=2=sad")
    counted = json.loads(attune("table", "--root", table, *words, "--json").stdout)
    assert counted["emotions"] == {"happy": 1, "sad": 1}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["ravdess"], "say where the corpus is: --root"),
        (["--manifest", "x.jsonl"], "say where the corpus is: --root"),
        (["table", "--root", ".", "--set", "text"], "--set takes NAME=VALUE, not 'text'"),
        (["table", "--root", ".", "--map", "=happy"], "--map takes NAME=VALUE, not '=happy'"),
    ],
)
def test_wrong_words_are_named(words: Sequence[str], message: str) -> None:
    outcome = attune(*words)
    assert isinstance(outcome.exception, InputInvalid)
    assert message in str(outcome.exception)


def test_a_folder_without_it_is_one_error(tmp_path: Path) -> None:
    outcome = attune("ravdess", "--root", tmp_path)
    assert isinstance(outcome.exception, TrainingDataMissing)
    assert "03-01-06-01-02-01-12.wav" in str(outcome.exception)
