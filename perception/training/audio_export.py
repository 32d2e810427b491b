"""From trained members to the one ONNX file that ships: standardised inside, calibrated, checked for parity."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.audio.frames import Floats
from perception.audio.model import VoiceClassifier
from perception.emotions import EMOTIONS
from perception.training.audio_net import Ensemble

_OPSET = 20
_IR = 10


def export(ensemble: Ensemble, path: Path, *, temperature: float, uncertain_below: float) -> None:
    """Write functionals (n x size) -> probabilities (n x 7), features (n x members * last width).

    The members are stacked into matrices with a leading axis, so that the graph is as short as for one.
    """
    import onnx
    from onnx import TensorProto, helper

    size = len(ensemble.mean)
    graph = helper.make_graph(
        _nodes(helper),
        path.stem,
        [helper.make_tensor_value_info("functionals", TensorProto.FLOAT, ["n", size])],
        [
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", len(EMOTIONS)]),
            helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", None]),
        ],
        [onnx.numpy_helper.from_array(value, name) for name, value in _weights(ensemble, temperature).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
    facts = {
        "emotions": " ".join(EMOTIONS),
        "temperature": f"{temperature:.4f}",
        "uncertain_below": f"{uncertain_below:.4f}",
    }
    helper.set_model_props(model, facts)
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())


def _nodes(helper: Any) -> list[Any]:
    steps = [
        ("Sub", "functionals mean", "centred"),
        ("Div", "centred deviation", "scaled"),
        ("Clip", "scaled low high", "standard"),
        ("MatMul", "standard first", "a1"),
        ("Add", "a1 first_bias", "a2"),
        ("LayerNormalization", "a2 ones", "a3"),
        ("Mul", "a3 norm", "a4"),
        ("Add", "a4 norm_bias", "a5"),
        ("Gelu", "a5", "a6"),
        ("MatMul", "a6 second", "b1"),
        ("Add", "b1 second_bias", "b2"),
        ("Gelu", "b2", "b3"),
        ("MatMul", "b3 last", "c1"),
        ("Add", "c1 last_bias", "c2"),
        ("ReduceSum", "c2 first_axis", "logits"),
        ("Softmax", "logits", "probabilities"),
        ("Transpose", "b3", "b4"),
        ("Reshape", "b4 rows", "features"),
    ]
    options: dict[str, dict[str, Any]] = {
        "LayerNormalization": {"axis": -1, "epsilon": 1e-5},
        "ReduceSum": {"keepdims": 0},
        "Softmax": {"axis": -1},
        "Transpose": {"perm": [1, 0, 2]},
    }
    return [helper.make_node(kind, inputs.split(), [output], **options.get(kind, {})) for kind, inputs, output in steps]


def _weights(ensemble: Ensemble, temperature: float) -> dict[str, NDArray[Any]]:
    def stacked(layer: int, name: str, axis: int | None = None) -> Floats:
        values = [getattr(member[layer], name).detach().numpy() for member in ensemble.members]
        return np.stack([value.T if axis is None else np.expand_dims(value, axis) for value in values])

    # the mean over the members and the temperature are one factor of the last layer
    factor = np.float32(1 / (temperature * len(ensemble.members)))
    return {
        "mean": ensemble.mean,
        "deviation": ensemble.deviation,
        "low": np.array(-5.0, dtype=np.float32),
        "high": np.array(5.0, dtype=np.float32),
        "first": stacked(1, "weight"),
        "first_bias": stacked(1, "bias", 0),
        "ones": np.ones(ensemble.members[0][1].out_features, dtype=np.float32),
        "norm": stacked(2, "weight", 0),
        "norm_bias": stacked(2, "bias", 0),
        "second": stacked(5, "weight"),
        "second_bias": stacked(5, "bias", 0),
        "last": stacked(8, "weight") * factor,
        "last_bias": stacked(8, "bias", 0) * factor,
        "first_axis": np.array([0], dtype=np.int64),
        "rows": np.array([0, -1], dtype=np.int64),
    }


def parity(ensemble: Ensemble, path: Path, functionals: Floats, temperature: float) -> float:
    """Largest difference of a probability between the exported network and the trained one."""
    from scipy.special import softmax

    ours = softmax(ensemble.logits(functionals) / temperature, axis=1)
    return float(np.abs(ours - VoiceClassifier(path).read(functionals).probabilities).max())
