"""`attune train text --data FILE`, as a person types it."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import perception.text.own as doors
from api.cli.train import train_app
from api.errors import InputInvalid
from perception.text.own.testing import StandIn
from perception.training.errors import LabelsInvalid

pytestmark = pytest.mark.unit

GOOD, BAD = ("superb", "lovely", "great"), ("awful", "dreadful", "lousy")


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doors, "SenseBase", lambda **_: StandIn())
    monkeypatch.chdir(tmp_path)


def train(*words: object, lang: str = "en") -> Result:
    given = ["text", *map(str, words)]
    return CliRunner().invoke(train_app, given, env={"ATTUNE_LANG": lang, "COLUMNS": "120"})


def raised(ran: Result) -> None:
    assert ran.exception is not None
    raise ran.exception


def write(path: Path, count: int = 40, *, columns: tuple[str, ...] = ("text", "label"), more: str = "") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*columns, "shop"])
        for i in range(count):
            word = (GOOD, BAD)[i % 2][i // 2 % 3]
            writer.writerow([f"the meal on day {i} was {word}", ("yes", "no")[i % 2], f"shop {i // 4}"])
        file.write(more)
    return path


def test_a_table_becomes_a_model_with_its_papers(tmp_path: Path) -> None:
    ran = train("--data", write(tmp_path / "reviews.csv", more="unwhole\n"), "--seed", 3)
    assert ran.exit_code == 0, ran.output
    assert {path.name for path in tmp_path.iterdir()} == {
        "reviews.csv",
        *(f"reviews-labels{end}" for end in (".npz", ".md", ".report.json", ".confusion.png")),
    }
    for words in (
        "2 labels",
        "40 of 41 rows",
        "n-grams alone",
        "always 'no'",
        "unreadable 1",
        "wrote reviews-labels.npz",
    ):
        assert words in ran.stdout, words
    assert "asking the text sense" in ran.stderr
    card = (tmp_path / "reviews-labels.md").read_text(encoding="utf-8")
    assert "attune train text --data reviews.csv --text-column text --label-column label" in card
    assert str(tmp_path) not in card


def test_json_is_the_report_and_nothing_else(tmp_path: Path) -> None:
    source = write(tmp_path / "工单.csv", columns=("内容", "类别"))
    ran = train("--data", source, "--text-column", "内容", "--label-column", "类别", "--out", "m.npz", "--json")
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert told == json.loads((tmp_path / "m.report.json").read_text(encoding="utf-8"))
    assert told["data"] == "工单.csv"
    assert told["labels"] == ["no", "yes"]
    assert told["test"]["accuracy"] == 1.0


def test_the_figures_are_told_in_chinese(tmp_path: Path) -> None:
    ran = train("--data", write(tmp_path / "a.csv"), "--group-column", "shop", lang="zh")
    assert "仅 n-gram" in ran.stdout
    assert "已写入 a-labels.npz" in ran.stdout


def test_other_formats_are_read(tmp_path: Path) -> None:
    rows = list(csv.DictReader(write(tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()))
    lines = "".join(json.dumps({**row, "label": int(row["label"] == "yes")}) + "\n" for row in rows)
    with gzip.open(tmp_path / "a.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(lines + "{broken\n")
    ran = train("--data", tmp_path / "a.jsonl.gz", "--json")
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert told["labels"] == ["0", "1"]
    assert told["rows"]["left_out"] == {"unreadable": 1}
    assert told["left_out"]["unreadable"][0]["row"] == 41


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--text-column", "txt"),
            r"--text-column 'txt' is not in 'a\.csv', whose columns are 'text', 'label', 'shop'",
        ),
        (("--label-column", "lable"), "did you mean 'label'"),
        (("--out", "mine.bin"), r"is to end in \.npz; name it for example 'mine\.npz'"),
        (("--out", "none/mine.npz"), "there is no folder 'none'"),
        (("--encoding", "latin-1"), "'latin-1' is not read here"),
        (
            ("--experiment", "text-en-tfidf"),
            r"^--experiment is for experiments on a folder of corpora, and --data .* table",
        ),
        (("--runs", "runs"), "^--runs is for experiments"),
        (("--final",), "^--final is for experiments"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_read(
    tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InputInvalid, match=message):
        raised(train("--data", write(tmp_path / "a.csv", 4), *words))
    assert not list(tmp_path.glob("*.npz"))


def test_options_of_tables_are_refused_for_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputInvalid, match=r"^--label-column is for a table, and --data .* is a folder"):
        raised(train("--data", tmp_path, "--label-column", "stars"))


def test_a_model_that_is_there_is_not_replaced_unasked(tmp_path: Path) -> None:
    source = write(tmp_path / "a.csv")
    (tmp_path / "a-labels.md").write_text("mine", encoding="utf-8")
    with pytest.raises(InputInvalid, match=r"'a-labels\.md' is there already; --fresh replaces it"):
        raised(train("--data", source))
    assert train("--data", source, "--fresh").exit_code == 0
    assert (tmp_path / "a-labels.md").read_text(encoding="utf-8") != "mine"


def test_a_column_that_holds_no_labels_is_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(LabelsInvalid, match="no two labels to tell apart"):
        raised(train("--data", write(tmp_path / "a.csv"), "--label-column", "shop"))


def test_the_help_teaches() -> None:
    told = train("--help").stdout
    for words in ("labels of your own", "--group-column", "attune analyze more.csv", "stars.npz"):
        assert words in told
