"""What the report says, and that nothing in the data can say anything else."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api.analyze import Analyzed, AnalyzePlan, analyze
from api.analyze.buckets import BUCKETS, GROUPS, Groups, Timeline
from api.analyze.figures import measure_matrix
from api.analyze.labelled import Matrix
from api.analyze.labels import meaning
from api.analyze.page import render_page
from api.analyze.scoring import score
from api.analyze.summary import summary_lines
from api.analyze.testing import WordScorer
from api.analyze.times import bucket, day_of
from api.analyze.values import Columns, Row
from perception import EMOTIONS
from perception.metrics import Predictions, measure

pytestmark = pytest.mark.unit

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}"


def run(folder: Path, rows: Sequence[Sequence[str]], header: Sequence[str] = ("text",), **options: Any) -> Analyzed:
    with (folder / "in.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    wanted = {name: name for name in header if name in ("label", "group", "time")}
    plan = AnalyzePlan(
        source=folder / "in.csv",
        out=folder / "out.csv",
        columns=Columns(text="text", **wanted),
        report=folder / "report",
        fresh=True,
        **options,
    )
    return analyze(plan, WordScorer(), models={"model": "words-1"})


def page(found: Analyzed) -> str:
    assert found.page is not None
    return found.page.read_text(encoding="utf-8")


class Page(HTMLParser):
    """Tags, attributes and texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_shares_and_intensity(tmp_path: Path) -> None:
    found = run(tmp_path, [["happy"]] * 3 + [["sad"]] * 2 + [["well"], [" "]])
    report = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert report == found.report
    assert report["rows"] == {
        "total": 7,
        "answered": 5,
        "uncertain": 1,
        "faulty": 1,
        "by_status": {"ok": 5, "uncertain": 1, "empty": 1},
    }
    assert report["emotions"]["happy"] == {"rows": 3, "share": 0.6}
    assert report["sentiment"]["negative"] == {"rows": 2, "share": 0.4}
    assert report["uncertain_emotions"]["neutral"] == 1
    assert 0.5 < report["mean_intensity"] < 1
    assert report["models"] == {"words-1": 6}
    assert "60.0%" in page(found)


def test_groups_the_largest_first(tmp_path: Path) -> None:
    rows = [["happy", "b"]] * 3 + [["sad", "a"]] * 5 + [["sad", ""]]
    found = run(tmp_path, rows, ("text", "group"))
    parts = found.report["groups"]["parts"]
    assert [(part["name"], part["rows"]) for part in parts] == [("a", 5), ("b", 3), (None, 1)]
    assert parts[1]["sentiment"]["positive"]["share"] == 1
    assert "(none)" in page(found)


def test_over_time(tmp_path: Path) -> None:
    rows = [["happy", "2026-05-01 10:00"], ["sad", "2026/5/1"], ["sad", "2026年5月3日"], ["sad", "soon"], ["sad", ""]]
    found = run(tmp_path, rows, ("text", "time"))
    time = found.report["time"]
    assert time["grain"] == "day"
    assert [(part["name"], part["rows"]) for part in time["parts"]] == [("2026-05-01", 2), ("2026-05-03", 1)]
    assert (time["unread"], time["unread_examples"]) == (2, ["soon"])
    assert "<svg" in page(found)


def test_the_most_negative_first_and_each_text_once(tmp_path: Path) -> None:
    rows = [["happy"], ["sad xx"], *[["angry x"]] * 4, ["disgust, a lot of it"], *[[f"fear {i}"] for i in range(100)]]
    found = run(tmp_path, rows)
    listed = found.report["most_negative"]
    assert len(listed) == 50
    assert [each["negative"] for each in listed] == sorted((each["negative"] for each in listed), reverse=True)
    assert len({each["text"] for each in listed}) == 50
    angry = next(each for each in listed if each["text"] == "angry x")
    assert (angry["row"], angry["times"]) == (3, 4)
    assert "4 times" in page(found)
    assert "happy" not in {each["text"] for each in listed}


