"""The voice network as it ships: standardised and calibrated inside, its members stacked into one short graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.audio.frames import Floats
from perception.emotions import EMOTIONS
from perception.training.calibration import Calibration

_OPSET = 20
_IR = 10
_STEPS: Final = (
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
    ("ReduceSum", "c2 first_axis", "mean_logits"),
    ("Add", "mean_logits shift", "logits"),
    ("Softmax", "logits", "probabilities"),
    ("Transpose", "b3", "b4"),
    ("Reshape", "b4 rows", "features"),
)
_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "LayerNormalization": {"axis": -1, "epsilon": 1e-5},
    "ReduceSum": {"keepdims": 0},
    "Softmax": {"axis": -1},
    "Transpose": {"perm": [1, 0, 2]},
}


def deployed(members: Sequence[Any], mean: Floats, deviation: Floats, calibration: Calibration, name: str) -> Any:
    """An `onnx.ModelProto`: functionals (n x size) to probabilities (n x 7) and features (n x members * last width).

    The members are stacked into matrices with a leading axis, so that the graph is as short as for one.
    """
    import onnx
    from onnx import TensorProto, helper

    def value(title: str, *shape: str | int | None) -> Any:
        return helper.make_tensor_value_info(title, TensorProto.FLOAT, list(shape))

    weights = {"mean": mean, "deviation": deviation, **_weights(members, calibration)}
    graph = helper.make_graph(
        [helper.make_node(kind, inputs.split(), [out], **_OPTIONS.get(kind, {})) for kind, inputs, out in _STEPS],
        name,
        [value("functionals", "n", len(mean))],
        [value("probabilities", "n", len(EMOTIONS)), value("features", "n", None)],
        [onnx.numpy_helper.from_array(each, title) for title, each in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)


def _weights(members: Sequence[Any], calibration: Calibration) -> dict[str, NDArray[Any]]:
    def stacked(layer: int, title: str, axis: int | None = None) -> Floats:
        values = [getattr(member[layer], title).detach().numpy() for member in members]
        return np.stack([each.T if axis is None else np.expand_dims(each, axis) for each in values])

    # the mean over the members and the calibration's factors are one factor of the last layer
    factor = (calibration.factor / len(members)).astype(np.float32)
    return {
        "low": np.array(-5.0, dtype=np.float32),
        "high": np.array(5.0, dtype=np.float32),
        "first": stacked(1, "weight"),
        "first_bias": stacked(1, "bias", 0),
        "ones": np.ones(members[0][1].out_features, dtype=np.float32),
        "norm": stacked(2, "weight", 0),
        "norm_bias": stacked(2, "bias", 0),
        "second": stacked(5, "weight"),
        "second_bias": stacked(5, "bias", 0),
        "last": stacked(8, "weight") * factor,
        "last_bias": stacked(8, "bias", 0) * factor,
        "shift": np.array(calibration.bias, dtype=np.float32),
        "first_axis": np.array([0], dtype=np.int64),
        "rows": np.array([0, -1], dtype=np.int64),
    }
