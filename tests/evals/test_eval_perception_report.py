"""The folder of a report, and comparing with an earlier one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from agent import Senses
from evals.errors import ManifestUnusable
from evals.perception import Evaluation, Plan, check_folder, evaluate_perception, summary_lines, write_report

pytestmark = pytest.mark.unit

Write = Callable[..., Path]

EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>'


def rows(n: int = 24) -> list[dict[str, Any]]:
    return [
        {
            "text": "happy 0.9" if number % 3 else f"sad 0.8 {EVIL}",
            "label": "happy",
            "speaker": f"{EVIL}{number % 6}",
            "part": "{{ 7 * 7 }}" if number % 2 else EVIL,
        }
        for number in range(n)
    ]


def evaluate(senses: Senses, manifest: Path, /, **options: Any) -> Evaluation:
    plan = Plan(manifest=manifest, **{"resamples": 50, "by": ("part",), **options})
    return evaluate_perception(plan, senses, settings={"evil": EVIL})


class Page(HTMLParser):
    """What a browser would see: the tags, and the words between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href", "xlink:href", "onerror"}]

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_page_that_needs_nothing_and_runs_nothing(senses: Senses, write: Write, tmp_path: Path, lang: str) -> None:
    manifest = write([*rows(), b"{" + EVIL.encode(), {"text": EVIL, "label": EVIL}], name="a&b<i>.jsonl")
    path = write_report(evaluate(senses, manifest), tmp_path / "out", lang=lang)
    page = Page(path.read_text(encoding="utf-8"))
    assert not {"script", "img", "i>"} & set(page.tags)
    assert all(link.startswith("#") for link in page.links)
    assert EVIL in page.words
    assert "{{ 7 * 7 }}" in page.words
    assert "49" not in re.findall(r"\d+", page.words.partition("{{ 7 * 7 }}")[0][-40:])
    assert page.tags.count("svg") == 2
    title = "Perception evaluated: a&b<i>.jsonl" if lang == "en" else "感知评测：a&b<i>.jsonl"
    assert title in page.words
    words = ("majority baseline", "always “happy”") if lang == "en" else ("多数类基线", "总答“高兴”")
    assert all(word in page.words for word in words)


def test_every_text_is_in_both_languages() -> None:
    from string import Formatter

    from evals.perception.texts import _texts

    for key, text in _texts().items():
        for each in text.values() if key == "terms" else (text,):
            assert set(each) == {"en", "zh"}, key
            fields = [{name for _, name, _, _ in Formatter().parse(each[lang])} - {None} for lang in ("en", "zh")]
            assert fields[0] == fields[1], key


def test_every_status_has_a_name() -> None:
    from evals.perception.texts import name_status
    from evals.perception.values import SILENT
    from perception import Status

    for status in (*Status, SILENT):
        assert name_status(status, "zh") != status
    assert name_status("of a third party", "zh") == "of a third party"


def test_the_report_is_the_same_again_apart_from_the_run(senses: Senses, write: Write, tmp_path: Path) -> None:
    manifest = write(rows())
    reports = []
    for name in ("a", "b"):
        write_report(evaluate(senses, manifest), tmp_path / name)
        report = json.loads((tmp_path / name / "report.json").read_text(encoding="utf-8"))
        assert report.pop("run")["rows_per_second"] > 0
        reports.append(report)
    assert reports[0] == reports[1]
    assert reports[0]["groups"] == {"column": "speaker", "groups": 6, "chosen_by": "default"}
    assert reports[0]["manifest"]["name"] == "rows.jsonl"
    assert reports[0]["method"]["models"]["scripted-text"] == {"shipped": False, "licence": None, "files": {}}


def test_rows_are_kept_without_their_texts(senses: Senses, write: Write, tmp_path: Path) -> None:
    write_report(evaluate(senses, write(rows())), tmp_path / "out")
    lines = (tmp_path / "out" / "rows.jsonl").read_text(encoding="utf-8").splitlines()
    first = json.loads(lines[0])
    assert len(lines) == 24
    assert (first["id"], first["line"], first["label"]) == ("r0", 1, "happy")
    assert first["answers"]["text"]["status"] == "ok"
    assert first["answers"]["text"]["scores"] == [0, 0.8, 0, 0, 0, 0, 0.2]
    assert "sad 0.8" not in lines[0]


def test_an_earlier_report_is_replaced_and_a_folder_is_made(senses: Senses, write: Write, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    for n in (12, 24):
        write_report(evaluate(senses, write(rows(n))), out)
    assert len((out / "rows.jsonl").read_text(encoding="utf-8").splitlines()) == 24
    assert sorted(path.name for path in out.iterdir()) == ["report.html", "report.json", "rows.jsonl"]


def test_a_folder_that_will_not_do(tmp_path: Path, senses: Senses, write: Write) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "rows.jsonl").write_text("a manifest of mine")
    for name in ("file", "file/deeper", "mine"):
        with pytest.raises(ManifestUnusable, match="choose another --out"):
            check_folder(tmp_path / name)
    check_folder(tmp_path / "new" / "folder")
    assert not (tmp_path / "new").exists()
    with pytest.raises(ManifestUnusable, match="choose another --out"):
        write_report(evaluate(senses, write(rows())), tmp_path / "file")


