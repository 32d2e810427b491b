"""Untrained weights in the architecture of DeepFace's emotion model, for its engines. They never run for a user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Weights = Mapping[str, NDArray[np.float32]]

_CONVOLUTIONS: Final = {"conv_1": (64, 1, 5), "conv_2": (64, 64, 3), "conv_3": (64, 64, 3)} | {
    "conv_4": (128, 64, 3),
    "conv_5": (128, 128, 3),
}
"""Channels out, channels in, side of the kernel."""
_DENSE: Final = {"fc_1": (1024, 128), "fc_2": (1024, 1024), "fc_3": (7, 1024)}
"""Units out, units in."""


def untrained_weights(logits: Sequence[float], *, seed: int = 0, noise: float = 0.01) -> Weights:
    """Weights whose answer lies near the softmax of `logits` and still depends on the picture.

    Args:
        logits: Seven, in DeepFace's order: angry, disgust, fear, happy, sad, surprise, neutral.
        seed: Of the random weights.
        noise: How far the last layer follows the picture; 0 for not at all.
    """
    random = np.random.default_rng(seed)
    shapes = {name: (out, into, side, side) for name, (out, into, side) in _CONVOLUTIONS.items()} | _DENSE
    weights: dict[str, NDArray[np.float32]] = {}
    for name, shape in shapes.items():
        scale = noise if name == "fc_3" else (2 / np.prod(shape[1:])) ** 0.5
        weights[f"{name}.weight"] = (scale * random.standard_normal(shape)).astype(np.float32)
        weights[f"{name}.bias"] = np.zeros(shape[0], dtype=np.float32)
    weights["fc_3.bias"] = np.asarray(logits, dtype=np.float32)
    return weights


def write_weights(home: Path, engine: str, weights: Weights) -> Path:
    """Put them where DeepFace looks, with `DEEPFACE_HOME` being `home`.

    Args:
        home: A temporary folder.
        engine: `onnx` or `pytorch`, whose package has to be installed.
        weights: Of `untrained_weights`.
    """
    folder = home / ".deepface" / "weights"
    folder.mkdir(parents=True, exist_ok=True)
    if engine == "pytorch":
        import torch

        path = folder / "facial_expression_model_weights.pth"
        torch.save({name: torch.from_numpy(values) for name, values in weights.items()}, path)
        return path
    path = folder / "facial_expression_model_weights.onnx"
    path.write_bytes(_graph(weights))
    return path


def _graph(weights: Weights) -> bytes:
    """The ONNX graph: 1 x 48 x 48 x 1 in [0, 1] to 1 x 7 probabilities."""
    from onnx import TensorProto, helper, numpy_helper

    nodes: list[Any] = [helper.make_node("Transpose", ["faces"], ["t0"], perm=[0, 3, 1, 2])]

    def chain(kind: str, *inputs: str, **attributes: object) -> None:
        count = len(nodes)
        nodes.append(helper.make_node(kind, [f"t{count - 1}", *inputs], [f"t{count}"], **attributes))

    for name in _CONVOLUTIONS:
        chain("Conv", f"{name}.weight", f"{name}.bias")
        chain("Relu")
        if name == "conv_1":
            chain("MaxPool", kernel_shape=[5, 5], strides=[2, 2])
        elif name in {"conv_3", "conv_5"}:
            chain("AveragePool", kernel_shape=[3, 3], strides=[2, 2])
    chain("Flatten")
    for name in _DENSE:
        chain("Gemm", f"{name}.weight", f"{name}.bias", transB=1)
        chain("Softmax", axis=1) if name == "fc_3" else chain("Relu")
    graph = helper.make_graph(
        nodes,
        "emotion",
        [helper.make_tensor_value_info("faces", TensorProto.FLOAT, ["n", 48, 48, 1])],
        [helper.make_tensor_value_info(f"t{len(nodes) - 1}", TensorProto.FLOAT, ["n", 7])],
        [numpy_helper.from_array(values, name) for name, values in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())