def test_nothing_in_the_data_becomes_markup(tmp_path: Path) -> None:
    rows = [[f"sad {EVIL}", EVIL, EVIL, EVIL], ["angry", EVIL, "happy", "2026-01-01"], ["a", "b"], [EVIL, EVIL]]
    found = run(tmp_path, rows, ("text", "group", "label", "time"))
    seen = Page(page(found))
    assert not {"script", "img", "iframe", "object", "link"} & set(seen.tags)
    assert not [name for name, _ in seen.attributes if name.startswith("on")]
    assert not [value for name, value in seen.attributes if name in ("src", "href") and not str(value).startswith("#")]
    # it is there, as text
    assert sum(EVIL in text for text in seen.texts) >= 4
    assert "49" not in "".join(text for text in seen.texts if "alert" in text)
    assert "default-src 'none'" in page(found)


def test_labels_by_emotion_in_english_and_chinese(tmp_path: Path) -> None:
    rows = [["happy", "happy"], ["happy", "高兴"], ["happy", " Sad "], ["sad", "难过"], ["sad", "neutral"]]
    found = run(tmp_path, [*rows, ["", "sad"], ["sad", ""], ["sad", "joy"], ["sad", "joy"]], ("text", "label"))
    labels = found.report["labels"]
    assert (labels["missing"], labels["unknown"], labels["unknown_labels"]) == (1, 2, {"joy": 2})
    assert labels["sentiment"] is None
    figures = labels["emotions"]
    assert (figures["labelled"], figures["scored"]) == (6, 5)
    assert figures["accuracy"] == 0.6
    assert figures["accuracy_silence_wrong"] == 0.5
    assert figures["majority"] == "happy"
    assert figures["majority_accuracy"] == 0.4
    assert figures["confusion"]["counts"][1] == [1, 1, 0, 0, 0, 0, 0]
    assert figures["classes"]["sad"]["precision"] == 0.5
    low, high = figures["intervals"]["accuracy"].values()
    assert low < 0.6 < high
    shown = page(found)
    for word in ("Confusion", "macro-F1", "always “happy”", "joy"):
        assert word in shown


def test_labels_by_sentiment(tmp_path: Path) -> None:
    rows = [["happy", "positive"], ["sad", "负面"], ["angry", "积极"], ["nothing", "neutral"]]
    figures = run(tmp_path, rows, ("text", "label")).report["labels"]
    assert figures["emotions"] is None
    assert figures["sentiment"]["accuracy"] == 0.75
    assert figures["sentiment"]["confusion"]["counts"] == [[1, 0, 1], [0, 1, 0], [0, 0, 1]]


def test_labels_of_both_kinds_and_of_none(tmp_path: Path) -> None:
    both = run(tmp_path, [["happy", "happy"], ["sad", "negative"]], ("text", "label")).report["labels"]
    assert both["emotions"]["labelled"] == both["sentiment"]["labelled"] == 1
    none = run(tmp_path, [["happy", "joy"]], ("text", "label"))
    assert none.report["labels"]["emotions"] is None
    assert "No label names" in page(none)


def test_names_of_labels() -> None:
    assert meaning("HAPPY")[0] == "happy"
    assert meaning("厌恶")[0] == "disgust"
    assert meaning("neutral") == ("neutral", "neutral")
    assert meaning("消极") == (None, "negative")
    assert meaning("joy") == (None, None)


def test_figures_are_those_of_perception_metrics() -> None:
    random = np.random.default_rng(1)
    truth = random.integers(0, 7, 400)
    said = np.where(random.random(400) < 0.6, truth, random.integers(0, 7, 400))
    matrix = Matrix(7)
    for a, b in zip(truth.tolist(), said.tolist(), strict=True):
        matrix.add(a, b, answered=True)
    found = measure_matrix(matrix, [str(each) for each in EMOTIONS])
    wanted = measure("all", Predictions(truth=truth, probabilities=np.eye(7)[said]))
    for name in ("accuracy", "macro_f1", "uar", "majority_accuracy"):
        assert found[name] == pytest.approx(getattr(wanted, name), abs=1e-4)
    for name in ("accuracy", "macro_f1", "uar"):
        span = wanted.intervals[name]
        assert found["intervals"][name]["low"] == pytest.approx(span.low, abs=0.015)
        assert found["intervals"][name]["high"] == pytest.approx(span.high, abs=0.015)
    assert found["classes"]["fear"]["f1"] == pytest.approx(wanted.f1[EMOTIONS[3]], abs=1e-4)


