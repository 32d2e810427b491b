"""Labels of a user's own on the text sense that ships."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from perception.perceiver import Utterance
from perception.text.own import OwnLabels, SenseBase
from perception.training.text.own import Labelled, OwnSettings, learn_labels, write_learned

pytestmark = pytest.mark.model

ASKS = ("where is my {}", "when will the {} come", "has the {} been sent", "how long does the {} take")
GIVES = ("the {} works", "i like the {}", "thank you for the {}", "the {} came on time")
THINGS = ("parcel", "lamp", "chair", "invoice", "phone")


@pytest.fixture(scope="module")
def base() -> SenseBase:
    return SenseBase()


@pytest.mark.parametrize(("lang", "texts"), [("en", ["where is it", "fine"]), ("zh", ["它在哪里", "很好"])])
def test_a_text_is_an_embedding_and_seven_logarithms(base: SenseBase, lang: str, texts: list[str]) -> None:
    found = base.numbers(texts, lang)
    assert found.shape == (2, 384 + 7)
    assert np.linalg.norm(found[:, :384], axis=1) == pytest.approx(1.0, abs=1e-4)
    assert np.exp(found[:, 384:]).sum(axis=1) == pytest.approx(1.0, abs=1e-4)
    assert base.name(lang).startswith(f"text-{lang}-")


def test_intents_are_learned_from_few_rows(base: SenseBase, tmp_path: Path) -> None:
    texts = [
        (text.format(thing), label)
        for label, of in (("question", ASKS), ("thanks", GIVES))
        for thing in THINGS
        for text in of
    ]
    rows = [Labelled(number=i, text=text, label=label) for i, (text, label) in enumerate(texts, start=1)]
    learned = learn_labels(rows, base, OwnSettings())
    assert learned.test.accuracy > learned.test.majority_accuracy
    files = write_learned(learned, tmp_path / "intents.npz", data="intents.csv", command="", licences={})
    own = OwnLabels(files.weights, base=base)
    said = own.label([Utterance(text="Where is the table that I ordered?"), Utterance(text="Lovely table, thank you!")])
    assert [each.label for each in said] == ["question", "thanks"]
