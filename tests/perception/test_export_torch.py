"""PyTorch modules and graphs built by hand become files: the same each time, with nothing of who made them."""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perception import EMOTIONS
from perception.models.network import EmotionNetwork
from perception.training.calibration import Calibration
from perception.training.errors import ExportFailed, TrainingExtraMissing
from perception.training.export import (
    OnnxRunner,
    calibrated_head,
    check_parity,
    export_torch,
    read_metadata,
    save_onnx,
    weights_metadata,
)

needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs the extra `train`")
needs_onnx = pytest.mark.skipif(importlib.util.find_spec("onnx") is None, reason="needs the extra `train`")

VECTOR = Calibration(
    method="vector",
    temperature=0.5,
    scale=(1.0, 2.0, 0.5, 1.0, 1.5, 1.0, 0.8),
    bias=(0.0, 0.3, -0.3, 0.1, 0.0, 0.0, -0.1),
    uncertain_below=0.25,
    risk=0.3,
)
METADATA = weights_metadata("tiny-1", VECTOR)


class Tiny(EmotionNetwork):
    shipped = "tiny-1"
    sense = "vision"


def cnn(seed: int = 0) -> Any:
    import torch

    torch.manual_seed(seed)
    nn = torch.nn
    body = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )

    class Net(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.body, self.last, self.head = body, nn.Linear(8, 7), calibrated_head(VECTOR)

        def forward(self, faces: Any) -> tuple[Any, Any]:
            logits = self.last(self.body(faces))
            return self.head(logits), logits

    return Net()


def exported(module: Any, path: Path, **change: Any) -> Path:
    import torch

    settings: dict[str, Any] = {
        "input_names": ["faces"],
        "output_names": ["probabilities", "logits"],
        "metadata": METADATA,
    }
    return export_torch(module, (torch.zeros(2, 1, 12, 12),), path, **(settings | change))


def faces(rows: int) -> Any:
    return np.random.default_rng(0).normal(size=(rows, 1, 12, 12)).astype(np.float32)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported(cnn(), tmp_path_factory.mktemp("export") / "tiny.onnx")


@needs_torch
@pytest.mark.train
class TestTorch:
    def test_it_answers_as_the_module_does(self, file: Path) -> None:
        import torch

        net = cnn().eval()

        def reference(rows: Any) -> Any:
            with torch.inference_mode():
                return net(torch.from_numpy(rows))[0].numpy()

        parity = check_parity(reference, OnnxRunner(file), faces(70))
        assert parity.max_difference < 1e-5
        assert (parity.rows, parity.agreement) == (70, 1.0)

    def test_the_graph_holds_the_calibration(self, file: Path) -> None:
        runner = OnnxRunner(file, batch=3)
        probabilities, logits = runner.run(["probabilities", "logits"], {"faces": faces(7)})
        assert probabilities == pytest.approx(VECTOR.apply(logits), abs=1e-6)

    def test_the_same_weights_give_the_same_bytes(self, file: Path, tmp_path: Path) -> None:
        again, other = exported(cnn(), tmp_path / "again.onnx"), exported(cnn(seed=1), tmp_path / "other.onnx")
        first, second, third = (hashlib.sha256(each.read_bytes()).hexdigest() for each in (file, again, other))
        assert first == second != third

    def test_it_says_nothing_of_who_made_it(self, file: Path) -> None:
        told = file.read_bytes().decode("latin-1")
        for word in ("Traceback", "File ", ".py", str(Path(__file__).parent), "site-packages", "forward"):
            assert word not in told

    def test_perceivers_can_read_it(self, file: Path) -> None:
        assert read_metadata(file) == OnnxRunner(file).metadata == METADATA
        network = Tiny(file)
        assert network.uncertain_below == 0.25
        assert network.metadata["name"] == "tiny-1"
        assert Calibration.from_metadata(network.metadata) == VECTOR

    def test_it_says_nothing_on_the_way_and_leaves_the_module_as_it_was(
        self, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        net = cnn().train()
        net.body[1].eval()
        exported(net, tmp_path / "tiny.onnx")
        assert capfd.readouterr() == ("", "")
        assert net.training
        assert not net.body[1].training
        assert [each.name for each in tmp_path.iterdir()] == ["tiny.onnx"]

    def test_free_axes_have_names(self, tmp_path: Path) -> None:
        import onnx

        axes = {"faces": {0: "faces", 3: "width"}}
        net = exported(cnn(), tmp_path / "wide.onnx", dynamic=axes)
        dims = onnx.load(net).graph.input[0].type.tensor_type.shape.dim
        assert [each.dim_param or each.dim_value for each in dims] == ["faces", 1, 12, "width"]
        assert OnnxRunner(net)(np.zeros((3, 1, 12, 30))).shape == (3, 7)

    @pytest.mark.parametrize(
        ("change", "complaint"),
        [
            ({"input_names": ["faces", "voices"]}, "1 inputs"),
            ({"dynamic": {"voices": {0: "n"}}}, "'voices' is no input"),
            ({"dynamic": {"faces": {1: "n"}}}, r"axis 1 of 'faces'.*\(2, 1, 12, 12\)"),
            ({"dynamic": {"faces": {7: "n"}}}, "axis 7"),
        ],
    )
    def test_what_cannot_be(self, change: dict[str, Any], complaint: str, tmp_path: Path) -> None:
        with pytest.raises(ExportFailed, match=complaint):
            exported(cnn(), tmp_path / "tiny.onnx", **change)
        assert not list(tmp_path.iterdir())

    def test_a_module_that_decides_by_its_input_cannot_be_exported(self, tmp_path: Path) -> None:
        import torch

        class Fickle(torch.nn.Module):  # type: ignore[misc]
            def forward(self, faces: Any) -> Any:
                return faces if faces.sum() > 0 else -faces

        with pytest.raises(ExportFailed, match=r"cannot export 'fickle\.onnx'"):
            exported(Fickle(), tmp_path / "fickle.onnx", output_names=["faces"])


def linear(weights: Any) -> Any:
    from onnx import TensorProto, helper, numpy_helper

    node = helper.make_node("MatMul", ["x", "w"], ["y"], doc_string='File "/home/me/secret.py", line 7')
    graph = helper.make_graph(
        [node],
        "linear",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 7])],
        [numpy_helper.from_array(weights, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    model.doc_string = "made in /home/me"
    return model


@needs_onnx
@pytest.mark.train
class TestByHand:
    WEIGHTS = np.arange(21, dtype=np.float32).reshape(3, 7)

    def test_it_runs_and_tells(self, tmp_path: Path) -> None:
        file = save_onnx(linear(self.WEIGHTS), tmp_path / "linear.onnx", {"b": "2", "a": "1"})
        rows = np.random.default_rng(0).normal(size=(5, 3))
        assert OnnxRunner(file)(rows) == pytest.approx(rows @ self.WEIGHTS, abs=1e-5)
        assert read_metadata(file) == {"a": "1", "b": "2"}
        assert b"/home/me" not in file.read_bytes()

    def test_the_order_of_metadata_does_not_matter(self, tmp_path: Path) -> None:
        one = save_onnx(linear(self.WEIGHTS), tmp_path / "one.onnx", {"b": "2", "a": "1"})
        two = save_onnx(linear(self.WEIGHTS), tmp_path / "two.onnx", {"a": "1", "b": "2"})
        assert one.read_bytes() == two.read_bytes()

    def test_notes_in_inner_graphs_go_too(self, tmp_path: Path) -> None:
        from onnx import TensorProto, helper

        def branch(kind: str) -> Any:
            node = helper.make_node(kind, ["x"], [f"{kind}_y"], doc_string="/home/me")
            node.metadata_props.add(key="stack", value="/home/me")
            given = helper.make_tensor_value_info(f"{kind}_y", TensorProto.FLOAT, ["n"])
            return helper.make_graph([node], kind, [], [given])

        node = helper.make_node("If", ["c"], ["y"], then_branch=branch("Neg"), else_branch=branch("Abs"))
        graph = helper.make_graph(
            [node],
            "choice",
            [
                helper.make_tensor_value_info("c", TensorProto.BOOL, []),
                helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n"]),
            ],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n"])],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
        assert b"/home/me" not in save_onnx(model, tmp_path / "choice.onnx", {}).read_bytes()

    def test_a_graph_that_is_none(self, tmp_path: Path) -> None:
        model = linear(self.WEIGHTS)
        model.graph.node[0].op_type = "Guess"
        with pytest.raises(ExportFailed, match=r"'linear\.onnx' is not valid ONNX"):
            save_onnx(model, tmp_path / "linear.onnx", {})
        assert not list(tmp_path.iterdir())

    def test_metadata_are_text(self, tmp_path: Path) -> None:
        with pytest.raises(ExportFailed, match=r"'temperature': 0\.5"):
            save_onnx(linear(self.WEIGHTS), tmp_path / "linear.onnx", {"temperature": 0.5})  # type: ignore[dict-item]

    @pytest.mark.parametrize("content", [b"", b"nothing of the kind"])
    def test_a_file_that_is_none(self, content: bytes, tmp_path: Path) -> None:
        (tmp_path / "broken.onnx").write_bytes(content)
        with pytest.raises(ExportFailed, match=r"broken\.onnx.*ONNX"):
            read_metadata(tmp_path / "broken.onnx")
        with pytest.raises(ExportFailed, match=r"broken\.onnx.*cannot be run"):
            OnnxRunner(tmp_path / "broken.onnx")

    def test_the_runner_names_what_is_wrong(self, tmp_path: Path) -> None:
        file = save_onnx(linear(self.WEIGHTS), tmp_path / "linear.onnx", {})
        runner = OnnxRunner(file)
        assert (runner.inputs, runner.outputs) == (("x",), ("y",))
        with pytest.raises(ExportFailed, match="has no 'logits'; it has y"):
            OnnxRunner(file, output="logits")
        with pytest.raises(ExportFailed, match="has no 'faces'; it has x"):
            runner.run(["y"], {"faces": np.zeros((1, 3))})
        with pytest.raises(ExportFailed, match="does not take these rows"):
            runner(np.zeros((1, 4)))
        with pytest.raises(ExportFailed, match="one row or more"):
            runner(np.zeros((0, 3)))


@pytest.mark.unit
def test_metadata_of_weights() -> None:
    assert METADATA["emotions"].split() == list(EMOTIONS)
    assert METADATA["name"] == "tiny-1"
    assert float(METADATA["uncertain_below"]) == 0.25


@pytest.mark.unit
def test_without_the_extra_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(TrainingExtraMissing, match=r"attune-agent\[train\]"):
        save_onnx(None, tmp_path / "a.onnx", {})
    with pytest.raises(TrainingExtraMissing, match="torch"):
        export_torch(None, (), tmp_path / "a.onnx", input_names=[], output_names=[], metadata={})


@pytest.mark.unit
def test_importing_it_is_light() -> None:
    code = (
        "import sys, perception.training.export, perception.training.calibration; "
        "sys.exit(any(m in sys.modules for m in ('torch', 'onnx', 'onnxruntime', 'sklearn', 'scipy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