def test_nothing_half_written_stays(
    tmp_path: Path, senses: Senses, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = evaluate(senses, write(rows()))
    written = Path.write_text

    def full(path: Path, text: str, **options: Any) -> int:
        if "report.json" in path.name:
            raise OSError(28, "No space left on device")
        return written(path, text, **options)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ManifestUnusable, match="No space left"):
        write_report(found, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_compared_with_itself_nothing_differs(senses: Senses, write: Write, tmp_path: Path) -> None:
    manifest = write(rows())
    write_report(evaluate(senses, manifest), tmp_path / "then")
    for given in (tmp_path / "then", tmp_path / "then" / "report.json"):
        since = evaluate(senses, manifest, compare=given).since
        assert since is not None
        assert since.rows == 24
        comparison = since.sources["text"].comparison
        assert comparison is not None
        assert all(each.difference == 0 for each in comparison.differences.values())
        assert comparison.groups == 6


def test_compared_with_an_earlier_one_on_the_rows_of_both(senses: Senses, write: Write, tmp_path: Path) -> None:
    then = [
        {"id": 1, "text": "happy 0.9", "label": "happy"},
        {"id": 2, "text": "sad 0.9", "label": "happy"},
        {"id": 3, "text": "happy 0.9", "label": "happy"},
        {"id": 3, "text": "sad 0.9", "label": "happy"},
        {"id": 4, "text": "mute", "label": "happy"},
        {"id": 5, "text": "sad 0.9", "label": "sad"},
        {"id": 6, "text": "sad 0.9", "label": "sad"},
    ]
    now = [
        {"id": 2, "text": "happy 0.9", "label": "happy"},
        {"id": 1, "text": "happy 0.9", "label": "happy"},
        {"id": 3, "text": "uncertain: happy 0.9", "label": "happy"},
        {"id": 3, "text": "happy 0.9", "label": "happy"},
        {"id": 4, "text": "happy 0.9", "label": "happy"},
        {"id": 5, "text": "sad 0.9", "label": "fear"},
        {"id": 7, "text": "sad 0.9", "label": "sad"},
    ]
    write_report(evaluate(senses, write(then), by=()), tmp_path / "then")
    found = evaluate(senses, write(now), by=(), compare=tmp_path / "then")
    since = found.since
    assert since is not None
    assert (since.rows, since.other_label, since.missing_then, since.missing_now) == (5, 1, 1, 1)
    text = since.sources["text"]
    assert text.comparison is not None
    assert text.comparison.rows == 4
    accuracy = text.comparison.differences["accuracy"]
    assert (accuracy.a, accuracy.b) == (0.5, 1.0)
    assert (text.comparison.mcnemar.only_a, text.comparison.mcnemar.only_b) == (0, 2)
    assert (text.only_then, text.only_now) == (0, 1)
    assert (text.coverage_then, text.coverage_now) == (4 / 5, 4 / 5)
    page = write_report(found, tmp_path / "now").read_text(encoding="utf-8")
    assert "Against the earlier evaluation" in page
    assert "+0.500" in page


@pytest.mark.parametrize(
    "line",
    [
        "{",
        '{"id": 1}',
        '{"id": 1, "label": "joy", "answers": {}}',
        '{"id": 1, "label": "sad", "answers": {"text": {"status": "ok", "scores": [1]}}}',
        '{"id": 1, "label": "sad", "answers": {"text": {"status": "ok", "scores": [0,0,0,0,0,0,0]}}}',
    ],
)
def test_rows_of_no_evaluation(senses: Senses, write: Write, tmp_path: Path, line: str) -> None:
    (tmp_path / "then").mkdir()
    (tmp_path / "then" / "rows.jsonl").write_text(line)
    with pytest.raises(ManifestUnusable, match="line 1 is no row of an evaluation"):
        evaluate(senses, write(rows()), compare=tmp_path / "then")


def test_an_earlier_report_that_is_not_there(senses: Senses, write: Write, tmp_path: Path) -> None:
    with pytest.raises(ManifestUnusable, match="--compare takes the folder of a report"):
        evaluate(senses, write(rows()), compare=tmp_path / "nowhere")


@pytest.mark.parametrize(("lang", "word"), [("en", "majority baseline"), ("zh", "多数类基线")])
def test_a_summary_for_the_terminal(senses: Senses, write: Write, lang: str, word: str) -> None:
    lines = "\n".join(summary_lines(evaluate(senses, write(rows())), lang))
    assert word in lines
    assert "24" in lines
    assert "0.667" in lines
