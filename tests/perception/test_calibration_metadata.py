"""Calibration travels with the weights and comes back as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from perception.audio.model import VoiceClassifier
from perception.models.shipped import shipped_weight
from perception.text.files import SHIPPED
from perception.text.model import TextModel, load_model, save_model, softmax
from perception.text.vectorise import Vectoriser
from perception.training.calibration import Calibration, Seen, calibrate, fold_linear, fold_text
from perception.training.errors import CalibrationInvalid
from perception.vision.classifier import FaceClassifier

unit = pytest.mark.unit
VECTOR = Calibration(
    method="vector",
    temperature=1 / 3,
    scale=(1.1, 0.9, 1 / 7, 2.0, 1.0, 1.3, 0.7),
    bias=(0.1, -0.2, 1e-17, 0.0, 3.5, -1 / 3, 0.4),
    uncertain_below=0.1 + 0.2,
    risk=0.3,
    dev=Seen(
        rows=900,
        groups=12,
        nll_before=1.2,
        nll_after=1.0,
        ece_before=0.1,
        ece_after=1 / 30,
        selective_risk=0.29,
        coverage=0.8,
        reached=True,
    ),
)


@unit
class TestMetadata:
    @pytest.mark.parametrize(
        "calibration",
        [
            VECTOR,
            replace(VECTOR, risk=None, dev=None),
            replace(VECTOR, dev=replace(VECTOR.dev, groups=None, reached=False)),
            Calibration(method="temperature", temperature=0.2, uncertain_below=0.4),
        ],
    )
    def test_round_trip(self, calibration: Calibration) -> None:
        told = calibration.metadata()
        assert all(isinstance(text, str) for text in (*told, *told.values()))
        assert Calibration.from_metadata(told | {"emotions": "and other things"}) == calibration

    def test_round_trip_of_a_real_one(self) -> None:
        rng = np.random.default_rng(0)
        found = calibrate(rng.normal(size=(200, 7)).astype(np.float32), rng.integers(0, 7, 200), method="vector")
        assert Calibration.from_metadata(found.metadata()) == found

    def test_older_weights_tell_a_temperature_alone(self) -> None:
        found = Calibration.from_metadata({"temperature": "0.9100", "uncertain_below": "0.3000"})
        assert (found.method, found.temperature, found.uncertain_below) == ("temperature", 0.91, 0.3)
        assert (found.risk, found.dev) == (None, None)

    @pytest.mark.parametrize(
        ("change", "complaint"),
        [
            ({"temperature": "warm"}, "warm"),
            ({"temperature": "0"}, "above 0"),
            ({"temperature": "nan"}, "finite"),
            ({"calibration.scale": "1 2 3"}, "7 values"),
            ({"calibration.method": "isotonic"}, "'isotonic'"),
            ({"calibration.method": "temperature"}, "no bias"),
            ({"calibration.reached": "perhaps"}, "'perhaps'"),
            ({"calibration.groups": "many"}, "many"),
        ],
    )
    def test_metadata_that_are_none(self, change: dict[str, str], complaint: str) -> None:
        with pytest.raises(CalibrationInvalid, match=complaint):
            Calibration.from_metadata(VECTOR.metadata() | change)

    def test_metadata_without_a_threshold(self) -> None:
        with pytest.raises(CalibrationInvalid, match=r"uncertain_below.*attune train"):
            Calibration.from_metadata({"temperature": "1.0"})


@unit
class TestApply:
    def test_by_hand(self) -> None:
        found = Calibration(method="temperature", temperature=2.0, uncertain_below=0.0)
        given = found.apply(np.array([[2 * np.log(2), 0, 0, 0, 0, 0, 0]], dtype=np.float32))
        assert given.dtype == np.float64
        assert given[0] == pytest.approx([2 / 8] + [1 / 8] * 6)

    def test_extreme_logits_stay_probabilities(self) -> None:
        given = VECTOR.apply(np.array([[1e4, -1e4, 0, 0, 0, 0, 0], [1e4] * 7]))
        assert np.isfinite(given).all()
        assert given.sum(axis=1) == pytest.approx(1)

    def test_one_row_of_any_shape(self) -> None:
        logits = np.random.default_rng(0).normal(size=(2, 3, 7))
        assert VECTOR.apply(logits)[1, 2] == pytest.approx(VECTOR.apply(logits[1, 2]))

    def test_folded_into_the_last_layer(self) -> None:
        rng = np.random.default_rng(0)
        rows, weights, intercept = rng.normal(size=(5, 9)), rng.normal(size=(9, 7)), rng.normal(size=7)
        inside, moved = fold_linear(weights, intercept, VECTOR)
        assert softmax((rows @ inside + moved).astype(np.float32)) == pytest.approx(
            VECTOR.apply(rows @ weights + intercept), abs=1e-5
        )


def text_model() -> TextModel:
    grams = ["bad", "good", "so"]
    rng = np.random.default_rng(0)
    return TextModel(
        name="tiny",
        blocks=(
            Vectoriser(
                analyzer="word",
                low=1,
                high=1,
                vocabulary={gram: i for i, gram in enumerate(grams)},
                idf=np.ones(3, dtype=np.float32),
            ),
        ),
        coefficients=rng.normal(size=(3, 7)).astype(np.float16),
        intercept=rng.normal(size=7).astype(np.float32),
        temperature=1.0,
        threshold=0.0,
    )


@unit
class TestTextWeights:
    @pytest.mark.parametrize(
        "calibration", [VECTOR, Calibration.from_metadata({"temperature": "0.3", "uncertain_below": "0.5"})]
    )
    def test_a_calibrated_model_comes_back(self, calibration: Calibration, tmp_path: Path) -> None:
        plain = text_model()
        save_model(fold_text(plain, calibration), tmp_path / "tiny.npz")
        model = load_model(tmp_path / "tiny.npz")
        assert Calibration.from_metadata(model.metadata) == calibration
        assert model.threshold == calibration.uncertain_below
        for text in ("so good", "bad", ""):
            given = softmax(model.logits(text))
            assert given == pytest.approx(calibration.apply(plain.logits(text)), abs=2e-3)  # float16 coefficients

    def test_a_model_that_tells_nothing_comes_back(self, tmp_path: Path) -> None:
        save_model(text_model(), tmp_path / "tiny.npz")
        assert load_model(tmp_path / "tiny.npz").metadata == {}


@pytest.mark.model
class TestShippedWeights:
    def test_networks_tell_their_calibration(self) -> None:
        for network in (FaceClassifier(), VoiceClassifier()):
            found = Calibration.from_metadata(network.metadata)
            assert found.uncertain_below == network.uncertain_below

    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_text_models_load(self, lang: str) -> None:
        model = load_model(shipped_weight(SHIPPED[lang][0].linear))
        assert 0 < model.threshold < 1
        if model.metadata:
            assert Calibration.from_metadata(model.metadata).uncertain_below == model.threshold
