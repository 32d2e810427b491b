"""The vectoriser and the model file: the same numbers as scikit-learn, no pickle, damage refused."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from perception import ModelRefused
from perception.text.model import TextModel, load_model, save_model
from perception.text.normalise import normalise
from perception.text.vectorise import WORDS_AND_MARKS, Analyzer, Vectoriser

pytestmark = pytest.mark.unit

TEXTS = (
    "I can't believe you did that!",
    "so happy :) 😭 a b",
    "what?! no no no",
    "我今天很难过。太好了!",
    "我没生气",
    "x",
)
BLOCKS: tuple[tuple[Analyzer, int, int], ...] = (("word", 1, 2), ("char_wb", 2, 5), ("char", 1, 4))


def both(analyzer: Analyzer, low: int, high: int) -> tuple[object, Vectoriser]:
    """Scikit-learn's vectoriser and ours, of the same vocabulary and weights."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    theirs = TfidfVectorizer(
        analyzer=analyzer,
        ngram_range=(low, high),
        token_pattern=WORDS_AND_MARKS if analyzer == "word" else None,
        lowercase=False,
        sublinear_tf=True,
    ).fit([normalise(text) for text in TEXTS])
    ours = Vectoriser(
        analyzer=analyzer, low=low, high=high, vocabulary=theirs.vocabulary_, idf=theirs.idf_.astype(np.float32)
    )
    return theirs, ours


@pytest.fixture(scope="module")
def pairs() -> dict[str, tuple[object, Vectoriser]]:
    return {analyzer: both(analyzer, low, high) for analyzer, low, high in BLOCKS}


@settings(max_examples=150, deadline=None)
@given(text=st.one_of(st.text(max_size=60), st.lists(st.sampled_from(TEXTS)).map(" ".join)))
@example(text="")
@example(text="a")
@example(text="I can't believe you did that! no no 我今天很难过")
def test_the_numbers_are_those_of_scikit_learn(pairs: dict[str, tuple[object, Vectoriser]], text: str) -> None:
    clean = normalise(text)
    for theirs, ours in pairs.values():
        expected = theirs.transform([clean]).toarray()[0]  # type: ignore[attr-defined]
        columns, values = ours.transform(clean)
        found = np.zeros_like(expected)
        found[columns] = values
        np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("I  AM  HERE", "i am here"),
        ("don’t “go”", 'don\'t "go"'),
        ("soooooooo", "sooo"),
        ("Why not ? I do n't", "why not? i don't"),
        ("see https://example.org/x now", "see url now"),
        ("@someone hi", "@user hi"),
        ("[NAME] left", "name left"),
        ("👍🏽", "👍"),
        ("ok :) :-( XD <3", "ok 🙂 🙁 😄 ❤"),
        ("好累：（ T_T", "好累🙁 😢"),
        ("好累T_T今天:(", "好累😢今天🙁"),
        ("我今天很難過", "我今天很难过"),
        ("at 10:30 (or 11)", "at 10:30 (or 11)"),
        ("ＡＢＣ", "abc"),
    ],
)
def test_one_spelling_for_many(written: str, read: str) -> None:
    assert normalise(written) == read


@given(st.text(max_size=200))
def test_what_is_normalised_holds_no_line_break(text: str) -> None:
    assert "\n" not in normalise(text)


def model() -> TextModel:
    block = Vectoriser(
        analyzer="char", low=1, high=2, vocabulary={"好": 0, "😭": 1, "好好": 2}, idf=np.array([1, 2, 3], np.float32)
    )
    coefficients = np.arange(21, dtype=np.float16).reshape(3, 7) / 21
    return TextModel(
        name="text-xx-1",
        blocks=(block,),
        coefficients=coefficients,
        intercept=np.linspace(-1, 1, 7, dtype=np.float32),
        temperature=0.5,
        threshold=0.3,
    )


def test_a_model_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    save_model(model(), path)
    again = load_model(path)
    assert (again.name, again.temperature, again.threshold) == ("text-xx-1", 0.5, 0.3)
    assert dict(again.blocks[0].vocabulary) == {"好": 0, "😭": 1, "好好": 2}
    np.testing.assert_array_equal(again.logits("好好😭"), model().logits("好好😭"))
    assert again.knows("好")
    assert not again.knows("坏")


def test_an_unknown_text_gets_the_intercept_alone() -> None:
    np.testing.assert_allclose(model().logits("zzz"), np.linspace(-2, 2, 7), atol=1e-6)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    for content in (b"", b"not a zip", pickle.dumps({"name": "x"})):
        path.write_bytes(content)
        with pytest.raises(ModelRefused, match=r"'m.npz' is no text model"):
            load_model(path)


def test_a_file_with_pickled_or_missing_arrays_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    save_model(model(), path)
    with np.load(path) as file:
        arrays = dict(file)
    for name, value in (
        ("emotions", np.array(["joy"])),
        ("emotions", np.array([object()])),
        ("idf0", np.ones(2, np.float16)),
    ):
        np.savez(path, **{**arrays, name: value})
        with pytest.raises(ModelRefused):
            load_model(path)
    np.savez(path, **{name: value for name, value in arrays.items() if name != "intercept"})
    with pytest.raises(ModelRefused):
        load_model(path)
