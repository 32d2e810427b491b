"""`attune analyze --model`: labels of the user's own beside what is felt."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from api.analyze import AnalyzePlan, analyze
from api.analyze.testing import WordScorer
from api.analyze.values import COLUMNS, OWN_COLUMNS, Columns
from api.errors import InputInvalid
from perception import Utterance
from perception.text.own import Said

pytestmark = pytest.mark.unit

ROWS = (("a happy day", "ok"), ("a sad day", "uncertain"), ("  ", "empty"), ("an \ufeff", "ok"), ("...", "empty"))


def labels(utterances: Sequence[Utterance]) -> list[Said]:
    """A text of dots has no label; one that is sad gets no answer."""
    return [
        Said(label=None, confidence=0.0, answered=False)
        if each.text == "..."
        else Said(label="好评", confidence=0.87654321, answered="sad" not in each.text)
        for each in utterances
    ]


def run(folder: Path, out: str, **more: object) -> Path:
    source = folder / "in.csv"
    with source.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["text"], *([text] for text, _ in ROWS), ["one", "too many"]])
    plan = AnalyzePlan(source=source, out=folder / out, columns=Columns(text="text"), model=Path("mine.npz"), **more)  # type: ignore[arg-type]
    analyze(plan, WordScorer(), models={}, labeller=labels)
    return plan.out


def test_labels_follow_in_a_csv_file(tmp_path: Path) -> None:
    with run(tmp_path, "out.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["text", *COLUMNS, *OWN_COLUMNS]
    assert {len(row) for row in rows} == {len(header)}
    assert rows[0][-3:] == ["好评", "0.8765", "ok"]
    assert rows[1][-3:] == ["好评", "0.8765", "uncertain"]
    assert [row[-1] for row in rows] == [*(status for _, status in ROWS), "broken"]
    assert [row[-3] for row in rows if row[-1] in {"empty", "broken"}] == ["", "", ""]


def test_labels_follow_in_json_lines(tmp_path: Path) -> None:
    lines = [json.loads(line) for line in run(tmp_path, "out.jsonl", batch_size=2).read_text("utf-8").splitlines()]
    assert [*lines[0]][-3:] == [*OWN_COLUMNS]
    assert lines[0]["attune_label"] == "好评"
    assert lines[2]["attune_label"] is None
    assert lines[2]["attune_label_confidence"] is None


def test_labels_follow_in_parquet(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(run(tmp_path, "out.parquet"))
    assert table.column_names[-3:] == [*OWN_COLUMNS]
    assert table["attune_label"].to_pylist()[:3] == ["好评", "好评", None]
    assert table["attune_label_confidence"].to_pylist()[0] == pytest.approx(0.8765)


def test_a_column_that_would_be_added_is_refused_only_where_it_is(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("text,attune_label\na happy day,mine\n", encoding="utf-8")
    plan = AnalyzePlan(source=source, out=tmp_path / "out.csv", columns=Columns(text="text"))
    analyze(plan, WordScorer(), models={})
    assert "mine" in plan.out.read_text(encoding="utf-8")
    more = AnalyzePlan(source=source, out=tmp_path / "b.csv", columns=Columns(text="text"), model=Path("mine.npz"))
    with pytest.raises(InputInvalid, match="has a column 'attune_label' already"):
        analyze(more, WordScorer(), models={}, labeller=labels)
