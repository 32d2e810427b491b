"""Labels, and rows that are broken."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agent import Senses
from evals.errors import ManifestUnusable
from evals.perception import Plan, evaluate_perception, parse_label_map
from perception import Emotion

pytestmark = pytest.mark.unit

Write = Callable[..., Path]


def test_broken_rows_are_counted_and_listed_and_stop_nothing(senses: Senses, write: Write, tmp_path: Path) -> None:
    (tmp_path / "odd.png").write_bytes(b"no picture")
    manifest = write(
        [
            {"text": "happy 0.9", "label": "happy"},
            b"{broken",
            {"text": "happy 0.9"},
            {"text": "happy 0.9", "label": "joy"},
            {"text": "happy 0.9", "label": ["happy"]},
            {"text": "happy 0.9", "label": True},
            {"label": "happy"},
            {"text": 5, "label": "happy"},
            b"",
            {"text": "happy 0.9", "image": "odd.png", "label": "happy"},
            {"text": "happy 0.9", "image": "gone.png", "label": "happy"},
            b'{"id": "\\ud800", "text": "x", "label": "happy"}',
            b"[1]",
        ]
    )
    found = evaluate_perception(Plan(manifest=manifest, resamples=0), senses)
    assert [(each.line, each.trouble) for each in found.broken] == [
        (2, "json"),
        (3, "label"),
        (4, "label"),
        (5, "label"),
        (6, "label"),
        (7, "row"),
        (8, "row"),
        (10, "media"),
        (11, "media"),
        (12, "row"),
        (13, "row"),
    ]
    reasons = {each.line: each.reason for each in found.broken}
    assert "no label in the column 'label'" in reasons[3]
    assert "--label-map 'joy=...'" in reasons[4]
    assert "odd.png" in reasons[10]
    assert len(found.rows) == 1
    shown = found.as_dict()
    assert shown["rows"] == {
        "lines": 12,
        "broken": 11,
        "without_evidence": 0,
        "left_out_by_limit": 0,
        "perceived": 1,
    }
    assert shown["broken"]["unknown_labels"] == {"joy": 1}
    assert shown["broken"]["by_trouble"] == {"label": 4, "row": 4, "media": 2, "json": 1}
    json.dumps(shown, ensure_ascii=False).encode()


def test_only_the_first_are_listed(senses: Senses, write: Write) -> None:
    manifest = write([("happy 0.9", "happy"), *[("happy 0.9", "joy")] * 30])
    shown = evaluate_perception(Plan(manifest=manifest, resamples=0), senses).as_dict()
    assert len(shown["broken"]["first"]) == 20
    assert shown["rows"]["broken"] == 30


def test_a_sense_that_breaks_costs_its_status_not_the_row(senses: Senses, write: Write) -> None:
    found = evaluate_perception(Plan(manifest=write([("happy 0.9", "happy"), ("gibberish", "sad")])), senses)
    assert found.statuses["text"] == {"ok": 1, "failed": 1}
    assert not found.broken


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "is empty"),
        ([b"\n"], "is empty"),
        ([b"{", b"["], "2 of 2 are broken.*line 1: not JSON"),
        ([("happy 1", "joy")], "line 1: the label 'joy' is no emotion"),
        ([{"image": "gone.png", "label": "sad"}], "could be perceived.*gone.png"),
        ([("mute", "sad")], "no sense gave scores for any row .text: empty 1"),
    ],
)
def test_a_manifest_of_no_use(senses: Senses, write: Write, rows: list[object], message: str) -> None:
    with pytest.raises(ManifestUnusable, match=message):
        evaluate_perception(Plan(manifest=write(rows)), senses)


def test_a_manifest_that_is_not_there(senses: Senses, tmp_path: Path) -> None:
    with pytest.raises(ManifestUnusable, match="nowhere"):
        evaluate_perception(Plan(manifest=tmp_path / "nowhere.jsonl"), senses)


def test_a_column_that_is_not_there_is_told_before_anything_is_perceived(senses: Senses, write: Write) -> None:
    def never(done: int, total: int) -> None:
        pytest.fail("a row was perceived")

    for options in ({"by": ("gender",)}, {"cluster": "gender"}):
        plan = Plan(manifest=write([("happy 1", "happy")]), **options)  # type: ignore[arg-type]
        with pytest.raises(ManifestUnusable, match=r"'gender'.*there are id, label, text"):
            evaluate_perception(plan, senses, progress=never)


def test_labels_by_a_map_and_of_another_column(senses: Senses, write: Write) -> None:
    manifest = write([{"text": "happy 0.9", "mood": "joy"}, {"text": "sad 0.9", "mood": 3}, {"text": "x", "mood": 4}])
    plan = Plan(manifest=manifest, label_column="mood", label_map=parse_label_map("joy=happy, 3=sad"), resamples=0)
    found = evaluate_perception(plan, senses)
    assert [row.truth for row in found.rows] == [Emotion.HAPPY, Emotion.SAD]
    assert found.sources["text"].figures.accuracy == 1.0
    assert found.as_dict()["broken"]["unknown_labels"] == {"4": 1}


def test_label_maps(tmp_path: Path) -> None:
    wanted = {"joy": Emotion.HAPPY, "a=b": Emotion.SAD}
    (tmp_path / "map.json").write_text('{"joy": "happy", "a=b": "sad"}')
    assert parse_label_map("joy=happy,a=b=sad") == wanted
    assert parse_label_map('{"joy": "happy", "a=b": "sad"}') == wanted
    assert parse_label_map(str(tmp_path / "map.json")) == wanted


@pytest.mark.parametrize("given", ["joy", "joy=bliss", "{", '{"joy": 3}', "[1]", ",", '{"joy": ["happy"]}', "a\0b"])
def test_label_maps_that_are_none(given: str) -> None:
    with pytest.raises(ManifestUnusable, match="label map"):
        parse_label_map(given)
