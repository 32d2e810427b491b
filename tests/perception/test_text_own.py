"""Labels of a user's own: learned from a table, kept in a file, and given to texts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from perception.errors import ModelRefused
from perception.perceiver import Utterance
from perception.text.own import OwnLabels
from perception.text.own.testing import MEANINGS, StandIn
from perception.training.errors import LabelsInvalid, SplitImpossible
from perception.training.text.own import Labelled, Learned, OwnFiles, OwnSettings, learn_labels, write_learned

pytestmark = pytest.mark.unit

PLACES = ("hotel", "kitchen", "garden", "station", "cinema", "market", "museum", "harbour")
THINGS = ("coffee", "service", "room", "ticket", "view", "menu", "guide", "staff", "bed", "soup")
GOOD, BAD = (sorted(word for word in words if word.isascii()) for words in MEANINGS)


def reviews(count: int = 120, *, start: int = 0) -> list[Labelled]:
    """Good and bad in turn, no two alike."""
    rows = []
    for i in range(start, start + count):
        word = (GOOD, BAD)[i % 2][i // 2 % 6]
        text = f"the {THINGS[i % 10]} at the {PLACES[i // 10 % 8]} was {word} on day {i}"
        rows.append(Labelled(number=i + 1, text=text, label=("positive", "negative")[i % 2]))
    return rows


@pytest.fixture(scope="module")
def learned() -> Learned:
    return learn_labels(reviews(), StandIn(), OwnSettings())


@pytest.fixture(scope="module")
def files(learned: Learned, tmp_path_factory: pytest.TempPathFactory) -> OwnFiles:
    out = tmp_path_factory.mktemp("own") / "mine.npz"
    return write_learned(learned, out, data="reviews.csv", command="attune train text", licences={"a.onnx": "MIT"})


def said(path: Path, *texts: str, base: StandIn | None = None) -> list[tuple[str | None, float, bool]]:
    return list(OwnLabels(path, base=base or StandIn()).label([Utterance(text=text) for text in texts]))


def test_it_learns_and_gives_what_it_learned(files: OwnFiles) -> None:
    (good, sure, answered), (bad, *_), nothing = said(
        files.weights, "what a superb soup that was", "dreadful staff, the lot of them", " \u200b "
    )
    assert (good, bad) == ("positive", "negative")
    assert sure > 0.5
    assert answered
    assert nothing == (None, 0.0, False)


def test_the_figures_are_of_rows_that_were_not_seen(learned: Learned) -> None:
    test = learned.test
    assert test.accuracy == 1.0
    assert test.rows == len(learned.parts.rows["test"]) == 18
    assert test.majority_accuracy == 0.5
    assert test.intervals["accuracy"].high == 1.0
    assert np.array(test.confusion).sum() == test.rows
    assert learned.folds == 5  # so few rows are not parted once more
    ids = {row.id for part in learned.parts.rows.values() for row in part}
    assert len(ids) == sum(map(len, learned.parts.rows.values()))


def test_the_base_is_compared_with_n_grams_alone() -> None:
    # each telling word is new, so that only the base can know it
    words = [sha256(str(i).encode()).hexdigest()[:6] for i in range(80)]
    rows = [Labelled(number=i, text=f"{THINGS[i // 2 % 10]} {w}", label="ab"[i % 2]) for i, w in enumerate(words)]
    found = learn_labels(rows, Telling(words[::2]), OwnSettings())
    assert found.test.accuracy == 1.0
    assert found.ngrams.accuracy < 0.9
    gain = found.gain["accuracy"]
    assert gain.difference == pytest.approx(1.0 - found.ngrams.accuracy)
    assert gain.interval is not None
    assert gain.interval.low <= gain.difference <= gain.interval.high


class Telling(StandIn):
    """Knows which texts hold one of some words."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__()
        self._words = set(words)

    def numbers(self, texts: Sequence[str], lang: str) -> NDArray[np.float64]:
        return np.array([[float(text.split()[-1] in self._words), 1.0] for text in texts])


def test_the_same_rows_give_the_same_bytes(learned: Learned, files: OwnFiles, tmp_path: Path) -> None:
    again = learn_labels(reviews(), StandIn(), OwnSettings())
    told = {"data": "reviews.csv", "command": "attune train text", "licences": {"a.onnx": "MIT"}}
    second = write_learned(again, tmp_path / "mine.npz", **told)  # type: ignore[arg-type]
    assert second.weights.read_bytes() == files.weights.read_bytes()
    assert second.confusion.read_bytes() == files.confusion.read_bytes()


