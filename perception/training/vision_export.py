"""From a trained face network to the ONNX file that ships: calibrated, checked against the network it came from."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS
from perception.training.vision_data import Faces
from perception.training.vision_net import SIDE

_TEMPERATURES = np.exp(np.linspace(np.log(0.3), np.log(3.0), 181))
_CONFIDENCES = np.arange(1 / 7, 0.7, 0.01)
_ENOUGH = 20  # rows a threshold must rest on


@dataclass(frozen=True, kw_only=True, slots=True)
class Parity:
    """How far the exported network is from the trained one."""

    difference: float
    """Largest difference of a probability."""
    agreement: float
    """Part of the faces both give the same top emotion, in [0, 1]."""


def temperature(logits: NDArray[Any], truth: NDArray[np.int64]) -> float:
    """What to divide logits by so that confidence means probability (Guo et al. 2017), by likelihood."""
    losses = [-np.log(softmax(logits / t)[np.arange(len(truth)), truth] + 1e-12).mean() for t in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def uncertain_below(probabilities: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    """The highest confidence below which the top emotion is wrong more often than right; 1/7 when there is none."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    wrong_more = [
        float(bound)
        for bound in _CONFIDENCES
        if (confidence < bound).sum() >= _ENOUGH and right[confidence < bound].mean() < 0.5
    ]
    return round(max(wrong_more, default=1 / 7), 4)


def calibration_error(probabilities: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    """Expected calibration error over 15 bins of equal width, in [0, 1]."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    bins = np.minimum((confidence * 15).astype(int), 14)
    gaps = [abs(right[bins == b].mean() - confidence[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
    return float(np.sum(gaps))


def softmax(logits: NDArray[Any]) -> NDArray[np.float64]:
    """Row by row, in float64."""
    raised = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float64)


def export(network: Any, path: Path, *, divisor: float, threshold: float) -> None:
    """Write faces (n x 1 x 48 x 48, 0 to 255) -> probabilities (n x 7), features; n alone is free.

    Each face is read as it is and mirrored, and the logits are averaged, as in the reported figures.
    """
    import onnx
    import torch

    with _quiet():
        program = torch.onnx.export(
            deployed(network, divisor),
            (torch.zeros(2, 1, SIDE, SIDE),),
            input_names=["faces"],
            output_names=["probabilities", "features"],
            dynamic_shapes=({0: torch.export.Dim("n")},),
            opset_version=18,
            dynamo=True,
            verbose=False,
        )
    model = _without_traces(program.model_proto)
    facts = {"emotions": " ".join(EMOTIONS), "temperature": f"{divisor:.4f}", "uncertain_below": f"{threshold:.4f}"}
    onnx.helper.set_model_props(model, facts)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def _without_traces(model: Any) -> Any:
    """The same model without the exporter's stack traces, which name the folders of whoever trained it."""
    for graph in (model.graph, *model.functions):
        for part in (graph, *graph.node, *graph.value_info):
            part.ClearField("metadata_props")
            part.ClearField("doc_string")
    return model


def deployed(network: Any, divisor: float) -> Any:
    """The network as it ships: both views of each face, and probabilities instead of logits."""
    import torch

    class Deployed(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, faces: Any) -> tuple[Any, Any]:
            logits, features = self.network(faces)
            mirrored_logits, mirrored_features = self.network(faces.flip(3))
            probabilities = ((logits + mirrored_logits) / (2 * divisor)).softmax(dim=1)
            return probabilities, (features + mirrored_features) / 2

    return Deployed().eval()


def answers(path: Path, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Probabilities (n x 7) of faces (n x 48 x 48) by the exported network."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    parts = [
        session.run(["probabilities"], {"faces": images[at : at + 64, None].astype(np.float32)})[0]
        for at in range(0, len(images), 64)
    ]
    return np.concatenate(parts)


def parity(network: Any, path: Path, faces: Faces, divisor: float) -> Parity:
    """Compare the exported network with the trained one, face by face."""
    import torch

    pixels = torch.from_numpy(faces.images.astype(np.float32))[:, None]
    with torch.inference_mode():
        ours = torch.cat([deployed(network, divisor)(part)[0] for part in pixels.split(256)]).numpy()
    theirs = answers(path, faces.images)
    same = ours.argmax(axis=1) == theirs.argmax(axis=1)
    return Parity(difference=float(np.abs(ours - theirs).max()), agreement=float(same.mean()))


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporter tells its progress on standard output, what it need not have on loggers, and warns of itself."""
    loggers = [logging.getLogger(name) for name in ("onnxscript", "torch.onnx")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with redirect_stdout(io.StringIO()), warnings.catch_warnings():
            # PyTorch 2.13 calls a name of its own that it has deprecated
            warnings.filterwarnings("ignore", r".*treespec, LeafSpec", FutureWarning)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
