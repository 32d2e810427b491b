"""The gated network: synthetic pairs, missing senses, export, and what the runtime makes of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from perception import EMOTIONS, EmotionScores, Modality, Observation, Status
from perception.training.fusion.corrupt import corrupt_face, corrupt_sentence, corrupt_voice
from perception.training.fusion.pairs import CONDITIONS, SENSES, Pairs, condition, draw_pairs
from perception.training.fusion.sensing import Sensed

pytestmark = pytest.mark.unit

WIDTHS = {Modality.VISION: 12, Modality.AUDIO: 9, Modality.TEXT: 7}


def sensed(sense: Modality, right: float = 0.9, each: int = 30, seed: int = 0) -> Sensed:
    """A sense whose features and scores show the label, or after corruption some other."""
    random = np.random.default_rng((seed, SENSES.index(sense)))
    truth = np.repeat(np.arange(7), each)
    shown = np.stack([truth, truth], axis=1)
    wrong = random.random(shown.shape) > np.array([right, 0.4])
    shown = np.where(wrong, random.integers(0, 7, shown.shape), shown)
    scores = random.dirichlet(np.ones(7) * 0.5, shown.shape) + 1.5 * np.eye(7)[shown]
    features = random.normal(size=(*shown.shape, WIDTHS[sense])) * 0.3
    features[..., :7] += np.eye(7)[shown]
    return Sensed(
        modality=sense,
        part="train",
        ids=tuple(f"{sense}/{n}" for n in range(len(truth))),
        groups=tuple(f"{sense}/{n}" for n in range(len(truth))),
        truth=truth,
        scores=(scores / scores.sum(axis=-1, keepdims=True)).astype(np.float32),
        quality=np.tile(np.array([1.0, 0.3], np.float32), (len(truth), 1)),
        ok=random.random(shown.shape) > 0.1,
        features=features.astype(np.float32),
        model=f"{sense}-test-1",
    )


def senses(seed: int = 0) -> dict[Modality, Sensed]:
    return {sense: sensed(sense, seed=seed) for sense in SENSES}


def drawn(asked: str = "clean", count: int = 140) -> Pairs:
    found = next(each for each in CONDITIONS if each.name == asked)
    return draw_pairs(senses(), count, found, np.random.default_rng(0))


class TestPairs:
    def test_labels_are_balanced_and_every_sense_shows_them(self) -> None:
        pairs = drawn()
        assert np.bincount(pairs.truth).tolist() == [20] * 7
        heard = pairs.quality > 0
        assert 0.8 < heard.mean() < 1.0
        for place in range(3):
            right = pairs.scores[:, place].argmax(axis=1) == pairs.truth
            assert right[heard[:, place]].mean() > 0.8

    def test_the_same_chance_draws_the_same_pairs(self) -> None:
        one, other = drawn(), drawn()
        assert np.array_equal(one.scores, other.scores)
        assert one.groups == other.groups

    @pytest.mark.parametrize("place", range(3))
    def test_one_sense_is_missing_corrupted_or_in_conflict(self, place: int) -> None:
        name = SENSES[place].value
        assert not drawn(f"{name} missing").quality[:, place].any()
        assert not drawn(f"{name} missing").features[SENSES[place]].any()
        worse = drawn(f"{name} corrupted").quality
        assert worse[:, place].max() < 0.31
        torn = drawn(f"{name} conflicting")
        heard = torn.quality[:, place] > 0
        assert (torn.scores[:, place].argmax(axis=1) == torn.truth)[heard].mean() < 0.2

    def test_no_item_comes_twice_before_all_came_once(self) -> None:
        pairs = draw_pairs(senses(), 210, condition("clean"), np.random.default_rng(0))
        assert len(set(pairs.groups)) == 210


class TestCorruption:
    def test_evidence_gets_worse_and_stays_what_it_is(self) -> None:
        random = np.random.default_rng(0)
        face = (np.indices((48, 48)).sum(axis=0) * 2).astype(np.uint8)
        assert corrupt_face(face, random).shape == face.shape
        assert not np.array_equal(corrupt_face(face, random), face)
        voice = np.sin(np.arange(16_000) / 20).astype(np.float32)
        noisy = corrupt_voice(voice, random, [voice])
        assert noisy.dtype == np.float32
        assert np.isfinite(noisy).all()
        assert 0 < len(corrupt_sentence("one two three four five six", random)) < 30
        assert corrupt_sentence("ok", random) == "ok"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("torch")
    from perception.training.calibration import calibrate
    from perception.training.export import export_torch, weights_metadata
    from perception.training.fusion.deployed import INPUTS, OUTPUTS, deployed, examples
    from perception.training.fusion.learner import FusionLearner, FusionRecipe, predict

    dev = draw_pairs(senses(seed=1), 210, condition("clean"), np.random.default_rng(1))
    dev = dev.where(np.asarray(dev.quality.any(axis=1)))
    recipe = FusionRecipe(pairs=1400, batch=64, width=16, tokens=2, rate=5e-3, misheard=0.1)
    learner = FusionLearner(senses(), dev, recipe, epochs=4, seed=0)
    for epoch in range(1, 5):
        assert learner.epoch(epoch, lambda _part: None)["train/loss"] > 0
    assert learner.judge()["dev/uar"] > 0.8
    before = predict(learner.network, dev)
    state = learner.state()
    learner.epoch(5, lambda _part: None)
    learner.restore(state)
    assert np.array_equal(predict(learner.network, dev), before)
    path = tmp_path_factory.mktemp("fusion") / "fusion-test-1.onnx"
    calibration = calibrate(before, dev.truth, risk=0.3)
    metadata = weights_metadata(path.stem, calibration) | {f"model.{s}": f"{s}-test-1" for s in SENSES}
    return export_torch(
        deployed(learner.network, calibration),
        examples(WIDTHS),
        path,
        input_names=list(INPUTS),
        output_names=list(OUTPUTS),
        metadata=metadata,
    )


@pytest.mark.train
class TestNetwork:
    def test_any_subset_of_senses_works(self, weights: Path) -> None:
        from perception.fusion.gated import GatedNetwork

        network, pairs = GatedNetwork(weights), drawn()
        for kept in ([0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]):
            silent = [place for place in range(3) if place not in kept]
            scores, quality = pairs.scores.copy(), pairs.quality.copy()
            scores[:, silent], quality[:, silent] = 0.0, 0.0
            features = {s: f * (p in kept) for p, (s, f) in enumerate(pairs.features.items())}
            heard = quality.any(axis=1)
            told = network.probabilities(features, scores, quality)
            assert told.sum(axis=1) == pytest.approx(np.ones(len(told)))
            assert (told.argmax(axis=1) == pairs.truth)[heard].mean() > (0.7 if len(kept) > 1 else 0.5), kept

    def test_what_a_missing_sense_would_have_said_changes_nothing(self, weights: Path) -> None:
        from perception.fusion.gated import GatedNetwork

        network, pairs = GatedNetwork(weights), drawn()
        quality = pairs.quality.copy()
        quality[:, 1] = 0.0
        other = {**pairs.features, Modality.AUDIO: pairs.features[Modality.AUDIO] + 3.0}
        one = network.probabilities(pairs.features, pairs.scores, quality)
        assert network.probabilities(other, pairs.scores, quality) == pytest.approx(one, abs=1e-6)

    def test_observations_of_other_models_count_by_their_scores(self, weights: Path) -> None:
        from perception.fusion.gated import GatedNetwork

        network = GatedNetwork(weights)
        vector = np.arange(12, dtype=np.float32)

        def seen(model: str) -> Observation:
            scores = EmotionScores.of({"sad": 0.9, "neutral": 0.1})
            return Observation(modality=Modality.VISION, status=Status.OK, model=model, scores=scores, quality=1.0)

        trust = {Modality.VISION: 1.0}
        plain = network.scores([seen("other")], {}, trust)
        assert network.scores([seen("other")], {Modality.VISION: vector}, trust) == plain
        assert network.scores([seen("vision-test-1")], {Modality.VISION: vector[:3]}, trust) == plain
        assert network.scores([seen("vision-test-1")], {Modality.VISION: vector}, trust) != plain
        assert plain.top == EMOTIONS[1]