def test_the_file_says_what_the_model_says(learned: Learned, files: OwnFiles) -> None:
    read, made = OwnLabels(files.weights, base=StandIn()).model, learned.model
    assert read.labels == made.labels == ("negative", "positive")
    assert read.seen == made.seen == {"en"}
    assert [each.base for each in read.dense] == ["stand-in-1-en"]
    numbers = StandIn().numbers(["superb soup"], "en")
    assert np.array_equal(
        read.probabilities(["superb soup"], numbers, 0), made.probabilities(["superb soup"], numbers, 0)
    )
    with np.load(files.weights, allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)


def test_the_card_and_the_report_tell_what_was_found(learned: Learned, files: OwnFiles) -> None:
    card, report = files.card.read_text(encoding="utf-8"), json.loads(files.report.read_text(encoding="utf-8"))
    for words in ("reviews.csv", "Your data, your licence", "`a.onnx`: MIT", "n-grams alone", "18 test rows"):
        assert words in card
    assert report["test"]["accuracy"] == learned.test.accuracy
    assert report["base"] == {"en": "stand-in-1-en"}
    assert report["rows"]["parts"] == {"train": 84, "dev": 18, "test": 18}
    assert "soup" not in json.dumps(report)
    assert files.confusion.read_bytes().startswith(b"\x89PNG")


def test_chinese_labels_and_texts(tmp_path: Path) -> None:
    places = "酒店厨房花园车站影院市场展馆港口"
    rows = [
        Labelled(
            number=i,
            text=f"{places[i % 8 * 2 :][:2]}第{i}天的服务{(('很好', '满意'), ('糟糕', '很差'))[i % 2][i // 2 % 2]}",
            label=("好评", "差评")[i % 2],
        )
        for i in range(60)
    ]
    found = learn_labels(rows, StandIn(), OwnSettings(lang="zh"))
    assert found.model.dense[0].lang == "zh"
    assert found.test.accuracy == 1.0
    files = write_learned(found, tmp_path / "评价.npz", data="评价.csv", command="", licences={}, lang="zh")
    assert [label for label, *_ in said(files.weights, "这家酒店不错，很满意", "糟糕透了，真失望")] == ["好评", "差评"]
    assert "好评" in files.card.read_text(encoding="utf-8")
    assert found.model.labels == OwnLabels(files.weights, base=StandIn()).model.labels


def test_two_languages_are_read_by_a_model_each(tmp_path: Path) -> None:
    chinese = [
        Labelled(number=500 + i, text=f"第{i}天的早餐{('很好', '糟糕')[i % 2]}", label=("positive", "negative")[i % 2])
        for i in range(50)
    ]
    base = StandIn()
    found = learn_labels([*reviews(), *chinese], base, OwnSettings())
    assert [each.lang for each in found.model.dense] == ["en", "zh"]
    assert {lang for lang, _ in base.read} == {"en", "zh"}
    files = write_learned(found, tmp_path / "both.npz", data="both.csv", command="", licences={})
    labels = [label for label, *_ in said(files.weights, "a superb day at the museum", "今天的晚餐糟糕")]
    assert labels == ["positive", "negative"]


def test_a_language_that_was_not_learned_from_gets_no_answer(files: OwnFiles) -> None:
    label, confidence, answered = said(files.weights, "这家酒店的早餐不错，我们都很喜欢")[0]
    assert label in {"positive", "negative"}
    assert 0 < confidence <= 1
    assert not answered


