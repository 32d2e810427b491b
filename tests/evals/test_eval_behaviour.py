"""Behavioural tests are judged as their kind says, counted by category, and told in two languages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest

from evals.behaviour import (
    Answers,
    Item,
    Moves,
    Unchanged,
    evaluate_behaviour,
    failure_lines,
    judge,
    load_items,
    summary_lines,
)
from evals.behaviour.evaluation import BATCH, fingerprint
from evals.behaviour.values import Change, Expected
from perception import Emotion, EmotionScores, Modality, Observation, Status, Utterance
from perception.testing import ScriptedPerceiver

pytestmark = pytest.mark.unit

HAPPY, SAD, ANGRY, NEUTRAL = Emotion.HAPPY, Emotion.SAD, Emotion.ANGRY, Emotion.NEUTRAL


def said(weights: Mapping[str, float] | None = None, status: Status = Status.OK) -> Observation:
    scores = EmotionScores.of(weights) if weights else None
    return Observation(modality=Modality.TEXT, status=status, model="double-1", scores=scores)


def item(expected: Expected, number: int = 1, *, lang: str = "en", category: str = "odd", text: str = "x") -> Item:
    return Item(id=f"{category}-{lang}-{number:02}", category=category, lang=lang, text=text, expected=expected)


SILENT = said(status=Status.UNSUPPORTED_LANGUAGE)
UNSURE = said({"happy": 0.4, "sad": 0.3, "neutral": 0.3}, Status.UNCERTAIN)


@pytest.mark.parametrize(
    ("expected", "observation", "passes"),
    [
        (Answers(top=(HAPPY,)), said({"happy": 0.6, "sad": 0.4}), True),
        (Answers(top=(SAD, ANGRY)), said({"angry": 0.6, "happy": 0.4}), True),
        (Answers(top=(SAD, ANGRY)), said({"happy": 0.6, "angry": 0.4}), False),
        (Answers(top=(HAPPY,)), UNSURE, True),
        (Answers(top=(HAPPY,)), SILENT, False),
        (Answers(unlike=(HAPPY,)), said({"neutral": 1}), True),
        (Answers(unlike=(HAPPY,)), said({"happy": 1}), False),
        (Answers(unlike=(HAPPY,)), UNSURE, False),
        (Answers(unlike=(HAPPY,)), SILENT, False),
        (Answers(status=(Status.UNSUPPORTED_LANGUAGE,)), SILENT, True),
        (Answers(status=(Status.EMPTY,)), SILENT, False),
        (Answers(status=(Status.EMPTY,)), said({"neutral": 1}), False),
        (Answers(status=(Status.EMPTY, Status.OK), unlike=(HAPPY,)), said(status=Status.EMPTY), True),
        (Answers(status=(Status.OK, Status.UNCERTAIN)), said(status=Status.UNCERTAIN), False),
        (Answers(status=(Status.OK,), top=(SAD,)), said({"happy": 1}), False),
    ],
)
def test_minimum_functionality(expected: Answers, observation: Observation, passes: bool) -> None:
    assert judge(item(expected), [observation]).passed is passes


@pytest.mark.parametrize(
    ("base", "variant", "passes"),
    [
        (said({"happy": 0.9, "sad": 0.1}), UNSURE, True),
        (said({"happy": 0.9, "sad": 0.1}), said({"happy": 0.4, "sad": 0.6}), False),
        (SILENT, said(status=Status.EMPTY), True),
        (SILENT, UNSURE, False),
        (UNSURE, SILENT, False),
    ],
)
def test_invariance(base: Observation, variant: Observation, passes: bool) -> None:
    judged = judge(item(Unchanged(variants=("y",))), [base, variant])
    assert judged.passed is passes
    assert all(failure.base is base for failure in judged.failures)


@pytest.mark.parametrize(
    ("change", "before", "after", "passes"),
    [
        ("up", 0.30, 0.35, True),
        ("up", 0.30, 0.305, False),
        ("up", 0.30, 0.20, False),
        ("not_down", 0.50, 0.46, True),
        ("not_down", 0.50, 0.44, False),
        ("not_down", 0.50, 0.90, True),
        ("not_up", 0.50, 0.54, True),
        ("not_up", 0.50, 0.56, False),
        ("not_up", 0.50, 0.10, True),
    ],
)
def test_direction(change: Change, before: float, after: float, passes: bool) -> None:
    base, variant = (said({"sad": p, "neutral": 1 - p}) for p in (before, after))
    expected = Moves(variants=("y",), emotions=(SAD,), change=change)
    assert judge(item(expected), [base, variant]).passed is passes


def test_direction_of_several_emotions_and_of_none() -> None:
    expected = Moves(variants=("y",), emotions=(SAD, ANGRY), change="up")
    base = said({"sad": 0.3, "angry": 0.1, "neutral": 0.6})
    assert judge(item(expected), [base, said({"sad": 0.1, "angry": 0.5, "neutral": 0.4})]).passed
    for pair in ((SILENT, base), (base, SILENT), (SILENT, SILENT)):
        assert not judge(item(expected), pair).passed


def test_one_variant_that_fails_fails_the_test_and_is_named() -> None:
    judged = judge(item(Unchanged(variants=("y", "z"))), [said({"sad": 1}), said({"sad": 1}), said({"happy": 1})])
    assert [failure.text for failure in judged.failures] == ["z"]
    with pytest.raises(ValueError, match="3 texts, got 1"):
        judge(item(Unchanged(variants=("y", "z"))), [SILENT])


class Batching:
    """Answers by the words it was given, all at once."""

    modality = Modality.TEXT
    model = "double-1"

    def __init__(self, answers: Mapping[str, Observation], *, lose: int = 0) -> None:
        self.sizes: list[int] = []
        self._answers = answers
        self._lose = lose

    def warm_up(self) -> None:
        """There is nothing to load."""

    def perceive(self, evidence: Utterance, /) -> Observation:
        raise AssertionError("the batch door is there to be used")

    def perceive_batch(self, utterances: Sequence[Utterance], /) -> list[Observation]:
        self.sizes.append(len(utterances))
        assert all(each.lang is None and not each.context for each in utterances)
        return [self._answers.get(each.text, said({"neutral": 1})) for each in utterances][self._lose :]


ITEMS = (
    item(Answers(top=(HAPPY,)), 1, text="a"),
    item(Unchanged(variants=("c",)), 2, text="b"),
    item(Moves(variants=("e",), emotions=(SAD,), change="up"), 1, lang="zh", text="d"),
    item(Answers(unlike=(HAPPY,)), 1, lang="fr", category="even", text="f"),
)
ANSWERS = {"a": said({"happy": 1}), "c": SILENT, "e": said({"sad": 0.4, "neutral": 0.6}), "f": said({"happy": 1})}


def test_counts_by_category_kind_and_language() -> None:
    told: list[tuple[int, int]] = []
    found = evaluate_behaviour(ITEMS, Batching(ANSWERS), progress=lambda *now: told.append(now))
    assert told == [(6, 6)]
    assert [(each.name, each.passed, each.items) for each in found.categories] == [("odd", 2, 3), ("even", 0, 1)]
    assert [(each.name, each.passed) for each in found.kinds] == [("mft", 1), ("inv", 0), ("dir", 1)]
    assert [(each.name, each.passed) for each in found.languages] == [("en", 1), ("zh", 1), ("other", 0)]
    assert [(each.name, each.rate) for each in found.cells("odd")] == [("en", 0.5), ("zh", 1.0)]
    assert found.overall.rate == 0.5
    # Wilson (1927) for 2 of 4, by hand
    assert (found.overall.interval.low, found.overall.interval.high) == pytest.approx((0.150, 0.850), abs=1e-3)


def test_a_function_a_perceiver_and_a_batch_door_say_the_same() -> None:
    happy = EmotionScores.of({"happy": 1})
    plain = evaluate_behaviour(ITEMS, ScriptedPerceiver(Modality.TEXT, happy))
    assert evaluate_behaviour(ITEMS, lambda _utterance: said({"happy": 1})).overall == plain.overall
    every = {text: said({"happy": 1}) for each in ITEMS for text in each.texts}
    assert evaluate_behaviour(ITEMS, Batching(every)).overall == plain.overall


def test_many_texts_go_in_parts() -> None:
    many = tuple(item(Answers(top=(NEUTRAL,)), n, text=str(n)) for n in range(BATCH + 1))
    sense = Batching({})
    assert evaluate_behaviour(many, sense).overall.rate == 1.0
    assert sense.sizes == [BATCH, 1]


def test_what_cannot_be_run() -> None:
    with pytest.raises(ValueError, match="no items"):
        evaluate_behaviour((), Batching({}))
    with pytest.raises(ValueError, match="6 texts were given to perceive_batch, and 5"):
        evaluate_behaviour(ITEMS, Batching({}, lose=1))


def test_the_fingerprint_is_of_what_is_tested() -> None:
    assert fingerprint(ITEMS) == fingerprint(list(ITEMS)) != fingerprint(ITEMS[1:])
    moved = item(Moves(variants=("e",), emotions=(SAD,), change="not_down"), 1, lang="zh", text="d")
    assert fingerprint((*ITEMS[:2], moved, ITEMS[3])) != fingerprint(ITEMS)


def test_json_holds_what_failed_and_how() -> None:
    shown = json.loads(json.dumps(evaluate_behaviour(ITEMS, Batching(ANSWERS)).as_dict()))
    assert shown["models"] == ["double-1"]
    assert shown["overall"] == {"name": "all", "items": 4, "passed": 2, "rate": 0.5, "interval": [0.15, 0.85]}
    assert [each["name"] for each in shown["categories"][0]["languages"]] == ["en", "zh"]
    invariance, minimum = shown["failures"]
    assert invariance["failures"][0]["said"] == {"status": "unsupported_language", "scores": None}
    assert invariance["failures"][0]["base"]["scores"]["neutral"] == 1.0
    assert minimum["expected"] == {"not": ["happy"]}
    assert "base" not in minimum["failures"][0]


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ["expected: not happy", "said: happy 1.00 (ok)", "said: unsupported_language, no scores", "same top"]),
        ("zh", ["预期：不是高兴", "实际：高兴 1.00（ok）", "无得分", "首要情绪相同"]),
    ],
)
def test_failures_are_told(lang: str, words: Sequence[str]) -> None:
    text = "\n".join(failure_lines(evaluate_behaviour(ITEMS, Batching(ANSWERS)), lang))
    assert all(word in text for word in words)
    assert "odd-en-02  'c'" in text


@pytest.mark.parametrize(("lang", "words"), [("en", "no less sad than: 'd'"), ("zh", "难过的程度不低于原文：'d'")])
def test_a_direction_that_failed_tells_both_probabilities(lang: str, words: str) -> None:
    expected = Moves(variants=("e",), emotions=(SAD,), change="not_down")
    answers = {"d": said({"sad": 0.75, "happy": 0.25}), "e": said({"sad": 0.25, "happy": 0.75})}
    text = "\n".join(failure_lines(evaluate_behaviour([item(expected, text="d")], Batching(answers)), lang))
    assert all(word in text for word in (words, "0.25", "0.75"))


def test_the_table_fits_a_terminal_and_says_where_to_look() -> None:
    found = evaluate_behaviour(load_items(), Batching({}))
    lines = list(summary_lines(found))
    assert max(map(len, lines)) <= 80
    assert lines[0].split()[:3] == ["category", "tests", "passed"]
    assert lines[-2].split()[:2] == ["all", str(len(load_items()))]
    assert lines[-1].endswith("--failures lists them")
    assert "--failures" not in list(summary_lines(found, "zh", listed=True))[-1]
    assert list(summary_lines(evaluate_behaviour(ITEMS[:1], Batching(ANSWERS)), "zh"))[-1] == "1 项全部通过"