def test_the_page_in_chinese(tmp_path: Path) -> None:
    rows = [["happy", "上海", "高兴", "2026-01-01"], ["sad", "", "悲伤", "x"], ["", "", "", ""]]
    found = run(tmp_path, rows, ("text", "group", "label", "time"), ui_lang="zh")
    shown = page(found)
    for word in ("的情绪分析", "高兴", "负面", "混淆矩阵", "最负面的行", "文本为空", 'lang="zh-CN"'):
        assert word in shown
    lines = list(summary_lines(found, tmp_path / "out.csv", "zh"))
    assert lines[0] == "3 行：已作答 2，不确定 0，有问题 1"


def test_every_text_is_in_both_languages(tmp_path: Path) -> None:
    found = run(tmp_path, [["happy", "a", "happy", "2026-01-01"]], ("text", "group", "label", "time"))
    chinese = Page(re.sub(r"<style>.*?</style>", "", render_page(found.report, "zh"), flags=re.DOTALL))
    english = Page(re.sub(r"<style>.*?</style>", "", render_page(found.report, "en"), flags=re.DOTALL))
    assert chinese.tags == english.tags


def test_the_summary_says_what_matters(tmp_path: Path) -> None:
    found = run(tmp_path, [["happy", "happy"], ["sad", "joy"], ["well", "sad"]], ("text", "label"))
    said = "\n".join(summary_lines(found, tmp_path / "out.csv", "en"))
    assert "3 rows: 2 answered, 1 uncertain, 0 with something wrong" in said
    assert "accuracy 0.500" in said
    assert "'joy'" in said
    assert "out.csv" in said
    assert "report.html" in said


def test_only_a_thousand_faults_are_in_the_report(tmp_path: Path) -> None:
    found = run(tmp_path, [["a", "b"]] * 1200)
    assert len(found.report["faults"]["first"]) == 1000
    assert found.errors is not None
    assert len(found.errors.read_text(encoding="utf-8").splitlines()) == 1200
    assert "1,200" in page(found)


def verdict_of(text: str) -> Any:
    return score([Row(number=1, text=text)], WordScorer(), None)[0]


def test_groups_are_bounded() -> None:
    groups, happy = Groups(), verdict_of("happy")
    for i in range(GROUPS + 50):
        groups.add(f"group {i}" + "x" * 1000, happy)
    groups.add("group 3" + "x" * 1000, happy)
    assert len(groups.tallies) == GROUPS
    assert groups.others.rows == 50
    assert max(map(len, groups.tallies)) <= 200
    assert Groups.of(json.loads(json.dumps(groups.state()))).state() == groups.state()


def test_time_is_bounded_by_ever_wider_stretches() -> None:
    timeline, happy = Timeline(), verdict_of("happy")
    for i in range(400):
        timeline.add((date(2024, 1, 1) + timedelta(days=i)).isoformat(), happy)
    assert timeline.grain == "week"
    assert len(timeline.tallies) == 58
    for i in range(30_000):
        timeline.add((date(1900, 1, 1) + timedelta(days=i)).isoformat(), happy)
    assert timeline.grain == "year"
    assert len(timeline.tallies) <= BUCKETS
    assert sum(tally.rows for tally in timeline.tallies.values()) == 30_400
    assert Timeline.of(json.loads(json.dumps(timeline.state()))).state() == timeline.state()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-05-01", "2026-05-01"),
        ("2026-05-01T23:59:59.123Z", "2026-05-01"),
        ("2026.5.1 8:00", "2026-05-01"),
        ("20260501T080000", "2026-05-01"),
        ("2026年5月1日", "2026-05-01"),
        ("1777593600", "2026-05-01"),
        ("1777593600000", "2026-05-01"),
        ("Fri, 01 May 2026 10:00:00 +0000", "2026-05-01"),
        ("Fri May 01 10:00:00 +0000 2026", "2026-05-01"),
        ("05/06/2026", None),
        ("2026-13-01", None),
        ("2026-02-30", None),
        ("yesterday", None),
        ("", None),
        ("5", None),
        ("9" * 400, None),
    ],
)
def test_times(text: str, day: str | None) -> None:
    found = day_of(text)
    assert (found.isoformat() if found else None) == day


def test_buckets() -> None:
    assert bucket("2026-05-03", "week") == "2026-04-27"
    assert bucket("2026-05-03", "month") == "2026-05-01"
    assert bucket("2026-05-03", "year") == "2026-01-01"
    assert bucket("0001-01-01", "week") == "0001-01-01"