def test_groups_are_kept_whole() -> None:
    rows = [Labelled(number=r.number, text=r.text, label=r.label, group=f"author {r.number // 6}") for r in reviews()]
    found = learn_labels(rows, StandIn(), OwnSettings())
    groups = [{row.group for row in rows} for rows in found.parts.rows.values()]
    assert sum(map(len, groups)) == len(set().union(*groups))
    assert found.test.groups == len(groups[2])
    with pytest.raises(SplitImpossible, match=r"'a', 'b'.*it takes 3"):
        learn_labels(
            [Labelled(number=r.number, text=r.text, label=r.label, group="ab"[r.number // 61]) for r in reviews()],
            StandIn(),
            OwnSettings(),
        )


def test_a_label_whose_groups_are_all_held_out_is_named() -> None:
    rows = [Labelled(number=r.number, text=r.text, label=r.label, group=str(r.number % 9)) for r in reviews()]
    held = "another label that one author alone uses"
    more = [
        Labelled(number=900 + i, text=f"{THINGS[i]} or {PLACES[i]}", label=held, group=group)
        for group in map(str, range(9))
        for i in range(8)
        if group == held_out_group(rows)
    ]
    found = learn_labels([*rows, *more], StandIn(), OwnSettings())
    assert found.parts.untrained == {held: 8}
    assert held not in found.model.labels


def held_out_group(rows: Sequence[Labelled]) -> str:
    from perception.training.splits.rule import group_key
    from perception.training.text.own.parts import RULE

    groups = {group_key("table", str(row.group)): str(row.group) for row in rows}
    return next(groups[key] for key, part in RULE.parts(groups).items() if part == "test")


def test_what_cannot_be_learned_from_is_counted_and_listed(tmp_path: Path) -> None:
    rows = reviews(60)
    odd = [
        Labelled(number=101, text=None, label=None, fault="the quote is never closed"),
        Labelled(number=102, text="  ", label="positive"),
        Labelled(number=103, text="no label here", label=" "),
        Labelled(number=104, text=rows[0].text, label="positive"),
        Labelled(number=105, text="so so", label="positive"),
        Labelled(number=106, text="So  so", label="negative"),
        Labelled(number=108, text="a label in another encoding", label="\udcc3\udcf7"),
        Labelled(number=107, text="an odd one", label="neutral"),
    ]
    found = learn_labels([*rows, *odd], StandIn(), OwnSettings())
    assert {row.number: row.reason for row in found.gathered.left_out} == {
        101: "unreadable",
        102: "empty",
        103: "unlabelled",
        104: "copy",
        105: "contradicting",
        106: "contradicting",
        107: "rare label",
        108: "unreadable",
    }
    assert found.gathered.rare == {"neutral": 1}
    files = write_learned(found, tmp_path / "odd.npz", data="odd.csv", command="", licences={})
    report = json.loads(files.report.read_text(encoding="utf-8"))
    assert report["rows"]["left_out"]["contradicting"] == 2
    assert report["left_out"]["contradicting"][0] == {"row": 105, "detail": "'negative' and 'positive'"}
    assert report["left_out"]["unreadable"][0] == {"row": 101, "detail": "the quote is never closed"}
    assert "`neutral` (1)" in files.card.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "of 0 rows none has both"),
        (
            [Labelled(number=i, text=f"text {THINGS[i]}", label="one") for i in range(9)],
            "every row has the label 'one'",
        ),
        (
            [Labelled(number=i, text=f"{THINGS[i]} it is", label="ab"[i > 6]) for i in range(10)],
            "of 2 labels only 1 has 5 different texts or more, and there is 'b' with 3",
        ),
        (
            [Labelled(number=i, text=f"text of {i}", label=f"{i / 7:.3f}") for i in range(80)],
            r"there are 80 labels.*column of numbers",
        ),
        (
            [Labelled(number=i, text=f"{THINGS[i % 10]} {i}", label=f"c{i % 51}") for i in range(400)],
            "there are 51 labels.*at most 50",
        ),
    ],
)
def test_what_is_no_column_of_labels_is_refused(rows: list[Labelled], words: str) -> None:
    with pytest.raises(LabelsInvalid, match=words):
        learn_labels(rows, StandIn(), OwnSettings())


def test_another_base_is_refused(files: OwnFiles) -> None:
    with pytest.raises(ModelRefused, match=r"learned on .*'stand-in-1-en', and the one here is 'other-en'.*train it"):
        said(files.weights, "a superb day", base=StandIn("other"))
    with pytest.raises(ModelRefused, match="other-en"):
        OwnLabels(files.weights, base=StandIn("other")).warm_up()


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_head_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.npz"
    path.write_bytes(content)
    with pytest.raises(ModelRefused, match=r"odd\.npz.*no whole archive.*attune train text"):
        OwnLabels(path)
    with pytest.raises(ModelRefused, match=r"none\.npz.*check the path"):
        OwnLabels(tmp_path / "none.npz")
    np.savez(path, format=np.array("something else"))
    with pytest.raises(ModelRefused, match="its format is 'something else'"):
        OwnLabels(path)


def test_a_damaged_head_is_refused(files: OwnFiles, tmp_path: Path) -> None:
    with np.load(files.weights) as arrays:
        kept = {name: arrays[name] for name in arrays.files}
    path = tmp_path / "short.npz"
    np.savez(path, **{**kept, "intercept": kept["intercept"][:1]})  # type: ignore[arg-type]
    with pytest.raises(ModelRefused, match="2 labels"):
        OwnLabels(path)
    whole = files.weights.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelRefused):
        OwnLabels(path)


def test_a_picture_of_odd_names(tmp_path: Path) -> None:
    from perception.metrics.plots import plot_label_confusion, save

    names = ["$ a $ b $", "🦩" * 3, "a name that is far longer than any picture has room for", "x"]
    save(plot_label_confusion(np.eye(4, dtype=int).tolist(), names), tmp_path / "odd.png")
    save(plot_label_confusion(np.eye(50, dtype=int).tolist(), [f"class {i}" for i in range(50)]), tmp_path / "many.png")
    assert (tmp_path / "many.png").stat().st_size > 10_000
