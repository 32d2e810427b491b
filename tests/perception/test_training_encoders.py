"""Fine-tuning an encoder on a miniature corpus, with an encoder that is made here."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from perception import Emotion, ModelRefused, Utterance
from perception.text import EmbeddedText
from perception.training.cards import TrainingReport
from perception.training.errors import ExperimentInvalid, TrainingDataMissing
from perception.training.experiments.config import Experiment, load_experiment
from perception.training.experiments.orders import Orders
from perception.training.experiments.pipeline import run_experiment
from perception.training.experiments.task import Given
from perception.training.testing import make_texts
from perception.training.text.data import gather
from perception.training.text.encoders.task import make
from perception.training.text.sources import CORPORA
from perception.training.text.testing import tiny_encoder

pytestmark = [
    pytest.mark.train,
    pytest.mark.skipif(
        any(importlib.util.find_spec(name) is None for name in ("mlflow", "torch", "transformers")),
        reason="needs the extra `train`",
    ),
]


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_texts(tmp_path_factory.mktemp("texts"))


@pytest.fixture(scope="module")
def encoder(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    texts = [row.text for part in gather(corpora, CORPORA["en"]).parts.values() for row in part]
    return tiny_encoder(tmp_path_factory.mktemp("encoder"), texts)


@pytest.fixture(scope="module")
def experiment(encoder: Path) -> Experiment:
    changes = {
        "model": "text-en-minilm-2",
        "epochs": 2,
        "recipe.encoder": str(encoder),
        "recipe.layers": 2,
        "recipe.drawn": 800,
        "recipe.mapped": 200,
        "recipe.rate": 0.003,
    }
    return load_experiment("text-en-minilm").changed(changes)


def trained_in(runs: Path, corpora: Path, experiment: Experiment, **more: float) -> TrainingReport:
    orders = Orders(data=corpora, runs=runs, command="attune train text --data DIR")
    return run_experiment(experiment, replace(orders, **more))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def trained(corpora: Path, experiment: Experiment, tmp_path_factory: pytest.TempPathFactory) -> TrainingReport:
    return trained_in(tmp_path_factory.mktemp("runs"), corpora, experiment)


@pytest.fixture(scope="module")
def sense(
    trained: TrainingReport, corpora: Path, experiment: Experiment, tmp_path_factory: pytest.TempPathFactory
) -> EmbeddedText:
    folder = tmp_path_factory.mktemp("weights")
    linear = trained_in(tmp_path_factory.mktemp("linear"), corpora, load_experiment("text-en-tfidf"))
    for path in (trained.weights[0], linear.weights[0]):
        (folder / path.name).write_bytes(path.read_bytes())
    return EmbeddedText(weights=folder)


def test_it_learns_and_says_what_it_is_made_of(trained: TrainingReport) -> None:
    (dev,) = trained.dev
    assert dev.accuracy > 0.9
    assert trained.languages == ("en",)
    assert {"encoder", "embedding", "blend", "context"} <= set(trained.notes)
    assert "int8" in trained.export
    assert [path.suffix for path in trained.weights] == [".onnx"]


def test_a_run_that_was_cut_short_ends_as_an_unbroken_one_to_the_byte(
    trained: TrainingReport, corpora: Path, experiment: Experiment, tmp_path: Path
) -> None:
    cut = trained_in(tmp_path, corpora, experiment, seconds=1e-6)
    assert "stopped by the time budget" in cut.notes["epochs"]
    whole = trained_in(tmp_path, corpora, experiment)
    assert whole.weights[0].read_bytes() == trained.weights[0].read_bytes()


def test_the_sense_reads_the_weights(sense: EmbeddedText) -> None:
    seen = sense.perceive(Utterance(text="i was weeping at the sea"))
    assert seen.model == "text-en-minilm-2"
    assert seen.scores is not None
    assert seen.scores.top is Emotion.SAD
    assert seen.features is not None
    assert np.exp(seen.features).sum() == pytest.approx(1, abs=1e-4)


def test_many_are_felt_as_one_by_one(sense: EmbeddedText) -> None:
    texts = ["i was weeping at the sea", "", "hooray we won", "Je suis très triste aujourd'hui", "no"] * 30
    together = sense.perceive_batch([Utterance(text=text) for text in texts])
    for text, one in zip(texts[:5], together[:5], strict=True):
        alone = sense.perceive(Utterance(text=text))
        assert (one.status, one.model, one.quality) == (alone.status, alone.model, alone.quality)
        if alone.scores is not None and one.scores is not None:
            assert one.scores.top is alone.scores.top
            assert one.scores.confidence == pytest.approx(alone.scores.confidence, abs=0.05)


def test_embeddings_have_length_one_and_the_same_sentence_is_nearest(sense: EmbeddedText) -> None:
    vectors = sense.embed(["i was weeping at the sea", "hooray we won", "i was weeping at the sea!"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    nearness = vectors @ vectors[0]
    assert nearness[2] > nearness[1]
    assert len(sense.embed([])) == 0


def test_n_grams_of_another_training_are_refused(
    trained: TrainingReport, corpora: Path, experiment: Experiment, tmp_path: Path
) -> None:
    other = load_experiment("text-en-tfidf").changed({"recipe.penalty": 0.01})
    for path in (trained.weights[0], trained_in(tmp_path / "runs", corpora, other).weights[0]):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    seen = EmbeddedText(weights=tmp_path).perceive(Utterance(text="i was weeping at the sea"))
    assert seen.scores is None
    assert seen.cues[-1].code == "model_refused"
    with pytest.raises(ModelRefused, match="was blended with 'text-en-tfidf-3'"):
        EmbeddedText(weights=tmp_path).embed(["hello"])


@pytest.mark.parametrize(
    ("changes", "learned"),
    [({"recipe.lora": 4}, "lora_A"), ({"recipe.frozen": 1}, "layer.1."), ({"recipe.head_only": True}, "head.")],
    ids=["lora", "frozen", "head only"],
)
def test_ways_to_fine_tune(
    changes: dict[str, object], learned: str, corpora: Path, experiment: Experiment, tmp_path: Path
) -> None:
    given = Given(
        data=corpora,
        experiment=experiment.changed({"recipe.drawn": 64, "recipe.linear": None, "limit": 600, **changes}),
        cache=tmp_path,
    )
    task = make(given)
    before = {name: tensor.clone() for name, tensor in task.network.named_parameters()}
    task.epoch(1, lambda _part: None)
    moved = [name for name, tensor in task.network.named_parameters() if not tensor.equal(before[name])]
    assert any(learned in name for name in moved)
    assert not any("layer.0." in name and "lora" not in name for name in moved)
    told = task.judge()
    task.restore(task.state())
    assert task.judge() == told


def test_an_encoder_that_is_not_there_says_what_there_is(corpora: Path, experiment: Experiment, tmp_path: Path) -> None:
    with pytest.raises(TrainingDataMissing, match=r"none of minilm, e5, and no folder with config\.json"):
        trained_in(tmp_path, corpora, experiment.changed({"recipe.encoder": "nowhere"}))


def test_corpora_that_are_not_known_are_named(corpora: Path, experiment: Experiment, tmp_path: Path) -> None:
    with pytest.raises(ExperimentInvalid, match="there are no corpora 'fr' of text; there are en, zh, meld"):
        trained_in(tmp_path, corpora, experiment.changed({"recipe.corpora": "fr"}))
