"""Training the text sense on a miniature corpus that is made here."""

from __future__ import annotations

import gzip
import importlib.util
from pathlib import Path

import pytest

from perception import EMOTIONS, Emotion, Utterance
from perception.text import EmbeddedText
from perception.text.model import load_model, softmax
from perception.training.cards import TrainingReport
from perception.training.errors import ExperimentInvalid, TrainingDataMissing, TrainingError
from perception.training.experiments.config import Experiment, load_experiment
from perception.training.experiments.orders import Orders
from perception.training.experiments.pipeline import run_experiment
from perception.training.testing import english, make_texts, write_table
from perception.training.text.data import Corpus, Row, gather
from perception.training.text.learner import Block, TextRecipe, features, fit
from perception.training.text.phrases import phrases

pytestmark = [
    pytest.mark.train,
    pytest.mark.skipif(importlib.util.find_spec("mlflow") is None, reason="needs the extra `train`"),
]


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_texts(tmp_path_factory.mktemp("texts"))


@pytest.fixture(scope="module")
def trained(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[TrainingReport, ...]]:
    runs = tmp_path_factory.mktemp("runs")
    orders = Orders(data=corpora, runs=runs, final=True, command="attune train text --data DIR")
    return runs, tuple(run_experiment(load_experiment(name), orders) for name in ("text-en-tfidf", "text-zh-tfidf"))


def test_a_report_a_language_with_figures_of_rows_not_trained_on(
    trained: tuple[Path, tuple[TrainingReport, ...]],
) -> None:
    for report in trained[1]:
        (figures,) = report.test
        assert figures.rows == 35
        assert figures.accuracy > 0.9
        assert 0 < figures.intervals["accuracy"].high <= 1
        assert sum(source.rows for source in report.sources) == report.splits.parts["train"].rows
        assert report.languages == (report.model.split("-")[1],)
    english_report, chinese_report = trained[1]
    assert english_report.licence.licence == "CC-BY-4.0"
    assert chinese_report.licence.licence == "research, non-commercial"


def test_the_weights_are_read_by_the_sense(trained: tuple[Path, tuple[TrainingReport, ...]], tmp_path: Path) -> None:
    for report in trained[1]:
        (tmp_path / report.weights[0].name).write_bytes(report.weights[0].read_bytes())
    sense = EmbeddedText(weights=tmp_path)
    sense.warm_up()
    for text in ("i was weeping at the sea", "我很伤心"):
        seen = sense.perceive(Utterance(text=text))
        assert seen.scores is not None
        assert seen.scores.top is Emotion.SAD


def test_the_same_seed_gives_the_same_bytes(
    corpora: Path, trained: tuple[Path, tuple[TrainingReport, ...]], tmp_path: Path
) -> None:
    first = trained[1][0]
    experiment = load_experiment("text-en-tfidf").changed({"model": first.model})
    again = run_experiment(experiment, Orders(data=corpora, runs=tmp_path))
    assert again.weights[0].read_bytes() == first.weights[0].read_bytes()


def test_the_commercial_policy_leaves_out_and_says_so(corpora: Path, tmp_path: Path) -> None:
    report = run_experiment(load_experiment("text-en-tfidf"), Orders(data=corpora, runs=tmp_path, policy="commercial"))
    assert report.licence.commercial
    with pytest.raises(TrainingDataMissing, match="too few"):
        # the Chinese corpora that allow it are not among these two
        run_experiment(load_experiment("text-zh-tfidf"), Orders(data=corpora, runs=tmp_path, policy="commercial"))


def test_a_missing_corpus_is_named_with_its_file(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataMissing, match=r"GoEmotions train.* is not in .*goemotions\.tsv") as caught:
        run_experiment(load_experiment("text-en-tfidf"), Orders(data=tmp_path, runs=tmp_path / "runs"))
    assert isinstance(caught.value, TrainingError)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no gzip", "cannot be read"),
        (gzip.compress(b"split\tutterance\ntrain\thi\n"), "has no column 'label7'"),
        (gzip.compress(b"split\ttext\tlabel7\ntrain\thi\thappy\n"), "too few"),
    ],
    ids=["damaged", "another table", "one row"],
)
def test_a_corpus_that_is_not_what_it_should_be(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "goemotions.tsv.gz").write_bytes(content)
    with pytest.raises(TrainingDataMissing, match=said):
        run_experiment(load_experiment("text-en-tfidf"), Orders(data=tmp_path, runs=tmp_path / "runs"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"recipe.lang": "fr"}, "recipe.lang"),
        ({"recipe.blocks": [{"analyzer": "word", "low": 1, "high": 1}]}, "recipe.blocks.0"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused(
    corpora: Path, tmp_path: Path, change: dict[str, object], told: str
) -> None:
    experiment: Experiment = load_experiment("text-en-tfidf").changed(change)
    with pytest.raises(ExperimentInvalid, match=told):
        run_experiment(experiment, Orders(data=corpora, runs=tmp_path))


def test_no_text_and_no_dialogue_crosses_the_parts(tmp_path: Path) -> None:
    rows = [f"d{i // 4}\tline number {i}\thappy" for i in range(400)] + ["d1\tLine  number 399!\tsad", "d3\tok\tsad"]
    write_table(tmp_path / "talk.tsv.gz", "dialogue_id\ttext\tlabel7", rows)
    corpus = Corpus(name="Talk", file="talk", licence="CC0-1.0", where={}, held_out=0.3, tuned_on=True)
    parts = gather(tmp_path, [corpus]).parts
    texts = [{row.text.rstrip("!").lower() for row in part} for part in parts.values()]
    assert sum(map(len, parts.values())) == len(set.union(*texts)) == 401
    assert all(texts)
    dialogues = [{row.dialogue for row in part} for part in parts.values()]
    assert not dialogues[0] & dialogues[1]
    assert not (dialogues[0] | dialogues[1]) & dialogues[2]


def test_a_class_without_rows_is_ruled_out() -> None:
    rows = [
        Row(id=f"{e}{i}", text=english(e, i), emotion=Emotion(e), corpus="mine")
        for e in ("happy", "sad")
        for i in range(20)
    ]
    recipe = TextRecipe(lang="en", blocks=(Block(analyzer="word", low=1, high=2, keep=1000),))
    model = fit("text-xx-1", rows, features(rows, recipe.blocks), recipe, seed=0)
    scores = softmax(model.logits("i was weeping at the sea"))
    assert scores.argmax() == EMOTIONS.index(Emotion.SAD)
    assert max(scores[2:]) < 0.01


def test_the_calibration_travels_in_the_file(trained: tuple[Path, tuple[TrainingReport, ...]]) -> None:
    from perception.training.calibration import Calibration

    report = trained[1][0]
    model = load_model(report.weights[0])
    told = Calibration.from_metadata(model.metadata)
    assert told.risk == 0.25
    assert model.threshold == told.uncertain_below
    assert model.temperature == told.temperature


def test_the_plain_phrases_are_labelled_and_clean() -> None:
    for lang in ("en", "zh"):
        rows = list(phrases(lang))
        assert {row["label7"] for row in rows} == set(EMOTIONS)
        assert not [row["text"] for row in rows if set("{}|") & set(row["text"])]
        by_text = {(row["text"], row["label7"]) for row in rows}
        assert len({text for text, _ in by_text}) == len(by_text), "a phrase has two labels"
