"""Which words carry an emotion."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from perception import EMOTIONS, Emotion, Utterance
from perception.text import EmbeddedText
from perception.text.occlusion import UNITS, explain

pytestmark = pytest.mark.model


class Counting:
    """Happy by the number of good words, and nothing else."""

    def __init__(self, *good: str) -> None:
        self.good, self.batches = good, list[int]()

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float64]:
        self.batches.append(len(texts))
        odds = np.array([sum(text.count(word) for word in self.good) - 1.0 for text in texts])
        happy = 1 / (1 + np.exp(-odds))
        rest = (1 - happy) / (len(EMOTIONS) - 1)
        return np.column_stack([happy, *[rest] * (len(EMOTIONS) - 1)])


def test_each_word_is_left_out_once_in_one_batch() -> None:
    score = Counting("joy", "love")
    told = explain(score, "joy and love, much love")
    assert told.emotion is Emotion.HAPPY
    assert [(w.text, round(w.share, 6)) for w in told.words] == [
        ("joy", 1),
        ("and", 0),
        ("love", 1),
        ("much", 0),
        ("love", 1),
    ]
    assert score.batches == [6]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Don't go, it’s late!!", ["Don't", "go", "it’s", "late", "!!"]),
        ("我今天很难过", ["我今", "天很", "难过"]),
        ("好sad了😭😭", ["好", "sad", "了", "😭", "😭"]),
        ("👨‍👩‍👧‍👦 and 🏳️‍🌈🇩🇪 ❤️", ["👨‍👩‍👧‍👦", "and", "🏳️‍🌈", "🇩🇪", "❤️"]),
        ("I <3 you :( ok:)", ["I", "<3", "you", ":(", "ok", ":)"]),
        ("...", []),
        ("", []),
    ],
)
def test_pieces(text: str, pieces: list[str]) -> None:
    told = explain(Counting("x"), text)
    assert [word.text for word in told.words] == pieces
    assert [text[word.start : word.end] for word in told.words] == pieces


def test_a_long_text_is_taken_by_clauses_and_then_by_words() -> None:
    score = Counting("joy")
    filler = "we walked along the river and had lunch. "
    text = filler * 30 + "It was a joy to see them! " + filler * 30
    told = explain(score, text)
    strongest = max(told.words, key=lambda word: word.share)
    assert strongest.text == "joy"
    assert text[strongest.start : strongest.end] == "joy"
    assert len(score.batches) == 2
    assert max(score.batches) <= UNITS + 1
    assert [w.start for w in told.words] == sorted(w.start for w in told.words)


def test_an_emotion_may_be_asked_for() -> None:
    told = explain(Counting("joy"), "joy joy joy", Emotion.SAD)
    assert told.emotion is Emotion.SAD
    assert all(word.share < 0 for word in told.words)


def test_certainty_has_no_infinite_share() -> None:
    def sure(texts: Sequence[str]) -> NDArray[np.float64]:
        return np.array([[1.0, *[0.0] * 6] if "joy" in text else [0.0, 1.0, *[0.0] * 5] for text in texts])

    (word,) = explain(sure, "joy").words
    assert math.isfinite(word.share)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=400))
def test_places_are_those_of_the_text(text: str) -> None:
    for word in explain(Counting("a"), text).words:
        assert text[word.start : word.end].strip() == word.text


@pytest.fixture(scope="module")
def sense() -> EmbeddedText:
    made = EmbeddedText()
    made.warm_up()
    return made


@pytest.mark.parametrize(
    ("text", "emotion", "word"),
    [
        ("I am so happy to see you", Emotion.HAPPY, "happy"),
        ("<p>I am <b>terrified</b> of this</p>", Emotion.FEAR, "terrified"),
        ("我今天很难过", Emotion.SAD, "难过"),
        ("😭", Emotion.SAD, "😭"),
    ],
)
def test_the_word_that_counts(sense: EmbeddedText, text: str, emotion: Emotion, word: str) -> None:
    told = sense.explain(Utterance(text=text))
    assert told.emotion is emotion
    strongest = max(told.words, key=lambda w: w.share)
    assert (strongest.text, text[strongest.start : strongest.end]) == (word, word)
    assert told.as_dict()["words"][0].keys() == {"text", "start", "end", "share"}


@pytest.mark.parametrize("text", ["", "Estoy muy triste hoy", "\ud83d"])
def test_what_is_not_felt_is_not_explained(sense: EmbeddedText, text: str) -> None:
    told = sense.explain(Utterance(text=text))
    assert (told.emotion, told.words) == (None, ())


def test_perceiving_tells_no_words(sense: EmbeddedText) -> None:
    seen = sense.perceive(Utterance(text="I am overjoyed to see my darling"))
    assert not {"overjoyed", "darling"} & {str(value) for cue in seen.cues for value in cue.params.values()}
