"""Statements found are counted against those that are there."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from evals.errors import ItemsInvalid
from evals.statements import (
    Claim,
    Counts,
    Judged,
    Text,
    evaluate_statements,
    failure_lines,
    load_texts,
    summary_lines,
)
from perception import Emotion
from perception.text.statements import Polarity, Statement

pytestmark = pytest.mark.unit

SAD = Claim(emotion=Emotion.SAD, polarity=Polarity.STATED)
NOT_SAD = Claim(emotion=Emotion.SAD, polarity=Polarity.DENIED)
ANGRY = Claim(emotion=Emotion.ANGRY, polarity=Polarity.STATED)


def text(name: str, *expected: Claim, lang: str = "en", kind: str = "plain") -> Text:
    return Text(id=name, lang=lang, kind=kind, text=name, expected=frozenset(expected))


def finds(**found: tuple[Claim, ...]):  # type: ignore[no-untyped-def]
    """A detector that finds what it is told, by text."""

    def find(said: str, lang: str | None) -> list[Statement]:
        return [
            Statement(
                emotion=claim.emotion, polarity=claim.polarity, start=0, end=1, language="en", when="now",
                strength="plain", hedged=False, subject="said",
            )
            for claim in found.get(said, ())
        ]  # fmt: skip

    return find


def test_hits_false_alarms_and_misses_make_precision_recall_and_f1() -> None:
    texts = [text("a", SAD), text("b", SAD, lang="zh"), text("c", kind="other"), text("d", ANGRY, kind="other")]
    found = evaluate_statements(texts, find=finds(a=(SAD, SAD), b=(NOT_SAD,), c=(ANGRY,), d=(ANGRY,)), resamples=50)
    whole = found.overall
    assert (whole.texts, whole.hits, whole.false, whole.missed) == (4, 2, 2, 1)
    assert (whole.precision, whole.recall, whole.f1) == pytest.approx((1 / 2, 2 / 3, 4 / 7))
    assert whole.interval is not None
    assert 0 <= whole.interval.low <= whole.f1 <= whole.interval.high <= 1
    by = {part: {each.name: each for each in counts} for part, counts in found.parts.items()}
    assert (by["language"]["en"].f1, by["language"]["zh"].f1) == pytest.approx((4 / 5, 0.0))
    assert (by["polarity"]["denied"].false, by["polarity"]["stated"].hits) == (1, 2)
    assert by["kind"]["other"].texts == 2
    assert [each.text.id for each in found.failures] == ["b", "c"]


def test_nothing_there_and_nothing_found_is_perfect() -> None:
    found = evaluate_statements([text("a"), text("b")], find=finds())
    assert (found.overall.precision, found.overall.recall, found.overall.f1) == (1.0, 1.0, 1.0)
    assert found.overall.interval is None
    assert found.failures == ()
    assert Counts.of("none", []).f1 == 1.0


def test_the_outcome_is_told_in_both_languages_and_to_programs() -> None:
    found = evaluate_statements([text("a", SAD), text("b")], find=finds(b=(ANGRY,)), resamples=10)
    english, chinese = ("\n".join((*failure_lines(found, lang), *summary_lines(found, lang))) for lang in ("en", "zh"))
    assert "a  plain  'a'\n  expected: sad stated\n  found: nothing" in english
    assert "实际：表示生气" in chinese
    assert "2 of 2 texts are not read as a person reads them; --failures lists them" in english
    assert "--failures" not in "\n".join(summary_lines(found, listed=True))
    assert all(len(line) <= 90 for line in summary_lines(found))
    told = json.loads(json.dumps(found.as_dict()))
    assert told["overall"]["f1"] == 0
    assert told["failures"][0]["expected"] == [{"emotion": "sad", "polarity": "stated"}]


@pytest.mark.parametrize(("split", "size"), [("dev", 50), ("test", 100), ("all", 150)])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_texts_that_ship_are_balanced(split: str, size: int, lang: str) -> None:
    texts = load_texts(split, lang=lang)
    assert len(texts) == len({each.text for each in texts}) == size
    assert sum(bool(each.expected) for each in texts) * 2 == size
    assert {each.lang for each in texts} == {lang}
    if split == "all":
        assert set(Counter(claim for each in texts for claim in each.expected)) == {
            Claim(emotion=emotion, polarity=polarity) for emotion in Emotion for polarity in Polarity
        }


def test_no_text_is_in_both_splits() -> None:
    assert not {each.text for each in load_texts("dev")} & {each.text for each in load_texts("test")}


def test_the_detector_finds_nearly_all_of_what_it_may_be_tuned_on() -> None:
    found = evaluate_statements(load_texts("dev"), split="dev", resamples=0)
    assert found.overall.f1 >= 0.95, [each.text.text for each in found.failures]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (
            "- {id: en-001, lang: en, kind: plain, text: a, expected: [{emotion: bored, polarity: stated}]}",
            "0.expected",
        ),
        ("- {id: en-001, lang: fr, kind: plain, text: a, expected: []}", "0.lang"),
        ("- {id: en-001, lang: en, kind: plain, text: a, expected: [], note: b}", "0.note"),
        ("- {id: 1", "cannot read"),
        ("just words", "tuple"),
        ("- &a {id: en-001, lang: en, kind: plain, text: a, expected: []}\n- *a", "'en-001' stands twice"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_named(written: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "en-test.yaml").write_text(written, encoding="utf-8")
    with pytest.raises(ItemsInvalid) as caught:
        load_texts("test", folder=tmp_path)
    assert told in str(caught.value)


def test_a_split_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ItemsInvalid, match=r"fr-test\.yaml"):
        load_texts("test", lang="fr")
    with pytest.raises(ItemsInvalid, match="a split is dev, test or all"):
        load_texts("test", folder=tmp_path)


def test_a_text_passes_when_exactly_what_is_there_is_found() -> None:
    assert Judged(text=text("a", SAD), found=frozenset({SAD})).passed
    assert not Judged(text=text("a", SAD), found=frozenset({SAD, ANGRY})).passed
