"""Eight-bit copies: smaller, the same each time, and shipped only where they pay."""

from __future__ import annotations

import importlib.util
import json
import logging
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from perception.metrics.values import Predictions
from perception.training.errors import ExportFailed
from perception.training.export import (
    OnnxRunner,
    check_parity,
    faster,
    measure_quantised,
    quantisation_loss,
    quantise,
    read_metadata,
    save_onnx,
)

needs_onnx = pytest.mark.skipif(importlib.util.find_spec("onnx") is None, reason="needs the extra `train`")
METADATA = {"emotions": "as they are", "temperature": "1.0"}


def graph(nodes: list[tuple[str, str, str, dict[str, Any]]], shape: list[Any], weights: dict[str, Any]) -> Any:
    from onnx import TensorProto, helper, numpy_helper

    made = helper.make_graph(
        [helper.make_node(kind, given.split(), [out], **options) for kind, given, out, options in nodes],
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", 7])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def draw(*shape: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(0, 0.3, size=shape).astype(np.float32)


def perceptron(path: Path) -> Path:
    nodes: list[tuple[str, str, str, dict[str, Any]]] = [
        ("MatMul", "x first", "a", {}),
        ("Relu", "a", "b", {}),
        ("MatMul", "b last", "c", {}),
        ("Softmax", "c", "probabilities", {"axis": -1}),
    ]
    return save_onnx(graph(nodes, ["n", 64], {"first": draw(64, 128), "last": draw(128, 7)}), path, METADATA)


def cnn(path: Path) -> Path:
    """Both a picture and itself mirrored go through the same convolutions, each with batch statistics."""
    statistics = "gamma beta mean variance"
    nodes: list[tuple[str, str, str, dict[str, Any]]] = [
        ("Slice", "x minus_one far width minus_one", "flipped", {}),
    ]
    for view, given in (("one", "x"), ("two", "flipped")):
        nodes += [
            ("Conv", f"{given} first", f"a{view}", {"pads": [1, 1, 1, 1]}),
            ("BatchNormalization", f"a{view} {statistics}", f"b{view}", {}),
            ("Relu", f"b{view}", f"c{view}", {}),
            ("Conv", f"c{view} second", f"d{view}", {"pads": [1, 1, 1, 1]}),
            ("Relu", f"d{view}", f"e{view}", {}),
            ("GlobalAveragePool", f"e{view}", f"f{view}", {}),
            ("Flatten", f"f{view}", f"g{view}", {}),
            ("Gemm", f"g{view} last", f"h{view}", {}),
        ]
    nodes += [("Add", "hone htwo", "i", {}), ("Softmax", "i", "probabilities", {"axis": -1})]
    weights = {
        "first": draw(32, 1, 3, 3),
        "second": draw(32, 32, 3, 3),
        "last": draw(32, 7) * 4,
        "gamma": np.linspace(0.5, 2, 32, dtype=np.float32),
        "beta": draw(32),
        "mean": draw(32),
        "variance": np.ones(32, dtype=np.float32),
        "minus_one": np.array([-1]),
        "far": np.array([-(2**31)]),
        "width": np.array([3]),
    }
    return save_onnx(graph(nodes, ["n", 1, 12, 12], weights), path, METADATA)


def pictures(rows: int, seed: int = 0) -> NDArray[np.float32]:
    return draw(rows, 1, 12, 12, seed=seed) * 4


@needs_onnx
@pytest.mark.train
class TestQuantise:
    def test_dynamic(self, tmp_path: Path) -> None:
        before = perceptron(tmp_path / "before.onnx")
        after = quantise(before, tmp_path / "after.onnx", method="dynamic")
        assert after.stat().st_size < 0.45 * before.stat().st_size
        rows = draw(200, 64, seed=1) * 3
        check_parity(OnnxRunner(before), OnnxRunner(after), rows, max_difference=0.1, min_agreement=0.95)
        assert read_metadata(after) == METADATA | {"quantised": "dynamic int8"}

    def test_matrices_stacked_for_an_ensemble(self, tmp_path: Path) -> None:
        nodes: list[tuple[str, str, str, dict[str, Any]]] = [
            ("MatMul", "x first", "a", {}),
            ("Relu", "a", "b", {}),
            ("MatMul", "b last", "c", {}),
            ("ReduceSum", "c members", "d", {"keepdims": 0}),
            ("Softmax", "d", "probabilities", {"axis": -1}),
        ]
        weights = {"first": draw(3, 64, 32), "last": draw(3, 32, 7), "members": np.array([0])}
        before = save_onnx(graph(nodes, ["n", 64], weights), tmp_path / "before.onnx", METADATA)
        after = quantise(before, tmp_path / "after.onnx", method="dynamic")
        rows = draw(100, 64, seed=1)
        check_parity(OnnxRunner(before), OnnxRunner(after), rows, max_difference=0.1, min_agreement=0.95)

    def test_static(self, tmp_path: Path) -> None:
        before = cnn(tmp_path / "before.onnx")
        after = quantise(before, tmp_path / "after.onnx", method="static", calibration=pictures(40))
        assert after.stat().st_size < 0.75 * before.stat().st_size  # a third is the graph itself
        rows = pictures(200, seed=1)
        check_parity(OnnxRunner(before), OnnxRunner(after), rows, max_difference=0.1, min_agreement=0.95)
        assert read_metadata(after) == METADATA | {"quantised": "static int8"}

    def test_probabilities_still_sum_to_one(self, tmp_path: Path) -> None:
        after = quantise(cnn(tmp_path / "a.onnx"), tmp_path / "b.onnx", method="static", calibration=pictures(40))
        assert OnnxRunner(after)(pictures(50, seed=1)).sum(axis=1) == pytest.approx(1, abs=1e-5)

    def test_weights_used_twice_are_kept_once(self, tmp_path: Path) -> None:
        import onnx

        after = quantise(cnn(tmp_path / "a.onnx"), tmp_path / "b.onnx", method="static", calibration=pictures(40))
        shapes = [tuple(each.dims) for each in onnx.load(after).graph.initializer]
        assert shapes.count((32, 32, 3, 3)) == shapes.count((32, 1, 3, 3)) == 1

    @pytest.mark.parametrize("method", ["dynamic", "static"])
    def test_the_same_file_gives_the_same_bytes(self, method: Any, tmp_path: Path) -> None:
        rows = pictures(40) if method == "static" else None
        before = (cnn if method == "static" else perceptron)(tmp_path / "before.onnx")
        one, two = (quantise(before, tmp_path / name, method=method, calibration=rows) for name in ("1", "2"))
        assert one.read_bytes() == two.read_bytes()
        assert str(tmp_path).encode() not in one.read_bytes()

    def test_it_is_quiet_and_leaves_logging_alone(self, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        handlers, disabled = list(logging.getLogger().handlers), logging.root.manager.disable
        quantise(perceptron(tmp_path / "a.onnx"), tmp_path / "b.onnx", method="dynamic")
        quantise(cnn(tmp_path / "c.onnx"), tmp_path / "d.onnx", method="static", calibration=pictures(40))
        assert capfd.readouterr() == ("", "")
        assert (logging.getLogger().handlers, logging.root.manager.disable) == (handlers, disabled)

    def test_rows_go_with_static(self, tmp_path: Path) -> None:
        before = perceptron(tmp_path / "a.onnx")
        with pytest.raises(ExportFailed, match="rows for calibration"):
            quantise(before, tmp_path / "b.onnx", method="static")
        with pytest.raises(ExportFailed, match="rows for calibration"):
            quantise(before, tmp_path / "b.onnx", method="dynamic", calibration=draw(4, 64))

    def test_rows_of_another_shape(self, tmp_path: Path) -> None:
        with pytest.raises(ExportFailed, match=r"'a\.onnx' cannot be quantised \(static\)"):
            quantise(cnn(tmp_path / "a.onnx"), tmp_path / "b.onnx", method="static", calibration=draw(4, 64))
        assert not (tmp_path / "b.onnx").exists()

    def test_a_graph_without_weights(self, tmp_path: Path) -> None:
        nodes: list[tuple[str, str, str, dict[str, Any]]] = [("Softmax", "x", "probabilities", {"axis": -1})]
        before = save_onnx(graph(nodes, ["n", 7], {}), tmp_path / "a.onnx", METADATA)
        with pytest.raises(ExportFailed, match="no weights that dynamic"):
            quantise(before, tmp_path / "b.onnx", method="dynamic")

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(ExportFailed, match=r"none\.onnx"):
            quantise(tmp_path / "none.onnx", tmp_path / "b.onnx", method="dynamic")

    def test_measured(self, tmp_path: Path) -> None:
        before = cnn(tmp_path / "a.onnx")
        after = quantise(before, tmp_path / "b.onnx", method="static", calibration=pictures(40))
        rows = pictures(100, seed=1)
        truth = OnnxRunner(before)(rows).argmax(axis=1)
        found = measure_quantised(before, after, rows, truth, allowed=0.2)
        assert (found.bytes_before, found.bytes_after) == (before.stat().st_size, after.stat().st_size)
        assert found.comparison.differences["accuracy"].a == 1.0
        assert found.comparison.differences["accuracy"].b == found.agreement > 0.9
        assert found.speed > 0


def predictions(right: list[bool]) -> Predictions:
    truth = np.arange(len(right)) % 7
    probabilities = np.eye(7)[np.where(right, truth, (truth + 1) % 7)] * 0.93 + 0.01
    return Predictions(truth=truth, probabilities=probabilities)


@pytest.mark.unit
class TestWhetherItPays:
    SAME = quantisation_loss(predictions([True] * 70), predictions([True] * 70), sizes=(400, 110), speed=1.5)

    def test_smaller_and_no_worse(self) -> None:
        assert self.SAME.pays
        assert self.SAME.reasons == ()
        assert (self.SAME.agreement, self.SAME.comparison.rows) == (1.0, 70)

    def test_slower_does_not_pay(self) -> None:
        found = replace(self.SAME, speed=0.8)
        assert not found.pays
        assert found.reasons == ("it is slower: 0.80 times as fast",)
        assert replace(self.SAME, speed=0.97).pays  # no finer can be told

    def test_no_smaller_does_not_pay(self) -> None:
        assert replace(self.SAME, bytes_after=400).reasons == ("it is no smaller: 400 bytes, of 400",)

    def test_a_loss_beyond_what_is_allowed(self) -> None:
        after = predictions([i >= 4 for i in range(70)])
        found = quantisation_loss(predictions([True] * 70), after, sizes=(400, 110), speed=1.5, allowed=0.01)
        assert not found.pays
        assert found.agreement == pytest.approx(66 / 70)
        assert "it loses 0.057 of accuracy, of 0.010 allowed" in found.reasons[0]
        loss = found.comparison.differences["accuracy"]
        assert loss.interval is not None
        assert loss.interval.low < -4 / 70 < loss.interval.high <= 0
        assert replace(found, allowed=0.1).pays

    def test_it_is_told_as_json(self) -> None:
        told = json.loads(json.dumps(replace(self.SAME, speed=0.5).as_dict()))
        assert told["pays"] is False
        assert told["comparison"]["differences"]["uar"]["difference"] == 0.0

    def test_other_rows_are_refused(self) -> None:
        with pytest.raises(ValueError, match="same rows"):
            quantisation_loss(predictions([True] * 70), predictions([True] * 69), sizes=(2, 1), speed=1)

    def test_speed_is_a_ratio_of_both(self) -> None:
        def busy(seconds: float) -> None:
            end = time.process_time() + seconds
            while time.process_time() < end:
                pass

        assert faster(lambda: busy(0.006), lambda: busy(0.002), rounds=6) == pytest.approx(3, rel=0.3)
